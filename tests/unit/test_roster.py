"""Lists of people: what is read of a file, what it brings to the classes, and a second time."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from files import broken_zips
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from lab.auth import Auth
from lab.errors import BadRequest, Forbidden, NotFound
from lab.keys import Keys
from lab.log.base import Log
from lab.log.roster import Scope
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.roster import WHOLE, Rosters, problem_of
from lab.session.roster_file import Sheet, read
from lab.settings import Settings
from lab.words import languages

BROKEN = broken_zips("xl/workbook.xml", b"<workbook/>")
TITLED = """DANH SÁCH HỌC VIÊN;;;;
Đợt tập huấn tháng 9;;;;
STT;Họ và tên đệm;Tên;Ngày sinh;Lớp
1;Nguyễn Văn;Mẫu;1/1/2095;Lớp 1
2;Lô Thị;Thử;2/2/2095;Lớp 1
"""


def listed(*rows: str, head: str = "Họ và tên,Đơn vị,Mã học viên,Lớp,Điểm cầu,Mã lớp") -> Sheet:
    """A CSV list of these rows."""
    return read("ds.csv", "\n".join([head, *rows]).encode())


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    """A log of the test's own."""
    opened = SqliteLog(tmp_path / "data" / "lab.sqlite", Keys.load(tmp_path / "keys"))
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def rosters(log: Log, tmp_path: Path) -> Rosters:
    """Its classes."""
    return Rosters(log, Keys.load(tmp_path / "keys"))


def wrong(sheet: Sheet) -> list[tuple[int, int, str, str]]:
    """Problems of a file: line, column, field, code."""
    return [(each.line, each.column, each.field, each.code) for each in sheet.problems]


# --- reading -------------------------------------------------------------------------------------


def test_titles_split_names_and_unasked_columns() -> None:
    """The head may stand below titles, a name in two columns; a date of birth is not read."""
    sheet = read("ds.csv", TITLED.encode())
    assert [(e.line, e.name, e.room) for e in sheet.entries] == [
        (4, "Nguyễn Văn Mẫu", "Lớp 1"),
        (5, "Lô Thị Thử", "Lớp 1"),
    ]
    assert sheet.passed_over == ("Ngày sinh",)
    assert "2095" not in repr(sheet.entries)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_same_list_in_every_coding(coding: str, delimiter: str) -> None:
    """Codings and delimiters that spreadsheet programs write give the same entries."""
    text = TITLED.replace(";", delimiter)
    assert read("ds.csv", text.encode(coding)).entries == read("x", TITLED.encode()).entries


def test_a_workbook_gives_the_same_entries() -> None:
    """XLSX with an empty first sheet and numbers as numbers reads as the CSV does."""
    book = Workbook()
    sheet = book.create_sheet("Danh sách")
    for line in TITLED.splitlines():
        sheet.append([int(cell) if cell.isdigit() else cell or None for cell in line.split(";")])
    held = io.BytesIO()
    book.save(held)
    assert read("ds.xlsx", held.getvalue()).entries == read("x", TITLED.encode()).entries


