"""The game of attacking our own policy, and for officers the ways round that were found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from lab.auth import current_person, role_gate
from lab.errors import LabError, Refused
from lab.model import Who
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shapes import Body
from lab.pages.shell import render
from lab.session.attack import JUDGES, LONGEST, LONGEST_HOW, Attack, Tried
from lab.session.attack_cases import filled
from lab.session.attack_levels import LEVELS
from lab.words import explain

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(prefix="/api/attack", responses=ERRORS, tags=["policy"])
pages = APIRouter(include_in_schema=False)
Player = Annotated[Who, Depends(current_person)]
Guard = Annotated[Who, Depends(role_gate(*JUDGES))]
LOOKED_AT = 60
"""Ways round that are tried again when officers open the page."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and what became of it: shown once, kept nowhere."""

    turns: list[str]
    how: str
    tried: Tried | None = None


def attack_of(request: Request) -> Attack:
    """The game."""
    held: Attack = request.app.state.attack
    return held


class TryBody(Body):
    """What a player types, turn by turn; ``how`` tells a person how to read the secret in it."""

    turns: list[str] = Field(max_length=5)
    how: str = ""


class JudgeBody(Body):
    """``accept`` or ``decline``, and why."""

    act: str
    reason: str


@router.get("")
async def levels(request: Request, who: Player) -> list[dict[str, Any]]:
    """All levels, and how far one is. The planted secret is one's own, and made up."""
    return [
        {"level": each.level.id, "turns": each.level.turns, "secret": each.secret.text}
        | {"passed": each.passed, "waiting": each.waiting}
        for each in await attack_of(request).standings(who)
    ]


@router.get("/found")
async def found(request: Request, who: Guard) -> list[dict[str, Any]]:
    """Ways round that were found, and whether each still works under the policy in force."""
    game = attack_of(request)
    rows = (await game.found(who))[:LOOKED_AT]
    return [asdict(each) | {"stands": await game.stands(each)} for each in rows]


@router.post("/levels/{level}")
async def play(level: str, body: TryBody, request: Request, who: Player) -> dict[str, Any]:
    """Try to get a level's secret past the policy. Nothing is sent to any model."""
    tried = await attack_of(request).attempt(who, level, body.turns, body.how)
    actions = [str(each.action) for each in tried.decisions]
    return {"actions": actions, "stopped": tried.stopped, "proof": tried.proof}


@router.post("/found/{case}", status_code=204)
async def settle(case: str, body: JudgeBody, request: Request, who: Guard) -> None:
    """Take a way round into the corpus, or out of it."""
    await attack_of(request).judge(who, case, body.act, body.reason)


@pages.head("/attack/")
@pages.get("/attack/")
async def page(request: Request, level: str = "") -> Response:
    """All levels, one of them open."""
    who = await at_desk(request, "attack")
    return await _page(request, who, level)


@pages.post("/attack/try/{level}")
async def attempt(level: str, request: Request) -> Response:
    """Try to get a level's secret past the policy."""
    who, form = await sent_form(request, "attack")
    turns = [str(turn) for turn in form.getlist("turn")]
    typed = Typed(turns, text_of(form, "how", LONGEST_HOW + 1))
    try:
        tried = await attack_of(request).attempt(who, level, turns, typed.how)
    except Refused as error:
        return await _page(request, who, level, typed=typed, error=error)
    return await _page(request, who, level, typed=Typed(turns, typed.how, tried))


@pages.post("/attack/judge/{case}")
async def judge(case: str, request: Request) -> Response:
    """An officer takes a way round into the corpus, or out of it."""
    who, form = await sent_form(request, "attack")
    try:
        await attack_of(request).judge(who, case, text_of(form, "act"), text_of(form, "reason"))
    except Refused as error:
        return await _page(request, who, "", error=error)
    return RedirectResponse("/attack/#found", status_code=303)


async def _page(
    request: Request,
    who: Who,
    level: str,
    *,
    typed: Typed | None = None,
    error: LabError | None = None,
) -> HTMLResponse:
    lab: Lab = request.app.state.lab
    game = attack_of(request)
    standings = await game.standings(who)
    chosen = game.level(level).id if level else _next(standings)
    titles = {rule.id: rule.title.read(who.language) for rule in lab.policy.current.rules}
    html = render(
        "attack.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="attack",
        standings=standings,
        open_=next(each for each in standings if each.level.id == chosen),
        typed=typed or Typed([], ""),
        titles=titles,
        version=lab.policy.current.version,
        longest=LONGEST,
        longest_how=LONGEST_HOW,
        found=await _found(game, who) if who.person.role in JUDGES else None,
        error=explain(error, who.language) if error else None,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


def _next(standings: list[Any]) -> str:
    """The first level that is not passed."""
    return next((each.level.id for each in standings if not each.passed), LEVELS[0].id)


async def _found(game: Attack, who: Who) -> list[tuple[Any, list[str], bool]]:
    """The newest ways round: each, its turns with the canary made again, whether it still works."""
    found = (await game.found(who))[:LOOKED_AT]
    return [(each, filled(game.keys, each)[0], await game.stands(each)) for each in found]
