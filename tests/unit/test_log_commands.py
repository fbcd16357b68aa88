"""The commands ``lab log``, ``lab user`` and ``lab class``, on a real database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import BadRequest, Conflict, LogError, NotFound

PASSWORD = "bon-tu-ghep-lai"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LAB_HOME of the test's own."""
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def lab(*command: str, stdin: str = "") -> Result:
    """One command."""
    return CliRunner().invoke(app, command, input=stdin)


def good(*command: str, stdin: str = "") -> str:
    """What a command prints that must succeed."""
    result = lab(*command, stdin=stdin)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def raised(result: Result) -> tuple[type[BaseException], str]:
    """The error that ``lab.cli.main`` turns into sentences."""
    return type(result.exception), getattr(result.exception, "code", "")


def add_people() -> None:
    """A class, a trainer of the whole course, an assistant of the class."""
    good("class", "add", "Lớp một", "--code", "xa-01", "--site", "Xã A")
    trainer = ("user", "add", "Trần  Giảng", "--role", "trainer", "--password-stdin")
    good(*trainer, stdin=PASSWORD + "\n")
    helper = ("user", "add", "Lê Giúp", "--role", "assistant", "--class", "XA-01")
    good(*helper, "--password-stdin", stdin=PASSWORD)


def test_people_are_added_and_listed() -> None:
    """Accounts have a role and a scope: the whole course, or a class."""
    add_people()
    rows = [line.split("\t")[1:] for line in good("user", "list").splitlines()]
    assert rows == [["assistant", "XA-01", "Lê Giúp"], ["trainer", "*", "Trần Giảng"]]
    only = [line.split("\t")[3] for line in good("user", "list", "--class", "xa-01").splitlines()]
    assert only == ["Lê Giúp"]
    assert good("class", "list") == "XA-01\tXã A\tLớp một\n"


def test_a_class_without_a_code_gets_one() -> None:
    """A made code is told, and is the one in the list."""
    told = good("class", "add", "Lớp hai")
    code = good("class", "list").split("\t")[0]
    assert len(code) == 6
    assert code in told


def test_a_password_is_changed_and_never_shown(home: Path) -> None:
    """The database holds a new argon2 hash; no output holds a password."""
    add_people()

    def held() -> str:
        with closing(sqlite3.connect(home / "lab.sqlite")) as db:
            query = "SELECT password FROM people WHERE name = 'Trần Giảng'"
            return str(db.execute(query).fetchone()[0])

    before = held()
    told = good("user", "passwd", "TRẦN giảng", "--password-stdin", stdin="mot-cai-moi\n")
    assert "mot-cai-moi" not in told
    assert held() != before
    assert held().startswith("$argon2id$")


def test_what_cannot_be_is_refused() -> None:
    """Taken names and codes, unknown people and classes, short passwords: each has its error."""
    add_people()
    role = ("--role", "officer", "--password-stdin")
    cases = [
        (lab("user", "add", "lê giúp", *role, stdin=PASSWORD), Conflict, "name_taken"),
        (lab("user", "add", "Mới", *role, stdin="ngắn"), BadRequest, "bad_password"),
        (lab("user", "add", "\u200b", *role, stdin=PASSWORD), BadRequest, "bad_name"),
        (lab("user", "add", "Mới", "--role", "officer"), BadRequest, "password_missing"),
        (
            lab("user", "add", "Mới", *role, "--class", "x", stdin=PASSWORD),
            NotFound,
            "bad_class_code",
        ),
        (lab("user", "passwd", "Ai", "--password-stdin", stdin=PASSWORD), NotFound, "no_person"),
        (lab("class", "add", "Lớp", "--code", "XA-01"), Conflict, "code_taken"),
        (lab("class", "add", "Lớp", "--code", "a"), BadRequest, "bad_code"),
        (lab("log", "export", "--format", "csv", "--session", "x"), NotFound, "no_session"),
    ]
    assert [raised(result) for result, _, _ in cases] == [(kind, code) for _, kind, code in cases]
    assert lab("user", "add", "Mới", "--role", "trainee", "--password-stdin").exit_code == 2


def test_reading_commands_make_no_database(home: Path) -> None:
    """Without a database the commands that read say so, and make none."""
    for command in (("log", "verify"), ("user", "list"), ("log", "export", "--format", "csv")):
        assert raised(lab(*command)) == (LogError, "log_missing")
    assert not home.exists()


def test_verify_says_that_all_is_well() -> None:
    """Exit 0 and a sentence with counts; with --json the same for programs."""
    add_people()
    assert "3 dòng trong 1 luồng" in good("log", "verify")
    told = json.loads(good("log", "verify", "--json"))
    assert (told["events"], told["streams"], told["problems"]) == (3, 1, [])


def test_verify_names_a_changed_row(home: Path) -> None:
    """Exit 1 and the row, in words and as JSON."""
    add_people()
    with closing(sqlite3.connect(home / "lab.sqlite", isolation_level=None)) as db:
        db.execute("UPDATE events SET payload = '{}' WHERE seq = 2")
    result = lab("log", "verify")
    assert result.exit_code == 1
    assert "Luồng system, dòng 2" in result.output
    told = json.loads(lab("log", "verify", "--json").output)
    (fault,) = told["problems"]
    assert (fault["code"], fault["stream"], fault["seq"]) == ("content", "system", 2)


def test_a_truncation_is_named_by_anchors_kept_elsewhere(home: Path, tmp_path: Path) -> None:
    """Rows and anchors cut off together are found by the file that was taken away before."""
    add_people()
    kept = tmp_path / "mo-neo.jsonl"
    good("log", "anchor", "--out", str(kept))
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "khớp với" in good("log", "verify", "--anchor", str(kept)).lower()
    with closing(sqlite3.connect(home / "lab.sqlite", isolation_level=None)) as db:
        db.execute("DELETE FROM events WHERE seq > 1")
        db.execute("DELETE FROM anchors WHERE number > 1")
    assert lab("log", "verify").exit_code == 0
    result = lab("log", "verify", "--anchor", str(kept))
    assert result.exit_code == 1
    assert "Luồng system, dòng 2-3" in result.output


@pytest.mark.parametrize("text", ["", "{}\n", "không phải mỏ neo\n"])
def test_a_file_that_holds_no_anchors_is_named(tmp_path: Path, text: str) -> None:
    """The first line that is no anchor is told; an empty file proves nothing and is refused."""
    add_people()
    path = tmp_path / "x.jsonl"
    path.write_text(text, "utf-8")
    assert raised(lab("log", "verify", "--anchor", str(path))) == (BadRequest, "anchor_file")
    assert lab("log", "verify", "--anchor", str(tmp_path / "none")).exit_code == 2


def test_exports_go_to_a_file_of_the_owner(tmp_path: Path) -> None:
    """Both forms are written, readable by their owner only; a bad place is told, not traced."""
    add_people()
    for form, lines in (("csv", 4), ("jsonl", 4)):
        out = tmp_path / f"out.{form}"
        good("log", "export", "--format", form, "--out", str(out))
        assert len(out.read_text("utf-8").splitlines()) == lines
        assert out.stat().st_mode & 0o777 == 0o600
    nowhere = str(tmp_path / "none" / "x")
    assert lab("log", "export", "--format", "csv", "--out", nowhere).exit_code == 2
