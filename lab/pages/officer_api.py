"""The officers' work over HTTP: edit the draft, see its effect, publish, approve, roll back."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, ValidationError

from lab.auth import role_gate
from lab.errors import BadRequest, Problem
from lab.log import officers as told
from lab.log.base import SYSTEM
from lab.log.officers import Limit, Proposal, Published
from lab.model import Role, Who
from lab.pages.api import ERRORS, Room
from lab.pages.shapes import Body
from lab.session.evidence import Evidence
from lab.session.officers import Officers

if TYPE_CHECKING:
    from lab.policy.editing import Piece
    from lab.session.evidence import Here

router = APIRouter(prefix="/api/policy", responses=ERRORS, tags=["policy"])
TEXT = 400_000
"""Most characters of a file that is edited here."""
Acting = Annotated[Who, Depends(role_gate(Role.OFFICER))]
READ = [Depends(role_gate(Role.OFFICER, Role.ADMIN))]


def officers_of(request: Request) -> Officers:
    """The officers' desk."""
    held: Officers = request.app.state.officers
    return held


def evidence_of(request: Request) -> Evidence:
    """The figures behind decisions."""
    held: Evidence = request.app.state.evidence
    return held


Desk = Annotated[Officers, Depends(officers_of)]
Figures = Annotated[Evidence, Depends(evidence_of)]


# --- shapes ----------------------------------------------------------------------------------


class LimitBody(Body):
    """How many different people undo the version by reporting false alarms, within how long."""

    people: int = Field(ge=2, le=10_000)
    hours: float = Field(24, gt=0, le=24 * 366)


class PublishBody(Body):
    """What goes along with a publication."""

    reason: str = Field("", max_length=1000)
    acknowledge: tuple[str, ...] = ()
    """Cases of T1 and T2 that will be missed, by name."""
    limit: LimitBody | None = None


class ApproveBody(Body):
    """The second officer's own password: a signed-in browser alone does not approve."""

    password: str = Field(max_length=1000)


class ReasonBody(Body):
    """Why."""

    reason: str = Field("", max_length=1000)


class TextBody(Body):
    """An edited text, and the digest of the whole file that it was made from."""

    text: str = Field(max_length=TEXT)
    digest: str = Field("", max_length=64)


class FormBody(Body):
    """Fields of a rule, by their names in its file."""

    form: dict[str, Any]
    digest: str = Field("", max_length=64)


class PatternBody(Body):
    """A pattern, and examples to try it on."""

    words: list[str] = Field([], max_length=500)
    form: str = Field("", max_length=200)
    exact: bool = False
    must: list[str] = Field([], max_length=100)
    must_not: list[str] = Field([], max_length=100)


# --- reading ---------------------------------------------------------------------------------


@router.get("/versions", dependencies=READ)
async def versions(desk: Desk) -> list[dict[str, Any]]:
    """Every version that was ever in force, oldest first."""
    return [version_row(each) for each in await desk.editions.versions()]


@router.get("/draft", dependencies=READ)
async def draft(desk: Desk) -> dict[str, Any]:
    """The files as edited: problems, differences, whether they weaken; what waits for approval."""
    found = await desk.editions.draft()
    waiting = await desk.editions.proposals()
    return {**found.row(), "proposals": [proposal_row(each) for each in waiting]}


@router.get("/diff", dependencies=READ)
async def diff(desk: Desk, old: str, new: str = "draft") -> dict[str, Any]:
    """What differs between two of: ``v1`` ..., a proposal's id, ``draft``."""
    found = await desk.editions.between(old, new)
    return {**found.row(), "base": old, "with": new}


@router.get("/schema", dependencies=READ)
async def schema(name: Annotated[str, Query(alias="file", max_length=200)] = "") -> dict[str, Any]:
    """JSON schema of a file of the policy (by default of the files of rules); empty for a list."""
    from lab.policy import editing  # noqa: PLC0415 - the policy is imported late

    return editing.schema(name)


