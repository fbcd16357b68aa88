"""``lab policy eval`` and ``lab policy corpus``: figures on the labelled corpus, and its making."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.out import tell, tell_text
from lab.settings import Settings
from lab.words import number, say

if TYPE_CHECKING:
    from lab.policy.corpus import Case
    from lab.policy.evaluate import Outcome, Report
    from lab.policy.figures import Quality, Share

SPLITS = ("dev", "test", "all")
ATTACK = "attack"
"""The set of what players got past the policy: it is in this lab's log, in no file."""
FLOORED = "test"
"""The split that floors speak of."""
UNUSABLE = 2
STEP = 100
WIDTH = 400
"""Most characters of a wrong case that are shown."""


def evaluate(
    sets: Annotated[list[str] | None, typer.Option("--set", help=say("evaluate.set"))] = None,
    split: Annotated[str, typer.Option(help=say("evaluate.split"))] = FLOORED,
    as_json: Annotated[bool, typer.Option("--json", help=say("evaluate.json"))] = False,
    misses: Annotated[int, typer.Option(min=0, help=say("evaluate.misses"))] = 20,
) -> None:
    """Run the policy over the corpus; exit 1 below a floor, 2 where there is nothing to run."""
    from lab.policy.clear import Policy
    from lab.policy.evaluate import report, run

    settings = Settings()
    here = asyncio.run(_found_here(settings)) if ATTACK in (sets or ()) else []
    cases = _cases(settings.policies / "corpus", sets or [], split, here)
    policy = Policy.load(settings.policies, seconds=settings.check_seconds, workers=0)
    found = report(asyncio.run(run(policy, cases, tell=_teller(len(cases)))))
    floors = policy.settings.floors if split == FLOORED and not sets else {}
    below = found.below(floors)
    if as_json:
        row = {"policy": policy.version, "split": split, **found.row()}
        row["below"] = {name: {"value": v, "floor": f} for name, (v, f) in below.items()}
        row["misses"] = [_miss_row(each) for each in found.misses[:misses]]
        tell(json.dumps(row, ensure_ascii=False))
    else:
        _print(found, policy.version, split, floors)
        _print_misses(found.misses, misses)
        for name, (value, floor) in below.items():
            tell(say("evaluate.below", name=name, value=_percent(value), floor=_percent(floor)))
        if floors and not below:
            tell(say("evaluate.good"))
    if below:
        raise typer.Exit(1)


def corpus(
    check: Annotated[bool, typer.Option("--check", help=say("evaluate.corpus.check"))] = False,
) -> None:
    """Write the corpus files anew from the templates, or compare."""
    from lab.errors import DataFileError
    from lab.policy.corpus import files, templates

    folder = Settings().policies / "corpus"
    try:
        made, count = files(folder), len(templates(folder))
    except DataFileError as error:
        from lab.datafile import render

        tell_text(render(error.problems))
        raise typer.Exit(1) from None
    lines = sum(text.count("\n") for text in made.values())
    if not check:
        for name, text in made.items():
            (folder / name).write_bytes(text.encode())
        tell(say("evaluate.corpus.written", files=len(made), count=lines, templates=count))
        return
    there = {path.name for path in folder.glob("*.jsonl")}
    differs = sorted(there ^ made.keys())
    differs += [n for n in there & made.keys() if (folder / n).read_bytes() != made[n].encode()]
    for name in differs:
        tell(say("evaluate.corpus.differs", name=name))
    if differs:
        raise typer.Exit(1)
    tell(say("evaluate.corpus.same", files=len(made), count=lines, templates=count))


async def _found_here(settings: Settings) -> list[Case]:
    """Ways round the policy and false alarms that were found in this lab."""
    from lab.cli.storage import opened
    from lab.keys import Keys
    from lab.session.alarms import found_here

    async with opened(write=False, settings=settings) as log:
        return await found_here(log, Keys.load(settings.keys_dir))


def _cases(folder: Path, sets: Sequence[str], split: str, found: Sequence[Case]) -> list[Case]:
    from lab.policy.corpus import read

    if split not in SPLITS:
        _stop(say("evaluate.unknown_split", name=split))
    cases = (*read(folder), *found)
    if not cases:
        _stop(say("evaluate.empty", folder=folder))
    known = sorted({case.set for case in cases})
    for name in sets:
        if name not in known:
            _stop(say("evaluate.unknown_set", name=name, known=", ".join(known)))
    return [
        case for case in cases if split in ("all", case.split) and (not sets or case.set in sets)
    ]


def _stop(sentence: str) -> None:
    tell(sentence, err=True)
    raise typer.Exit(UNUSABLE)


def _teller(total: int) -> Callable[[int], None]:
    """Progress on stderr, on one line where somebody watches."""

    def show(done: int) -> None:
        if done % STEP == 0 or done == total:
            end = "\n" if done == total else "\r"
            line = say("evaluate.progress", done=done, total=total)
            sys.stderr.write(line + end)
            sys.stderr.flush()

    return show if sys.stderr.isatty() else lambda _: None


# --- tables ----------------------------------------------------------------------------------


def _percent(value: float) -> str:
    return number(value * 100, "vi", 1) + " %"


