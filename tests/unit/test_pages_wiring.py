"""How the Gradio pages are wired, read from what they build."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from starlette.requests import Request

from lab.course import Course
from lab.errors import Forbidden, NotSignedIn
from lab.model import Action, Event, Finding, Person, Role, Tier, Who
from lab.pages import gradio_page
from lab.pages.gradio_page import _parts, who_of
from lab.pages.officer import OfficerPage, pieces
from lab.pages.plot import DAY, by_day, picture
from lab.pages.practice import PracticePage
from lab.settings import Settings
from lab.words import languages


@pytest.fixture(scope="module")
def lab() -> Any:
    """The parts of a lab that pages read while they are built."""
    settings = Settings()
    return SimpleNamespace(course=Course.load(settings.exercises), settings=settings)


PAGES = (PracticePage, OfficerPage)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("page", PAGES)
def test_handlers_are_methods_private_and_few(page: Any, language: str, lab: Any) -> None:
    """At most ten listeners a page, each a bound method of it, none a named endpoint or script."""
    blocks = page(lab, language).build()
    functions = list(blocks.fns.values())
    assert 0 < len(functions) <= 10
    for function in functions:
        assert getattr(function.fn, "__self__", None) == page(lab, language)
        assert function.api_visibility == "private"
        assert function.js is None


@pytest.mark.parametrize("page", PAGES)
def test_no_component_needs_eval_or_holds_files(page: Any, lab: Any) -> None:
    """No component compiles templates, holds a conversation or takes files."""
    forbidden = (gr.HTML, gr.Chatbot, gr.File, gr.FileExplorer, gr.UploadButton, gr.Image)
    for block in page(lab, "vi").build().blocks.values():
        assert not isinstance(block, forbidden)
        if isinstance(block, gr.Markdown) and not block.sanitize_html:
            assert block.elem_id not in {"task", "hints"}


def request_of(who: Who | None, username: str | None) -> gr.Request:
    """An event's request, as Gradio hands it to a handler."""
    scope: dict[str, Any] = {"type": "http", "headers": [], "query_string": b""}
    if who is not None:
        scope["lab.who"] = who
    return gr.Request(Request(scope), username=username)


def test_a_handler_knows_the_person_from_the_server_only() -> None:
    """Without the door's mark, or with another's name, nobody is signed in."""
    who = Who(Person("p1", "Mẫu", Role.TRAINEE), "s1", "token")
    assert who_of(request_of(who, "p1")) is who
    for bad in (request_of(None, "p1"), request_of(who, "p2"), gr.Request(username="p1")):
        with pytest.raises(NotSignedIn):
            who_of(bad)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.TRAINER, Role.ASSISTANT])
async def test_officer_handlers_refuse_other_roles(role: Role, lab: Any) -> None:
    """Each handler asks again for the role; the page's door is not its only guard."""
    page = OfficerPage(lab, "vi")
    request = request_of(Who(Person("p1", "Mẫu", role), "s1", "token"), "p1")
    for call in (
        page.opened(request),
        page.chosen("cccd", request),
        page.tried("x", request),
        page.counted(7, request),
    ):
        with pytest.raises(Forbidden):
            await call


def finding(start: int, end: int, action: Action = Action.MASK) -> Finding:
    """A finding."""
    return Finding("VN_PHONE", "phone", Tier.T3, action, start, end, 0.9)


def test_a_text_is_cut_where_findings_stand() -> None:
    """Pieces join to the text; where findings overlap the stricter one is shown."""
    text = "gọi 😀 0950 000 123 nhé"
    cut = pieces(text, [finding(6, 18), finding(6, 10, Action.BLOCK)])
    assert "".join(piece for piece, _ in cut) == text
    assert cut[1] == ("0950", "block")
    assert ("gọi 😀 ", "") in cut


def test_events_are_counted_by_rule_and_day() -> None:
    """Findings fall on their day, most frequent rule first; erased rows count for nothing."""
    now = time.time()
    row = {"action": "mask", "findings": [{"rule": "phone"}, {"rule": "phone"}, {"rule": "cccd"}]}
    events = [
        Event("s", 1, now, "turn.decided", row, "h"),
        Event("s", 2, now - DAY, "turn.decided", {"action": "block", "findings": []}, "h"),
        Event("s", 3, now, "turn.decided", None, "h"),
    ]
    counts = by_day(events, 7, now)
    assert (counts.turns, counts.masked, counts.blocked) == (2, 1, 1)
    assert list(counts.rules) == ["phone", "cccd"]
    assert counts.rules["phone"] == (0, 0, 0, 0, 0, 0, 2)
    for dark in (False, True):
        drawn = picture(counts, {"phone": "Số điện thoại", "cccd": "Số căn cước"}, dark=dark)
        assert drawn.startswith("data:image/svg+xml;base64,")


def test_another_gradio_page_is_refused_by_name() -> None:
    """When Gradio's page no longer has what ours is made from, the missing part is named."""
    with pytest.raises(ValueError, match="no config, info, module, stylesheet"):
        _parts("<html></html>")


def test_gradio_styles_yield_to_ours() -> None:
    """Gradio's style sheets are served in a layer; a name that climbs out is not found."""
    style = next((gradio_page.FRONTEND / "assets").glob("*.css")).name
    asset = gradio_page._asset(style)
    assert asset.content.startswith(b"@layer gradio {")
    with pytest.raises(FileNotFoundError):
        gradio_page._asset("../index.html")
