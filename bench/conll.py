"""Sentences and person names of a CoNLL file: a word and a tag a line, an empty line between.

Words of a segmented corpus (``Ủy_ban``) are read with spaces. Tags such as ``B-PERSON``, ``I-PER``
or ``B-NAME`` are names; everything else is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lab.policy.corpus import Case, Span, Turn

NAME = re.compile(r"(?P<place>[BIES])-(?:PER|PERSON|NAME)\Z", re.IGNORECASE)


def read(path: Path) -> tuple[Case, ...]:
    """Every sentence as a case whose planted values are its person names."""
    return tuple(_case(rows, nth) for nth, rows in enumerate(_sentences(path), 1))


def _sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    rows: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        cells = line.split()
        if len(cells) >= 2 and not line.startswith("-DOCSTART-"):
            rows.append((cells[0].replace("_", " "), cells[-1]))
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def _case(rows: list[tuple[str, str]], nth: int) -> Case:
    text = ""
    spans: list[tuple[int, int]] = []
    inside = False
    for word, tag in rows:
        start = len(text) + bool(text)
        text += (" " if text else "") + word
        name = NAME.match(tag)
        if name and inside and name["place"].upper() in "IE":
            spans[-1] = (spans[-1][0], len(text))
        elif name:
            spans.append((start, len(text)))
        inside = name is not None
    return Case(
        id=f"conll/{nth}",
        set="conll",
        template=f"conll/{nth}",
        split="test",
        expect="mask" if spans else "unchanged",
        messages=(Turn(role="user", content=text),),
        spans=tuple(Span(start=start, end=end, entity="PERSON") for start, end in spans),
    )
