"""CPU milliseconds of one check: 600 and 20,000 characters, and how they grow from 200 to 200,000.

Every text is an official's prose made of the corpus's clean and personal prompts, each a different
one, so that nothing remembered is timed. Beside it, in the same run and on the same texts: vipii
where it is installed, else Presidio as it comes. One core; time of the process, so that other
work on the machine does not count.

    python -m bench.policy_speed [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

from bench.detectors import Detector, ours, presidio, vipii
from lab.policy.clear import Policy
from lab.policy.corpus import read
from lab.settings import ROOT

SIZES = (200, 600, 2_000, 6_000, 20_000, 60_000, 200_000)
RUNS = {200: 300, 600: 300, 2_000: 100, 6_000: 40, 20_000: 15, 60_000: 5, 200_000: 3}
SETS = ("clean", "personal", "hard-negative", "documents-clean", "documents-personal")
WARM = 10


def main() -> None:
    """Measure, print a table, and with ``--json`` one line of JSON last."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    source = random.Random("thao-truong-1")  # noqa: S311 - which texts, not keys
    peer = vipii() or presidio("en")  # first, as in bench.detection
    detectors = [ours(Policy.load(ROOT / "policies", workers=0, seconds=600)), peer]
    pieces = [
        case.messages[0].content for case in read(ROOT / "policies/corpus") if case.set in SETS
    ]
    rows: dict[str, dict[int, dict[str, float]]] = {each.name: {} for each in detectors}
    gc.collect()
    gc.freeze()  # as the server does once it has started
    for detector in detectors:
        for text in _texts(source, pieces, 600, WARM):
            detector.once(text)
    for size in SIZES:
        texts = _texts(source, pieces, size, RUNS[size])
        for detector in detectors:
            rows[detector.name][size] = _measure(detector, texts)
    result = _report(detectors, rows)
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))


def _texts(source: random.Random, pieces: Sequence[str], size: int, count: int) -> list[str]:
    texts = []
    for nth in range(count):
        text = f"Mục {nth}. "
        while len(text) < size:
            text += source.choice(pieces) + "\n"
        texts.append(text[:size])
    return texts


def _measure(detector: Detector, texts: Sequence[str]) -> dict[str, float]:
    times = []
    for text in texts:
        started = time.process_time()
        detector.once(text)
        times.append((time.process_time() - started) * 1000)
    times.sort()
    return {
        "median": round(statistics.median(times), 3),
        "p95": round(times[min(len(times) - 1, int(len(times) * 0.95))], 3),
    }


def _report(
    detectors: Sequence[Detector], rows: dict[str, dict[int, dict[str, float]]]
) -> dict[str, Any]:
    first, second = (detector.name for detector in detectors)
    print(
        f"{'characters':>10}{first + ' median':>16}{'p95':>10}{second + ' median':>28}{'ratio':>8}"
    )
    for size in SIZES:
        mine, other = rows[first][size], rows[second][size]
        ratio = other["median"] / mine["median"]
        print(
            f"{size:>10}{mine['median']:>16.2f}{mine['p95']:>10.2f}"
            f"{other['median']:>28.2f}{ratio:>8.2f}"
        )
    growth = _growth([(size, rows[first][size]["median"]) for size in SIZES])
    print(f"time grows with the power {growth:.2f} of the length (1 is linear)")
    ratio = rows[second][600]["median"] / rows[first][600]["median"]
    print(f"ratio: {second} takes {ratio:.2f} times as long as {first} at 600 characters")
    return {"rows": rows, "growth": round(growth, 3), "ratio_600": round(ratio, 3), "peer": second}


def _growth(points: Sequence[tuple[int, float]]) -> float:
    """Slope of the least-squares line through the logarithms."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(ms) for _, ms in points]
    return statistics.linear_regression(xs, ys).slope


if __name__ == "__main__":
    main()
