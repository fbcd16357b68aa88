"""Two officers at their browsers: a rule and its effect, refused alone, approved, rolled back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest
from browsersupport import PAGES_SECONDS
from playwright.sync_api import Browser, Page, expect
from support import PASSWORD, Client, LabProcess, serving

from lab.settings import ROOT

PHONE = "Số của chị ấy là 0912 345 678, viết giúp tin nhắn."
SECONDS = 10


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab with a policy folder of its own, a short corpus, and a second officer."""
    home = tmp_path_factory.mktemp("office")
    policies = home / "policies"
    shutil.copytree(ROOT / "policies", policies, ignore=shutil.ignore_patterns("*.jsonl"))
    shutil.copy(ROOT / "policies/corpus/classified.jsonl", policies / "corpus")
    settings = {"LAB_POLICIES": str(policies), "LAB_OFFICER_WAIT_HOURS": "0"}
    with serving(home, LAB_ASSISTANT="recorded", LAB_PREVIEW_SECONDS="0.01", **settings) as lab:
        command = ("user", "add", "Cán bộ Hai", "--role", "officer", "--password-stdin")
        assert lab.run(*command, stdin=PASSWORD + "\n").returncode == 0
        admin, limit = lab.staff("admin"), time.monotonic() + PAGES_SECONDS
        while "gradio_config" not in admin.call("GET", "/officer/").text:
            assert time.monotonic() < limit, "the pages did not load"
            time.sleep(0.5)
        yield lab


def signed_in(chromium: Browser, office: LabProcess, name: str, width: int = 1280) -> Page:
    """A browser in which this officer has signed in."""
    client = office.client()
    assert client.login(name=name, password=PASSWORD).is_success
    context = chromium.new_context(viewport={"width": width, "height": 900})
    for cookie in client.http.cookies.jar:
        context.add_cookies([
            {"name": cookie.name, "value": cookie.value or "", "url": office.url}
        ])  # fmt: skip
    return context.new_page()


def treated(trainee: Client, session: str, action: str) -> bool:
    """Whether the trainee's running session comes to treat the phone number so."""
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        path = f"/api/sessions/{session}/preview"
        answer = trainee.call("POST", path, {"text": PHONE})
        if answer.is_success and answer.json()["action"] == action:
            return True
        time.sleep(0.1)
    return False


def test_a_weakening_from_the_form_to_the_roll_back(chromium: Browser, office: LabProcess) -> None:
    """Officer one sets a rule milder, sees that it weakens, and is refused alone; officer two
    approves with a password; a session that was open obeys; one click rolls back.
    """
    trainee = office.trainee()
    session = trainee.open()
    assert treated(trainee, session, "mask")

    one = signed_in(chromium, office, "Test officer")
    one.goto(f"{office.url}/officer/draft?rule=phone")
    one.locator("select[name=mode]").select_option("warn")
    one.get_by_role("button", name="Lưu vào bản đang sửa").click()
    effect = one.get_by_role("complementary")
    expect(effect).to_contain_text("Nhẹ đi", timeout=30_000)
    expect(effect).to_contain_text("Che → Nhắc")
    effect.get_by_role("button", name="Chạy trên bộ mẫu").click()
    expect(effect.locator("[data-run-told]")).to_contain_text("mới dừng", timeout=60_000)
    effect.get_by_role("link", name="Xem và ban hành").click()
    one.get_by_label("Lý do").fill("Lớp tập viết tin nhắn")
    one.get_by_role("button", name="Gửi người thứ hai duyệt").click()
    expect(one.locator("#told")).to_contain_text("chưa có gì thay đổi", timeout=60_000)
    expect(one.get_by_text("Đề nghị này của anh/chị")).to_be_visible(timeout=10_000)
    assert treated(trainee, session, "mask")

    two = signed_in(chromium, office, "Cán bộ Hai", width=390)
    two.goto(f"{office.url}/officer/publish")
    expect(two.get_by_text("Lớp tập viết tin nhắn")).to_be_visible()
    assert two.evaluate("document.documentElement.scrollWidth") == 390
    two.get_by_label("Mật khẩu của chính anh/chị").fill(PASSWORD)
    two.get_by_role("button", name="Duyệt và ban hành").click()
    expect(two.locator("tr.in-force")).to_contain_text("v2", timeout=30_000)
    assert treated(trainee, session, "warn")

    one.reload()
    one.get_by_role("row").filter(has_text="v1").get_by_role("button").click()
    expect(one.locator("tr.in-force")).to_contain_text("v3", timeout=30_000)
    assert treated(trainee, session, "mask")


def test_mistakes_are_told_beside_the_line(chromium: Browser, office: LabProcess) -> None:
    """A pattern is tried on its examples before it is kept; YAML is completed by its schema; with a
    mistake it is not saved, and its line is marked.
    """
    page = signed_in(chromium, office, "Test officer")
    page.goto(f"{office.url}/officer/draft?new=1")
    page.get_by_label("Hoặc một dạng").fill("DA-####")
    page.get_by_label("Phải bắt").fill("mã ⟦DA-2026⟧\nmã DB-1")
    page.get_by_label("Phải cho qua").fill("mã số")
    page.get_by_role("button", name="Thử mẫu trên ví dụ").click()
    expect(page.locator(".tried li").first).to_contain_text("«DA-2026»")
    expect(page.locator(".tried li.wrong")).to_have_count(1)

    page.goto(f"{office.url}/officer/draft?rule=credential")
    page.get_by_text("Sửa dạng YAML").click()
    box = page.locator("#yaml")
    whole = box.input_value()
    offers = page.locator("[data-offers] li")
    box.fill(whole.replace("mode: mask", "mode: "))
    box.evaluate("box => box.setSelectionRange(...[0, 0].fill(box.value.indexOf('mode: ') + 6))")
    box.press("Shift")
    expect(offers).to_have_text(["off", "shadow", "warn", "mask", "block"])
    page.get_by_role("button", name="mask", exact=True).click()
    expect(box).to_have_value(whole)
    box.press("Control+End")
    box.press_sequentially("\n    thr")
    expect(offers).to_have_text(["threshold:"])
    box.press("Control+Space")
    assert box.input_value().endswith("    threshold: ")
    box.fill(whole.replace("mode: mask", "mode: mild"))
    page.get_by_role("button", name="Lưu YAML").click()
    expect(page.locator("[data-problems]")).to_contain_text(
        "rules/credentials.yaml:5", timeout=30_000
    )
    expect(page.locator(".numbered li.wrong")).to_have_text("5")
