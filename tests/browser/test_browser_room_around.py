"""What stands around the conversation: pairs, books, tokens, files, shortcuts, other computers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsersupport import Visitor, accessible
from playwright.sync_api import Route, expect

from lab.assistant.testing import Endpoint

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PERSONAL = "Viết giúp lời mời gửi ông Nguyễn Văn Mẫu, số điện thoại 0950 000 123."
SECRET = "TỐI MẬT. Phương án Sao Khuê"
PLAIN = "Viết giúp tôi một lời chào bà con."


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_two_prompts_are_compared_and_one_goes_on(
    visit: Visit, model: Endpoint, width: int, dark: bool
) -> None:
    """Both are checked and answered; both stay as versions; the next prompt follows the chosen."""
    someone = visit(width, dark=dark)
    page = someone.page
    someone.join(f"Vừ Bá Ví Dụ So {width}")
    someone.pane("chat")
    model.behave(echo=True)
    page.get_by_role("button", name="So sánh hai câu lệnh").click()
    page.locator("#side-A").fill(PLAIN)
    page.locator("#side-B").fill(PERSONAL)
    expect(page.locator(".side .meter").last).to_have_attribute("data-state", "mask")
    one, two = (page.locator(".side").nth(nth).bounding_box() for nth in (0, 1))
    assert one is not None
    assert two is not None
    assert (one["y"] == two["y"]) is (width == 1280)
    page.get_by_role("button", name="Gửi cả hai").click()
    expect(page.locator(".side .prose-reply").first).to_contain_text("bà con")
    expect(page.locator(".side .prose-reply").last).to_contain_text("Nguyễn Văn Mẫu")
    expect(page.get_by_role("button", name="Đi tiếp với câu A")).to_be_visible()
    assert accessible(page) == []
    page.get_by_role("button", name="Đi tiếp với câu A").click()
    shown = page.locator(".turn:not([hidden])")
    expect(shown).to_have_count(1)
    expect(shown.locator(".words")).to_have_text(PLAIN)
    sent = [row.json["messages"][-1]["content"] for row in model.requests if row.method == "POST"]
    assert "Nguyễn Văn Mẫu" not in "".join(sent[-2:])
    page.get_by_role("button", name="Xem cạnh nhau").click()
    expect(page.locator("dialog .side .prose-reply")).to_have_count(2)
    assert accessible(page) == []


def test_a_finding_held_to_be_a_mistake_is_noted_and_stays_noted(visit: Visit) -> None:
    """The button turns into a word, and is one after a reload."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Nhầm")
    someone.send(SECRET)
    card = page.locator(".card-stop")
    card.get_by_role("button", name="Tôi nghĩ là nhầm").first.click()
    expect(card.locator(".dispute").first).to_contain_text("Đã ghi nhận")
    page.reload()
    someone.room()
    expect(card.locator(".dispute").first).to_contain_text("Đã ghi nhận")


def test_books_are_found_without_accents_and_a_pattern_is_put_in_the_box(visit: Visit) -> None:
    """Accents may be left out in a search, which may be typed before the words have come; a
    pattern replaces a text at the second press only.
    """
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Sách")
    slow: list[Route] = []
    page.route("**/api/glossary", lambda route: slow.append(route))  # noqa: PLW0108
    page.get_by_role("button", name="Giải nghĩa từ").click()
    page.locator("#shelf-search").fill("dau hieu")
    slow[0].continue_()
    expect(page.locator(".shelf li:not([hidden]) h3", has_text="dấu hiệu").first).to_be_visible()
    expect(page.locator(".shelf li[hidden]").nth(5)).to_be_attached()
    assert accessible(page) == []
    page.keyboard.press("Escape")
    someone.write(PLAIN)
    page.locator(".rail").get_by_role("button", name="Mẫu câu lệnh").click()
    use = page.locator(".shelf li").first.get_by_role("button")
    assert accessible(page) == []
    use.click()
    expect(page.locator("#prompt")).to_have_value(PLAIN)
    use.click()
    assert "[" in page.locator("#prompt").input_value()


