"""The course by keyboard alone, at twice the size, and with a second opinion."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browsersupport import PATIENCE, Visitor, accessible, lab_with_pages
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
OPINION = {
    "good": "Câu lệnh nói rõ dùng cho buổi họp nào.",
    "better": "Nên nói lời chào dài bao nhiêu câu.",
    "example": "Thêm: viết năm câu, giọng thân mật.",
}
ZOOMED = {"width": 640, "height": 400}
"""A window of 1280 by 800 at 200 %."""


@pytest.fixture(scope="session")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab whose course offers a second opinion."""
    home = tmp_path_factory.mktemp("course")
    course = home / "exercises"
    shutil.copytree(COURSE.folder, course)
    head = course / "course.yaml"
    text = head.read_text("utf-8")
    head.write_text(text.replace("second_opinion: false", "second_opinion: true"), "utf-8")
    with lab_with_pages(home, model, LAB_EXERCISES=str(course)) as running:
        yield running


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


@pytest.mark.timeout(400)
def test_from_sign_in_to_certificate_by_keyboard_at_twice_the_size(
    visit: Visit, lab: LabProcess, model: Endpoint
) -> None:
    """No mouse: sign in after a wrong code, do an exercise, have it checked, take the paper. At
    200 % and with a long name nothing sticks out, and every state is accessible.
    """
    someone = visit(1280)
    page = someone.page
    page.set_viewport_size(ZOOMED)
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
    model.behave(reply=json.dumps(OPINION))
    press_on(page.locator(".second-opinion button"))
    expect(page.locator("dl.opinion")).to_contain_text(OPINION["better"])
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


def test_a_trainer_mends_a_draft_beside_what_trainees_see(visit: Visit) -> None:
    """What is typed is previewed with its questions; a mistake is told with its line, a way leads
    there, and the last good view stays. The page of sharing and this one are accessible.
    """
    someone = visit(1280)
    someone.sign_in("trainer")
    page = someone.page
    for path in ("/sharing/", "/writing/"):
        someone.go(path)
        fits(page)
    if page.locator("form[action='/writing/copy']").is_hidden():
        page.locator("details", has=page.locator("form[action='/writing/copy']")).click()
    page.locator("select[name=exercise]").select_option("first-prompt")
    page.locator("form[action='/writing/copy'] button").click()
    seen = page.locator("[data-seen]")
    expect(seen.locator("h3").first).to_have_text("1. Làm quen và cam kết", timeout=PATIENCE)
    expect(seen.get_by_label("Máy viết, có thể sai, nên phải kiểm tra lại")).to_be_visible()
    fits(page)
    text = page.locator("[data-text]")
    before = text.input_value()
    text.fill(before.replace("check: sent", "check: sentt"))
    told = page.locator("[data-problems] button")
    line = before[: before.index("check: sent")].count("\n") + 1
    expect(told).to_have_text(re.compile(rf"^exercise\.yaml:{line}:"), timeout=PATIENCE)
    expect(seen.locator("h3").first).to_have_text("1. Làm quen và cam kết", timeout=PATIENCE)
    fits(page)
    told.press("Enter")
    expect(text).to_be_focused()
    chosen = text.evaluate("node => node.value.slice(node.selectionStart, node.selectionEnd)")
    assert chosen.strip() == "check: sentt"
    text.fill(before.replace("vi: Làm quen và cam kết", "vi: Làm quen, rồi cam kết"))
    expect(seen.locator("h3").first).to_have_text("1. Làm quen, rồi cam kết", timeout=PATIENCE)
    page.locator("[data-save]").click()
    expect(page.locator(".pen [data-state]")).to_contain_text("Đã lưu")
    page.reload()
    expect(seen.locator("h3").first).to_have_text("1. Làm quen, rồi cam kết", timeout=PATIENCE)
