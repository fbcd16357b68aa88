"""A class works while the machine under it misbehaves; afterwards everything is counted.

    python bench/faults.py --faults 1000 --json
    python bench/faults.py --faults 1000 --workers 2 --json
    python bench/faults.py --faults 60 --trainees 3 --embedded --json
    python bench/faults.py --faults 100 --page --json

Trainees send prompts with values that must be masked, through the API of a real lab with a real
log on a disk of its own (a small ext4 where this user may mount one, else a tmpfs). With
``--workers`` the lab is several processes on PostgreSQL behind nginx; with ``--embedded`` its model
is a child process of it, and not an endpoint; with ``--page`` somebody types in a real browser. At
random moments something is killed, stopped or frozen, the disk filled, halted or slow, files,
addresses and memory limited, the clock moved, the endpoint cut, stalled or broken. A supervisor
starts again at once what has ended, as systemd would.

At the end: every request that the endpoint got is in the log, byte for byte; every turn has an end;
whoever was told that a turn was answered finds the same words in the log; each owner sees their own
values again; what was being typed is still there; no raw value ever left; the chain verifies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.audit import Audit  # noqa: E402 - a script, run by its path
from bench.breaking import Breaker  # noqa: E402
from bench.pupils import Pupil, Told  # noqa: E402
from bench.room import Room  # noqa: E402
from bench.site import Site  # noqa: E402

if TYPE_CHECKING:
    from bench.witness import Witness


@dataclass(frozen=True, slots=True)
class Plan:
    """What is broken, how often, and before whom."""

    faults: int = 1000
    trainees: int = 8
    seed: int = 1
    workers: int = 1
    embedded: bool = False
    spare: bool = False
    """Whether faults that make the lab start again come once only."""
    page: bool = False
    """Whether somebody types in a real browser meanwhile."""

    def room(self, home: Path) -> Room:
        """The lab and its machine. Raises ``ValueError`` where there is no such lab."""
        if self.workers > 1 and self.embedded:
            raise ValueError("several processes do not load the model (lab serve refuses it)")
        if self.workers > 1:
            return Site(home, workers=self.workers)
        return Room(home, embedded=self.embedded)


async def campaign(plan: Plan, home: Path) -> dict[str, Any]:
    """Run it; the figures, with what is wrong in ``wrong``."""
    async with plan.room(home) as room, AsyncExitStack() as at_the_end:
        pupils = [await Pupil.join(room, nth) for nth in range(plan.trainees)]
        witnesses = [await _witness(room)] if plan.page else []
        people: list[Pupil | Witness] = [*pupils, *witnesses]
        for one in people:
            at_the_end.push_async_callback(one.close)
        working = [asyncio.create_task(one.work()) for one in people]
        for task in working:
            at_the_end.callback(task.cancel)
        breaker = Breaker(room, plan.seed, spare=plan.spare)
        await breaker.run(plan.faults)
        for one in people:
            one.leaving = True
        await asyncio.gather(*working)
        seconds = time.monotonic() - room.began
        await room.serves()
        audit = await Audit.of(room)
        wrong = [miss for one in people for miss in await one.accounts(audit.turns)]
        wrong += audit.wrong
        out_of_memory = room.group.killed if room.group else 0
        lab_told = room.told() if wrong else []
    told = [each for pupil in pupils for each in pupil.told]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "faults": plan.faults,
        "by_kind": dict(breaker.done),
        "seconds": round(seconds),
        "turns": sum(bool(each.status) for each in told),
        "told": dict(Counter(each.status for each in told if each.status)),
        "not_sent": sum(each.error == "turn_not_sent" for each in told),
        "broken_off": sum(not each.status for each in told),
        "left": len(room.endpoint.prompts),
        "logged": len(audit.turns),
        "restarts": len(room.restarts),
        "longest_restart_s": round(max((whole for _, _, whole in room.restarts), default=0.0), 1),
        "restart_s": _by_kind(room.restarts),
        "answered_again_s": _answered_again(breaker.at, told),
        "page_looked_at": sum(witness.looked for witness in witnesses),
        "killed_for_memory": out_of_memory,
        "cpu_s": round(used.ru_utime + used.ru_stime),
        "left_out": breaker.left_out,
        "wrong": wrong,
        "lab_told": lab_told,
        "slow": room.slow,
    }


async def _witness(room: Room) -> Witness:
    """Somebody in a real browser."""
    from bench.witness import Witness  # noqa: PLC0415 - Playwright is there for tests only

    return await Witness.join(room)


def _by_kind(restarts: list[tuple[str, float, float]]) -> dict[str, dict[str, float]]:
    """For each kind of fault: how often something was started again; seconds until somebody was
    served (``served``), and until everything was there (half of them, 95 of 100, and the longest).
    """
    kinds: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for what, served, whole in restarts:
        kinds[what].append((served, whole))
        kinds["all"].append((served, whole))
    return {
        what: {
            "count": len(found),
            "served_p50": _at([served for served, _ in found], 0.5),
            "served_longest": _at([served for served, _ in found], 1),
            "p50": _at([whole for _, whole in found], 0.5),
            "p95": _at([whole for _, whole in found], 0.95),
            "longest": _at([whole for _, whole in found], 1),
        }
        for what, found in sorted(kinds.items())
    }


def _answered_again(faults: list[tuple[str, float]], told: list[Told]) -> dict[str, list[float]]:
    """For each kind of fault: seconds until a turn that was asked after it was answered to its end
    (half of them, and the longest), whoever asked it.
    """
    answered = [each for each in told if each.status == "answered"]
    kinds: dict[str, list[float]] = defaultdict(list)
    for what, at in faults:
        later = [each.ended - at for each in answered if each.at > at]
        if later:
            kinds[what].append(min(later))
    return {what: [_at(found, 0.5), _at(found, 1)] for what, found in sorted(kinds.items())}


def _at(seconds: list[float], share: float) -> float:
    """The value below which a share of them lies; 0 of none."""
    ranked = sorted(seconds)
    return round(ranked[min(int(share * len(ranked)), len(ranked) - 1)], 1) if ranked else 0.0


def main() -> None:
    """Read the options, run, tell; ends with 1 where anything was lost."""
    usual = Plan()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faults", type=int, default=usual.faults)
    parser.add_argument("--trainees", type=int, default=usual.trainees)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--workers", type=int, default=1, help="processes, on PostgreSQL")
    parser.add_argument("--embedded", action="store_true", help="the model is a child of the lab")
    parser.add_argument("--spare", action="store_true", help="few faults that cost a start")
    parser.add_argument("--page", action="store_true", help="somebody types in a real browser")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    with tempfile.TemporaryDirectory(prefix="lab-faults-") as folder:
        found = asyncio.run(campaign(Plan(**given), Path(folder)))
    _tell(found)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    sys.exit(bool(found["wrong"]))


def _tell(found: dict[str, Any]) -> None:
    """The figures in words."""
    print(f"{found['faults']} faults in {found['seconds']} s: {found['by_kind']}")
    print(f"{found['turns']} turns were told an end: {found['told']}")
    print(f"  {found['not_sent']} of them as not sent; {found['broken_off']} broke off untold")
    print(f"{found['logged']} turns are in the log; {found['left']} requests left")
    print(f"{found['restarts']} restarts, seconds until all was whole again:")
    for what, seconds in found["restart_s"].items():
        print(f"  {what}: {seconds}")
    print(f"until a later turn was answered (half, longest): {found['answered_again_s']}")
    if found["page_looked_at"]:
        print(f"the page of who typed was looked at {found['page_looked_at']} times")
    if found["left_out"]:
        print(f"these kinds cannot be had here: {found['left_out']}")
    for said in found["slow"]:
        print("  a slow restart, and what the lab had said:", *said, sep="\n    ")
    for miss in found["wrong"]:
        print(f"  LOST: {miss['what']}")
    print(f"{len(found['wrong'])} things were lost" if found["wrong"] else "nothing was lost")


if __name__ == "__main__":
    main()
