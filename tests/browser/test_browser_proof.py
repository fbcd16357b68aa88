"""Proof in a real browser: a receipt beside a turn, what left, a head taken away, the game."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browsersupport import WIDTHS, Visitor, accessible
from playwright.sync_api import Locator, Page, expect
from support import LabProcess

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
STOPPED = "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi"
PAGES = ("/proof/", "/audit/", "/attack/", "/runbook/", "/runbook/?site=")


def taken(page: Page, link: Locator, place: Path) -> Path:
    """The file that a link gives."""
    with page.expect_download() as download:
        link.click()
    download.value.save_as(place)
    return place


def test_a_receipt_and_a_head_are_taken_away_and_hold(
    visit: Visit, lab: LabProcess, tmp_path: Path
) -> None:
    """A trainee takes the receipt of a stopped and of an answered prompt beside each; an officer
    signs and takes the head of today; all three hold on the command line. No page of proof has a
    fault of access, or is wider than a phone.
    """
    trainee = visit()
    trainee.join("Vừ Bá Ví Dụ Biên Nhận")
    trainee.send(STOPPED)
    card = trainee.page.locator(".card-stop")
    stopped = taken(trainee.page, card.locator("a[href$='/receipt']"), tmp_path / "a.json")
    trainee.send("Gợi ý ba tiêu đề cho bản tin thời tiết của xã.")
    beside = trainee.page.locator(".theirs .tools a[href$='/receipt']")
    answered = taken(trainee.page, beside, tmp_path / "b.json")
    said = lab.run("log", "verify", "--receipt", str(stopped))
    assert (said.returncode, "không có gì" in said.stdout) == (0, True), said.stdout
    assert lab.run("log", "verify", "--receipt", str(answered)).returncode == 0
    trainee.go("/attack/?level=mark")
    trainee.page.locator("textarea").fill(STOPPED)
    trainee.page.locator(".game .primary").click()
    expect(trainee.page.locator(".verdict .stop")).to_be_visible()
    assert accessible(trainee.page) == []

    officer = visit(390)
    officer.sign_in("officer")
    for path in PAGES:
        officer.go(path)
        assert accessible(officer.page) == []
        wide = officer.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= min(WIDTHS), path
    officer.go("/proof/")
    officer.page.locator("form[action='/proof/head'] button").click()
    link = officer.page.locator("a[href^='/api/heads/']").first
    head = taken(officer.page, link, tmp_path / "c.json")
    said = lab.run("log", "verify", "--head", str(head))
    assert said.returncode == 0, said.stdout
