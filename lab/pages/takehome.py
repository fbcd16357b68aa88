"""What a trainee takes home: a reply or a whole transcript as a Word file or as plain text.

Every file says that AI helped to draft it. Replies are read as CommonMark with tables; HTML in them
stays text. Page and type are those of State and Party documents: A4, Times New Roman 14.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.text.paragraph import Paragraph
    from markdown_it.token import Token

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "Times New Roman"
DEEPEST = 3
"""Word's own list styles go so deep."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of a file."""

    heading: str
    text: str
    markdown: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds."""

    title: str
    label: str
    """That AI helped, on the first line and at the foot of every page."""
    lead: str
    """Under the title: whose, which exercise, when; may be empty."""
    passages: Sequence[Passage]
    language: str = "vi-VN"


def as_text(sheet: Sheet) -> bytes:
    """Plain text, UTF-8 with a signature, lines as Windows ends them."""
    rows = [sheet.label.upper(), sheet.title, *([sheet.lead] if sheet.lead else []), ""]
    for passage in sheet.passages:
        rows += [*([f"--- {passage.heading} ---"] if passage.heading else []), passage.text, ""]
    return "\r\n".join("\n".join(rows).splitlines()).encode("utf-8-sig")


def as_docx(sheet: Sheet) -> bytes:
    """A Word file."""
    paper = Document()
    _setup(paper, sheet)
    mark = paper.add_paragraph()
    run = mark.add_run(sheet.label)
    run.bold, run.font.color.rgb = True, RGBColor(0x83, 0x57, 0x00)
    paper.add_heading(_clean(sheet.title), 1)
    if sheet.lead:
        paper.add_paragraph(_clean(sheet.lead)).runs[0].italic = True
    for passage in sheet.passages:
        if passage.heading:
            paper.add_heading(_clean(passage.heading), 2)
        if passage.markdown:
            _Writer(paper).write(_MARKDOWN.parse(_clean(passage.text)))
        else:
            for line in _clean(passage.text).split("\n"):
                paper.add_paragraph(line)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _clean(text: str) -> str:
    """Text that XML can hold."""
    return _CONTROL.sub("", text)


def _setup(paper: Paper, sheet: Sheet) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = section.right_margin = Mm(20)
    section.left_margin = Mm(30)
    for name, size in (("Normal", 14), ("Heading 1", 16), ("Heading 2", 14), ("Heading 3", 14)):
        style: Any = paper.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:eastAsia", "w:cs", "w:hAnsi", "w:ascii"):
            fonts.set(qn(script), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        style.font.color.rgb = RGBColor(0, 0, 0)
    section.footer.paragraphs[0].text = sheet.label
    about = paper.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.title, about.language = _clean(sheet.title), sheet.language
    about.created = about.modified = dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass(slots=True)
class _Writer:
    """Markdown's blocks as Word's."""

    paper: Paper

    def write(self, tokens: Sequence[Token]) -> None:
        """All blocks, in order."""
        lists: list[str] = []
        rows: list[list[Token]] = []
        heading = 0
        for token in tokens:
            kind = token.type
            if kind in {"bullet_list_open", "ordered_list_open"}:
                lists.append("List Bullet" if kind.startswith("bullet") else "List Number")
            elif kind in {"bullet_list_close", "ordered_list_close"}:
                lists.pop()
            elif kind == "heading_open":
                heading = min(int(token.tag[1]) + 2, DEEPEST + 1)
            elif kind == "tr_open":
                rows.append([])
            elif kind == "table_close":
                self._table(rows)
                rows = []
            elif kind == "inline" and rows:
                rows[-1].append(token)
            elif kind == "inline":
                self._paragraph(token, lists, heading)
                heading = 0
            elif kind in {"fence", "code_block"}:
                self._code(token.content.rstrip("\n"))

    def _paragraph(self, token: Token, lists: list[str], heading: int) -> None:
        if heading:
            block = self.paper.add_heading("", min(heading, DEEPEST))
        elif lists:
            depth = min(len(lists), DEEPEST)
            name = lists[-1] if depth == 1 else f"{lists[-1]} {depth}"
            block = self.paper.add_paragraph(style=name)
        else:
            block = self.paper.add_paragraph()
        _runs(block, token)

    def _code(self, text: str) -> None:
        run = self.paper.add_paragraph().add_run(text)
        run.font.name, run.font.size = "Courier New", Pt(12)

    def _table(self, rows: list[list[Token]]) -> None:
        width = max(map(len, rows))
        table = self.paper.add_table(len(rows), width, style="Table Grid")
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, token in zip(row.cells, cells, strict=False):
                _runs(cell.paragraphs[0], token)
        for cell in table.rows[0].cells:
            for run in cell.paragraphs[0].runs:
                run.bold = True
        self.paper.add_paragraph()


def _runs(block: Paragraph, token: Token) -> None:
    """The words of a block: bold, emphasis, code; links and pictures as they were written."""
    for text, bold, italic in _spans(token.children or []):
        run = block.add_run(text)
        run.bold, run.italic = bold or None, italic or None


def _spans(tokens: Sequence[Token]) -> Iterator[tuple[str, bool, bool]]:
    bold = italic = 0
    link = ""
    for token in tokens:
        kind = token.type
        if kind.startswith(("strong", "em_")):
            bold += token.nesting if kind.startswith("strong") else 0
            italic += token.nesting if kind.startswith("em_") else 0
        elif kind == "link_open":
            link = str(token.attrGet("href") or "")
        elif kind == "link_close":
            yield f" ({link})", bold > 0, italic > 0
        elif kind in {"softbreak", "hardbreak"}:
            yield "\n", False, False
        elif kind == "image":
            yield f"![{token.content}]({token.attrGet('src')})", bold > 0, italic > 0
        elif token.content:
            yield token.content, bold > 0, italic > 0