def test_tokens_grow_and_work_is_taken_home(visit: Visit, model: Endpoint) -> None:
    """The session's count follows the turns; reply and transcript are Word files."""
    someone = visit()
    page = someone.page
    someone.join("Vừ Bá Ví Dụ Mang Về")
    expect(page.locator(".usage-total")).to_have_text("Chưa dùng token nào.")
    model.behave(reply="**Kính chào** bà con.")
    someone.send(PLAIN)
    expect(page.locator(".spent")).to_contain_text("token nhận về")
    expect(page.locator(".usage-total")).to_contain_text("token")
    for name, end in (
        ("Tải Word", ".docx"),
        ("Tải bài làm (Word)", ".docx"),
        ("chữ thường", ".txt"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name).click()
        assert waiting.value.suggested_filename.endswith(end)
        assert waiting.value.path().stat().st_size > 100


def test_shortcuts_are_listed_and_single_keys_can_be_turned_off(visit: Visit) -> None:
    """`?` lists them; `/` goes to the box; both rest once turned off; the background is chosen."""
    someone = visit()
    page = someone.page
    someone.join("Lô Thị Thử Phím")
    page.locator("body").press("/")
    expect(page.locator("#prompt")).to_be_focused()
    page.locator("#prompt").press("?")
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("#prompt").evaluate("node => node.blur()")
    page.locator("body").press("?")
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    assert accessible(page) == []
    dialog.get_by_role("button", name="Tối").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert accessible(page) == []
    dialog.locator("#single-keys").uncheck()
    page.keyboard.press("Escape")
    page.locator("body").press("?")
    expect(page.locator("dialog")).to_have_count(0)
    page.reload()
    someone.room()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_another_computer_shows_placeholders_and_says_why(visit: Visit, model: Endpoint) -> None:
    """With the resume code the work is there; what was masked is a label, and a note tells so."""
    first, other = visit(), visit(390)
    name = "Nguyễn Văn Mẫu Hai Máy"
    code = first.join(name)
    model.behave(echo=True)
    first.send(PERSONAL)
    expect(first.page.locator(".prose-reply")).to_contain_text("Nguyễn Văn Mẫu")
    expect(first.page.locator(".away")).to_have_count(0)
    other.join(name, code)
    other.pane("chat")
    page = other.page
    expect(page.locator(".away")).to_contain_text("Máy này không giữ chìa khóa")
    expect(page.locator(".words")).not_to_contain_text("Nguyễn Văn Mẫu")
    expect(page.locator(".words")).to_contain_text("[")
    assert accessible(page) == []
    first.page.reload()
    first.room()
    expect(first.page.locator(".words")).to_contain_text("Nguyễn Văn Mẫu")


def test_a_check_refreshes_the_list_of_exercises(visit: Visit) -> None:
    """After "check my work" the list tells the score without a reload."""
    someone = visit()
    page = someone.page
    someone.join("Vừ Bá Ví Dụ Danh Sách")
    page.locator("#course button").first.click()
    first = page.locator("#picker label").first
    expect(first).to_contain_text("Chưa làm")
    page.get_by_role("button", name="Kiểm tra bài của tôi").click()
    expect(first).to_contain_text("cao nhất")


def test_a_long_reply_moves_nothing_that_is_being_read(visit: Visit, model: Endpoint) -> None:
    """While 3,000 words stream in, the first lines stay where they are."""
    someone = visit()
    page = someone.page
    someone.join("Nguyễn Văn Mẫu Dài")
    model.behave(reply="\n\n".join(["Kính gửi bà con trong xóm. " * 10] * 50), rate=600)
    someone.send(PLAIN)
    words = page.locator(".prose-reply > *").first
    expect(page.locator(".prose-reply > *").nth(3)).to_be_attached()
    place = words.bounding_box()
    page.evaluate("document.querySelector('.prose-reply > *').dataset.same = 'yes'")
    expect(page.locator(".theirs[aria-busy]")).to_have_count(0, timeout=60_000)
    assert words.bounding_box() == place
    expect(words).to_have_attribute("data-same", "yes")
    assert len(page.locator(".prose-reply").inner_text().split()) == 3000
