"""The course by keyboard alone, at twice the size, and with a second opinion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browsersupport import Visitor, accessible
from coursesupport import scored
from playwright.sync_api import Locator, Page, expect
from support import LabProcess
from widgetsupport import tab_to

from lab.assistant.testing import Endpoint
from lab.course import Course
from lab.keys import Keys
from lab.log import make as make_log
from lab.model import Role
from lab.settings import Settings

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
COURSE = Course.load(Path(__file__).parents[2] / "exercises")
LONG = "Công Tằng Tôn Nữ Hoàng Phủ Ngọc Quỳnh Hương Bàn Phím"
PROMPT = COURSE.exercises[0].model_answer.prompts[0]
ZOOMED = {"width": 640, "height": 400}
"""A window of 1280 by 800 at 200 %."""


def pass_all_but_first(lab: LabProcess, name: str) -> None:
    """What the trainee did on other days, written as the lab writes it."""

    async def write() -> None:
        settings = Settings(home=lab.home / "data")
        log = make_log(settings, Keys.load(settings.keys_dir))
        await log.start(recover=False)
        people = await log.people(role=Role.TRAINEE)
        person = next(each for each in people if each.name == name)
        await scored(log, person, {each.id: [0.9] for each in COURSE.exercises[1:]})
        await log.close()

    with ThreadPoolExecutor(1) as pool:  # Playwright keeps a loop running in this thread
        pool.submit(asyncio.run, write()).result()


def press_on(place: Locator, key: str = "Enter") -> None:
    """Go there with the tab key alone, and press a key."""
    tab_to(place)
    place.page.keyboard.press(key)


def fits(page: Page) -> None:
    """Nothing sticks out sideways, and axe-core finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert accessible(page) == []


def test_from_sign_in_to_certificate_by_keyboard_at_twice_the_size(
    visit: Visit, lab: LabProcess, model: Endpoint
) -> None:
    """No mouse: sign in after a wrong code, do an exercise, have it checked, take the paper. At
    200 % and with a long name nothing sticks out, and every state is accessible.
    """
    someone = visit(1280)
    page = someone.page
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    someone.go("/")
    form = page.locator("form.fields").first
    for code in ("SAI-MA", "THU"):
        tab_to(form.locator("[name=class_code]"))
        page.keyboard.press("Control+A")
        page.keyboard.type(code)
        tab_to(form.locator("[name=name]"))
        page.keyboard.press("Control+A")
        page.keyboard.type(LONG)
        page.keyboard.press("Enter")
        expect(page.locator("[role=alert], .resume-code")).to_be_visible()
        fits(page)
    press_on(page.locator("a.primary"))
    someone.room()
    pass_all_but_first(lab, LONG)
    fits(page)
    if page.locator(".panes").is_visible():
        press_on(page.locator(".panes [data-pane=chat]"))
    if page.locator("[data-tab=chat]").is_visible():
        page.locator("[data-tab=chat]").focus()
    tab_to(page.locator("#prompt"))
    page.keyboard.insert_text(PROMPT)
    model.behave(reply="Kính thưa bà con xóm 3, xin chào mừng bà con.")
    page.keyboard.press("Enter")
    expect(page.locator(".theirs .tools button").first).to_be_visible()
    fits(page)
    answer_by_keyboard(someone)
    press_on(page.get_by_role("button", name="Kiểm tra bài của tôi").locator("visible=true").first)
    expect(page.locator(".result h2").first).to_be_focused()
    fits(page)
    press_on(page.get_by_role("link", name="Lộ trình"))
    expect(page.get_by_role("link", name="Tải giấy chứng nhận")).to_be_visible()
    fits(page)
    with page.expect_download() as got:
        press_on(page.get_by_role("link", name="Tải giấy chứng nhận"))
    assert got.value.suggested_filename.endswith(".pdf")


def answer_by_keyboard(someone: Visitor) -> None:
    """The two questions of the first exercise."""
    page = someone.page
    if page.locator(".panes [data-pane=answer]").is_visible():
        press_on(page.locator(".panes [data-pane=answer]"))
    else:
        tab_to(page.locator("[role=tab][aria-selected=true][data-tab]"))
        page.keyboard.press("ArrowRight")
    boxes = page.locator("#panel-answer, .answers").first.locator("input[type=checkbox]")
    expect(boxes).to_have_count(6)
    for nth in range(6):
        press_on(boxes.nth(nth), "Space")
    first = page.locator(".answers input[type=radio]").first
    tab_to(first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".answers input[type=radio]").nth(1)).to_be_checked()


def test_the_list_of_exercises_closes_once_one_is_chosen(visit: Visit) -> None:
    """On a phone the task is what one sees after choosing; the list is in the order of the map."""
    someone = visit(390)
    someone.join("Vừ Bá Ví Dụ Danh Sách")
    page = someone.page
    someone.pane("task")
    page.locator("#picker, .gradio-container").first.wait_for()
    page.locator("button.label-wrap").first.click()
    choices = page.get_by_role("radio")
    expect(choices.first).to_be_visible()
    titles = [
        each.split("\n")[0] for each in page.locator("label:has([type=radio])").all_inner_texts()
    ]
    wanted = [f"{each.number}. {each.title.vi}" for each in COURSE.in_order]
    assert [each for each in titles if each in wanted] == wanted
    third = COURSE.in_order[2]
    page.locator("label:has([type=radio])", has_text=third.title.vi).first.click()
    expect(page.locator("#task h1")).to_have_text(third.title.vi)
    expect(choices.first).to_be_hidden()
