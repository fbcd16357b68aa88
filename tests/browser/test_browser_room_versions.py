"""Asking again and editing: earlier answers and prompts are kept, and one can go back to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import Page, expect

from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
FIRST = "Viết giúp tôi một lời chào bà con tới dự buổi họp tối thứ Bảy."
SHORTER = "Viết giúp tôi một lời chào bà con, ngắn thôi."


def answer(page: Page, text: str) -> None:
    """Wait for the last reply to be this text."""
    expect(page.locator(".turn:not([hidden]) .prose-reply").last).to_have_text(text)
    expect(page.locator(".halt")).to_be_hidden()


def last_messages(model: Endpoint) -> list[str]:
    """What the trainee and the assistant said, as the last request told it."""
    posts = [row for row in model.requests if row.method == "POST"]
    messages = posts[-1].json["messages"]
    return [each["content"] for each in messages if each["role"] != "system"]


def test_asking_again_keeps_the_earlier_answer(visit: Visit, model: Endpoint) -> None:
    """‹ 2/2 › turns to the first answer; what is sent next follows the version that is shown."""
    someone = visit()
    page = someone.page
    someone.join("Vừ Bá Ví Dụ Hỏi Lại")
    model.behave(reply="Bản một.")
    someone.send(FIRST)
    answer(page, "Bản một.")
    model.behave(reply="Bản hai.")
    page.get_by_role("button", name="Hỏi lại").click()
    answer(page, "Bản hai.")
    shown = page.locator(".turn:not([hidden])")
    expect(shown).to_have_count(1)
    expect(shown.locator(".turner")).to_contain_text("2/2")
    assert accessible(page) == []
    shown.get_by_role("button", name="Bản trước").press("Enter")
    answer(page, "Bản một.")
    expect(shown.get_by_role("button", name="Bản sau")).to_be_focused()
    model.behave(reply="Tiếp bản một.")
    someone.send("Ngắn hơn nữa.")
    answer(page, "Tiếp bản một.")
    assert last_messages(model) == [FIRST, "Bản một.", "Ngắn hơn nữa."]
    shown.first.get_by_role("button", name="Bản sau").click()
    expect(shown).to_have_count(1)
    answer(page, "Bản hai.")


def test_an_edit_is_a_branch_and_the_original_comes_back(visit: Visit, model: Endpoint) -> None:
    """After a reload both branches are there, each with what followed it."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Nhánh")
    model.behave(reply="Gốc.")
    someone.send(FIRST)
    answer(page, "Gốc.")
    model.behave(reply="Theo sau gốc.")
    someone.send("Nêu thêm giờ họp.")
    answer(page, "Theo sau gốc.")
    shown = page.locator(".turn:not([hidden])")
    shown.first.get_by_role("button", name="Sửa câu lệnh").click()
    expect(page.locator(".branching:not(.drafted)")).to_contain_text("Bản cũ vẫn được giữ")
    expect(page.locator("#prompt")).to_have_value(FIRST)
    assert accessible(page) == []
    model.behave(reply="Nhánh.")
    someone.send(SHORTER)
    answer(page, "Nhánh.")
    assert last_messages(model) == [SHORTER]
    expect(page.locator(".branching:not(.drafted)")).to_be_hidden()
    expect(shown).to_have_count(1)
    page.reload()
    someone.room()
    expect(shown).to_have_count(1)
    answer(page, "Nhánh.")
    shown.get_by_role("button", name="Bản trước").click()
    expect(shown).to_have_count(2)
    expect(page.locator(".turn:not([hidden]) .words").first).to_have_text(FIRST)
    answer(page, "Theo sau gốc.")


def test_an_edit_that_is_stopped_may_be_mended_in_the_same_place(
    visit: Visit, model: Endpoint
) -> None:
    """A stop during an edit keeps the place of the branch, so that the mended prompt goes there."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Nhánh")
    model.behave(reply="Gốc.")
    someone.send(FIRST)
    answer(page, "Gốc.")
    page.get_by_role("button", name="Sửa câu lệnh").click()
    someone.send(f"TUYỆT MẬT\n{SHORTER}")
    expect(page.locator(".card-stop")).to_be_visible()
    expect(page.locator(".branching:not(.drafted)")).to_be_visible()
    model.behave(reply="Nhánh.")
    someone.send(SHORTER)
    answer(page, "Nhánh.")
    assert last_messages(model) == [SHORTER]
