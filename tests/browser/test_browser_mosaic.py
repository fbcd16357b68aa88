"""The mosaic, the rewrite and turns left behind, as a trainee sees them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from browsersupport import PATIENCE, WIDTHS, Visitor, accessible
from playwright.sync_api import Browser, expect
from support import Client, LabProcess, serving

from lab.assistant.testing import Endpoint
from lab.settings import ROOT

Visit = Callable[..., Visitor]
FIRST = "Viết đơn xin hỗ trợ cho một chị 42 tuổi, chồng mất năm ngoái."
SECOND = "Chị ấy là dân tộc Mông, nhà có bốn con nhỏ."
NOTE = "Gửi thư cho ông Nguyễn Văn Mẫu, căn cước 040295000017, được 5.400.000 đồng."


def into(visitor: Visitor, exercise: str) -> None:
    """Stand in one exercise, with the one free box."""
    visitor.go(f"/practice/?exercise={exercise}")
    visitor.room()
    visitor.pane("chat")
    free = visitor.page.locator(".modes button[data-five=false]")
    if free.count() and free.is_visible():
        free.click()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_meter_fills_while_typing_and_tells_what_gives_it_away(
    visit: Visit, width: int
) -> None:
    """The mosaic fills over turns, names each detail with its turn, and falls when softened."""
    visitor = visit(width)
    visitor.join(f"Người Ghép {width}")
    into(visitor, "redact-first")
    page = visitor.page
    mosaic = page.locator(".mosaic")
    expect(mosaic).to_be_hidden()
    visitor.send(FIRST)
    expect(page.locator(".theirs .tools button").first).to_be_visible(timeout=PATIENCE)
    expect(mosaic).to_have_attribute("data-level", "warn", timeout=PATIENCE)
    visitor.write(SECOND)
    expect(mosaic).to_have_attribute("data-level", "full", timeout=PATIENCE)
    expect(page.locator(".tiles")).to_have_attribute("aria-valuenow", "100")
    page.locator(".mosaic .see").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(".detail", has_text="42 tuổi")).to_contain_text("Lượt 1")
    expect(dialog.locator(".detail.now", has_text="dân tộc Mông")).to_be_visible()
    assert accessible(page) == []
    page.keyboard.press("Escape")
    visitor.write("Viết lại cho ngắn hơn.")
    expect(mosaic).to_have_attribute("data-level", "warn", timeout=PATIENCE)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_rewrite_is_shown_before_it_replaces_anything(
    visit: Visit, model: Endpoint, width: int
) -> None:
    """The rewrite shows what goes and what comes, leaves the box alone until told, and what it
    shows as leaving is exactly what arrives.
    """
    visitor = visit(width)
    visitor.join(f"Người Ẩn Danh {width}")
    into(visitor, "redact-first")
    page, box = visitor.page, visitor.page.locator("#prompt")
    visitor.send(NOTE)
    page.locator(".card-stop .secondary").click(timeout=PATIENCE)
    dialog = page.locator("dialog[data-mend=mended]")
    expect(dialog.locator("del")).to_have_count(2)
    expect(dialog.locator("ins").first).to_contain_text("[HỌ TÊN 1]")
    expect(dialog.locator("del .sr").first).to_have_text("bỏ: ")
    leaving = dialog.locator(".leaving").inner_text()
    assert accessible(page) == []
    dialog.locator(".secondary").click()
    expect(box).to_have_value(NOTE)
    page.locator(".meter .see", has_text="Ẩn danh giúp tôi").click(timeout=PATIENCE)
    dialog.locator(".primary").click(timeout=PATIENCE)
    expect(box).to_have_value(leaving)
    before = len(model.prompts)
    box.press("Enter")
    expect(page.locator(".theirs .tools button").first).to_be_visible(timeout=PATIENCE)
    assert model.prompts[before].json["messages"][-1]["content"] == leaving
    storage = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "Nguyễn" not in storage


def test_what_cannot_be_mended_is_not_rewritten(visit: Visit) -> None:
    """Beside an internal mark the dialog says that removing the mark does not make it public."""
    visitor = visit()
    visitor.join("Người Có Dấu")
    into(visitor, "redact-first")
    visitor.write("LƯU HÀNH NỘI BỘ. Gửi bà Lô Thị Thử, CCCD 040395000024.")
    visitor.page.locator(".meter .see", has_text="Ẩn danh giúp tôi").click(timeout=PATIENCE)
    dialog = visitor.page.locator("dialog[data-mend=part]")
    expect(dialog).to_contain_text("bỏ dấu hay đổi chữ không làm cho nội dung thành công khai")
    expect(dialog.locator(".difference")).to_contain_text("LƯU HÀNH NỘI BỘ. Gửi bà")
    expect(dialog.locator(".leaving")).to_have_count(0)


@pytest.fixture
def tightened(model: Endpoint, tmp_path: Path) -> tuple[dict[str, str], Path]:
    """Settings of a lab whose policy folder can be edited between two starts."""
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies, ignore=shutil.ignore_patterns("corpus"))
    settings = {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": model.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
        "LAB_POLICIES": str(policies),
    }
    return settings, policies


def pages(lab: LabProcess) -> None:
    """Wait until the rooms are loaded."""
    somebody, limit = lab.staff("admin"), time.monotonic() + 120
    while "gradio_config" not in somebody.call("GET", "/officer/").text or not ready(lab):
        assert time.monotonic() < limit
        time.sleep(0.5)


def in_force(officer: Client, version: str) -> None:
    """Wait until this version is in force."""
    limit = time.monotonic() + 30
    while officer.call("GET", "/api/policy").json()["version"] != version:
        assert time.monotonic() < limit
        time.sleep(0.2)


def ready(lab: LabProcess) -> bool:
    """Whether prompts can be checked."""
    return lab.client().http.get("/readyz").is_success


def test_old_turns_that_a_tightened_policy_blocks_stay_behind_and_the_page_says_so(
    chromium: Browser, model: Endpoint, tightened: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    """A word of an old turn becomes forbidden in mid-session: the next payload lacks that turn, and
    the trainee reads how many turns did not go along.
    """
    settings, policies = tightened
    model.behave(tokens=10)
    context = chromium.new_context()
    with serving(tmp_path, ready="/", **settings) as lab:
        pages(lab)
        visitor = Visitor(lab, context, context.new_page())
        visitor.join("Người Ở Giữa")
        into(visitor, "redact-first")
        visitor.send("Soạn thư mời dự lễ Hoa Sim Đỏ.")
        expect(visitor.page.locator(".theirs .tools button").first).to_be_visible(timeout=PATIENCE)
        rules = policies / "rules" / "internal.yaml"
        rules.write_text(rules.read_text("utf-8") + TIGHTER, "utf-8")
        officer = lab.staff("officer")
        done = officer.call("POST", "/api/policy/publish", {"reason": "Lễ chưa công bố"})
        assert done.is_success, done.text
        in_force(officer, "v2")
        visitor.send("Viết ngắn hơn.")
        expect(visitor.page.locator(".turn").last).to_contain_text("1 lượt cũ không được gửi kèm")
        expect(visitor.page.locator(".turn").last.locator(".tools button").first).to_be_visible()
    assert "Hoa Sim" not in model.prompts[-1].body.decode()
    assert "Viết ngắn hơn." in model.prompts[-1].body.decode()
    context.close()


TIGHTER = """
  - id: red-flower
    entity: RED_FLOWER
    recognizer: pattern
    tier: T2
    mode: block
    title: {vi: Tên lễ chưa công bố, en: A festival not yet announced}
    why: {vi: Lễ này chưa công bố., en: It is not yet public.}
    advice: {vi: Bỏ tên lễ., en: Leave the name out.}
    source: quy-che-lop
    patterns: [{name: name, words: [Hoa Sim Đỏ]}]
    examples:
      catch: ["lễ ⟦Hoa Sim Đỏ⟧"]
      pass: ["hoa sim"]
"""
