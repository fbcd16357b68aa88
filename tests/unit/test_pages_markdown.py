"""Markdown of exercises as HTML: on the writers' page, in the practice room and on paper."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hostilesupport import ALL, PIECES

from lab.pages.sheets import as_html, as_line

WRITTEN = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "br", "hr", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
"""All that a writer's Markdown becomes."""


class Tags(HTMLParser):
    """Tags, and where their links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.schemes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag with its attributes."""
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.schemes |= {urlsplit(value or "").scheme for name, value in attrs if name == "href"}

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.text += data


def parsed(html: str) -> Tags:
    """What a reader of HTML sees."""
    seen = Tags()
    seen.feed(html)
    seen.close()
    return seen


@pytest.mark.parametrize("text", [*PIECES.values(), ALL], ids=[*PIECES, "all"])
def test_no_piece_becomes_more_than_a_writer_s_markdown(text: str) -> None:
    """Only tags of Markdown, no picture, no attribute but a few, links to pages and mail only."""
    seen = parsed(as_line(text))
    assert seen.tags <= WRITTEN
    assert seen.names <= {"href", "title", "class", "start", "align"}
    assert seen.schemes <= {"", "http", "https", "mailto"}


def test_one_line_says_what_many_say() -> None:
    """Breaks within code and tables are still there once a browser reads the line."""
    text = "Một\nhai\n\n```\na\n  b\n```\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n1. một\n2. hai"
    line = as_line(text)
    assert "\n" not in line
    assert (parsed(line).text, parsed(line).tags) == (
        parsed(as_html(text).rstrip()).text,
        parsed(as_html(text)).tags,
    )
