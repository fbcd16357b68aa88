"""A course with a question of every kind, and ways to answer it in a browser."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from browsersupport import Visitor
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parents[1]
ANSWERS: dict[str, Any] = {
    "pledge": ["one", "two"],
    "who": "machine",
    "better": "plain",
    "cards": {"honey": "public", "guide": "inside", "houses": "person", "flood": "inside"},
    "level": {"d1": "top", "d2": "none"},
    "may": {"a1": "no", "a2": "yes"},
    "doubt": ["s2"],
    "errors": {"e2": "law", "e3": "date"},
    "steps": ["stop", "report"],
    "file": ["c1", "m1"],
    "draft": "Kính mời bà con xóm 3 tới họp đông đủ.",
}
"""What the tests answer, by touch or by keyboard."""
TABS = 80
"""So many stops of the Tab key a page has at most."""


def lay_out_course(folder: Path) -> None:
    """A course whose one exercise has a question of every kind."""
    shutil.copytree(ROOT / "tests" / "widget_course", folder)
    shutil.copy(ROOT / "exercises" / "lexicon.yaml", folder)
    shutil.copytree(ROOT / "exercises" / "forms", folder / "forms")


def question(page: Page, name: str) -> Locator:
    """One question."""
    return page.locator(f"[data-widget={name}]")


def kept(someone: Visitor) -> dict[str, Any]:
    """What the server has kept."""
    ask = someone.page.request
    session = ask.get(f"{someone.lab.url}/api/exercises").json()[0]["session"]
    answers: dict[str, Any] = ask.get(f"{someone.lab.url}/api/sessions/{session}").json()["answers"]
    return answers


def saved(page: Page) -> None:
    """Wait until everything has arrived."""
    expect(page.locator(".saved")).to_have_attribute("data-state", "saved")
    expect(page.locator(".saved")).to_have_text("Đã lưu")


def tab_to(place: Locator, key: str = "Tab") -> None:
    """Press Tab until the focus is there."""
    for _ in range(TABS):
        if place.evaluate("node => node === document.activeElement"):
            return
        place.page.keyboard.press(key)
    pytest.fail(f"no way by keyboard to {place}")


def press(page: Page, *keys: str) -> None:
    """Keys, one after another."""
    for key in keys:
        page.keyboard.press(key)


def looks_answered(page: Page) -> None:
    """Every question shows its answer."""
    assert question(page, "pledge").locator(":checked").count() == 2
    expect(question(page, "who").get_by_label("Máy viết")).to_be_checked()
    expect(question(page, "better").get_by_role("radio", name="Chọn bản A")).to_be_checked()
    expect(question(page, "cards").locator("[data-group=inside] .pile-card")).to_have_count(2)
    expect(question(page, "level").locator("select").first).to_have_value("top")
    expect(question(page, "may").get_by_label("Không được").first).to_be_checked()
    expect(question(page, "doubt").locator(".on")).to_contain_text("87 %")
    expect(question(page, "errors").locator(".on").last).to_contain_text("Sai ngày")
    expect(question(page, "steps").locator(".steps li").first).to_contain_text("Dừng lại")
    expect(question(page, "file").get_by_label("máy VP-03")).to_be_checked()
    expect(question(page, "draft").locator("textarea")).to_have_value(ANSWERS["draft"])


def choose_by_keyboard(page: Page) -> None:
    """Boxes, choices, cards and tables."""
    tab_to(question(page, "pledge").locator("input").first)
    press(page, "Space", "Tab", "Space")
    tab_to(question(page, "who").locator("input").first)
    press(page, "ArrowDown")
    tab_to(question(page, "better").locator("input").first)
    press(page, "Space")
    cards = question(page, "cards")
    tab_to(cards.locator(".group").first)
    press(page, "Enter", "ArrowRight", "Space", "ArrowRight", "Enter", "Home", "Enter")
    expect(cards.locator(".card-where")).to_be_focused()
    tab_to(cards.locator("[data-group=public] .pile-card").first)
    press(page, "ArrowDown", "Enter")
    expect(cards.locator(".group").first).to_be_focused()
    press(page, "ArrowRight", "Enter")
    tab_to(question(page, "level").locator("select").first)
    press(page, "ArrowDown", "Tab", "End")
    tab_to(question(page, "may").locator("[value=yes]").first)
    press(page, "ArrowRight", "Tab", "Space")


def mark_and_order_by_keyboard(page: Page) -> None:
    """Sentences, steps, layers and a text."""
    tab_to(question(page, "doubt").locator("input").first)
    press(page, "ArrowDown", "Space")
    errors = question(page, "errors")
    tab_to(errors.locator(".sentence-key").first)
    press(page, "ArrowRight", "Enter")
    expect(errors.locator(".chooser button").first).to_be_focused()
    press(page, "Escape")
    expect(errors.locator(".sentence-key").nth(1)).to_be_focused()
    press(page, "Enter", "Enter", "ArrowRight", "2")
    steps = question(page, "steps")
    tab_to(steps.locator(".step-add").nth(1))
    press(page, "Enter")
    expect(steps.locator(".step-add").nth(1)).to_be_focused()
    press(page, "Enter")
    tab_to(steps.locator(".step-up").last, "Shift+Tab")
    press(page, "Enter")
    expect(steps.locator(".step-down").first).to_be_focused()
    layers = question(page, "file")
    tab_to(layers.get_by_role("switch").first)
    press(page, "Space", "Tab", "Enter")
    tab_to(layers.get_by_label("nói khéo thôi"))
    press(page, "Space")
    tab_to(layers.get_by_label("máy VP-03"))
    press(page, "Space")
    tab_to(question(page, "draft").locator("textarea"))
    press(page, "Control+a")
    page.keyboard.type(ANSWERS["draft"])
