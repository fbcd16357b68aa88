"""The practice room in a real browser: one trainee's way, and the keyboard habits of Việt Nam."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import expect

from bench.browser import READY
from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
SECRET = "Tóm tắt giúp tôi:\nTỐI MẬT\nPhương án Sao Khuê tại xã Hòa Lam"
PERSONAL = "Viết giúp lời mời gửi ông Nguyễn Văn Mẫu, số điện thoại 0950 000 123, đến dự họp thôn."
PLAIN = "Viết giúp tôi một lời chào bà con tới dự buổi họp tối thứ Bảy ở nhà văn hóa xóm."


def sent_prompts(model: Endpoint) -> list[str]:
    """The last message of every prompt that reached the endpoint."""
    posts = [row for row in model.requests if row.method == "POST"]
    return [row.json["messages"][-1]["content"] for row in posts]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_trainee_signs_in_is_stopped_edits_sends_and_checks(
    visit: Visit, model: Endpoint, width: int, dark: bool
) -> None:
    """The whole way at both widths: nothing of the stopped prompt leaves, the edited one does."""
    someone = visit(width, dark=dark)
    page = someone.page
    someone.go("/")
    assert accessible(page) == []
    someone.join(f"Vừ Bá Ví Dụ {width}")
    assert accessible(page) == []
    someone.pane("chat")
    before = len(sent_prompts(model))

    someone.write(SECRET)
    expect(page.locator(".meter")).to_have_attribute("data-state", "secret")
    page.locator("#prompt").press("Enter")
    card = page.locator(".card-stop")
    expect(card.locator("mark.find-block").first).to_contain_text("TỐI MẬT")
    expect(card.locator(".still-here")).to_have_text("Chưa có gì rời khỏi máy này")
    expect(page.locator("#prompt")).to_have_value(SECRET)
    assert accessible(page) == []
    assert len(sent_prompts(model)) == before

    card.get_by_role("button", name="Sửa câu").click()
    expect(page.locator("#prompt")).to_be_focused()
    model.behave(reply="Kính chào bà con. **Rất mong** bà con tới dự đông đủ. " * 8, rate=60)
    someone.send(PLAIN)
    reply = page.locator(".theirs").last
    expect(reply.locator(".prose-reply strong").first).to_have_text("Rất mong")
    expect(reply).to_have_attribute("aria-busy", "true")
    expect(page.locator(".halt")).to_be_visible()
    expect(page.locator("#prompt")).to_have_value("")
    expect(reply).not_to_have_attribute("aria-busy", "true")
    assert sent_prompts(model)[before:] == [PLAIN]

    someone.pane("answer")
    page.get_by_label("Ở đây tôi chỉ dùng dữ liệu giả định của bài tập.").check()
    expect(page.locator(".saved").first).to_have_text("Đã lưu")
    assert accessible(page) == []
    someone.pane("rail")
    page.get_by_role("button", name="Kiểm tra bài của tôi").click()
    expect(page.locator(".criteria li").first).to_be_visible()
    expect(page.locator(".result h2")).to_be_focused()
    assert accessible(page) == []

    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert "Sao Khuê" not in kept
    assert "bà con" not in kept


def test_what_is_masked_is_shown_before_and_after(visit: Visit, model: Endpoint) -> None:
    """The dialog shows exactly what then leaves, and the reply has the real values again."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Che")
    model.behave(echo=True)
    someone.write(PERSONAL)
    expect(page.locator(".meter")).to_have_attribute("data-state", "mask")
    page.locator(".composer .meter").get_by_role("button", name="Xem").click()
    shown = page.locator("dialog .quote").inner_text()
    assert accessible(page) == []
    page.keyboard.press("Escape")
    page.locator("#prompt").press("Enter")
    expect(page.locator(".prose-reply").last).to_contain_text("Nguyễn Văn Mẫu")
    assert sent_prompts(model)[-1] == shown
    assert "Nguyễn Văn Mẫu" not in shown
    page.locator("details.aside > summary").click()
    assert page.locator("details.aside .quote").inner_text() == shown


