"""The trainer's board and the trainee's practice room, each in a browser of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
TYPED = "Viết giúp tôi lời mời họp tổ dân phố"


def test_a_hand_is_on_the_board_within_two_seconds_and_is_answered(visit: Visit) -> None:
    """A trainee raises a hand; the seat shows it; the helper's answer stands beside the chat."""
    trainee, trainer = visit(), visit()
    name = "Vi Thị Giơ Tay Xa"
    trainee.join(name)
    trainer.sign_in("trainer")
    trainer.go("/board/")
    trainer.page.locator("[data-ready=yes] .tile", has_text="Lớp thử").click()
    trainer.page.locator("#floor[data-ready=yes]").wait_for()
    trainee.page.get_by_title("Giơ tay nhờ giúp").click()
    assert accessible(trainee.page) == []
    trainee.page.locator("#hand-word").fill("Em không thấy nút gửi")
    trainee.page.locator(".hand-form .primary").click()
    since = time.monotonic()
    trainer.page.locator(".seat.is-hand").first.wait_for()
    assert time.monotonic() - since < 2
    assert accessible(trainer.page) == []
    trainer.go("/help/")
    card = trainer.page.locator(".hand", has_text=name)
    card.get_by_role("button", name="Nhận giúp").click()
    card.locator("textarea").fill("Nút Gửi ở góc phải, dưới ô viết.")
    card.locator("textarea").press("Enter")
    said = trainee.page.locator(".hand-said .is-staff")
    expect(said).to_contain_text("Nút Gửi ở góc phải")
    assert accessible(trainer.page) == []
    card.get_by_role("button", name="Xong").first.click()
    card.locator(".picking button").click()
    expect(card).to_have_count(0)
    expect(trainee.page.locator(".hand-state")).to_contain_text("đóng yêu cầu")


def test_what_a_trainer_says_reaches_who_is_typing_and_the_text_stays(visit: Visit) -> None:
    """A notice, then a pause: the box keeps text, caret and place; the server takes no prompt."""
    trainee, trainer = visit(), visit()
    trainee.join("Vi Thị Đang Gõ")
    box = trainee.page.locator("#prompt")
    box.press_sequentially(TYPED)
    trainee.page.locator(".meter[data-state=clear]").wait_for()
    before = box.bounding_box()
    trainer.sign_in("trainer")
    trainer.go("/board/")
    trainer.page.get_by_role("button", name="Nhắn").click()
    trainer.page.locator(".ask textarea").fill("Mười phút nữa nộp bài.")
    trainer.page.locator(".ask .primary").click()
    notice = trainee.page.locator(".card-notice", has_text="Mười phút nữa nộp bài.")
    notice.wait_for()
    expect(box).to_be_focused()
    trainer.page.get_by_role("button", name="Tạm dừng bài").click()
    trainer.page.locator(".ask .primary").click()
    held = trainee.page.locator(".card-notice.is-held")
    held.wait_for()
    assert box.bounding_box() == before
    box.press_sequentially(" tuần sau")
    expect(box).to_have_value(f"{TYPED} tuần sau")
    box.press("Enter")
    expect(trainee.page.locator(".alert")).to_contain_text("tạm dừng")
    expect(box).to_have_value(f"{TYPED} tuần sau")
    trainer.page.get_by_role("button", name="Cho làm tiếp").click()
    expect(held).to_be_hidden()
    notice.get_by_role("button").click()
    trainer.page.get_by_role("button", name="Gỡ tin").click()  # others share this lab
    expect(trainer.page.locator(".in-force")).to_have_count(0)
    box.press("Enter")
    expect(trainee.page.locator(".theirs .prose-reply").first).to_be_visible()
