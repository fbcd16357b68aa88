"""How long the pages of reviewers take on a large log: ``python -m bench.review --events 1000000``.

A log of N events and N/50 sessions is generated in the real schema, each row chained to the one
before, and indexed by the lab's own indexer. Then the whole application answers requests in this
process, pinned to one core. What is told is the server's CPU time of a request (of all its
threads), the median of several, for the slowest of several such requests; the time on the clock is
told beside it, since it says more about what else the machine does. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bench import board
from lab.app import create_app
from lab.auth import hash_password
from lab.errors import LabError
from lab.log import chain, review, schema
from lab.log.chain import Head, canonical
from lab.log.writer import Transaction
from lab.model import Role
from lab.settings import Settings

PASSWORD = "mat-khau-thu-2026"  # noqa: S105 - of a log that is thrown away
PER_SESSION, TURNS = 50, 15
SITES, CLASSES = 131, 262
RULES = ("phone", "cccd", "person", "email", "address", "classification")
BATCH = 20_000
PEOPLE, BOARD_PAGES, BOARD_SECONDS = 3032, 20, 10.0
REPEAT = 7
DAY = 86_400
WORDS = (  # noqa: SIM905 - sixty words on eight lines
    "soạn giúp tôi thư mời họp chi bộ tháng này gửi các hộ dân trong thôn về việc đóng góp "
    "làm đường giao thông nông thôn theo kế hoạch của ủy ban nhân dân xã nội dung ngắn gọn "
    "lịch sự có đủ thời gian địa điểm thành phần tham dự tóm tắt báo cáo kết quả công tác "
    "phòng chống thiên tai sáu tháng đầu năm so sánh với cùng kỳ nêu ba việc cần làm ngay "
    "kiểm tra lại số liệu và nguồn văn bản trước khi trình lãnh đạo hòa giải tranh chấp đất "
    "đai giữa hai gia đình bảo vệ môi trường thu gom rác thải sinh hoạt tuyên truyền bầu cử "
    "an toàn giao thông trường học"
).split()
RARE = "phượng hoàng"
"""Words of one text in ten thousand."""


def _text(chance: random.Random, least: int, most: int) -> str:
    words = chance.choices(WORDS, k=chance.randint(least, most))
    if chance.random() < 0.0001:
        words.append(RARE)
    return "[HỌ TÊN 1] " + " ".join(words)


def _events(chance: random.Random, exercise: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What happens in one session: PER_SESSION events."""
    yield "session.opened", {"exercise": exercise, "person": "p", "class_id": "c"}
    parent = None
    for nth in range(TURNS):
        turn = f"{nth:016x}"
        action = chance.choices(("allow", "mask", "block"), (6, 3, 1))[0]
        findings = [
            {
                "entity": "VN_PHONE", "rule": rule, "tier": "T3", "action": action, "start": 0,
                "end": 4, "score": 0.9, "message": 0,
            }
            for rule in (chance.sample(RULES, 2) if action != "allow" else ())
        ]  # fmt: skip
        stopped = action == "block"
        yield "turn.decided", {
            "turn": turn, "parent": parent, "action": action, "findings": findings,
            "reference": "TT-0001", "policy": "1",
            "prompt": None if stopped else _text(chance, 20, 60),
            "last": 0, "left_out": 0, "assistant": "recorded", "check_ms": 4.2, "fault": None,
            "attachments": [], "mosaic": None,
        }  # fmt: skip
        yield "turn.sent", {"turn": turn, "digest": "0" * 64, "host": "localhost", "trimmed": 0}
        yield "turn.ended", {
            "turn": turn, "status": "blocked" if stopped else "answered",
            "reply": "" if stopped else _text(chance, 40, 90), "error": None, "seconds": 2.5,
            "usage": {"prompt_tokens": 200, "completion_tokens": 150}, "findings": [],
        }  # fmt: skip
        parent = parent if stopped else turn
    yield "answers.given", {"answers": {"note": _text(chance, 5, 15)}, "masked": {}}
    for share in (0.4, 0.6, chance.random()):
        yield "check.scored", {
            "share": share, "passed": share >= 0.7, "next_step": "", "privacy": share,
            "usefulness": share, "first": None, "criteria": [],
        }  # fmt: skip


