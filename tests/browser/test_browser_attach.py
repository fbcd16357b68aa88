"""Attached files in a real browser: chosen, dropped, pasted; seen, sent, taken away."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from browsersupport import Visitor, accessible
from files import add_deleted, as_png, picture, saved, word
from playwright.sync_api import FilePayload, Page, expect

from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
CCCD, NAME = "040295083617", "Lô Thị Thử Vai"
TASK = "Nêu ba ý chính của tệp, mỗi ý một dòng."


def letter() -> bytes:
    """A document with personal data on the page and in a deletion."""
    document = word(f"Kính gửi bà {NAME}, số CCCD {CCCD}.", "Mời bà đến nhận kết quả.")
    add_deleted(document.paragraphs[1], " Gọi số 0950 836 174 trước.", "Vi Văn Xóa")
    return saved(document)


def secret() -> bytes:
    """A document with a mark in its header."""
    document = word("Nội dung chuẩn bị.")
    document.sections[0].header.paragraphs[0].text = "TỐI MẬT"
    return saved(document)


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    """Choose files with the paper clip."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Đính kèm tệp", exact=True).click()
    chooser.value.set_files(
        [
            FilePayload(name=name, mimeType="application/octet-stream", buffer=data)
            for name, data in files
        ]
    )


def messages(model: Endpoint) -> list[dict[str, Any]]:
    """The last payload that reached the endpoint."""
    rows: list[dict[str, Any]] = [r for r in model.requests if r.method == "POST"][-1].json[
        "messages"
    ]
    return rows


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_file_is_seen_sent_and_taken_away(
    visit: Visit, model: Endpoint, width: int, dark: bool
) -> None:
    """The dialog shows what then leaves; a reload keeps the file; taken away, it goes no more."""
    someone = visit(width, dark=dark)
    page = someone.page
    someone.join(f"Người Kèm Tệp {width}")
    someone.pane("chat")
    choose(page, ("Thư mời.docx", letter()))
    chip = page.locator(".file-chip")
    expect(chip).to_have_attribute("data-state", "mask")
    expect(chip.locator(".file-state")).to_contain_text("đã che")
    assert accessible(page) == []

    chip.get_by_role("button", name="Xem phần sẽ rời máy").click()
    dialog = page.locator("dialog.file-dialog")
    expect(dialog.locator(".file-part .quote").nth(1)).to_contain_text("[SỐ CCCD 1]")
    dialog.locator(".stays summary").click()
    expect(dialog.locator(".stays")).to_contain_text("[SỐ ĐIỆN THOẠI 1]")
    expect(dialog).not_to_contain_text(CCCD)
    assert accessible(page) == []
    dialog.get_by_text("Xem nguyên văn bản gửi kèm").click()
    promised = dialog.locator(".verbatim").inner_text()
    page.keyboard.press("Escape")

    someone.send(TASK)
    expect(page.locator(".theirs .prose-reply")).not_to_be_empty()
    sent = messages(model)
    assert sent[-1]["content"] == TASK
    assert promised.strip() in [m["content"].strip() for m in sent]
    assert CCCD not in str(sent)

    page.reload()
    someone.room()
    someone.pane("chat")
    expect(chip).to_have_count(1)
    chip.get_by_role("button", name="Gỡ tệp").click()
    expect(chip).to_have_count(0)
    expect(page.get_by_role("button", name="Đính kèm tệp", exact=True)).to_be_focused()
    someone.send("Chào bà con giúp tôi một câu.")
    expect(page.locator(".theirs .prose-reply").last).not_to_be_empty()
    assert "Tệp đính kèm" not in str(messages(model))


def test_stopped_and_refused_files_say_why(visit: Visit) -> None:
    """A file with a mark says where it stands and what to do; one that cannot be read says why."""
    someone = visit()
    page = someone.page
    someone.join("Người Kèm Tệp Mật")
    choose(page, ("ke-hoach.docx", secret()), ("cu.doc", b"x"))
    stopped = page.locator(".file-chip").filter(has_text="ke-hoach.docx")
    refused = page.locator(".file-chip").filter(has_text="cu.doc")
    expect(stopped).to_have_attribute("data-state", "stop")
    expect(refused).to_have_attribute("data-state", "refused")
    expect(refused).to_contain_text("Lưu thành")
    stopped.get_by_role("button", name="Xem phần").click()
    dialog = page.locator("dialog.file-dialog")
    expect(dialog).to_contain_text("Đầu trang")
    expect(dialog.locator(".still-here")).to_be_visible()
    expect(dialog).to_contain_text("báo người phụ trách")
    assert accessible(page) == []
    dialog.get_by_role("button", name="Gỡ tệp").click()
    expect(stopped).to_have_count(0)


def test_a_dropped_file_and_a_pasted_picture(visit: Visit) -> None:
    """A file dropped anywhere is attached and not opened in place of the page; so is a picture
    from the clipboard, while pasted words stay words.
    """
    someone = visit()
    page = someone.page
    someone.join("Người Thả Tệp")
    image = base64.b64encode(as_png(picture("Thông báo họp thôn"))).decode()
    page.evaluate(
        """image => {
            const bytes = Uint8Array.from(atob(image), (c) => c.charCodeAt(0));
            const holder = (name, type, data) => {
                const moved = new DataTransfer();
                moved.items.add(new File([data], name, { type }));
                return moved;
            };
            const dropped = holder("mời.txt", "text/plain", "Mời họp thôn.");
            const over = { dataTransfer: dropped, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new DragEvent("dragover", over));
            document.body.dispatchEvent(new DragEvent("drop", over));
            const clipboardData = holder("image.png", "image/png", bytes);
            document.querySelector("#prompt").dispatchEvent(
                new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        image,
    )
    chips = page.locator(".file-chip[data-state=clear]")
    expect(chips).to_have_count(2)
    expect(chips.first).to_contain_text("mời.txt")
    expect(chips.last).to_contain_text("anh-dan-1.png")
    expect(page.locator(".composer")).not_to_have_class("composer dropping")


def test_enter_waits_for_a_file_that_is_being_read(visit: Visit, model: Endpoint) -> None:
    """While a file is read, Enter sends nothing and says why."""
    someone = visit()
    page = someone.page
    someone.join("Người Vội Vàng")
    before = len(model.requests)
    someone.write(TASK)
    page.route("**/attachments", lambda route: page.wait_for_timeout(1500) or route.continue_())
    choose(page, ("a.txt", b"xin"))
    expect(page.locator(".file-chip")).to_have_attribute("data-state", "reading")
    page.locator("#prompt").press("Enter")
    expect(page.locator(".files [role=status]")).to_contain_text("đang được đọc")
    assert page.locator(".turn").count() == 0
    expect(page.locator(".file-chip")).to_have_attribute("data-state", "clear")
    assert len(model.requests) == before
    expect(page.locator("#prompt")).to_have_value(TASK)
