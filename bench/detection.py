"""Quality and milliseconds per text: the lab beside Presidio as it comes and vipii, in one run.

All see the labelled corpus (``policies/corpus``), and any CoNLL file given (a word and a tag a
line, person names tagged), and are judged by the same rules as ``lab policy eval``. vipii is run
where it is installed; it is no dependency of the lab.

    python -m bench.detection [--split test] [--conll FILE] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import conll
from bench.detectors import Detector, ours, presidio, vipii
from lab.policy.clear import Policy
from lab.policy.corpus import Case, read
from lab.policy.evaluate import NUMBERS, Outcome, Report, report
from lab.policy.figures import Quality, Share
from lab.settings import ROOT

WARM = 20
"""Cases that each detector sees before it is timed."""


def main() -> None:
    """Measure, print a table, and with ``--json`` one line of JSON last."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--split", choices=("dev", "test", "all"), default="test")
    options.add_argument("--conll", type=Path, action="append", default=[])
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()

    # Presidio finds its recognizers by the name of their class, and ours share some names: the
    # others are made first.
    peers = [presidio("vi"), presidio("en"), vipii()]
    if peers[-1] is None:
        print("vipii: not installed, left out (pip install vipii==0.2.1)")
    detectors = [ours(Policy.load(ROOT / "policies", workers=0))]
    detectors += [peer for peer in peers if peer is not None]
    cases = [case for case in read(ROOT / "policies/corpus") if chosen.split in ("all", case.split)]
    rows: dict[str, Any] = {"split": chosen.split, "cases": len(cases), "corpus": {}, "conll": {}}
    print(f"{len(cases)} prompts ({chosen.split}) of policies/corpus")
    rows["corpus"] = _compare(detectors, cases, _corpus_row)
    for path in chosen.conll:
        sentences = list(conll.read(path))
        print(f"\n{len(sentences)} sentences of {path.name}")
        rows["conll"][path.name] = _compare(detectors, sentences, _conll_row)
    if chosen.json:
        print(json.dumps(rows, ensure_ascii=False))


def _compare(
    detectors: Sequence[Detector], cases: list[Case], describe: Any
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for detector in detectors:
        detector.judge_all([_renamed(case) for case in cases[:WARM]])
        outcomes = detector.judge_all(cases)
        rows[detector.name] = {**describe(outcomes), **_times(outcomes)}
    _table(rows)
    first = next(iter(rows))
    for name, row in rows.items():
        if name != first:
            ratio = row["mean_ms"] / rows[first]["mean_ms"]
            row["time_ratio"] = round(ratio, 2)
            print(f"{name} takes {ratio:.2f} times as long as {first} (mean)")
    return rows


def _renamed(case: Case) -> Case:
    """The same case with another text, so that nothing remembered is timed later."""
    turns = tuple(
        turn.model_copy(update={"content": "- " + turn.content}) for turn in case.messages
    )
    return case.model_copy(update={"messages": turns, "spans": ()})


def _corpus_row(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    found = report(outcomes)
    sets = {name: round(figures.cases.value * 100, 1) for name, figures in found.sets.items()}
    return sets | {"numbers": _quality(_numbers(found)), "names": _quality(_names(found))}


def _conll_row(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {"names": _quality(_names(report(outcomes)))}


def _numbers(found: Report) -> Quality:
    rows = [quality for name, quality in found.entities.items() if name in NUMBERS]
    return Quality(
        Share(sum(q.recall.hits for q in rows), sum(q.recall.of for q in rows)),
        Share(sum(q.precision.hits for q in rows), sum(q.precision.of for q in rows)),
    )


def _names(found: Report) -> Quality:
    return found.entities.get("PERSON", Quality(Share(0, 0), Share(0, 0)))


def _quality(quality: Quality) -> dict[str, float]:
    p, r = quality.precision.value, quality.recall.value
    if not quality.precision.of:
        p = 0.0
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    f2 = 5 * p * r / (4 * p + r) if p + r else 0.0
    return {"P": round(p * 100, 1), "R": round(r * 100, 1), "F1": round(f1, 3), "F2": round(f2, 3)}


def _times(outcomes: Sequence[Outcome]) -> dict[str, float]:
    times = sorted(each.ms for each in outcomes)
    return {
        "median_ms": round(statistics.median(times), 3),
        "p95_ms": round(times[int(len(times) * 0.95)], 3),
        "mean_ms": round(statistics.fmean(times), 3),
    }


def _table(rows: dict[str, dict[str, Any]]) -> None:
    """Figures down, detectors across; percent right by set, P/R of entities, milliseconds."""
    names = list(rows)
    print(" " * 24 + "".join(f"{name:>22}" for name in names))
    for key in rows[names[0]]:
        cells = [rows[name].get(key, "") for name in names]
        shown = [
            f"P {cell['P']} R {cell['R']}" if isinstance(cell, dict) else str(cell)
            for cell in cells
        ]
        print(f"{key:<24}" + "".join(f"{cell:>22}" for cell in shown))


if __name__ == "__main__":
    main()