def test_every_problem_has_its_line_and_column() -> None:
    """A missing name, a number for a name, a formula, a footer: each is named by its cell."""
    sheet = listed(
        ",VP,,Lớp 1,,,1",
        "0950 000 123,VP,,Lớp 1,,,2",
        '"=HYPERLINK(""x"")",VP,,Lớp 1,,,3',
        "Nguyễn Văn Mẫu,@VP,,Lớp 1,,,4",
        "Người lập bảng,,,,,,",
        head="Họ và tên,Đơn vị,Mã học viên,Lớp,Điểm cầu,Mã lớp,STT",
    )
    assert wrong(sheet) == [
        (2, 1, "name", "no_name"),
        (3, 1, "name", "not_a_name"),
        (4, 1, "name", "formula"),
        (5, 2, "unit", "formula"),
        (6, 7, "order", "no_order"),
    ]
    assert sheet.entries == ()
    for language in languages():
        for problem in sheet.problems:
            assert problem_of(problem, "ds.csv", language).help


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 not a workbook", "roster_kind"),
        (b"a\0b", "roster_kind"),
        ("Họ và tên\nĐỗ".encode("cp1258", "replace"), "roster_coding"),
        (b"a,b\n1,2\n", "roster_no_head"),
        (b"", "roster_no_head"),
        (b"x" * 10_000_001, "roster_large"),
    ],
)
def test_a_file_that_is_no_list_is_refused(data: bytes, code: str) -> None:
    """The refusal says what kind of file is wanted."""
    with pytest.raises(BadRequest) as caught:
        read("ds", data)
    assert caught.value.code == code


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_workbook_is_refused(how: str) -> None:
    """A broken zip is no list, however it is broken (found by ``bench/fuzz.py``)."""
    with pytest.raises(BadRequest) as caught:
        read("ds.xlsx", BROKEN[how])
    assert caught.value.code == "roster_kind"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever a file holds, it is read or refused in the lab's own words."""
    for head in (b"", "Họ và tên,Lớp\n".encode()):
        with suppress(BadRequest):
            read("ds", head + data)


# --- bringing in ---------------------------------------------------------------------------------


async def test_a_list_makes_sites_classes_and_people(rosters: Rosters) -> None:
    """Rows of two sites make two classes with codes of their own, and everybody is there."""
    sheet = listed(
        "Nguyễn Văn Mẫu,VP,,Lớp 1,Xã Hòa Lam,",
        "Lô Thị Thử,VP,,Lớp 1,Xã Lam Trà,lam-01",
        "Vừ Bá Ví Dụ,VP,,Lớp 1,Xã Hòa Lam,",
    )
    plan = await rosters.bring_in(WHOLE, sheet, run="Đợt 1")
    assert (plan.count("new"), plan.problems) == (3, ())
    rooms = await rosters.rooms(WHOLE)
    assert [(r.run, r.site, r.name, r.people, r.came) for r in rooms] == [
        ("Đợt 1", "Xã Hòa Lam", "Lớp 1", 2, 0),
        ("Đợt 1", "Xã Lam Trà", "Lớp 1", 1, 0),
    ]
    assert rooms[1].code == "LAM-01"
    assert len({room.code for room in rooms}) == 2
    assert await rosters.sites(WHOLE) == ["Xã Hòa Lam", "Xã Lam Trà"]


async def test_a_second_time_makes_nobody_twice(rosters: Rosters) -> None:
    """The same list, its rows turned round, without units, or with a name mended: same people."""
    rows = ["Lô Thị Thử,VP,,Lớp 1,,", "Lô Thị Thử,Mặt trận,,Lớp 1,,", "Vừ A Mẫu,,M7,Lớp 1,,"]
    await rosters.bring_in(WHOLE, listed(*rows))
    again = await rosters.bring_in(WHOLE, listed(*reversed(rows)))
    assert (again.count("known"), again.count("new")) == (3, 0)
    room = (await rosters.rooms(WHOLE))[0]
    before = {member.id for member in await rosters.members(WHOLE, room.id)}
    mended = await rosters.bring_in(WHOLE, listed("Vừ Bá Mẫu,,m7,Lớp 1,,", rows[0]))
    assert (mended.count("changed"), mended.count("known")) == (1, 1)
    members = await rosters.members(WHOLE, room.id)
    assert {member.id for member in members} == before
    assert "Vừ Bá Mẫu" in {member.name for member in members}
    bare = await rosters.preview(WHOLE, listed("Vừ Bá Mẫu,,,Lớp 1,,"))
    assert bare.count("known") == 1


async def test_rows_with_problems_keep_the_whole_list_out(rosters: Rosters) -> None:
    """Nothing is written for a list with problems, unless one says to leave those rows out."""
    sheet = listed(
        "Lô Thị Thử,VP,,Lớp 1,,", "Lô Thị Thử,VP,,Lớp 1,,", "Vừ A Mẫu,,,,,", ",,,Lớp 1,,"
    )
    plan = await rosters.preview(WHOLE, sheet)
    assert [(p.line, p.column, p.code) for p in plan.problems] == [
        (3, 1, "double"),
        (4, 4, "no_class"),
        (5, 1, "no_name"),
    ]
    with pytest.raises(BadRequest, match="roster_problems"):
        await rosters.bring_in(WHOLE, sheet)
    assert await rosters.rooms(WHOLE) == []
    done = await rosters.bring_in(WHOLE, sheet, leave_out=True)
    assert (done.count("new"), len(done.problems)) == (1, 3)


