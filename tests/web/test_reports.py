"""Reports: figures, plots, files without formulas or names, a PDF while the class goes on."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.log.report import Line
from lab.model import Role
from lab.session.report import COLUMNS, as_csv, as_xlsx, wilson

HOME = {"origin": "http://localhost"}


def post(visitor: Visitor, path: str, **fields: str) -> Any:
    """Send a form of the page."""
    data = {"csrf": visitor.csrf, **fields}
    return visitor.http.post(path, data=data, headers=HOME, follow_redirects=False)


@pytest.fixture(scope="module")
def room(web: Web) -> dict[str, Any]:
    """A class with two trainees who worked, and its trainer."""
    code = uuid.uuid4().hex[:8].upper()
    log, call = web.app.state.lab.log, web.portal.call
    made = call(lambda: log.add_class(f"Lớp {code}", code, site="Xã Báo Cáo"))
    trainees = []
    for name in ("Lô Thị Thử Báo", "Vừ A Thử Cáo"):
        trainee = web.visitor()
        assert trainee.login(class_code=code, name=name).is_success
        session = trainee.open()
        trainee.ask(session, "Soạn giấy mời gửi ông Nguyễn Văn Mẫu, 0950 000 123.")
        trainee.call("POST", f"/api/sessions/{session}/check")
        trainees.append((trainee, session))
    call(web.app.state.reviews.catch_up)
    hashed = call(hash_password, PASSWORD)
    call(lambda: log.add_person(f"GV {code}", Role.TRAINER, password=hashed, class_id=made.id))
    trainer = web.visitor()
    assert trainer.login(name=f"GV {code}", password=PASSWORD).is_success
    return {"trainer": trainer, "class": made.id, "trainees": trainees, "name": made.name}


def test_a_report_is_of_one_s_own_class(room: dict[str, Any]) -> None:
    """A class's trainer sees that class whatever is asked for; a trainee is refused."""
    page = room["trainer"].http.get("/reports/?class=khac")
    assert page.status_code == 200
    assert room["name"] in page.text
    assert "2 người đã làm bài, trong 2 người" in page.text
    for name in ("Lô Thị Thử Báo", "Nguyễn Văn Mẫu", "0950"):
        assert name not in page.text
    trainee = room["trainees"][0][0]
    assert trainee.http.get("/reports/").status_code == 403
    assert trainee.http.get("/reports/plot/days.svg").status_code == 404
    assert post(trainee, "/reports/export", format="csv").status_code == 403


@pytest.mark.parametrize("name", ["exercises", "mistakes", "sites", "days", "minutes"])
def test_each_plot_is_drawn(room: dict[str, Any], name: str) -> None:
    """Every plot of the page is an SVG, for a phone a narrow one; another name is not found."""
    widths = {}
    for query in ("", "?narrow=1"):
        seen = room["trainer"].http.get(f"/reports/plot/{name}.svg{query}")
        assert seen.headers["content-type"] == "image/svg+xml"
        widths[query] = float(re.search(r'<svg[^>]* width="([\d.]+)pt"', seen.text)[1])
    assert widths["?narrow=1"] < widths[""] / 2
    assert room["trainer"].http.get("/reports/plot/khac.svg").status_code == 404


def test_files_hold_the_class_and_say_what_is_masked(web: Web, room: dict[str, Any]) -> None:
    """CSV, JSON lines and workbook have the same two sessions, notes, and no name or text."""
    sent = {form: post(room["trainer"], "/reports/export", format=form) for form in
            ("csv", "jsonl", "xlsx")}  # fmt: skip
    wanted = {session for _, session in room["trainees"]}
    rows = list(csv.reader(io.StringIO(sent["csv"].text.lstrip("\ufeff"))))
    assert rows[2] == list(COLUMNS)
    assert "bí danh" in rows[0][0]
    assert {row[0] for row in rows[3:]} == wanted
    lines = [json.loads(line) for line in sent["jsonl"].text.splitlines()]
    assert "bí danh" in lines[0]["about"][0]
    assert {line["session"] for line in lines[1:]} == wanted
    book = load_workbook(io.BytesIO(sent["xlsx"].content))
    assert {row[0].value for row in list(book.worksheets[0].rows)[1:]} == wanted
    for answer in (sent["csv"], sent["jsonl"]):
        assert "Lô Thị" not in answer.text
        assert "giấy mời" not in answer.text
    told = web.portal.call(
        lambda: web.app.state.lab.log.events_of_kind(["report.exported"], since=0)
    )
    assert {row.payload["format"] for row in told} >= {"csv", "jsonl", "xlsx"}
    assert post(room["trainer"], "/reports/export", format="exe").status_code == 404


