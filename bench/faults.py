"""A class works while the machine under it misbehaves; afterwards everything is counted.

    python bench/faults.py --faults 1000 --json

Trainees send prompts with values that must be masked, through the API of a real lab with a real
log on a disk of its own (a small tmpfs where this user may mount one). At random moments the lab
is killed, stopped or frozen, its disk filled, its files and its memory limited, the endpoint cut,
stalled or broken. A supervisor starts the lab again at once, as systemd would.

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
        "wrong": wrong,
    }


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
    print(f"{found['restarts']} restarts, the longest {found['longest_restart_s']} s")
    for line in found["wrong"]:
        print(f"  LOST: {line}")
    print("nothing was lost" if not found["wrong"] else f"{len(found['wrong'])} things were lost")
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    sys.exit(bool(found["wrong"]))


if __name__ == "__main__":
    main()
