"""Every rule's own examples, run: what ``lab policy check`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lab.errors import Problem
from lab.model import Action
from lab.policy.detect import Detector, resolve
from lab.policy.rules import PolicyData, Rule, marked_spans, plain_example, problem_at


def problems(data: PolicyData) -> Iterator[Problem]:
    """What the rules do not find although they should, or find although they should not."""
    for rule in data.rules:
        file = data.files[rule.id]
        try:
            detector = Detector([rule], even_off=True)
            yield from _of_rule(rule, file, detector)
        except Exception as error:  # noqa: BLE001 - any failure of a recognizer is a problem to show
            kind = type(error).__name__
            yield problem_at(file, f"id: {rule.id}", "broken", rule=rule.id, kind=kind)


def _of_rule(rule: Rule, file: Path, detector: Detector) -> Iterator[Problem]:
    act = {rule.id: Action.MASK}
    for example in rule.examples.catch:
        text = plain_example(example)
        found = [(sign.start, sign.end) for sign in resolve(detector.find(text), act)]
        wanted = list(marked_spans(example))
        if not found:
            yield problem_at(file, _head(example), "missed", rule=rule.id, text=text)
        elif wanted and found != wanted:
            seen = " · ".join(f"«{text[start:end]}»" for start, end in found)
            should = " · ".join(f"«{text[start:end]}»" for start, end in wanted)
            yield problem_at(
                file, _head(example), "misplaced", rule=rule.id, seen=seen, wanted=should
            )
    for example in rule.examples.let_pass:
        found = [(sign.start, sign.end) for sign in resolve(detector.find(example), act)]
        if found:
            seen = " · ".join(f"«{example[start:end]}»" for start, end in found)
            yield problem_at(
                file, _head(example), "not_let_pass", rule=rule.id, seen=seen, text=example
            )


def _head(example: str) -> str:
    """The part of an example that stands on one line of the file."""
    return example.split("\n", 1)[0][:60]