def test_a_file_lacks_nothing_of_before_it_was_asked_for(room: dict[str, Any]) -> None:
    """The turn that ended a moment ago is in it, however far the index of reviewers is."""
    trainee, session = room["trainees"][1]
    for _ in range(3):
        before = trainee.call("GET", f"/api/sessions/{session}").json()["turns"]
        trainee.ask(session, "Gợi ý ba việc cần làm trước cuộc họp thôn.")
        sent = post(room["trainer"], "/reports/export", format="jsonl").text.splitlines()[1:]
        rows = {row["session"]: row for row in map(json.loads, sent)}
        assert rows[session]["turns"] == len(before) + 1


def test_a_pdf_is_made_while_the_class_goes_on(web: Web, room: dict[str, Any]) -> None:
    """The page comes back at once and tells how far it is; a trainee works meanwhile."""
    trainer = room["trainer"]
    begun = post(trainer, "/reports/pdf")
    assert begun.status_code == 303
    job = begun.headers["location"].split("job=")[1]
    assert job in trainer.http.get(begun.headers["location"]).text
    trainee, session = room["trainees"][0]
    shown = trainee.ask(session, "Gợi ý ba tiêu đề cho bản tin của thôn.")
    assert shown[-1][1]["status"] == "answered"
    limit, told = time.monotonic() + 90, {"ready": False, "failed": False, "done": 0}
    while not told["ready"]:
        assert time.monotonic() < limit
        assert not told["failed"]
        told = trainer.call("GET", f"/reports/jobs/{job}").json()
        time.sleep(0.2)
    paper = trainer.http.get(f"/reports/jobs/{job}/report.pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert room["name"] in text
    assert "An toàn thông tin" in text
    assert "Lô Thị" not in text
    other = web.staff(Role.TRAINER)
    assert other.call("GET", f"/reports/jobs/{job}").status_code == 404
    assert other.http.get(f"/reports/jobs/{job}/report.pdf").status_code == 404


FORMULA = ("=", "+", "-", "@", "\t", "\r")
LINE = Line("s", "HV-1", "Lớp", "Xã", "01", 0.0, 1, 0, 0, 0, 0, None, None, 0, 0, 0)


@given(st.sampled_from(FORMULA), st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_no_cell_of_a_file_is_a_formula(sign: str, rest: str) -> None:
    """Whatever a class or a site is called, no spreadsheet runs it."""
    row = replace(LINE, class_name=sign + rest, site=sign + rest)
    cells = next(csv.reader(io.StringIO(as_csv([row]), newline="")))
    assert not any(cell.startswith(FORMULA) for cell in cells)


def test_a_hostile_name_of_another_lab_breaks_no_file() -> None:
    """A workbook cannot hold control signs, and a row of CSV is one line: neither comes through."""
    row = replace(LINE, class_name="Lớp\x1b[2J\x00\x9b\r\n=1+1\x85Hàng", site="\n=x")
    sheet = load_workbook(io.BytesIO(as_xlsx([row], "vi"))).worksheets[0]
    cells = next(csv.reader(io.StringIO(as_csv([row]), newline="")))
    assert [cell.value for cell in list(sheet.rows)[1]][2:4] == cells[2:4]
    assert cells[2] == "Lớp\ufffd[2J\ufffd\ufffd ⏎ =1+1 ⏎ Hàng"
    assert as_csv([row]).count("\n") == 1


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    """The same, as the workbook is read again."""
    row = replace(LINE, class_name="=1+1", site="@x")
    sheet = load_workbook(io.BytesIO(as_xlsx([row], "vi"))).worksheets[0]
    assert all(cell.data_type != "f" for line in sheet.rows for cell in line)


def test_wilson_s_intervals_are_the_published_ones() -> None:
    """Newcombe (1998): 81 of 263 gives 0.2553 to 0.3662; 0 of 20 begins at 0, ends at 0.1611."""
    found = wilson(81, 263)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    none = wilson(0, 20)
    assert none is not None
    assert (none.low, round(none.high, 4)) == (0, 0.1611)
    assert wilson(0, 0) is None
