"""Halves over two turns that are no plain runs of digits: plates, books with letters, births.

``Biển xe 37A``, then ``số sau là 123.45``; ``hộ chiếu B765``, then ``4321``; ``sinh ngày 3/4``,
then ``năm 1972``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HALVES = (
    (
        re.compile(r"(?<![\w.,/-])(?P<half>[1-9]\d[ -]?[A-ZĐ][A-Z1-9Đ]?)(?![\w-])"),
        re.compile(r"(?<![\w.,/-])(?P<half>\d{3}[. ]?\d{2}|\d{4})(?![\w/-]|[.,]\d)"),
        "-",
    ),
    (
        re.compile(r"(?<!\w)(?P<half>[A-Z]\d{2,5})(?![\w-])"),
        re.compile(r"(?<![\w.,/-])(?P<half>\d{2,5})(?![\w/-]|[.,]\d)"),
        "",
    ),
    (
        re.compile(r"(?<!\w)(?P<half>[A-Z]{2} ?\d(?: ?\d){1,11})(?![\w-])"),
        re.compile(r"(?<![\w.,/-])(?P<half>\d(?: ?\d){1,11})(?![\w/-]|[.,]\d)"),
        "",
    ),
    (
        re.compile(
            r"(?:sinh|birth|\bsn\b|\bns\b)[^.!?\n]{0,30}?"
            r"(?P<half>\d{1,2}(?: ?[/.-] ?| tháng | thang )\d{1,2})(?![\w/]|[.,-]\d)",
            re.IGNORECASE,
        ),
        re.compile(r"(?<![\w.,/-])(?:(?:năm|nam)\s+)?(?P<half>(?:19|20|21)\d\d)(?![\w/-]|[.,]\d)"),
        "/",
    ),
)
"""Pairs of halves with letters or dates: how the first ends, how the second begins, what joins."""


@dataclass(frozen=True, slots=True)
class Halves:
    """Where a first half stands in one message, and the second half in a later one."""

    start: int
    """Where what leads to the first half begins."""
    end: int
    said: int
    """Where what leads to the second half begins."""
    begin: int
    stop: int
    gap: str
    """What stands between the halves when they are put together."""


def halves_of(first: str, second: str, edge: int) -> Iterator[Halves]:
    """The last first half of each kind with the first second half, ``edge`` characters deep."""
    for beginning, ending, gap in _HALVES:
        heads = [*beginning.finditer(first, max(0, len(first) - edge))]
        tail = ending.search(second, 0, edge) if heads else None
        if tail is not None:
            head = heads[-1]
            yield Halves(head.start(), head.end("half"), tail.start(), *tail.span("half"), gap)
