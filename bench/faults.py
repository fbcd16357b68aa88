"""A class works while the machine under it misbehaves; afterwards everything is counted.

    python bench/faults.py --faults 1000 --json

Trainees send prompts with values that must be masked, through the API of a real lab with a real
log on a disk of its own (a small ext4 where this user may mount one, else a tmpfs). At random
moments the lab is killed, stopped or frozen, the child that reads long texts killed, the disk
filled or halted, files and memory limited, the endpoint cut, stalled or broken. A supervisor
starts the lab again at once, as systemd would.

At the end: every request that the
endpoint got is in the log, byte for byte; every turn has an end; whoever was told that a turn was
answered finds the same words in the log; each owner sees their own values again; what was being
typed is still there; no raw value ever left; the chain verifies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.breaking import FAULTS, Breaker  # noqa: E402 - a script, run by its path
from bench.pupils import Pupil, Room  # noqa: E402


async def campaign(faults: int, trainees: int, seed: int, home: Path) -> dict[str, Any]:
    """Run it; the figures, with what is wrong in ``wrong``."""
    async with Room(home) as room:
        pupils = [await Pupil.join(room, nth) for nth in range(trainees)]
        working = [asyncio.create_task(pupil.work()) for pupil in pupils]
        breaker = Breaker(room, seed)
        began = time.monotonic()
        await breaker.run(faults)
        for pupil in pupils:
            pupil.leaving = True
        await asyncio.gather(*working)
        await room.serves()
        wrong = [line for pupil in pupils for line in await pupil.accounts()]
        wrong += await room.audit()
        for pupil in pupils:
            await pupil.close()
    can = {"disk": room.small, "stall": room.freezes}
    left_out = [kind for kind, able in can.items() if not able]
    told = Counter(status for pupil in pupils for status in pupil.told.values())
    return {
        "faults": faults,
        "by_kind": dict(breaker.done),
        "seconds": round(time.monotonic() - began),
        "turns": sum(len(pupil.told) for pupil in pupils),
        "told": dict(told),
        "left": len(room.endpoint.prompts),
        "longest_restart_s": round(max(room.restarts, default=0.0), 1),
        "restarts": len(room.restarts),
        "restart_s": {"p50": _at(room.restarts, 0.5), "p95": _at(room.restarts, 0.95)},
        "left_out": left_out,
        "wrong": wrong,
    }


def _at(seconds: list[float], share: float) -> float:
    """The value below which a share of them lies; 0 of none."""
    ranked = sorted(seconds)
    return round(ranked[min(int(share * len(ranked)), len(ranked) - 1)], 1) if ranked else 0.0


def main() -> None:
    """Read the options, run, tell; ends with 1 where anything was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--trainees", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lab-faults-") as folder:
        found = asyncio.run(campaign(options.faults, options.trainees, options.seed, Path(folder)))
    kinds = f"{len(FAULTS)} kinds in {found['seconds']} s: {found['by_kind']}"
    print(f"{found['faults']} faults of {kinds}")
    print(
        f"{found['turns']} turns were told an end: {found['told']}; {found['left']} requests left"
    )
    print(
        f"{found['restarts']} restarts: {found['restart_s']} s, "
        f"the longest {found['longest_restart_s']} s"
    )
    if found["left_out"]:
        print(f"nothing was done for these kinds, as they cannot be had here: {found['left_out']}")
    for line in found["wrong"]:
        print(f"  LOST: {line}")
    print("nothing was lost" if not found["wrong"] else f"{len(found['wrong'])} things were lost")
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    sys.exit(bool(found["wrong"]))


if __name__ == "__main__":
    main()