def _interval(share: Share) -> str:
    from lab.policy.figures import wilson

    low, high = wilson(share.hits, share.of)
    return f"[{number(low * 100, 'vi', 1)}; {number(high * 100, 'vi', 1)}]"


def _full(share: Share) -> str:
    return f"{share.hits}/{share.of} = {_percent(share.value)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they need; the first on the left, the others on the right."""
    every = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(row[nth]) for row in every) for nth in range(len(head))]
    for row in every:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        tell("  ".join(cells).rstrip())


def _title(key: str, **gaps: object) -> None:
    tell()
    tell(say(key, "vi", **gaps))


def _columns(*names: str) -> list[str]:
    return [say(f"evaluate.column.{name}") for name in names]


def _cells(quality: Quality) -> list[str]:
    """Recall and precision with their intervals, and F2."""
    recall, precision = quality.recall, quality.precision
    shares = [_full(recall), _interval(recall), _full(precision), _interval(precision)]
    return [*shares, _percent(quality.f2)]


def _print(found: Report, version: str, split: str, floors: Mapping[str, float]) -> None:
    tell(
        say(
            "evaluate.head",
            version=version,
            count=len(found.outcomes),
            split=split,
            templates=len({each.case.template for each in found.outcomes}),
            p50=number(found.p50_ms, "vi", 2),
            p95=number(found.p95_ms, "vi", 2),
        )
    )
    _print_sets(found, floors)
    head = ("recall", "interval", "precision", "interval", "f2")
    _title("evaluate.title.entities")
    _table(_columns("entity", *head), ([name, *_cells(q)] for name, q in found.entities.items()))
    _title("evaluate.title.rules")
    rules = ([rule, *_cells(f.quality), str(f.alone)] for rule, f in found.rules.items())
    _table(_columns("rule", *head, "alone"), rules)
    for title, column, shares in (
        ("names", "name", found.names),
        ("evasions", "evasion", found.evasions),
    ):
        if shares:
            _title(f"evaluate.title.{title}")
            lines = [[kind, _full(share), _interval(share)] for kind, share in shares.items()]
            _table(_columns(column, "right", "interval"), lines)
    blocking = found.blocking
    if blocking.recall.of:
        _title(
            "evaluate.blocking",
            recall=_full(blocking.recall),
            recall_interval=_interval(blocking.recall),
            precision=_full(blocking.precision),
            precision_interval=_interval(blocking.precision),
            f2=_percent(blocking.f2),
        )


def _print_sets(found: Report, floors: Mapping[str, float]) -> None:
    from lab.policy.evaluate import PERSONAL

    _title("evaluate.title.sets")
    rows = [
        [
            name,
            _full(row.cases),
            _interval(row.cases),
            _full(row.templates),
            _full(row.stopped),
            _percent(floors[name]) if name in floors else "",
        ]
        for name, row in found.sets.items()
    ]
    _table(_columns("set", "right", "interval", "template", "stopped", "floor"), rows)
    values = [
        [name, *_cells(row.values)] for name, row in found.sets.items() if row.values is not None
    ]
    if values:
        _title("evaluate.values")
        _table(_columns("set", "recall", "interval", "precision", "interval", "f2"), values)
    for name, figures in found.sets.items():
        if not name.endswith(PERSONAL):
            continue
        share = figures.stopped
        _title(
            "evaluate.overblocking",
            name=name,
            hits=share.hits,
            of=share.of,
            value=_percent(share.value),
            interval=_interval(share),
        )


# --- misses ----------------------------------------------------------------------------------


def _miss_row(each: Outcome) -> dict[str, object]:
    case = each.case
    return {
        "id": case.id,
        "template": case.template,
        "expect": case.expect,
        "got": str(each.action),
        "evasion": case.evasion,
        "voice": case.voice,
        "leaked": [
            {"entity": s.entity, "value": case.messages[s.message].content[s.start : s.end]}
            for s in each.leaked
        ],
        "extra": [
            {
                "entity": f.entity,
                "rule": f.rule,
                "value": case.messages[f.message].content[f.start : f.end],
            }
            for f in each.extra
        ],
        "fault": each.fault,
        "text": "\n---\n".join(turn.content for turn in case.messages),
    }


def _print_misses(outcomes: Sequence[Outcome], most: int) -> None:
    shown = outcomes[:most]
    if not shown:
        return
    _title("evaluate.title.misses", shown=len(shown), count=len(outcomes))
    for each in shown:
        case = each.case
        wanted, got = say(f"evaluate.expect.{case.expect}"), say(f"evaluate.got.{each.action}")
        kinds = " ".join(filter(None, (case.evasion, case.voice)))
        tell()
        tell(f"- {case.id}: {wanted}, {got}" + (f" ({kinds})" if kinds else ""))
        text = " / ".join(turn.content for turn in case.messages).replace("\n", " ⏎ ")
        tell("  " + (text if len(text) <= WIDTH else text[:WIDTH] + "…"))
        for span in each.leaked:
            value = case.messages[span.message].content[span.start : span.end]
            tell("  " + say("evaluate.leaked", entity=span.entity, value=value))
        for found in each.extra:
            value = case.messages[found.message].content[found.start : found.end]
            tell("  " + say("evaluate.extra", entity=found.entity, value=value, rule=found.rule))
        if each.fault:
            tell("  " + say("evaluate.fault", code=each.fault))