async def test_nobody_brings_people_to_another_site(rosters: Rosters) -> None:
    """A trainer of a site reaches only its classes, one of a class only that class."""
    mine = await rosters.add_room(WHOLE, name="Lớp A", code="AAA", site="Xã Hòa Lam")
    await rosters.add_room(WHOLE, name="Lớp B", code="BBB", site="Xã Lam Trà")
    site = Scope("t1", site="Xã Hòa Lam")
    sheet = listed("Lô Thị Thử,,,,,BBB", "Vừ A Mẫu,,,Lớp mới,Xã Lam Trà,", "Vừ B Mẫu,,,Lớp A,,")
    plan = await rosters.preview(site, sheet)
    assert [(p.line, p.code) for p in plan.problems] == [(2, "not_your_site"), (3, "not_your_site")]
    assert [row.room.id for row in plan.rows] == [mine.id]
    room = Scope("t2", class_id=mine.id)
    held = await rosters.preview(room, listed("Vừ A Mẫu,,,,,BBB", "Vừ B Mẫu,,,Lớp mới,,"))
    assert [p.code for p in held.problems] == ["not_your_class", "not_your_class"]
    with pytest.raises(Forbidden):
        await rosters.add_room(site, name="Lớp C", site="Xã Lam Trà")
    with pytest.raises(Forbidden):
        await rosters.add_room(room, name="Lớp C")
    assert [each.code for each in await rosters.rooms(site)] == ["AAA"]
    other = next(each for each in await rosters.rooms(WHOLE) if each.code == "BBB")
    with pytest.raises(NotFound):
        await rosters.members(site, other.id)


async def test_who_is_on_the_list_comes_in_as_that_person(
    rosters: Rosters, log: Log, tmp_path: Path
) -> None:
    """The first to join by a listed name is the listed person; a walk-in of before is adopted."""
    auth = Auth(log, rosters.keys, Settings(home=tmp_path / "data"))
    room = await rosters.add_room(WHOLE, name="Lớp 1", code="LOP-1")
    early = await auth.join("LOP-1", "vừ bá ví dụ")
    plan = await rosters.bring_in(
        WHOLE, listed("Vừ Bá Ví Dụ,VP,,,,LOP-1", "Lô Thị Thử,VP,,,,LOP-1")
    )
    assert (plan.count("joined"), plan.count("new")) == (1, 1)
    listed_people = {member.name: member for member in await rosters.members(WHOLE, room.id)}
    assert listed_people["Vừ Bá Ví Dụ"].id == early.who.person.id
    came = await auth.join("LOP-1", "LÔ THỊ THỬ")
    assert came.who.person.id == listed_people["Lô Thị Thử"].id
    assert came.resume_code
    second = await auth.join("LOP-1", "Lô Thị Thử")
    assert second.who.person.id != came.who.person.id
    back = await auth.join("LOP-1", "Lô Thị Thử", came.resume_code)
    assert back.who.person.id == came.who.person.id
    assert (await rosters.room(WHOLE, room.id)).came == 3
    assert not (await log.verify()).problems


async def test_the_log_tells_of_a_list_without_its_names(rosters: Rosters, log: Log) -> None:
    """The event says who, which classes and how many; no name of the list stands in any event."""
    await rosters.bring_in(Scope("t9"), listed("Lô Thị Thử,VP,,Lớp 1,,"))
    events = await log.events("system")
    told = next(each for each in events if each.kind == "roster.imported")
    assert told.payload is not None
    assert (told.payload["by"], told.payload["new"]) == ("t9", 1)
    assert "Lô Thị Thử" not in repr(events)
    assert len(await log.people(role=Role.TRAINEE)) == 1
