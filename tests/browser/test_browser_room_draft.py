"""A draft outlives the page, the sign-in and the line, without the browser's storage."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsersupport import PATIENCE, Visitor, accessible
from playwright.sync_api import expect

from bench.browser import READY
from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
DRAFT = "Viết giúp lời mời gửi ông Nguyễn Văn Mẫu, số điện thoại 0950 000 123"
SECRET = "TỐI MẬT. Phương án Sao Khuê"


def test_a_draft_survives_reload_sign_out_and_a_dropped_line(visit: Visit) -> None:
    """The words come back, a note says so, and nothing of them is in the browser's storage."""
    someone = visit()
    page = someone.page
    code = someone.join("Vừ Bá Ví Dụ Nháp")
    someone.write(DRAFT)
    expect(page.locator(".meter")).to_have_attribute("data-state", "mask")
    page.locator("#prompt").press_sequentially(", sáng mai")
    page.reload()
    someone.room()
    expect(page.locator("#prompt")).to_have_value(f"{DRAFT}, sáng mai")
    expect(page.locator(".drafted")).to_contain_text("chỉ mở được trên máy này")
    expect(page.locator(".meter")).to_have_attribute("data-state", "mask")
    assert accessible(page) == []
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert "Nguyễn" not in kept

    someone.context.set_offline(True)
    someone.write(f"{DRAFT}, chiều mai")
    expect(page.locator(".meter")).to_have_attribute("data-state", "unknown")
    someone.context.set_offline(False)
    # A computer without any network is not told that it is online again: the page tries by itself.
    expect(page.locator(".meter")).to_have_attribute("data-state", "mask", timeout=PATIENCE)
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    someone.join("Vừ Bá Ví Dụ Nháp", code)
    expect(page.locator("#prompt")).to_have_value(f"{DRAFT}, chiều mai")
    page.get_by_role("button", name="Bỏ bản nháp").click()
    expect(page.locator("#prompt")).to_have_value("")
    page.reload()
    someone.room()
    expect(page.locator("#prompt")).to_have_value("")


def test_a_stopped_draft_comes_back_from_memory_and_a_sent_one_does_not(
    visit: Visit, model: Endpoint
) -> None:
    """The note says that it is not on disk; once a prompt is sent its draft is gone."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Nháp")
    someone.write(SECRET)
    expect(page.locator(".meter")).to_have_attribute("data-state", "secret")
    page.reload()
    someone.room()
    expect(page.locator("#prompt")).to_have_value(SECRET)
    expect(page.locator(".drafted")).to_contain_text("không ghi vào đĩa")
    model.behave(reply="Xong.")
    someone.send("Soạn lời chào bà con.")
    expect(page.locator(".prose-reply")).to_have_text("Xong.")
    page.reload()
    someone.room()
    expect(page.locator("#prompt")).to_have_value("")


def test_five_boxes_come_back_as_five_boxes(visit: Visit, model: Endpoint) -> None:
    """Each box has its own words again; an edited prompt goes back into its boxes too."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Nháp")
    someone.go("/practice/?exercise=five-parts")
    page.locator(f"{READY} .boxes.five").wait_for()
    page.get_by_label("Vai trò").fill("Cán bộ văn phòng")
    page.get_by_label("Nhiệm vụ").fill("Soạn thông báo họp xóm:\nngắn, dễ hiểu")
    expect(page.locator(".meter")).to_have_attribute("data-state", "clear")
    page.reload()
    page.locator(f"{READY} .boxes.five").wait_for()
    expect(page.get_by_label("Vai trò")).to_have_value("Cán bộ văn phòng")
    expect(page.get_by_label("Nhiệm vụ")).to_have_value("Soạn thông báo họp xóm:\nngắn, dễ hiểu")
    model.behave(reply="Xong.")
    page.get_by_label("Nhiệm vụ").press("Control+Enter")
    expect(page.locator(".prose-reply")).to_have_text("Xong.")
    page.get_by_role("button", name="Mở lại các ô để sửa").click()
    page.get_by_label("Nhiệm vụ").fill("")
    page.get_by_role("button", name="Sửa câu lệnh").click()
    expect(page.get_by_label("Nhiệm vụ")).to_have_value("Soạn thông báo họp xóm:\nngắn, dễ hiểu")
