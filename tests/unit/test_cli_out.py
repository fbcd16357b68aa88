"""What commands print, where a database or a file holds signs that a terminal obeys."""

from __future__ import annotations

import ast
import json
import sqlite3
import sys
import time
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

import lab.cli
from lab.cli import app, main
from lab.cli.out import visible

HOSTILE = (
    "Mẫu\x1b[2J\x1b]0;x\x07\x1b[8m\r\x08\x7f\x9b31m\u202egnp\u2066\u200b\u00ad\u2028\u2029\x00"
    "\U000e0041\tcột\nHàng giả\x0b\x0c\x85"
)
"""Clears, retitles, hides, returns, reorders, begins a row; also by signs of eight bits."""
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
MODULES = sorted(Path(lab.cli.__file__).parent.glob("*.py"))
OWN = {"out.py": {"typer.echo"}, "model.py": {"sys.stderr"}, "policy_eval.py": {"sys.stderr"}}
"""Who writes by itself: the one place, and two lines of progress that hold numbers and titles."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LAB_HOME of the test's own."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def hostile(home: Path) -> sqlite3.Connection:
    """A log in which whatever people and other labs wrote is hostile."""
    for command in (
        ("class", "add", "Lớp", "--code", "XA-01"),
        ("user", "add", "Trần Giảng", "--role", "trainer", "--password-stdin"),
    ):
        assert lab_(*command, stdin="bon-tu-ghep-lai\n").exit_code == 0
    db = sqlite3.connect(home / "lab.sqlite", isolation_level=None)
    (room,) = db.execute("SELECT id FROM classes").fetchone()
    db.execute("UPDATE people SET name = ?, site = ?", (HOSTILE, HOSTILE))
    db.execute("UPDATE classes SET name = ?, site = ?, retention_days = 1", (HOSTILE, HOSTILE))
    _insert(
        db,
        "people",
        {"id": "p-1", "name": HOSTILE, "name_key": "x", "role": "trainee", "class_id": room}
        | {"site": HOSTILE, "pseudonym": HOSTILE, "added_at": 1.0},
    )
    _insert(
        db,
        "sessions",
        {"id": "s-1", "person_id": "p-1", "class_id": room, "site": HOSTILE, "exercise": HOSTILE}
        | {"opened_at": 1.0, "last_at": 1.0, "turns": 1, "blocked": 1, "masked": 0, "failed": 0}
        | {"passed": 0, "pseudonym": HOSTILE},
    )
    _insert(
        db,
        "incidents",
        {"id": "i-1", "session": "s-1", "seq": 1, "at": time.time(), "severity": 0}
        | dict.fromkeys(("rule", "tier", "entity", "policy", "reference"), HOSTILE)
        | {"state": "new", "assignee": HOSTILE},
    )
    _insert(
        db,
        "alarms",
        {"id": "a-1", "at": 1.0, "session": "s-1", "turn": "t", "planted": 0, "state": "waiting"}
        | dict.fromkeys(("rule", "entity", "tier", "view", "pattern", "policy"), HOSTILE)
        | {"digest": "d", "text": HOSTILE},
    )
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    relay = {"site": HOSTILE, "keys": json.dumps([key]), "upto": 1, "added_at": 1.0}
    _insert(db, "relays", relay)
    return db


def _insert(db: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names, gaps = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({gaps})", tuple(row.values()))  # noqa: S608


def lab_(*command: str, stdin: str = "") -> Result:
    """One command."""
    return CliRunner().invoke(app, command, input=stdin)


def obeyed(text: str, keep: str = "\n\t") -> set[str]:
    """Signs of a print that a terminal obeys, or that reorder what is read."""
    return {sign for sign in text if sign not in keep and unicodedata.category(sign) in OBEYED}


@pytest.mark.parametrize(
    ("command", "lines", "tabs"),
    [
        (("user", "list"), 1, 3),
        (("user", "list", "--class", "XA-01"), 1, 3),
        (("class", "list"), 1, 2),
        (("site", "list"), 1, 2),
        (("incident", "list"), 1, 5),
        (("incident", "show", "i-1"), 19, 1),
        (("policy", "alarms", "list"), 1, 4),
        (("user", "erase", "p-1", "--reason", "theo yêu cầu", "--dry-run"), 2, 0),
        (("class", "erase", "XA-01", "--reason", "theo yêu cầu", "--dry-run"), 2, 0),
        (("log", "expire", "--dry-run"), 2, 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_hostile_row_is_one_plain_row(
    hostile: sqlite3.Connection, command: tuple[str, ...], lines: int, tabs: int
) -> None:
    """It is shown with its signs spelled out: no more lines and columns than a kind one has."""
    with closing(hostile):
        result = lab_(*command)
    assert result.exit_code == 0, (result.output, result.exception)
    assert obeyed(result.output) == set()
    rows = result.output.splitlines()
    assert (len(rows), max(row.count("\t") for row in rows)) == (lines, tabs)
    assert r"\u001b[2J" in result.output


@pytest.mark.parametrize(
    "command",
    [
        ("site", "list"),
        ("incident", "list"),
        ("incident", "show", "i-1"),
        ("policy", "alarms", "list"),
    ],
    ids=" ".join,
)
def test_json_means_the_same_and_paints_nothing(
    hostile: sqlite3.Connection, command: tuple[str, ...]
) -> None:
    """One line of JSON a row, in which a program finds the very value."""
    with closing(hostile):
        result = lab_(*command, "--json")
    (row,) = result.output.splitlines()
    assert obeyed(row, keep="") == set()
    assert HOSTILE in json.loads(row).values()


def test_a_broken_row_of_another_lab_is_named_plainly(hostile: sqlite3.Connection) -> None:
    """``log verify`` tells of a stream whose very name is hostile; a CSV moves no cursor either."""
    with closing(hostile):
        hostile.execute("UPDATE events SET stream = ?, kind = ?", (HOSTILE, HOSTILE))
    result = lab_("log", "verify")
    assert result.exit_code == 1
    assert obeyed(result.output) == set()
    assert r"\u001b[2J" in result.output
    table = lab_("log", "export", "--format", "csv").output.removeprefix("\ufeff")
    assert {sign for sign in obeyed(table) if unicodedata.category(sign) == "Cc"} == set()


def test_a_hostile_list_of_people_is_told_plainly(tmp_path: Path) -> None:
    """Headings and cells of a file are shown with their signs spelled out, problems too."""
    file = tmp_path / "lop.csv"
    sheet = 'họ tên,lớp,"ghi\x1b[2J\u202echú"\n"Nguyễn\x1b[2J Văn\u202e Mẫu",Lớp A,x\n'
    file.write_text(sheet, "utf-8")
    result = lab_("class", "import", str(file), "--dry-run")
    assert result.exit_code == 1, (result.output, result.exception)
    assert obeyed(result.output) == set()
    assert r"\u001b[2J" in result.output


def test_a_hostile_line_of_a_file_is_shown_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report of a course that cannot be read quotes the line, its signs spelled out."""
    (tmp_path / "course.yaml").write_text("title: x\nlạ\u202e\u2066: \u200b[\n", "utf-8")
    command = ["lab", "course", "print", str(tmp_path / "out"), "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert obeyed(told) == set()
    assert r"\u202e" in told


def test_half_a_sign_is_spelled_out_too() -> None:
    """A lone surrogate cannot be printed at all; words of any script stay as they are."""
    assert visible("a\ud83d\U000e0041") == "a\\ud83d\\udb40\\udc41"
    kind = "Vừ Thị Ví Dụ · Thào A Mẫu, 100 % «ê»\u00a0ị 语 🙂"
    assert visible(kind) == kind


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_command_prints_through_one_place(path: Path) -> None:
    """No command calls ``print`` or ``typer.echo``, or writes to a stream by itself."""
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    ways = {"print": "print", "typer.echo": "typer.echo", "typer.secho": "typer.echo"}
    ways |= {f"sys.{name}.write": f"sys.{name}" for name in ("stdout", "stderr")}
    assert {ways[name] for name in called & ways.keys()} == OWN.get(path.name, set())