def generate(path: Path, events: int, exercises: Sequence[str]) -> int:
    """Fill a log; how many sessions it has."""
    chance = random.Random(2026)  # noqa: S311 - the same log each time
    count = max(1, events // PER_SESSION)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    now = time.time()
    for nth in range(CLASSES):
        db.execute(
            "INSERT INTO classes (id, name, code, site, added_at) VALUES (?, ?, ?, ?, ?)",
            (f"class{nth:04}", f"Lớp {nth + 1}", f"L{nth:04}", f"Điểm {nth % SITES + 1:03}", now),
        )
    rows: list[tuple[Any, ...]] = []
    for nth in range(count):
        room = nth % CLASSES
        exercise = exercises[nth % len(exercises)]
        row = _session(chance, nth, room, exercise, now)
        at = int(row["opened_at"] * 1_000_000)
        head = chain.genesis(row["id"])
        for kind, payload in _events(chance, exercise):
            at += chance.randint(2, 60) * 1_000_000
            content = canonical(payload)
            link = chain.link(head, row["id"], at, kind, content)
            head = Head(link.seq, link.hash)
            rows.append(
                (row["id"], link.seq, at, kind, content.decode(), link.salt, link.digest, link.hash)
            )
            _tally(row, kind, payload, at / 1_000_000)
        names = ", ".join(row)
        db.execute(
            f"INSERT INTO sessions ({names}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608
            tuple(row.values()),
        )
        db.execute(
            "INSERT INTO people (id, name, name_key, role, class_id, site, pseudonym, added_at)"
            " VALUES (?, ?, ?, 'trainee', ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (row["person_id"], "Học viên Mẫu", row["person_id"], row["class_id"], row["site"],
             row["pseudonym"], now),
        )  # fmt: skip
        if len(rows) >= BATCH or nth == count - 1:
            db.executemany(
                "INSERT INTO events (stream, seq, at, kind, payload, salt, digest, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            rows.clear()
    db.execute("COMMIT")
    db.close()
    return count


def _session(
    chance: random.Random, nth: int, room: int, exercise: str, now: float
) -> dict[str, Any]:
    opened = now - chance.random() * 30 * DAY
    person = nth // 6
    return {
        "id": f"{nth:020x}", "person_id": f"p{person:06}", "class_id": f"class{room:04}",
        "site": f"Điểm {room % SITES + 1:03}", "exercise": exercise, "opened_at": opened,
        "last_at": opened, "turns": 0, "blocked": 0, "masked": 0, "failed": 0, "score": None,
        "passed": 0, "pseudonym": f"HV-{person:04X}",
    }  # fmt: skip


def _tally(row: dict[str, Any], kind: str, payload: dict[str, Any], at: float) -> None:
    row["last_at"] = at
    if kind == "turn.decided":
        row["turns"] += 1
        row["blocked"] += payload["action"] == "block"
        row["masked"] += payload["action"] == "mask"
    elif kind == "check.scored":
        row["score"] = max(row["score"] or 0, payload["share"])
        row["passed"] = int(row["passed"] or payload["passed"])


def index(path: Path) -> float:
    """Let the indexer take all events; CPU seconds."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    begun, taken = time.process_time(), BATCH
    while taken == BATCH:
        db.execute("BEGIN")
        taken = review.catch_up(Transaction(db, {}), most=BATCH)
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return time.process_time() - begun


def measured(client: TestClient, paths: Sequence[str]) -> dict[str, Any]:
    """CPU and clock milliseconds of the slowest of these pages, each the median of several."""
    worst: dict[str, Any] = {"cpu": 0.0, "wall": 0.0, "path": ""}
    for path in paths:
        cpu, wall = [], []
        for _ in range(REPEAT):
            begun, clock = time.process_time(), time.perf_counter()
            answer = client.get(path)
            cpu.append((time.process_time() - begun) * 1000)
            wall.append((time.perf_counter() - clock) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
        print(f"  {statistics.median(cpu):8.1f} ms CPU {statistics.median(wall):8.1f} ms  {path}")
        if statistics.median(cpu) > worst["cpu"]:
            worst = {"cpu": statistics.median(cpu), "wall": statistics.median(wall), "path": path}
    return worst


def paths_of(sessions: int) -> dict[str, list[str]]:
    """The requests that are measured, by what they stand for."""
    middle = f"{sessions // 2:020x}"
    return {
        "queue": [
            "/review/",
            "/review/?view=all",
            "/review/?view=second",
            f"/review/?view=all&session={middle}",
            "/review/?view=all&outcome=blocked&rule=phone",
            "/review/?view=all&site=%C4%90i%E1%BB%83m+007",
        ],
        "search": [
            f"/review/?view=all&q={each}"
            for each in ("phuong+hoang", "giao+thong", "hòa+giải", "%22bao+ve+moi+truong%22", "hop")
        ],
        "replay": [f"/review/replay/{middle}"],
        "report": ["/reports/", "/reports/?site=%C4%90i%E1%BB%83m+007"],
    }


def board_percent() -> float:
    """What the live board of the whole course uses of one core, as ``bench/board.py`` measures."""
    return asyncio.run(board.main(PEOPLE, SITES, BOARD_PAGES, BOARD_SECONDS))["board_cpu_percent"]


def main() -> None:
    """Generate, index, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", default=["queue", "search", "replay", "report"])
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), assistant="recorded")
        app = create_app(settings)
        path = app.state.lab.log.path
        schema.prepare(path)
        begun = time.process_time()
        exercises = [each.id for each in app.state.lab.course.exercises]
        sessions = generate(path, given.events, exercises)
        print(f"generated in {time.process_time() - begun:.0f} s CPU: {sessions} sessions")
        print(f"indexed in {index(path):.0f} s CPU; {path.stat().st_size / 1e6:.0f} MB")
        found = _measure(app, sessions, given.only)
    line: dict[str, Any] = {"events": given.events, "sessions": sessions}
    for name in ("queue", "search", "replay", "report"):
        line[f"{name}_ms"] = round(found[name]["cpu"], 1) if name in found else None
        line[f"{name}_wall_ms"] = round(found[name]["wall"], 1) if name in found else None
    line["board_cpu_percent"] = board_percent()
    print(json.dumps(line))


def _measure(app: Any, sessions: int, only: Sequence[str]) -> dict[str, dict[str, Any]]:
    with TestClient(app, base_url="http://localhost") as client:
        portal = client.portal
        assert portal is not None  # noqa: S101 - inside its context there is one
        password = portal.call(hash_password, PASSWORD)
        add = app.state.lab.log.add_person
        portal.call(lambda: add("Giảng viên Đo", Role.TRAINER, password=password))
        _wait(app)
        signed = client.post("/api/login", json={"name": "Giảng viên Đo", "password": PASSWORD})
        signed.raise_for_status()
        found = {}
        for name, paths in paths_of(sessions).items():
            if name in only:
                print(name)
                found[name] = measured(client, paths)
    return found


def _wait(app: Any) -> None:
    limit = time.monotonic() + 180
    while time.monotonic() < limit:
        try:
            app.state.lab.policy.current  # noqa: B018 - raises until it is loaded
        except LabError:
            time.sleep(0.5)
        else:
            time.sleep(15)  # what else is imported in the background would be counted too
            return
    raise SystemExit("the policy was not loaded")


if __name__ == "__main__":
    main()
