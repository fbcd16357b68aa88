"""The questions of an exercise in a real browser: every kind by mouse, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsersupport import Visitor, accessible, lab_with_pages
from playwright.sync_api import expect
from support import LabProcess
from widgetsupport import (
    ANSWERS,
    choose_by_keyboard,
    kept,
    lay_out_course,
    looks_answered,
    mark_and_order_by_keyboard,
    press,
    question,
    saved,
    tab_to,
)

from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PERSONAL = "Kính mời ông Nguyễn Văn Mẫu, số 0950 000 123, tới dự họp xóm."
SECRET = "TỐI MẬT\nPhương án Sao Khuê tại xã Hòa Lam"
SMALL = 44
"""A finger's width, in pixels."""


@pytest.fixture(scope="session")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab whose one exercise has a question of every kind."""
    home = tmp_path_factory.mktemp("widgets")
    course = home / "course"
    lay_out_course(course)
    with lab_with_pages(home, model, LAB_EXERCISES=str(course)) as running:
        yield running


def opened(visit: Visit, name: str, width: int = 1280, *, dark: bool = False) -> Visitor:
    """Somebody before the questions."""
    someone = visit(width, dark=dark)
    someone.join(name)
    someone.pane("answer")
    return someone


# --- every kind -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_every_kind_is_answered_by_touch_and_is_there_after_a_reload(
    visit: Visit, width: int, dark: bool
) -> None:
    """Each question is answered by pressing, kept by the server, and shown again as it was."""
    someone = opened(visit, f"Vừ Bá Ví Dụ Chạm {width}", width, dark=dark)
    page = someone.page
    assert accessible(page) == []
    question(page, "pledge").get_by_label("Chỉ dùng dữ liệu").check()
    question(page, "pledge").get_by_label("Kiểm tra lại").check()
    question(page, "who").get_by_label("Máy viết").check()
    question(page, "better").get_by_text("Kính mời bà con xóm 3").click()
    cards = question(page, "cards")
    expect(cards.locator(".card-where")).to_have_text("Tờ 1 trên 4")
    for group in ("Công khai", "Nội bộ", "Dữ liệu cá nhân", "Công khai"):
        cards.get_by_role("button", name=group, exact=True).click()
    expect(cards.locator(".card-where")).to_have_text("Đã xếp đủ 4 tờ")
    cards.get_by_role("button", name="Thông báo tránh lũ").click()
    cards.get_by_role("button", name="Nội bộ", exact=True).click()
    question(page, "level").get_by_label("1. Khung đỏ").select_option("Tuyệt mật")
    question(page, "level").get_by_label("2. Thông báo").select_option("Không có")
    may = question(page, "may")
    may.get_by_role("radiogroup", name="Văn bản 1").get_by_label("Không được").check()
    may.get_by_role("radiogroup", name="Văn bản 2").get_by_label("Được", exact=True).check()
    question(page, "doubt").get_by_text("Theo một nghiên cứu").click()
    errors = question(page, "errors")
    for sentence, label in (("Luật Trợ lý", "Văn bản không có thật"), ("Nghị quyết", "Sai ngày")):
        errors.get_by_text(sentence).click()
        assert accessible(page) == []
        errors.get_by_role("button", name=label, exact=True).click()
    steps = question(page, "steps")
    for step in ("Báo ngay", "Dừng lại", "Xóa lịch sử"):
        steps.get_by_role("button", name=step).click()
    steps.get_by_role("button", name="Đưa lên trước: Dừng lại").click()
    steps.get_by_role("button", name="Bỏ ra: Xóa lịch sử").click()
    layers = question(page, "file")
    expect(layers.get_by_text("nói khéo thôi")).to_be_hidden()
    for layer in ("Ghi chú bên lề", "Thuộc tính của tệp"):
        layers.get_by_role("switch", name=layer).click()
    layers.get_by_label("nói khéo thôi").check()
    layers.get_by_label("máy VP-03").check()
    question(page, "draft").locator("textarea").fill(ANSWERS["draft"])
    expect(page.locator(".of-text .meter")).to_have_attribute("data-state", "clear")
    saved(page)
    assert kept(someone) == ANSWERS
    assert accessible(page) == []
    page.reload()
    someone.room()
    someone.pane("answer")
    saved(page)
    expect(page.locator(".count:visible").first).to_contain_text("11/11")
    looks_answered(page)


def test_every_kind_is_answered_by_keyboard_alone(visit: Visit) -> None:
    """From the tab to the last question nothing but keys; the focus is never lost."""
    someone = visit()
    someone.join("Vừ Bá Ví Dụ Phím")
    page = someone.page
    expect(page.locator("#panel-answer")).to_be_visible()
    tab_to(page.locator("#tab-answer"))
    press(page, "ArrowLeft")
    expect(page.locator("#panel-answer")).to_be_hidden()
    press(page, "ArrowRight")
    expect(page.locator("#panel-answer")).to_be_visible()

    choose_by_keyboard(page)
    mark_and_order_by_keyboard(page)
    expect(page.locator(".of-text .meter")).to_have_attribute("data-state", "clear")
    saved(page)
    assert kept(someone) == ANSWERS


def test_everything_is_wide_enough_for_a_finger(visit: Visit) -> None:
    """On a phone each control is 44 pixels high, and nothing sticks out of the page."""
    someone = opened(visit, "Vừ Bá Ví Dụ Ngón Tay", 390)
    page = someone.page
    question(page, "file").get_by_role("switch").first.click()
    question(page, "steps").locator(".step-add").first.click()
    question(page, "errors").locator(".sentence-key").first.click()
    narrow = page.locator(".answers").evaluate(
        """(node, least) => [...node.querySelectorAll('button, select, summary, label')]
            .filter((each) => each.offsetParent && !each.matches('.sentence, [for]'))
            .filter((each) => each.getBoundingClientRect().height < least)
            .map((each) => each.outerHTML.slice(0, 80))""",
        SMALL,
    )
    assert narrow == []
    assert page.locator(".questions").evaluate("node => node.scrollWidth - node.clientWidth") == 0


# --- texts ----------------------------------------------------------------------------------------


def test_a_masked_text_is_kept_masked_and_shown(visit: Visit) -> None:
    """What is kept has placeholders; the field keeps the words, after a reload as well."""
    someone = opened(visit, "Lô Thị Thử Đoạn Che")
    page = someone.page
    field = question(page, "draft").locator("textarea")
    field.fill(PERSONAL)
    meter = page.locator(".of-text .meter")
    expect(meter).to_have_attribute("data-state", "mask")
    expect(question(page, "draft").locator(".layer mark")).to_have_count(2)
    meter.get_by_role("button", name="Xem").click()
    shown = page.locator("dialog .quote").inner_text()
    assert "Nguyễn Văn Mẫu" not in shown
    assert "0950" not in shown
    assert accessible(page) == []
    page.keyboard.press("Escape")
    saved(page)
    page.reload()
    someone.room()
    expect(field).to_have_value(PERSONAL)
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Nguyễn Văn Mẫu" not in stored
    field.press("End")
    page.keyboard.type(" Kính mời!")
    meter.get_by_role("button", name="Xem").click()
    page.locator("dialog .reason", has_text="0950").get_by_role("button").click()
    expect(field).to_have_value(re.compile(r"^[^0]*\[SỐ ĐIỆN THOẠI 1\], tới dự .* Kính mời!$"))


def test_what_was_just_written_is_kept_when_the_page_is_closed(visit: Visit) -> None:
    """Closing the page does not wait for the pause after typing, and loses nothing."""
    someone = opened(visit, "Lô Thị Thử Đóng Trang")
    page = someone.page
    question(page, "who").get_by_label("Một cán bộ").check()
    saved(page)
    question(page, "draft").locator("textarea").fill(ANSWERS["draft"])
    page.reload()
    someone.room()
    expect(question(page, "draft").locator("textarea")).to_have_value(ANSWERS["draft"])
    assert kept(someone) == {"who": "clerk", "draft": ANSWERS["draft"]}


def test_a_stopped_text_is_not_kept_and_says_why(visit: Visit) -> None:
    """The earlier text stays on the server, the reason is told, mending it keeps it again."""
    someone = opened(visit, "Lô Thị Thử Đoạn Dừng", 390)
    page = someone.page
    field = question(page, "draft").locator("textarea")
    field.fill(ANSWERS["draft"])
    saved(page)
    field.fill(SECRET)
    meter = page.locator(".of-text .meter")
    expect(meter).to_have_attribute("data-state", "secret")
    expect(page.locator(".saved")).to_have_attribute("data-state", "held")
    expect(field).to_have_value(SECRET)
    assert kept(someone) == {"draft": ANSWERS["draft"]}
    assert accessible(page) == []
    meter.get_by_role("button", name="Xem").click()
    expect(page.locator("dialog .reason").first).to_contain_text("TỐI MẬT")
    assert accessible(page) == []
    page.locator("dialog .primary").click()
    expect(field).to_be_focused()
    assert field.evaluate("node => [node.selectionStart, node.selectionEnd]") == [0, 7]
    field.fill("Kính mời bà con tới họp xóm tối nay.")
    expect(meter).to_have_attribute("data-state", "clear")
    saved(page)
    assert kept(someone) == {"draft": "Kính mời bà con tới họp xóm tối nay."}


def test_the_assistants_reply_is_taken_and_nothing_is_overwritten_unasked(
    visit: Visit, model: Endpoint
) -> None:
    """Over the text to begin with it is put at once; over one's own words only when one says so."""
    someone = opened(visit, "Lô Thị Thử Lấy Lời")
    page = someone.page
    draft = question(page, "draft")
    field, take = draft.locator("textarea"), draft.get_by_role("button", name="Lấy câu trả lời")
    take.click()
    expect(draft.locator(".meter")).to_contain_text("Chưa có câu trả lời nào")
    someone.pane("chat")
    model.behave(reply="Kính mời bà con xóm 3 tới họp.")
    someone.send("Viết giúp tôi một lời mời bà con xóm 3 tới dự họp xóm tối thứ Bảy.")
    expect(page.locator(".theirs .tools button").first).to_be_visible()
    someone.pane("answer")
    take.click()
    expect(field).to_have_value("Kính mời bà con xóm 3 tới họp.")
    field.fill("Lời của tôi.")
    take.click()
    assert accessible(page) == []
    draft.get_by_role("button", name="Thêm vào cuối").click()
    expect(field).to_have_value("Lời của tôi.\n\nKính mời bà con xóm 3 tới họp.")
    draft.get_by_role("button", name="Trở về bản ban đầu").click()
    draft.get_by_role("button", name="Để nguyên").click()
    expect(field).to_have_value("Lời của tôi.\n\nKính mời bà con xóm 3 tới họp.")
    saved(page)


