"""What a change of the policy would do before it is published: on the corpus, on the history."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.errors import Conflict, LabError, where
from lab.log import officers as told
from lab.model import Action
from lab.session import remade
from lab.session.canaries import Canaries
from lab.session.editions import Editions
from lab.session.threads import Tell, deaf, in_thread

if TYPE_CHECKING:
    from pathlib import Path

    from lab.course import Course, Exercise
    from lab.policy.compare import Comparison
    from lab.policy.evaluate import Outcome
    from lab.policy.groups import Line
    from lab.policy.rules import Rule
    from lab.policy.shadow import Prompt, Replay
    from lab.session.remade import Remade

DAY = 86_400
MOST = 5000
"""Prompts of the history that are replayed, newest first."""
SESSIONS = 100
"""Sessions whose planted values are made again, newest first."""
BREATH = 0.002
"""Seconds that a run in the background leaves to everything else, every few cases."""
EVERY = 20
LISTED = 300
"""Wrong cases that are listed; all are counted."""
TEXT_CHARS = 400


@dataclass(slots=True)
class Run:
    """A measurement in the background: one at a time."""

    done: int = 0
    total: int = 0
    began: float = 0.0
    ended: float = 0.0
    error: str = ""
    """Code of what ended it."""
    result: Mapping[str, Any] | None = None
    """The last one that went to its end."""

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return bool(self.began) and not self.ended

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "running": self.running,
            "done": self.done,
            "total": self.total,
            "error": self.error,
            "result": self.result,
        }


@dataclass(frozen=True, slots=True)
class Here:
    """One rule in one place: what is done, and each thing that asked for it."""

    rule: Rule
    action: Action
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A draft over what was logged."""

    replay: Replay
    planted: Remade
    """Planted values, made again, as far as material tells where they stand."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.replay.row(), "planted": self.planted.row()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The figures behind a decision."""

    editions: Editions
    canaries: Canaries
    course: Callable[[], Course]
    """As it is taught now."""
    run: Run = field(default_factory=Run)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def measure(self, days: float = 30) -> Run:
        """Begin to run the draft and the version in force over the corpus and over the history of
        so many days. Raises ``Conflict``.
        """
        run = self.run
        if run.running:
            raise Conflict("policy_run_busy")
        run.began, run.ended, run.done, run.total, run.error = time.time(), 0.0, 0, 0, ""
        task = asyncio.create_task(self._measure(days), name="measure")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def _measure(self, days: float) -> None:
        def tell(done: int, total: int) -> None:
            self.run.done, self.run.total = done, total
            if done % EVERY == 0:
                time.sleep(BREATH)

        try:
            base = await self.editions.in_force()
            found = await self.editions.compared(f"v{base.version}", "draft", tell=tell)
            past = await self.history(days, tell=tell)
            self.run.result = {
                "base": f"v{base.version}",
                **figures(found),
                "history": {**past.row(), "days": days},
            }
        except LabError as error:
            self.run.error = error.code
        except Exception as error:  # noqa: BLE001 - a run never ends the lab
            self.run.error = where(error)
        finally:
            self.run.ended = time.time()

    async def history(self, days: float, *, tell: Tell = deaf) -> History:
        """The draft over the masked history, beside the version in force. ``tell`` hears how many
        texts are done, and of how many.
        """
        base = await self.editions.in_force()
        old, new = await self.editions.folder(f"v{base.version}"), self.editions.settings.policies
        since = time.time() - days * DAY
        asked = await self.editions.log.read(lambda db: told.history(db, since, MOST))
        again = await self.canaries.again(self.course(), since, SESSIONS)
        return await in_thread(partial(_replayed, old, new, asked, again), tell)

    async def live(self, days: float) -> list[tuple[str, str, int]]:
        """What rules in shadow found in use: (rule, site, how often)."""
        since = time.time() - days * DAY
        asked = await self.editions.log.read(lambda db: told.history(db, since, MOST))
        from lab.policy import shadow  # noqa: PLC0415 - the policy is imported late

        return shadow.live(
            (str(found["rule"]), each.site or shadow.NOWHERE)
            for each in asked
            for found in each.findings
            if found["action"] == Action.ALLOW
        )

    async def resolve(
        self,
        name: str,
        *,
        site: str | None,
        class_code: str | None,
        exercise: str | None,
        role: str | None,
        tighten: Mapping[str, Action],
    ) -> list[Here]:
        """The policy of a version or the draft in one place, and where each line comes from."""
        from lab.policy import groups, rules  # noqa: PLC0415 - the policy is imported late

        folder = await self.editions.folder(name)
        data = await asyncio.to_thread(rules.read, folder)
        overlays = groups.read(folder, data.rules)
        place = groups.Place(site, class_code, exercise, role)
        found = []
        for rule in data.rules:
            lines, action = overlays.lines(rule, tighten, place)
            found.append(Here(rule, action, lines))
        return found


def figures(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON: figures of both, and what is wrong with the second."""
    from lab.policy.evaluate import report  # noqa: PLC0415 - the policy is imported late

    before, after = report(found.before), report(found.after)
    return {
        **found.row(),
        "before": before.row(),
        "after": after.row(),
        "wrong": len(after.misses),
        "misses": [miss_row(each) for each in after.misses[:LISTED]],
    }


def miss_row(each: Outcome) -> dict[str, Any]:
    """One case that did not go as labelled, and the rules that found something in it. Cases of the
    corpus are made up: their texts may be shown.
    """
    text = "\n".join(turn.content for turn in each.case.messages)
    expected = {
        case_span.entity for case_span in (*each.leaked, *(s for s, good in each.found if not good))
    }
    return {
        "id": each.case.id,
        "set": each.case.set,
        "expect": each.case.expect,
        "did": str(each.action),
        "missed": sorted(expected),
        "rules": sorted({found.rule for found in (*each.extra, *each.hits)}),
        "text": text[:TEXT_CHARS],
    }


def _replayed(
    old: Path,
    new: Path,
    asked: list[told.Asked],
    again: list[tuple[str, Exercise]],
    tell: Tell,
) -> History:
    from lab.policy import shadow  # noqa: PLC0415 - the policy is imported late
    from lab.policy.clear import Policy  # noqa: PLC0415

    prompts: list[Prompt] = []
    for each in asked:
        acting = {str(f["rule"]) for f in each.findings if f["action"] != Action.ALLOW}
        site = each.site or shadow.NOWHERE
        prompts.append(shadow.Prompt(each.session, site, each.prompt, tuple(sorted(acting))))
    lines = [line for site, each in again for line in remade.lines(site or shadow.NOWHERE, each)]
    one, other = (Policy.load(folder, workers=0) for folder in (old, new))
    total = len(prompts)

    async def work() -> History:
        replay = await shadow.replay(one, other, prompts, tell=lambda done: tell(done, total))
        planted = await remade.compared(one, other, lines, sessions=len(again))
        return History(replay, planted)

    return asyncio.run(work())