def test_stop_keeps_what_came_and_frees_the_model(visit: Visit, model: Endpoint) -> None:
    """Escape ends a reply at once, and the endpoint sees its reader leave."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Dừng")
    model.behave(tokens=2000, rate=40)
    left = model.left
    someone.send(PLAIN)
    expect(page.locator(".prose-reply p").first).to_contain_text("Kính gửi")
    page.keyboard.press("Escape")
    expect(page.locator(".theirs .state")).to_have_text("Đã dừng giữa chừng.")
    expect(page.get_by_role("button", name="Gửi")).to_be_visible()
    page.wait_for_function("performance.now() > 0")
    assert model.left == left + 1


def test_an_error_keeps_the_prompt_and_offers_to_try_again(visit: Visit, model: Endpoint) -> None:
    """A failing endpoint gives a plain sentence; trying again sends the same prompt."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Lỗi")
    model.behave(kind="status", status=500)
    someone.send(PLAIN)
    failure = page.locator(".theirs .notice")
    expect(failure).to_be_visible()
    assert accessible(page) == []
    model.behave(kind="answer", reply="Xong.")
    failure.get_by_role("button", name="Thử lại").click()
    expect(page.locator(".prose-reply").last).to_have_text("Xong.")
    assert sent_prompts(model)[-1] == PLAIN
    page.reload()
    someone.room()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".words").last).to_have_text(PLAIN)
    expect(page.locator(".prose-reply").last).to_have_text("Xong.")


def test_a_reply_stays_text(visit: Visit, model: Endpoint) -> None:
    """HTML, links and pictures in a model's words are shown as they were written."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Chữ")
    model.behave(
        reply="<img src=x onerror=alert(1)> [bấm](https://a.example) ![](https://b.example/c)"
    )
    someone.send(PLAIN)
    reply = page.locator(".prose-reply").last
    expect(reply).to_contain_text("<img src=x onerror=alert(1)>")
    assert reply.locator("img, a, script").count() == 0


def test_enter_does_not_send_while_telex_composes(visit: Visit, model: Endpoint) -> None:
    """The Enter that ends a composition writes a word; the next one sends."""
    someone = visit()
    page = someone.page
    someone.join("Vừ Bá Ví Dụ Gõ")
    box = page.locator("#prompt")
    box.focus()
    keys = someone.context.new_cdp_session(page)
    before = len(sent_prompts(model))
    keys.send("Input.imeSetComposition", {"text": "vie", "selectionStart": 3, "selectionEnd": 3})
    keys.send("Input.imeSetComposition", {"text": "viết", "selectionStart": 4, "selectionEnd": 4})
    expect(box).to_have_value("viết")
    box.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true}))"
    )
    keys.send("Input.insertText", {"text": "viết"})
    expect(box).to_have_value("viết")
    assert page.locator(".turn").count() == 0
    page.keyboard.insert_text(" giúp tôi một lời chào bà con xóm 3")
    box.press("Shift+Enter")
    expect(box).to_have_value("viết giúp tôi một lời chào bà con xóm 3\n")
    box.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".prose-reply")).not_to_be_empty()
    assert len(sent_prompts(model)) == before + 1


def test_unikey_on_windows_is_never_rewritten(visit: Visit) -> None:
    """Backspaces and letters, as Unikey sends them, stay as typed while the live check marks."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Gõ")
    box = page.locator("#prompt")
    someone.write("Gửi ông Nguyễn Văn Mẫu, 0950 000 123: mờ")
    expect(page.locator(".layer mark")).to_have_count(2)
    box.press("End")
    for letter in ("i", " ", "h", "o", "p"):
        page.keyboard.press(letter) if letter != " " else page.keyboard.press("Space")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text("ọp")
    expected = "Gửi ông Nguyễn Văn Mẫu, 0950 000 123: mời họp"
    expect(box).to_have_value(expected)
    expect(page.locator(".meter")).to_have_attribute("data-state", "mask")
    page.wait_for_timeout(1200)
    expect(box).to_have_value(expected)
    assert box.evaluate("node => [node.selectionStart, node.selectionEnd]") == [len(expected)] * 2
    assert page.locator(".layer").inner_text().rstrip("\u200b\n") == expected


def test_five_boxes_make_one_prompt(visit: Visit, model: Endpoint) -> None:
    """Where the exercise offers boxes, what leaves is their labelled parts, line by line."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Ô")
    page.locator("#course button").first.click()
    page.locator("#picker label", has_text="Năm thành phần").click()
    page.locator(f"{READY} .boxes.five").wait_for()
    assert accessible(page) == []
    page.get_by_label("Vai trò").fill("Cán bộ văn phòng")
    page.get_by_label("Nhiệm vụ").fill("Soạn thông báo họp xóm")
    page.get_by_label("Nhiệm vụ").press("Control+Enter")
    expect(page.locator(".prose-reply")).not_to_be_empty()
    assert sent_prompts(model)[-1] == "Vai trò: Cán bộ văn phòng\nNhiệm vụ: Soạn thông báo họp xóm"


def test_the_page_speaks_english_when_asked(visit: Visit) -> None:
    """The cookie chooses the language of the page, its scripts and its ``lang``."""
    someone = visit(language="en")
    someone.join("Example Person")
    page = someone.page
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".send")).to_have_text("Send")