# --- nothing is lost ------------------------------------------------------------------------------


def test_answers_wait_while_the_connection_is_down(visit: Visit) -> None:
    """Without a network the page says so and keeps everything; back on it they arrive."""
    someone = opened(visit, "Vừ Bá Ví Dụ Mất Mạng")
    page = someone.page
    question(page, "who").get_by_label("Một cán bộ").check()
    saved(page)
    someone.context.set_offline(True)
    question(page, "who").get_by_label("Máy viết").check()
    question(page, "steps").get_by_role("button", name="Dừng lại").click()
    state = page.locator(".saved")
    expect(state).to_have_attribute("data-state", "failed")
    expect(page.get_by_role("button", name="Lưu lại ngay")).to_be_visible()
    page.get_by_role("button", name="Kiểm tra bài của tôi").click()
    expect(page.locator(".result .notice")).to_be_visible()
    someone.context.set_offline(False)
    saved(page)
    assert kept(someone) == {"who": "machine", "steps": ["stop"]}


def test_answers_wait_until_one_has_signed_in_again(visit: Visit) -> None:
    """The sign-in ended: another tab signs in with the resume code, and what waits arrives."""
    someone = visit()
    page, name = someone.page, "Vừ Bá Ví Dụ Trở Lại"
    someone.go("/")
    page.locator("[name=class_code]").fill("THU")
    page.locator("form.fields [name=name]").first.fill(name)
    page.locator("form.fields button.primary").first.click()
    code = page.locator(".resume-code").inner_text()
    page.locator("a.primary").click()
    someone.room()
    question(page, "who").get_by_label("Một cán bộ").check()
    saved(page)
    someone.context.clear_cookies()
    question(page, "who").get_by_label("Máy viết").check()
    expect(page.locator(".saved")).to_have_attribute("data-state", "failed")
    with someone.context.expect_page() as opening:
        page.locator(".saved a").click()
    other = opening.value
    other.locator("[name=class_code]").fill("THU")
    form = other.locator("form.fields").first
    form.locator("[name=name]").fill(name)
    form.locator("details summary").click()
    form.locator("[name=resume_code]").fill(code)
    form.locator("button.primary").click()
    other.locator(".room").wait_for(state="attached")
    other.close()
    saved(page)
    assert kept(someone) == {"who": "machine"}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_check_says_in_general_what_is_left_to_mend(visit: Visit, width: int) -> None:
    """The advice of the rubric's line stands at its question, and a way leads there."""
    someone = opened(visit, f"Lô Thị Thử Chấm {width}", width)
    page = someone.page
    question(page, "pledge").get_by_label("Chỉ dùng dữ liệu").check()
    question(page, "draft").locator("textarea").fill(ANSWERS["draft"])
    page.get_by_role("button", name="Kiểm tra bài của tôi").click()
    expect(page.locator(".result h2")).to_be_focused()
    assert accessible(page) == []
    page.get_by_role("button", name="Mở câu 4").click()
    note = question(page, "cards").locator(".note")
    expect(note.locator("li")).to_have_text("Hỏi xem ai cũng được đọc tờ này chưa.")
    expect(question(page, "cards").locator("h3")).to_be_focused()
    expect(question(page, "draft").locator(".note")).to_have_text("Câu này đã đủ.")
    expect(note.locator(".again")).to_be_hidden()
    question(page, "cards").locator(".group").first.click()
    expect(note.locator(".again")).to_be_visible()
    assert accessible(page) == []