@router.get("/resolve", dependencies=READ)
async def resolve(
    lab: Room,
    figures: Figures,
    site: str | None = None,
    class_code: Annotated[str | None, Query(alias="class")] = None,
    exercise: str | None = None,
    role: str | None = None,
    version: str = "",
) -> list[dict[str, Any]]:
    """The policy in one place, and where each line of it comes from."""
    name = version or f"v{(await figures.editions.in_force()).version}"
    found = await figures.resolve(
        name,
        site=site,
        class_code=class_code,
        exercise=exercise,
        role=role,
        tighten=lab.courses.exercise(exercise).tighten if exercise else {},
    )
    return [here_row(each) for each in found]


# --- editing ---------------------------------------------------------------------------------


@router.get("/draft/files/{name:path}", dependencies=READ)
async def read_file(name: str, desk: Desk) -> dict[str, Any]:
    """One file of the draft."""
    return _piece(await asyncio.to_thread(_file, desk.settings.policies, name))


@router.put("/draft/files/{name:path}")
async def write_file(name: str, body: TextBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Write one file of the draft, where nothing is wrong with it; else what is wrong, by line."""
    return await _save(desk, who, name, body.text, body.digest)


@router.get("/draft/rules/{rule}", dependencies=READ)
async def read_rule(rule: str, desk: Desk) -> dict[str, Any]:
    """One rule of the draft, as its file has it."""
    return _piece(await asyncio.to_thread(_rule, desk.settings.policies, rule))


@router.put("/draft/rules/{rule}")
async def write_rule(rule: str, body: TextBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Change one rule; lines of problems count from the rule's own first line."""
    return await _put_rule(desk, who, rule, body.text, body.digest)


@router.patch("/draft/rules/{rule}")
async def fill_rule(rule: str, body: FormBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Change some fields of one rule; its comments stay."""
    piece = await asyncio.to_thread(_rule, desk.settings.policies, rule)
    text = await asyncio.to_thread(_changed, piece.text, body.form)
    return await _put_rule(desk, who, rule, text, body.digest)


@router.post("/draft/rules")
async def add_rule(body: FormBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Add a rule; it goes to ``rules/own.yaml``."""
    text = await asyncio.to_thread(_changed, None, body.form)
    return await _put_rule(desk, who, None, text, body.digest)


@router.post("/patterns/try", dependencies=READ)
async def try_pattern(body: PatternBody) -> list[dict[str, Any]]:
    """Try a pattern on examples that it must find and must not find. Nothing is kept."""
    pattern = {"words": body.words, "form": body.form, "exact": body.exact}
    rows = await asyncio.to_thread(_tried, pattern, body.must, body.must_not)
    return [dataclasses.asdict(row) for row in rows]


# --- effect ----------------------------------------------------------------------------------


@router.post("/runs", status_code=202, dependencies=READ)
async def start_run(
    figures: Figures, days: Annotated[float, Query(gt=0, le=366)] = 30
) -> dict[str, Any]:
    """Begin to run the draft and the version in force over the corpus and the history of so many
    days, in the background.
    """
    return {**figures.measure(days).row(), "result": None}


@router.get("/runs/last", dependencies=READ)
async def last_run(figures: Figures) -> dict[str, Any]:
    """How far the run is; the figures of the last one that ended."""
    return figures.run.row()


@router.get("/history", dependencies=READ)
async def history(
    figures: Figures, days: Annotated[float, Query(gt=0, le=366)] = 30
) -> dict[str, Any]:
    """The draft over the masked history; what rules in shadow found in use."""
    past = await figures.history(days)
    live = [
        {"rule": rule, "site": site, "count": count}
        for rule, site, count in await figures.live(days)
    ]
    return {**past.row(), "live": live}


# --- publishing ------------------------------------------------------------------------------


@router.post("/publish")
async def publish(body: PublishBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Publish the draft. A weakening waits for another officer: 403 ``policy_second``."""
    limit = Limit(body.limit.people, body.limit.hours) if body.limit else None
    found = await desk.publish(
        who.person, reason=body.reason, acknowledge=body.acknowledge, limit=limit
    )
    return version_row(found)


@router.post("/proposals/{proposal}/approve")
async def approve(proposal: str, body: ApproveBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Approve another officer's proposal, with one's own password."""
    proved = await desk.prover.officer(who.person.name, body.password, desk.now())
    return version_row(await desk.approve(proved, proposal))


@router.post("/proposals/{proposal}/withdraw")
async def withdraw(proposal: str, who: Acting, desk: Desk) -> dict[str, Any]:
    """Take a proposal away, one's own or another's."""
    return proposal_row(await desk.withdraw(who.person, proposal))


@router.post("/versions/{number}/restore")
async def restore(number: int, body: ReasonBody, who: Acting, desk: Desk) -> dict[str, Any]:
    """Bring back an earlier version."""
    return version_row(await desk.roll_back(who.person, number, reason=body.reason))


# --- rows ------------------------------------------------------------------------------------


def version_row(each: Published) -> dict[str, Any]:
    """A version as JSON."""
    return {**told.row_of(each), "version": f"v{each.version}", "at": each.at}


def proposal_row(each: Proposal) -> dict[str, Any]:
    """A proposal as JSON."""
    row = dataclasses.asdict(each)
    return {
        **row,
        "base": f"v{each.base}",
        "restores": f"v{each.restores}" if each.restores else None,
    }


def here_row(each: Here) -> dict[str, Any]:
    """One rule in one place as JSON."""
    lines = [{**dataclasses.asdict(line), "action": str(line.action)} for line in each.lines]
    return {"rule": each.rule.id, "action": str(each.action), "lines": lines}


def _piece(piece: Piece) -> dict[str, Any]:
    return dataclasses.asdict(piece)


async def _put_rule(
    desk: Officers, who: Who, rule: str | None, text: str, digest: str
) -> dict[str, Any]:
    name, whole, first = await asyncio.to_thread(_with_rule, desk.settings.policies, rule, text)
    return await _save(desk, who, name, whole, digest, first=first)


async def _save(
    desk: Officers, who: Who, name: str, text: str, digest: str, *, first: int = 1
) -> dict[str, Any]:
    """Keep an edit of the draft, and tell the log who made it."""
    folder = desk.settings.policies
    if not digest:
        digest = (await asyncio.to_thread(_file, folder, name)).digest
    problems = await asyncio.to_thread(_saved, folder, name, text, digest)
    if not problems:
        row = {"by": who.person.id, "file": name, "before": digest}
        after = (await asyncio.to_thread(_file, folder, name)).digest
        await desk.log.append(SYSTEM, "policy.edited", {**row, "after": after})
    return {"saved": not problems, "problems": [_problem(each, name, first) for each in problems]}


def _problem(each: Problem, name: str, first: int) -> dict[str, Any]:
    """A problem; its line counts from the first line of what was edited."""
    own = each.file == name and each.line >= first
    row = {key: getattr(each, key) for key in ("file", "line", "column", "message", "help")}
    return row | ({"line": each.line - first + 1} if own else {})


# --- on a thread: the policy is imported late ------------------------------------------------


def _file(folder: Path, name: str) -> Piece:
    from lab.policy import editing  # noqa: PLC0415

    return editing.file(folder, name)


def _rule(folder: Path, rule: str) -> Piece:
    from lab.policy import editing  # noqa: PLC0415

    return editing.rule(folder, rule)


def _with_rule(folder: Path, rule: str | None, text: str) -> tuple[str, str, int]:
    from lab.policy import editing  # noqa: PLC0415

    return editing.with_rule(folder, rule, text)


def _changed(text: str | None, form: dict[str, Any]) -> str:
    from lab.policy import editing  # noqa: PLC0415

    return editing.composed(form) if text is None else editing.changed(text, form)


def _saved(folder: Path, name: str, text: str, digest: str) -> tuple[Problem, ...]:
    from lab.policy import editing  # noqa: PLC0415

    return editing.save(folder, name, text, digest)


def _tried(pattern: dict[str, Any], must: list[str], must_not: list[str]) -> list[Any]:
    from lab.policy import editing  # noqa: PLC0415

    try:
        return editing.tried(pattern, must, must_not)
    except ValidationError as error:
        raise BadRequest("bad_request", fields="words, form") from error
