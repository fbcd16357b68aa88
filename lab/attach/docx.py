"""Word files: what is on the page, and what is not: comments, deletions, hidden words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from lxml import etree

from lab.attach.packages import Package, attribute, local
from lab.attach.parts import Kind, Part, Unit

_W = "{*}"
"""Any namespace: that of Word's own files, or that of the strict form of the standard."""
_OFF = frozenset({"0", "false", "off"})
_BREAKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_TEXTS = frozenset({"t"})
_CODES = frozenset({"instrText", "delInstrText"})
_FILES = {
    "word/header": Kind.HEADER,
    "word/footer": Kind.FOOTER,
    "word/footnotes": Kind.FOOTNOTE,
    "word/endnotes": Kind.FOOTNOTE,
}
COMMENTS, STYLES = "word/comments.xml", "word/styles.xml"


class _State(Enum):
    """How a piece of a paragraph is seen."""

    SHOWN = 1
    ADDED = 2
    """By a tracked change: on the page now, not before."""
    DELETED = 3
    HIDDEN = 4


@dataclass(slots=True)
class _Paragraph:
    pieces: list[tuple[_State, str]] = field(default_factory=list)

    def text(self, *states: _State) -> str:
        """The words in any of these states."""
        return "".join(text for state, text in self.pieces if state in states)

    def has(self, state: _State) -> bool:
        """Whether it has words in this state."""
        return any(each is state and text.strip() for each, text in self.pieces)


class WordFile:
    """Reads one Word file."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._hidden_styles = self._styles()
        self._apart: list[Part] = []
        """Deleted and hidden words, text boxes, codes of fields: told after what they stand in."""
        self._boxes: set[str] = set()
        self._paragraphs = 0
        self.read: list[str] = []
        """Files of the archive that were read."""

    def parts(self) -> Iterator[Part]:
        """What the file says. Raises ``RefusedFile``."""
        yield from self._of(self._package.main, Kind.BODY)
        for name in sorted(self._package.names):
            kind = next((kind for start, kind in _FILES.items() if name.startswith(start)), None)
            if kind is not None and name.endswith(".xml"):
                yield from self._of(name, kind)
        if COMMENTS in self._package.names:
            yield from self._comments()

    def _of(self, name: str, kind: Kind) -> Iterator[Part]:
        self.read.append(name)
        lines = self._lines(self._package.tree(name))
        yield Part(kind, "\n".join(lines))
        yield from self._apart
        self._apart = []

    def _comments(self) -> Iterator[Part]:
        self.read.append(COMMENTS)
        for number, comment in enumerate(self._package.tree(COMMENTS), 1):
            author = attribute(comment, "author")
            text = "\n".join(self._lines(comment))
            yield Part(Kind.COMMENT, f"{author}: {text}" if author else text, Unit.NUMBER, number)
            yield from self._apart
            self._apart = []

    def _styles(self) -> frozenset[str]:
        """Styles that hide words, by themselves or by what they are based on."""
        if STYLES not in self._package.names:
            return frozenset()
        based: dict[str, str] = {}
        hidden: set[str] = set()
        for style in self._package.tree(STYLES).iter(_W + "style"):
            name = attribute(style, "styleId")
            base = style.find(_W + "basedOn")
            if base is not None:
                based[name] = attribute(base, "val")
            if _hides(style.find(_W + "rPr")):
                hidden.add(name)
        for name, base_name in based.items():
            seen, each = {name}, base_name
            while each in based and each not in seen and each not in hidden:
                seen.add(each)
                each = based[each]
            if each in hidden:
                hidden.add(name)
        return frozenset(hidden)

    # --- blocks -------------------------------------------------------------------------------

    def _lines(self, block: etree._Element) -> list[str]:
        """The lines of a body, a cell, a note: paragraphs, and a line for each row of a table."""
        lines: list[str] = []
        for child in block:
            kind = local(child)
            if kind == "p":
                lines.append(self._line(child))
            elif kind == "tr":
                cells = [" ".join(self._lines(cell)).strip() for cell in child if _is_cell(cell)]
                lines.append(" | ".join(cells))
            elif kind:
                lines += self._lines(child)
        return lines

    def _line(self, element: etree._Element) -> str:
        """One paragraph as it stands on the page; what does not goes apart, with its context."""
        self._paragraphs += 1
        number = self._paragraphs
        paragraph = _Paragraph()
        style = element.find(f"{_W}pPr/{_W}pStyle")
        hidden = style is not None and attribute(style, "val") in self._hidden_styles
        row = next((each for each in element.iterancestors(_W + "tr")), None)
        if row is not None and row.find(f"{_W}trPr/{_W}hidden") is not None:
            hidden = True
        if row is not None and row.find(f"{_W}trPr/{_W}del") is not None:
            state = _State.DELETED
        else:
            state = _State.HIDDEN if hidden else _State.SHOWN
        self._walk(element, state, paragraph)
        shown = _State.SHOWN, _State.ADDED
        if paragraph.has(_State.DELETED):
            before = paragraph.text(_State.SHOWN, _State.DELETED, _State.HIDDEN)
            self._apart.append(Part(Kind.DELETED, before, Unit.PARAGRAPH, number))
        if paragraph.has(_State.HIDDEN):
            whole = paragraph.text(*shown, _State.HIDDEN)
            self._apart.append(Part(Kind.HIDDEN, whole, Unit.PARAGRAPH, number))
        return paragraph.text(*shown)

    def _walk(self, element: etree._Element, state: _State, into: _Paragraph) -> None:
        for child in element:
            kind = local(child)
            if kind in _TEXTS:
                into.pieces.append((state, child.text or ""))
            elif kind == "delText":
                into.pieces.append((_State.DELETED, child.text or ""))
            elif kind in _BREAKS:
                into.pieces.append((state, _BREAKS[kind]))
            elif kind in _CODES:
                self._keep(Part(Kind.LINK, child.text or ""))
            elif kind == "txbxContent":
                self._box(child)
            elif kind and not kind.endswith("Pr"):
                self._walk(child, self._state(child, kind, state), into)

    def _state(self, element: etree._Element, kind: str, above: _State) -> _State:
        """How the words in an element are seen, given how those around it are."""
        if kind in {"del", "moveFrom"}:
            return _State.DELETED
        if above not in {_State.SHOWN, _State.ADDED}:
            return above
        if kind == "r" and self._run_hides(element):
            return _State.HIDDEN
        return _State.ADDED if kind in {"ins", "moveTo"} else above

    def _box(self, content: etree._Element) -> None:
        """A text box; Word stores each twice, for itself and for its older versions."""
        text = "\n".join(self._lines(content))
        if text not in self._boxes:
            self._boxes.add(text)
            self._keep(Part(Kind.TEXTBOX, text, Unit.NUMBER, len(self._boxes)))

    def _keep(self, part: Part) -> None:
        if part.text.strip():
            self._apart.append(part)

    def _run_hides(self, run: etree._Element) -> bool:
        look = run.find(_W + "rPr")
        if look is None:
            return False
        style = look.find(_W + "rStyle")
        if style is not None and attribute(style, "val") in self._hidden_styles:
            return True
        return _hides(look)


def _hides(look: etree._Element | None) -> bool:
    """Whether the look of a run hides its words."""
    if look is None:
        return False
    vanish = look.find(_W + "vanish")
    return vanish is not None and attribute(vanish, "val", "1") not in _OFF


def _is_cell(element: etree._Element) -> bool:
    return local(element) in {"tc", "sdt", "customXml", "ins"}
