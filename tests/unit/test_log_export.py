"""Exports: what a spreadsheet must not run, what a reader can verify by hand."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.keys import Keys
from lab.log import chain
from lab.log.export import COLUMNS, csv_lines, jsonl, safe_cell
from lab.log.sqlite import SqliteLog

BEGINS = "=+-@＝＋－＠"
TEXT = "Soạn thư gửi [HỌ TÊN 1];=1+1\r\n- việc một"


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    """A log with a session of two turns and an erased row."""
    made = SqliteLog(tmp_path / "home" / "lab.sqlite", Keys.load(tmp_path / "k"), commit_ms=0.1)
    await made.start()
    decided = {
        "turn": "t1",
        "action": "mask",
        "prompt": TEXT,
        "findings": [{"rule": "person"}, {"rule": "email"}, {"rule": "person"}],
        "reference": "AB-12",
        "policy": "v1",
        "fault": None,
    }
    await made.append("s", "turn.decided", decided)
    await made.append(
        "s", "turn.ended", {"turn": "t1", "status": "answered", "reply": "=HYPERLINK"}
    )
    await made.append("s", "turn.ended", {"turn": "t2", "reply": "xóa"})
    await made.append("other", "answers.given", {"answers": {"a": "x\ud800"}})
    await made.erase("s", [3], by="o", reason="r")
    yield made
    await made.close()


async def table(log: SqliteLog, stream: str | None = None) -> list[dict[str, str]]:
    """The CSV as a spreadsheet reads it."""
    text = "\n".join([line async for line in csv_lines(log, stream)])
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


@pytest.mark.parametrize("begin", BEGINS)
@pytest.mark.parametrize(
    "before", ["", " ", "\t", "\r", "\n", "\u200b", "\ufeff ", "a;", "a; ", "|"]
)
def test_what_would_be_a_formula_is_text(before: str, begin: str) -> None:
    """An apostrophe stands before every sign that begins a formula, wherever a cell may begin."""
    cell = safe_cell(f"{before}{begin}cmd|'/c calc'!A0")
    assert begin not in cell[:1]
    assert f"'{begin}cmd" in cell or cell.startswith("'")


@given(st.text(alphabet=st.sampled_from([*BEGINS, " ", "\t", "\r", "\n", ";", "|", "a", "\u200b"])))
def test_no_cell_begins_a_formula(text: str) -> None:
    """However signs and separators follow each other, no cell and no part of one is a formula."""
    cell = safe_cell(text)
    assert not any(sign in cell for sign in "\r\n")
    for part in cell.replace("|", ";").split(";"):
        assert part.lstrip(" \t\u200b")[:1] not in BEGINS or not part.strip(" \t\u200b")
    assert cell[:1] != "\t"


@pytest.mark.parametrize("text", ["Kính gửi Ủy ban", "a-b=c", "2026-11-22", "", "x@y"])
def test_other_text_is_left_alone(text: str) -> None:
    """Signs inside a text begin nothing and stay as they are."""
    assert safe_cell(text) == text


async def test_a_spreadsheet_reads_every_row(log: SqliteLog) -> None:
    """One line a row; known fields have columns, the rest is JSON; masked ones say so."""
    rows = await table(log)
    assert [row["kind"] for row in rows] == [
        "turn.decided",
        "turn.ended",
        "turn.ended",
        "answers.given",
        "rows.erased",
    ]
    first = rows[0]
    assert list(first) == [f"{c} (đã che)" if c in {"prompt", "reply"} else c for c in COLUMNS]
    assert (first["action"], first["rules"], first["turn"]) == ("mask", "email person", "t1")
    assert first["prompt (đã che)"] == "Soạn thư gửi [HỌ TÊN 1];'=1+1 ⏎ - việc một"
    assert json.loads(first["details"]) == {"fault": None}
    assert rows[1]["reply (đã che)"] == "'=HYPERLINK"
    assert rows[2]["reply (đã che)"] == ""


async def test_one_session_can_be_exported(log: SqliteLog) -> None:
    """With a stream only its rows come."""
    assert {row["stream"] for row in await table(log, "s")} == {"s"}
    lines = [json.loads(line) async for line in jsonl(log, "other")]
    assert [line.get("stream") for line in lines] == [None, "other"]


async def test_jsonl_can_be_verified_by_its_words_alone(log: SqliteLog) -> None:
    """Every hash of every row follows from the line and the one before, by docs/log.md."""
    head: dict[str, str] = {}
    lines = [json.loads(line) async for line in jsonl(log)]
    assert lines[0]["masked"] == ["prompt", "reply"]
    for row in lines[1:]:
        before = head.get(row["stream"], sha(f'["lab.stream.1","{row["stream"]}"]'.encode()))
        if row["payload"] is not None:
            payload = chain.canonical(row["payload"])
            assert row["digest"] == sha(bytes.fromhex(row["salt"]) + payload)
        body: list[Any] = ["lab.row.1", before, row["stream"], row["seq"], row["at"]]
        text = json.dumps([*body, row["kind"], row["digest"]], separators=(",", ":"))
        assert row["hash"] == sha(text.encode())
        head[row["stream"]] = row["hash"]
    assert [row["payload"] is None for row in lines[1:]] == [False, False, True, False, False]


async def test_the_document_s_own_program_verifies_an_export(
    log: SqliteLog, tmp_path: Path
) -> None:
    """The program in docs/log.md accepts an export, and names the row that somebody changed."""
    document = (Path(__file__).parents[2] / "docs/log.md").read_text("utf-8")
    program = re.findall(r"```python\n(.*?)```", document, re.DOTALL)[0]
    lines = [line async for line in jsonl(log)]
    assert run(program, tmp_path, lines) == ""
    lines[2] = lines[2].replace("answered", "failed")
    assert run(program, tmp_path, lines) == "s 2\n"


def run(program: str, folder: Path, lines: list[str]) -> str:
    """What the program says of these lines."""
    path = folder / "export.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


async def test_pages_follow_each_other(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export longer than a page has every row once."""
    monkeypatch.setattr("lab.log.export.PAGE", 2)
    assert len([line async for line in jsonl(log)]) == 1 + 5


def sha(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
