"""The questions that an exercise asks beside the conversation: what a trainer may write of them.

A widget knows which answers it may be given (:meth:`read`) and what the page may know of it
(:meth:`shown`, never what is right). Every answer is made of ids of the exercise's own, save that
of ``text``, which goes through the policy before it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from lab.course.base import Filled, Kebab, Named, Shape, Text
from lab.model import Language

TEXT_CHARS = 20_000
"""Longest text of a trainee's own that is kept."""


class Option(Shape):
    """One thing to tick, choose or mark."""

    id: Kebab
    text: Text
    right: bool = True
    """Whether it should be ticked or chosen."""
    critical: bool = False
    """Whether getting this one wrong fails the attempt."""


class Asked(Shape):
    """What every widget has."""

    id: Kebab
    title: Text
    help: Text | None = None
    """One line on how to answer, under the title."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of what there is to choose from, in the exercise's order."""
        return tuple(option.id for option in getattr(self, "options", ()))

    def read(self, given: object) -> Any | None:
        """The answer as it may be kept; None where it is none of this widget's."""
        raise NotImplementedError

    def shown(self, language: Language) -> dict[str, Any]:
        """What the page needs, and nothing of what is right."""
        facts = {
            "id": self.id,
            "kind": getattr(self, "kind", ""),
            "title": self.title.read(language),
            "help": self.help.read(language) if self.help else "",
        }
        return facts | self._own(language)

    def _own(self, language: Language) -> dict[str, Any]:
        """What the page needs to know of this kind."""
        return {"options": _options(getattr(self, "options", ()), language)}


def _options(options: Sequence[Any], language: Language) -> list[dict[str, Any]]:
    return [{"id": option.id, "text": option.text.read(language)} for option in options]


def _titles(named: Sequence[Named], language: Language) -> list[dict[str, str]]:
    return [{"id": each.id, "title": each.title.read(language)} for each in named]


def _set(given: object, ids: Sequence[str]) -> list[str] | None:
    """A list of known ids, each once, in the exercise's own order."""
    if not isinstance(given, list | tuple) or not all(each in ids for each in given):
        return None
    return [each for each in ids if each in given]


def _pairs(given: object, ids: Sequence[str], groups: Sequence[str]) -> dict[str, str] | None:
    """A mapping of known ids to known groups, in the exercise's own order."""
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for each in given.values()):
        return None
    if not (set(given) <= set(ids) and set(given.values()) <= set(groups)):
        return None
    return {each: given[each] for each in ids if each in given}


class TicksWidget(Asked):
    """Boxes to tick. Answer: ``[id, ...]``."""

    kind: Literal["ticks"]
    options: tuple[Option, ...] = Field(min_length=2)

    def read(self, given: object) -> list[str] | None:
        """A list of option ids."""
        return _set(given, self.ids)


class ChoiceWidget(Asked):
    """One thing to choose. Answer: ``id``."""

    kind: Literal["choice"]
    layout: Literal["list", "side"] = "list"
    """``side``: longer texts beside each other, to compare."""
    options: tuple[Option, ...] = Field(min_length=2)

    def read(self, given: object) -> str | None:
        """The id of an option."""
        return given if isinstance(given, str) and given in self.ids else None

    def _own(self, language: Language) -> dict[str, Any]:
        return {"layout": self.layout, "options": _options(self.options, language)}


class Card(Shape):
    """One card to put into a group."""

    id: Kebab
    text: Text
    """May have several lines; they are kept."""
    group: Kebab
    """Where it belongs."""
    also: tuple[Kebab, ...] = ()
    """Groups that are half right."""
    critical: tuple[Kebab, ...] = ()
    """Groups that fail the attempt."""


class SortWidget(Asked):
    """Cards to put into groups. Answer: ``{card: group}``, partly filled or whole."""

    kind: Literal["sort"]
    layout: Literal["cards", "table"] = "cards"
    """``table``: a row a card, a list of groups to choose from in each."""
    groups: tuple[Named, ...] = Field(min_length=2)
    options: tuple[Card, ...] = Field(min_length=2)

    def read(self, given: object) -> dict[str, str] | None:
        """A mapping of cards to groups."""
        return _pairs(given, self.ids, [group.id for group in self.groups])

    def _own(self, language: Language) -> dict[str, Any]:
        return {
            "layout": self.layout,
            "groups": _titles(self.groups, language),
            "options": _options(self.options, language),
        }


