"""The pages of trainers and security officers in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import expect
from support import LabProcess

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def session(lab: LabProcess) -> str:
    """A session with a turn that was masked and one that was stopped."""
    trainee = lab.trainee("Vừ Bá Ví Dụ Xem")
    name = trainee.open()
    trainee.ask(name, "Viết lời mời gửi ông Nguyễn Văn Mẫu, 0950 000 123, dự lễ khai bút.")
    trainee.ask(name, "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi")
    trainee.call("POST", f"/api/sessions/{name}/check")
    return name


def test_a_trainer_reviews_by_keyboard(visit: Visit, lab: LabProcess, session: str) -> None:
    """Search, j and k, digits, Enter, undo and help need no mouse; the text stays masked."""
    other = lab.trainee("Vừ Bá Ví Dụ Sau")
    later = other.open()
    other.ask(later, "Gợi ý ba tiêu đề cho bản tin của thôn.")
    trainer = visit()
    page = trainer.page
    trainer.sign_in("trainer")
    trainer.go("/review/?view=all")
    page.locator("#lines a").first.wait_for()
    assert accessible(page) == []
    page.keyboard.press("j")
    expect(page.locator("#lines a").first).to_have_attribute("aria-current", "true")
    page.keyboard.press("/")
    page.locator("#q").fill("du le khai but")
    page.keyboard.press("Enter")
    row = page.locator(f"#lines a[data-session='{session}']")
    expect(row).to_be_visible()
    expect(page.locator(f"#lines a[data-session='{later}']")).to_have_count(0)
    page.keyboard.press("j")
    text = page.locator(".transcript")
    expect(text.locator(".reading-turn")).to_have_count(2)
    expect(text).to_contain_text("[HỌ TÊN 1]")
    expect(text.locator(".badge.block")).to_have_text("Dừng")
    assert "Nguyễn Văn Mẫu" not in text.inner_text()
    for digit in "1223":  # the second: from 2 to 1
        page.keyboard.press(digit)
    page.keyboard.press("c")
    page.keyboard.type("Tốt")
    page.keyboard.press("Control+Enter")
    saved = page.locator(".remarks")
    expect(saved).to_contain_text("Tốt")
    expect(saved.locator("strong")).to_have_text(["2", "1", "2"])
    assert accessible(page) == []
    page.keyboard.press("u")
    expect(saved).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert accessible(page) == []


def test_a_trainer_reviews_on_a_phone(visit: Visit, session: str) -> None:
    """The queue, then the session, then the queue again; nothing is wider than the screen."""
    trainer = visit(390)
    page = trainer.page
    trainer.sign_in("trainer")
    trainer.go("/review/?view=all")
    page.locator(f"#lines a[data-session='{session}']").click()
    expect(page.locator(".transcript .reading-turn")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessible(page) == []
    page.locator("a.to-list").click()
    expect(page.locator(f"#lines a[data-session='{session}']")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_an_officer_reads_rules_tries_a_text_and_sees_the_plot(
    visit: Visit, session: str, width: int, dark: bool
) -> None:
    """Each finding is explained, the outgoing text is exact, the plot has its table."""
    assert session
    officer = visit(width, dark=dark)
    page = officer.page
    officer.sign_in("officer")
    officer.go("/officer/")
    page.locator(".rule h2").wait_for()
    assert accessible(page) == []
    page.get_by_role("tab", name="Thử văn bản").click()
    page.get_by_label("Đoạn văn cần thử").fill("Mời bà Lô Thị Thử, số 0950 000 123, đến họp.")
    page.get_by_role("button", name="Thử", exact=True).click()
    seen = page.locator(".tried")
    expect(seen.locator("tbody tr")).to_have_count(2)
    expect(seen).to_contain_text("Mời bà [HỌ TÊN 1], số [SỐ ĐIỆN THOẠI 1], đến họp.")
    assert accessible(page) == []
    page.get_by_role("tab", name="Diễn biến").click()
    plot = page.locator(".events img")
    plot.wait_for()
    assert plot.evaluate("node => node.naturalWidth") > 0
    page.locator(".events summary").click()
    expect(page.locator(".events tbody tr").first).to_be_visible()
    assert accessible(page) == []


def test_the_documents_of_the_api_open_under_the_same_policy(visit: Visit) -> None:
    """Swagger UI shows our routes without a violation."""
    admin = visit()
    admin.sign_in("admin")
    admin.go("/api/docs")
    expect(admin.page.locator(".opblock").first).to_be_visible()


def test_each_room_opens_to_its_own_people_only(visit: Visit) -> None:
    """A trainee sees a kind refusal at the other rooms; somebody unknown is sent to sign in."""
    someone = visit()
    page = someone.page
    someone.go("/review/")
    expect(page).to_have_url(f"{someone.lab.url}/?next=review")
    someone.join("Nguyễn Văn Mẫu Cửa")
    for room in ("review", "officer"):
        someone.go(f"/{room}/")
        expect(page.locator("h1")).to_have_text("Trang này dành cho người khác trong lớp")
        assert accessible(page) == []
