"""The plot of privacy and usefulness: shown after a check, said in words, and as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import Page, expect
from support import LabProcess

from lab.course import Course

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
EXERCISE = "redact-first"
WEAK = "Viết thư về chính sách hỗ trợ cho người dân thật hay, gửi một gia đình ở xóm"
GOOD = (
    Course.load(Path(__file__).parents[2] / "exercises").exercise(EXERCISE).model_answer.prompts[0]
)


def worked(lab: LabProcess, name: str, *prompts: str) -> None:
    """Somebody else of the class does the exercise."""
    client = lab.trainee(name)
    session = client.call("POST", "/api/sessions", {"exercise": EXERCISE}).json()["session"]
    for prompt in prompts:
        body = {"text": prompt, "assistant": "recorded"}
        client.call("POST", f"/api/sessions/{session}/prompts", body)
    assert client.call("POST", f"/api/sessions/{session}/check").is_success


def asked(someone: Visitor, page: Page, prompt: str) -> None:
    """Send a prompt, wait for the answer, and have the work checked."""
    someone.pane("chat")
    done = page.locator(".theirs[aria-busy]")
    before = page.locator(".theirs").count()
    someone.send(prompt)
    expect(page.locator(".theirs")).to_have_count(before + 1)
    expect(done).to_have_count(0)
    someone.pane("rail")
    page.get_by_role("button", name="Kiểm tra bài của tôi").click()
    expect(page.locator(".standing svg")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_plot_shows_the_way_and_the_class(
    visit: Visit, lab: LabProcess, width: int, *, dark: bool
) -> None:
    """From the first prompt to the best one, in a picture, a sentence and a table."""
    for letter, prompt in zip("PQR", (GOOD, WEAK, GOOD), strict=True):
        worked(lab, f"Cùng Lớp {letter}{width}", prompt)
    someone = visit(width, dark=dark)
    page = someone.page
    someone.join(f"Người Xem Hình {width}")
    someone.go(f"/practice/?exercise={EXERCISE}")
    someone.room()
    asked(someone, page, WEAK)
    plot = page.locator(".standing")
    expect(plot).to_contain_text("Đã kín; giờ thêm lại")
    asked(someone, page, GOOD)
    expect(plot).to_contain_text("vừa kín, vừa được việc")
    picture = plot.locator("svg")
    expect(picture).to_have_attribute("role", "img")
    expect(picture).to_have_attribute("aria-label", page.locator(".standing p").inner_text())
    assert plot.locator(".other").count() >= 2
    plot.locator("summary").click()
    rows = plot.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("100 %")
    assert accessible(page) == []
    box, pane = picture.bounding_box(), plot.bounding_box()
    assert box
    assert pane
    assert box["x"] + box["width"] <= pane["x"] + pane["width"] + 1
