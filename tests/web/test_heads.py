"""What left this machine, and the signed head of each day."""

from __future__ import annotations

import copy
import datetime as dt
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support import run_lab
from websupport import Web

from lab.errors import BadRequest
from lab.keys import Keys
from lab.log.base import SYSTEM
from lab.log.heads import NotAHeadError, against, checked, day_of
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.heads import Heads
from lab.settings import Settings

CLEAN = "Hãy gợi ý ba tiêu đề cho bản tin thời tiết của xã."
STOPPED = "Tài liệu đóng dấu MẬT số 12-BC/TU: hãy tóm tắt giúp tôi."
DAY = 86_400


def test_the_page_counts_what_left_and_says_where_to(web: Web) -> None:
    """Each sending is counted by day, address and exercise; what was stopped is not; the only
    address that can be reached is named; trainers are turned away.
    """
    officer, trainee = web.staff(Role.OFFICER), web.trainee("Người Được Đếm")
    session = trainee.open()

    def sendings() -> int:
        return sum(each["sendings"] for each in officer.call("GET", "/api/left?days=1").json())

    before = sendings()
    trainee.ask(session, CLEAN)
    assert sendings() == before + 1
    trainee.ask(session, STOPPED)
    assert sendings() == before + 1
    newest = officer.call("GET", "/api/left?days=1").json()[-1]
    assert newest["day"] == day_of(time.time())
    assert newest["size"] >= len(CLEAN.encode())
    page = officer.call("GET", "/proof/?days=7").text
    assert web.endpoint.base_url in page
    assert newest["host"] in page
    assert CLEAN not in page
    assert web.staff(Role.TRAINER).call("GET", "/api/left").status_code == 403


def test_an_officer_signs_today_s_head_and_takes_it_away(web: Web, tmp_path: Path) -> None:
    """The file holds on another machine with the key alone, and not once a count is changed."""
    officer = web.staff(Role.OFFICER)
    form = {"csrf": officer.csrf}
    answer = officer.http.post("/proof/head", data=form, headers={"Origin": "http://localhost"})
    today = day_of(time.time())
    assert f"/api/heads/{today}" in answer.text
    made = officer.call("GET", f"/api/heads/{today}").json()
    keys = web.app.state.lab.keys
    head = checked(made, keys=keys.verifiers)
    left = officer.call("GET", "/api/left?days=1").json()
    assert sum(row[2] for row in head.left) == sum(each["sendings"] for each in left)
    assert officer.call("GET", "/api/heads/2020-01-01").status_code == 404

    paper, pem = tmp_path / "h.json", tmp_path / "k.pem"
    paper.write_text(json.dumps(made), "utf-8")
    public = keys.signing.public_key()
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    env = {"LAB_HOME": str(tmp_path / "no-lab"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = ["log", "verify", "--head", str(paper), "--key", str(pem)]
    assert run_lab(*command, env=env).returncode == 0
    paper.write_text(json.dumps(made | {"events": made["events"] + 1}), "utf-8")
    bad = run_lab(*command, "--json", env=env)
    assert (bad.returncode, json.loads(bad.stdout)["problem"]) == (1, "signature")
    assert not (tmp_path / "no-lab").exists()

    forgeries: dict[str, Callable[[dict[str, Any]], object]] = {
        "no_head": lambda row: row.update(head="x"),
        "broken": lambda row: row.pop("anchor"),
        "anchor_changed": lambda row: row["anchor"].update(at=1),
        "signature": lambda row: row.update(left=[]) if row["left"] else row.update(at=1),
        "other_key": lambda row: row.update(key="00" * 32),
    }
    for code, forge in forgeries.items():
        forged = copy.deepcopy(made)
        forge(forged)
        with pytest.raises(NotAHeadError) as refused:
            checked(forged, keys=keys.verifiers)
        assert refused.value.code == code


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Data of the test's own."""
    return Settings(home=tmp_path / "data")


@pytest.fixture
async def log(settings: Settings) -> AsyncIterator[SqliteLog]:
    """A log with one row."""
    opened = SqliteLog(settings.database_file, Keys.load(settings.keys_dir))
    await opened.start()
    await opened.append(SYSTEM, "system.started", {})
    yield opened
    await opened.close()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "mai"])
def test_a_day_that_no_clock_has_is_refused_kindly(web: Web, day: str) -> None:
    """The head of such a day is refused in words, and the audit of such days is a page."""
    officer = web.staff(Role.OFFICER)
    form = {"csrf": officer.csrf, "day": day}
    answer = officer.http.post("/proof/head", data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 422
    for asked in ("since", "until"):
        assert officer.call("GET", f"/audit/?{asked}={day}").is_success
        assert officer.call("GET", f"/api/audit?{asked}={day}").is_success


async def test_a_day_that_is_over_is_signed_once_and_a_cut_log_no_longer_fits(
    log: SqliteLog, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running lab signs each day after it; asked again the same head is given; with a row or an
    anchor gone the log is no longer the one that the head tells of.
    """
    desk = Heads(log, Keys.load(settings.keys_dir))
    today = day_of(time.time())
    await desk._catch_up()
    assert await desk.signed() == []
    seconds, nanoseconds = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: seconds() + DAY)
    monkeypatch.setattr(time, "time_ns", lambda: nanoseconds() + DAY * 10**9)
    for _ in range(2):
        await desk._catch_up()
    ((head, by, _),) = await desk.signed()
    assert (head.day, head.complete, by, head.events) == (today, True, "", 1)
    assert await desk.sign("ai", today) == head
    tomorrow = (dt.date.fromisoformat(today) + dt.timedelta(days=2)).isoformat()
    for wrong in ("hôm qua", tomorrow, "2020-01-01"):
        with pytest.raises(BadRequest):
            await desk.sign("ai", wrong)
    assert await log.read(lambda db: against(db, head)) is None
    made = checked(await desk.file(today), keys=desk.keys.verifiers)
    assert made == head
    await log.close()
    with sqlite3.connect(settings.database_file) as db:
        db.execute("DELETE FROM events WHERE seq = 1 AND kind = 'system.started'")
        assert against(db, head) == "head_rows"
        db.execute("DELETE FROM anchors")
        assert against(db, head) == "head_anchor_gone"
