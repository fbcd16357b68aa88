"""What the shape of a widget cannot show: ids that must agree with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from lab.course.widgets import (
    LayersWidget,
    MarkWidget,
    OrderWidget,
    SortWidget,
    TextWidget,
    Widget,
)
from lab.errors import Problem
from lab.model import RecordedReply

Loc = tuple[str | int, ...]


class At(Protocol):
    """Makes a problem at an entry of the file."""

    def __call__(self, loc: Loc, key: str, /, **gaps: object) -> Problem:
        """The problem."""
        ...


def absent(at: At, loc: Loc, names: Sequence[str], known: Iterable[str]) -> Iterator[Problem]:
    """Names that are not among the known ones."""
    there = list(known)
    for nth, name in enumerate(names):
        if name not in there:
            yield at((*loc, nth), "no_name", name=name, known=", ".join(there) or "-")


def cross_widget(
    at: At, loc: Loc, widget: Widget, replies: Sequence[RecordedReply]
) -> Iterator[Problem]:
    """All that one widget gets wrong."""
    ids = widget.ids
    for nth, each in enumerate(ids):
        if each in ids[:nth]:
            yield at((*loc, "options", nth, "id"), "same_code", id=each)
    match widget:
        case SortWidget():
            yield from _sort(at, loc, widget)
        case OrderWidget():
            yield from _order(at, loc, widget)
        case TextWidget():
            yield from _text(at, loc, widget, replies)
        case _:
            right = sum(option.right for option in widget.options)
            if right == 0 or (widget.kind == "choice" and right != 1):
                yield at((*loc, "options"), "right_options", widget=widget.id)
    if isinstance(widget, MarkWidget):
        yield from _mark(at, loc, widget)
    if isinstance(widget, LayersWidget):
        yield from _layers(at, loc, widget)


def _sort(at: At, loc: Loc, widget: SortWidget) -> Iterator[Problem]:
    """Cards belong to groups of the widget."""
    groups = [group.id for group in widget.groups]
    for nth, card in enumerate(widget.options):
        place = (*loc, "options", nth)
        yield from absent(at, (*place, "group"), (card.group,), groups)
        yield from absent(at, (*place, "also"), card.also, groups)
        yield from absent(at, (*place, "critical"), card.critical, groups)


def _mark(at: At, loc: Loc, widget: MarkWidget) -> Iterator[Problem]:
    """A sentence to be marked has a label where the widget has labels."""
    labels = [label.id for label in widget.labels]
    for nth, span in enumerate(widget.options):
        place = (*loc, "options", nth)
        if span.label is not None:
            yield from absent(at, (*place, "label"), (span.label,), labels)
        if (span.label is not None) != (bool(labels) and span.right):
            yield at(place, "no_label", span=span.id)


def _order(at: At, loc: Loc, widget: OrderWidget) -> Iterator[Problem]:
    """Places are 1, 2, 3 without a gap."""
    places = {step.place for step in widget.options if step.place}
    if len(places) < 2 or places != set(range(1, len(places) + 1)):  # noqa: PLR2004 - an order
        yield at((*loc, "options"), "places", widget=widget.id)


def _layers(at: At, loc: Loc, widget: LayersWidget) -> Iterator[Problem]:
    """Hidden pieces are of a layer, and hang at visible ones."""
    layers = [layer.id for layer in widget.layers]
    visible = [piece.id for piece in widget.options if piece.layer is None]
    for nth, piece in enumerate(widget.options):
        place = (*loc, "options", nth)
        if piece.layer is not None:
            yield from absent(at, (*place, "layer"), (piece.layer,), layers)
        if piece.beside is not None:
            yield from absent(at, (*place, "beside"), (piece.beside,), visible)


def _text(
    at: At, loc: Loc, widget: TextWidget, replies: Sequence[RecordedReply]
) -> Iterator[Problem]:
    """A text begins with one thing, which is there."""
    if widget.least > widget.most:
        yield at((*loc, "most"), "least_over_most")
    if widget.start and widget.start_from:
        yield at((*loc, "start_from"), "two_starts", widget=widget.id)
    if widget.start_from:
        names = [reply.name for reply in replies]
        yield from absent(at, (*loc, "start_from"), (widget.start_from,), names)
