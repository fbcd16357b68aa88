"""Random and hostile input for every part that reads what others wrote; findings are counted.

    python bench/fuzz.py --cases 1000000 --json
    python bench/fuzz.py --only views,chains --seconds 60
    python bench/fuzz.py --again chains:4711

Every case has a number and draws from that number alone, so each finding can be seen again.
``--cases`` counts those of the cheapest target (streamed replies); dearer ones get a share.
The API has its own campaign: ``python -m bench.fuzz_api``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import fuzz_files, fuzz_text  # noqa: E402 - a script, run by its path
from lab.errors import where  # noqa: E402

TARGETS: dict[str, tuple[Callable[[random.Random], None], float]] = {
    "splits": (fuzz_text.splits, 1.0),
    "views": (fuzz_text.views, 0.1),
    "recognizers": (fuzz_text.recognizers, 0.01),
    "replies": (fuzz_text.replies, 0.002),
    "vault": (fuzz_text.vault, 0.05),
    "datafiles": (fuzz_files.datafiles, 0.005),
    "bundles": (fuzz_files.bundles, 0.01),
    "backups": (fuzz_files.backups, 0.02),
    "rosters": (fuzz_files.rosters, 0.02),
    "attachments": (fuzz_files.attachments, 0.001),
    "chains": (fuzz_files.chains, 0.05),
}
"""What is thrown at, and which share of ``--cases`` each gets: a case of some costs a child."""


def case(name: str, number: int, seed: int) -> str | None:
    """One case; what was found, without the input."""
    target, _ = TARGETS[name]
    try:
        target(random.Random(f"{seed}:{name}:{number}"))  # noqa: S311 - drawn again by its number
    except AssertionError as error:
        return f"AssertionError: {error}"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return where(error)
    return None


def campaign(name: str, cases: int, seconds: float, seed: int) -> dict[str, object]:
    """All cases of a target, or as many as there is time for."""
    found: Counter[str] = Counter()
    first: dict[str, int] = {}
    began, done = time.monotonic(), 0
    for number in range(cases):
        told = case(name, number, seed)
        done += 1
        if told is not None:
            found[told] += 1
            first.setdefault(told, number)
        if time.monotonic() - began > seconds:
            break
    findings = [{"what": what, "times": times, "again": f"{name}:{first[what]}"}
                for what, times in found.most_common()]  # fmt: skip
    took = round(time.monotonic() - began, 1)
    return {"target": name, "cases": done, "seconds": took, "findings": findings}


def main() -> int:
    """Run the campaign; 1 where something was found."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--seconds", type=float, default=3600, help="most for one target")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", help="names of targets, with commas")
    asked.add_argument("--again", help="one case, as a finding names it")
    asked.add_argument("--json", action="store_true", help="one line of JSON a target")
    options = asked.parse_args()
    if options.again:
        name, _, number = options.again.partition(":")
        draw = random.Random(f"{options.seed}:{name}:{number}")  # noqa: S311 - drawn again
        try:
            TARGETS[name][0](draw)
        except Exception:  # noqa: BLE001 - shown to who asked for it
            traceback.print_exc()
            return 1
        return 0
    names = options.only.split(",") if options.only else list(TARGETS)
    wrong = 0
    for name in names:
        cases = max(1, int(options.cases * TARGETS[name][1]))
        told = campaign(name, cases, options.seconds, options.seed)
        wrong += len(told["findings"]) if isinstance(told["findings"], list) else 0
        print(json.dumps(told, ensure_ascii=False) if options.json else _line(told), flush=True)
    return 1 if wrong else 0


def _line(told: dict[str, object]) -> str:
    head = f"{told['target']:12} {told['cases']:>9} cases {told['seconds']:>8} s"
    found = told["findings"] if isinstance(told["findings"], list) else []
    rows = [f"  {each['times']} x {each['what']} (--again {each['again']})" for each in found]
    return "\n".join([head, *rows])


if __name__ == "__main__":
    sys.exit(main())
