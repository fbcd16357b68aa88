"""A class of ten at work through the API, and its staff on their pages, each in a browser."""

from __future__ import annotations

import io
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Barrier

import pytest
from browsersupport import Visitor, accessible
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from support import LAB, PASSWORD, Client, LabProcess

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
SITE, OTHER = "Xã Khe Chạy", "Xã Bến Chạy"
CODE, OTHER_CODE = "KHECHAY", "BENCHAY"
HELPER = "Trợ giảng Bến Chạy"
PEOPLE = 10
MINUTES = 5
"""Longer than its staff need: the class is ended when they have done."""
TURNS = re.compile(r"(\d+) lượt")


@dataclass
class Running:
    """A class at work, and where it is."""

    lab: LabProcess
    rooms: dict[str, str]
    """Code -> id of the class."""
    crowd: subprocess.Popen[bytes]

    def pupil(self, name: str, code: str = CODE) -> tuple[Client, str]:
        """One more trainee, and their session."""
        client = self.lab.client()
        assert client.login(class_code=code, name=name).is_success
        return client, client.open()

    def rows(self, query: str, *values: str) -> list[tuple[object, ...]]:
        """What the log's database holds now."""
        with closing(sqlite3.connect(self.lab.home / "data/lab.sqlite")) as db:
            return list(db.execute(query, values))