class Span(Shape):
    """One sentence of a text in which some are to be marked."""

    id: Kebab
    text: Text
    right: bool = False
    """Whether it should be marked."""
    label: Kebab | None = None
    """The right label, where the widget has labels."""
    critical: bool = False
    """Whether getting this one wrong fails the attempt."""
    ends: bool = False
    """Whether a paragraph ends here."""


class MarkWidget(Asked):
    """Sentences to mark. Answer: ``[id, ...]``, or ``{id: label}`` where there are labels."""

    kind: Literal["mark"]
    labels: tuple[Named, ...] = ()
    options: tuple[Span, ...] = Field(min_length=2)

    def read(self, given: object) -> list[str] | dict[str, str] | None:
        """Which sentences are marked."""
        if self.labels:
            return _pairs(given, self.ids, [label.id for label in self.labels])
        return _set(given, self.ids)

    def _own(self, language: Language) -> dict[str, Any]:
        rows = _options(self.options, language)
        return {
            "labels": _titles(self.labels, language),
            "options": [
                row | {"ends": span.ends} for row, span in zip(rows, self.options, strict=True)
            ],
        }


class Step(Shape):
    """One step to put in order, or to leave out."""

    id: Kebab
    text: Text
    place: int | None = Field(None, ge=1, le=20)
    """Its place, 1 is first; steps of one place may come in any order; none: it does not belong."""
    critical: bool = False
    """Whether taking it (or, where it belongs, leaving it out) fails the attempt."""


class OrderWidget(Asked):
    """Steps to choose and put in order. Answer: ``[id, ...]``, first step first."""

    kind: Literal["order"]
    options: tuple[Step, ...] = Field(min_length=3)

    def read(self, given: object) -> list[str] | None:
        """The steps that were taken, in order."""
        if not isinstance(given, list | tuple) or not all(each in self.ids for each in given):
            return None
        return list(given) if len(set(given)) == len(given) else None


class Piece(Shape):
    """A piece of a document: of its visible text, or of a hidden layer."""

    id: Kebab
    text: Text
    layer: Kebab | None = None
    """One of the widget's layers; none: it is visible at once."""
    beside: Kebab | None = None
    """The visible piece at which it hangs; none: it belongs to the whole file."""
    right: bool = False
    """Whether it should be removed."""
    critical: bool = False
    """Whether getting this one wrong fails the attempt."""


class LayersWidget(Asked):
    """A document with hidden layers, from which to remove. Answer: ``[id, ...]`` to be removed."""

    kind: Literal["layers"]
    layers: tuple[Named, ...] = Field(min_length=1)
    """Comments, tracked deletions, hidden text, properties, photo notes, headers."""
    options: tuple[Piece, ...] = Field(min_length=2)

    def read(self, given: object) -> list[str] | None:
        """The pieces to be removed."""
        return _set(given, self.ids)

    def _own(self, language: Language) -> dict[str, Any]:
        rows = _options(self.options, language)
        return {
            "layers": _titles(self.layers, language),
            "options": [
                row | {"layer": piece.layer, "beside": piece.beside}
                for row, piece in zip(rows, self.options, strict=True)
            ],
        }


class TextWidget(Asked):
    """A text of the trainee's own. Answer: the text; it passes the policy before it is kept."""

    kind: Literal["text"]
    least: int = Field(3, ge=1, le=1000)
    """Words that are expected at least: shown by the counter, and by what a text must say."""
    most: int = Field(400, ge=1, le=3000)
    rows: int = Field(6, ge=1, le=40)
    """Lines that the field shows."""
    start: Filled | None = None
    """A text to edit."""
    start_from: Kebab | None = None
    """A recorded reply to edit, by the name of its file."""
    take_reply: bool = False
    """Offer a button that copies the assistant's latest reply into the field."""

    def read(self, given: object) -> str | None:
        """A text that is not too long."""
        return given if isinstance(given, str) and len(given) <= TEXT_CHARS else None

    def _own(self, language: Language) -> dict[str, Any]:  # noqa: ARG002 - a widget's shape
        return {
            "least": self.least,
            "most": self.most,
            "rows": self.rows,
            "start": self.start or "",
            "take_reply": self.take_reply,
            "chars": TEXT_CHARS,
        }


Widget = Annotated[
    TicksWidget | ChoiceWidget | SortWidget | MarkWidget | OrderWidget | LayersWidget | TextWidget,
    Field(discriminator="kind"),
]