@pytest.fixture
def running(lab: LabProcess) -> Iterator[Running]:
    """Two sites with a class each and an assistant at the second; ten work at the first."""
    admin = lab.staff("admin")
    rooms = {}
    for site, code in ((SITE, CODE), (OTHER, OTHER_CODE)):
        form = {"csrf": admin.csrf, "name": f"Lớp {code}", "code": code, "site": site}
        made = admin.http.post("/classes/add", data=form)
        rooms[code] = made.headers["location"].rpartition("/")[2]
    add = ("user", "add", HELPER, "--role", "assistant", "--site", OTHER, "--password-stdin")
    done = lab.run(*add, stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    command = ["class", "simulate", CODE, "--people", str(PEOPLE), "--minutes", str(MINUTES)]
    command += ["--seed", "11", "--url", lab.url]
    crowd = subprocess.Popen([LAB, *command], env=lab.env, stdout=subprocess.DEVNULL)
    yield Running(lab, rooms, crowd)
    crowd.kill()
    crowd.wait()


def test_a_class_of_ten_runs_while_its_staff_work(visit: Visit, running: Running) -> None:
    """The trainer sees the board move, answers a hand and speaks to the site; the assistant helps
    their own site and cannot see another's; the officer hears of a possible secret at once; a
    report made meanwhile is complete; of two reviewers one gets the session.
    """
    trainer, helper, officer = visit(), visit(390), visit()
    trainer.sign_in("trainer")
    _sees_the_board_move(trainer)
    asking, session = running.pupil("Lô Thị Thử Nhờ")
    _up(asking, session, "task", "Em chưa rõ đề bài")
    other, elsewhere = running.pupil("Vừ Bá Thử Bến", OTHER_CODE)
    _up(other, elsewhere, "technical", "Máy em bị treo")
    _answers_a_hand(trainer, asking)
    _speaks_to_the_site(trainer, asking, other)
    _helps_the_own_site_only(helper, running, other)
    _hears_of_a_secret(officer, visit(390))
    _takes_a_complete_report(trainer, running)
    _two_race_for_one_session(running)
    _sees_the_class_go(trainer, running)


def _up(pupil: Client, session: str, severity: str, word: str = "") -> None:
    """A hand goes up."""
    body = {"session": session, "severity": severity, "word": word}
    assert pupil.call("POST", "/api/room/hand", body).is_success


def _sees_the_board_move(trainer: Visitor) -> None:
    """Seats fill and turns grow without the page being loaded again."""
    trainer.go("/board/")
    page = trainer.page
    tile = page.locator(".tile", has_text=SITE)
    expect(tile).to_contain_text("có mặt")
    tile.click()
    loaded = page.evaluate("performance.timeOrigin")
    page.locator(".seat-sums").first.wait_for()
    people, turns = page.locator(".seat").count(), _turns(page)
    limit = time.monotonic() + 40
    while page.locator(".seat").count() <= people or _turns(page) <= turns:
        assert time.monotonic() < limit, "the board stands still"
        time.sleep(0.2)
    assert accessible(page) == []
    assert page.evaluate("performance.timeOrigin") == loaded


def _turns(page: Page) -> int:
    """How many turns the seats tell of."""
    return sum(int(count) for count in TURNS.findall(page.locator("#floor").inner_text()))


def _answers_a_hand(trainer: Visitor, asking: Client) -> None:
    """The seat shows the hand; at the queue it is taken and answered beside the trainee's chat."""
    page = trainer.page
    expect(page.locator(".seat.is-hand")).to_have_count(1)
    page.locator(".seat.is-hand .seat-help").click()
    card = page.locator(".hand", has_text="Lô Thị Thử Nhờ")
    card.get_by_role("button", name="Nhận giúp").click()
    card.locator("textarea").fill("Đọc lại mục đích ở đầu bài.")
    card.locator("textarea").press("Enter")
    expect(card.locator(".is-staff")).to_contain_text("Đọc lại mục đích")
    hand = asking.call("GET", "/api/room/hand").json()["hand"]
    assert (hand["helper"], hand["words"][-1]["text"]) == (
        "Test trainer",
        "Đọc lại mục đích ở đầu bài.",
    )


def _speaks_to_the_site(trainer: Visitor, here: Client, there: Client) -> None:
    """A notice to one site is told to its trainees at once, and to no others."""
    trainer.go(f"/board/?place=site:{SITE}")
    page = trainer.page
    page.get_by_role("button", name="Nhắn").click()
    page.locator(".ask textarea").fill("Năm phút nữa nghỉ giải lao.")
    page.locator(".ask .primary").click()
    expect(page.locator(".in-force")).to_contain_text(SITE)
    assert "Năm phút nữa nghỉ giải lao." in _told(here)
    assert "Năm phút nữa" not in _told(there)
    page.get_by_role("button", name="Gỡ tin").click()  # others share this lab
    expect(page.locator(".in-force")).to_have_count(0)
    assert "Năm phút nữa" not in _told(here)


def _told(pupil: Client) -> str:
    """What a page of this trainee begins with."""
    heard = ""
    with pupil.http.stream("GET", "/api/room/stream") as stream:
        for piece in stream.iter_text():
            heard += piece
            if "event: hand" in heard:
                return heard
    return heard


def _helps_the_own_site_only(helper: Visitor, running: Running, other: Client) -> None:
    """On a phone: the own site's hand is taken, answered, closed; nothing of the other is there."""
    helper.enter(HELPER)
    helper.go("/help/")
    page = helper.page
    card = page.locator(".hand", has_text="Vừ Bá Thử Bến")
    card.get_by_role("button", name="Nhận giúp").click()
    card.locator("textarea").fill("Tôi đến máy của em ngay.")
    card.locator("textarea").press("Enter")
    expect(card.locator(".is-staff")).to_contain_text("Tôi đến máy")
    expect(page.locator(".hand")).to_have_count(1)
    assert accessible(page) == []
    card.get_by_role("button", name="Xong").first.click()
    card.locator(".picking button").click()
    expect(card).to_have_count(0)
    assert other.call("GET", "/api/room/hand").json()["hand"]["reason"] == "solved"
    helper.go(f"/board/?place=site:{SITE}")
    expect(page.locator("h1")).to_have_text(OTHER)
    expect(page.locator(".seat")).to_have_count(1)
    helper.go(f"/reports/?site={SITE}&class={running.rooms[CODE]}")
    expect(page.locator(".lead").first).not_to_contain_text(SITE)
    ((theirs,),) = running.rows(
        "SELECT id FROM sessions WHERE site = ? AND turns > 0 LIMIT 1", SITE
    )
    helper.go(f"/review/?view=all&session={theirs}")
    expect(page.locator(".transcript")).to_have_count(0)
    assert running.rooms[CODE] not in page.content()


def _hears_of_a_secret(officer: Visitor, scared: Visitor) -> None:
    """From the card of a stop that may be real the trainee tells the officer, who hears of it
    within two seconds on whatever page is open; only such hands are behind it.
    """
    scared.join("Cụt Thị Thử Lo")
    scared.pane("chat")
    officer.sign_in("officer")
    officer.go("/officer/")
    page = officer.page
    page.locator(".rule h2").wait_for()
    scared.send("TUYỆT MẬT Tóm tắt phương án Sao Khuê giúp tôi")
    scared.page.locator(".card-stop.real").get_by_role("button", name="Báo cán bộ an toàn").click()
    assert accessible(scared.page) == []
    scared.page.locator(".hand-form .primary").click()
    since = time.monotonic()
    alarm = page.locator("#alarm a")
    alarm.wait_for()
    assert time.monotonic() - since < 2
    assert accessible(page) == []
    alarm.click()
    card = page.locator(".hand", has_text="Cụt Thị Thử Lo")
    card.get_by_role("button", name="Nhận giúp").click()
    card.locator("textarea").wait_for()
    expect(page.locator(".hand")).to_have_count(1)
    expect(scared.page.locator(".hand-state")).to_contain_text("Test officer đang giúp")
    assert accessible(page) == []
    officer.go("/sending/")
    expect(page.locator("#alarm")).to_be_hidden()


def _takes_a_complete_report(trainer: Visitor, running: Running) -> None:
    """While they work: the workbook has every session that there was, the paper is made."""
    trainer.go(f"/reports/?site={SITE}")
    page = trainer.page
    before = running.rows("SELECT id, turns FROM sessions WHERE site = ? AND turns > 0", SITE)
    with page.expect_download() as taken:
        page.get_by_role("button", name="XLSX").click()
    sheet = load_workbook(io.BytesIO(taken.value.path().read_bytes())).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    held = [dict(zip(head, row, strict=True)) for row in rows]
    turns = {row["session"]: row["turns"] for row in held}
    assert all(turns[session] >= count for session, count in before)
    assert {row["site"] for row in held} == {SITE}
    page.get_by_role("button", name="PDF").click()
    link = page.locator("#job a")
    link.wait_for(timeout=60_000)
    with page.expect_download() as taken:
        link.click()
    paper = PdfReader(io.BytesIO(taken.value.path().read_bytes()))
    assert SITE in "\n".join(each.extract_text() for each in paper.pages)


def _two_race_for_one_session(running: Running) -> None:
    """Of two reviewers who reserve a session at the same moment, exactly one gets it."""
    found = running.rows("SELECT id FROM sessions WHERE site = ? AND turns > 0 LIMIT 8", SITE)
    reviewers = [running.lab.staff("trainer"), running.lab.staff("admin")]

    def claim(reviewer: Client, session: str, together: Barrier) -> int:
        together.wait(10)
        form = {"csrf": reviewer.csrf, "session": session}
        return reviewer.http.post("/review/claim", data=form).status_code

    with ThreadPoolExecutor(2) as pool:
        for (session,) in found:
            together = Barrier(2)
            tries = [pool.submit(claim, each, str(session), together) for each in reviewers]
            assert sorted(each.result() for each in tries) == [200, 409]
    assert len(found) > 3


def _sees_the_class_go(trainer: Visitor, running: Running) -> None:
    """All ten were connected all the time; whose browser ends is not any more."""
    trainer.go("/board/")
    tile = trainer.page.locator(".tile", has_text=SITE)
    expect(tile).to_contain_text(f"{PEOPLE}/{PEOPLE + 1} có mặt")
    running.crowd.kill()
    expect(tile).to_contain_text(f"0/{PEOPLE + 1} có mặt")
