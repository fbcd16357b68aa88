"""The form of Party and State documents: data with a date, and the check that reads it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoringsupport import course, exercise, line, marked, widget

from lab.course import Exercise, Form
from lab.course.forms import BLANK, fill
from lab.scoring.of_forms import lines_of, toned

BODY = """Thực hiện nhiệm vụ năm nay, Đảng ủy xã xây dựng kế hoạch tuyên truyền như sau:
I- MỤC ĐÍCH, YÊU CẦU
Giúp mọi nhà hiểu cách nộp hồ sơ ngay trên điện thoại, không phải đi xa.
II- NỘI DUNG
Phát thanh hai buổi mỗi tuần, mở lớp cầm tay chỉ việc ở nhà văn hóa,
đoàn viên tới từng nhà giúp các cụ.
III- TỔ CHỨC THỰC HIỆN
Các chi bộ xóm chọn người, chọn ngày rồi gửi về văn phòng; kinh phí [CẦN BỔ SUNG]."""
PARTY = f"""ĐẢNG BỘ TỈNH NGHỆ AN (MẪU)
ĐẢNG ỦY XÃ HÒA LAM
Số      -KH/ĐU
ĐẢNG CỘNG SẢN VIỆT NAM
Hòa Lam, ngày ... tháng ... năm 2026
KẾ HOẠCH
tuyên truyền chuyển đổi số
{BODY}
Nơi nhận:
- Các chi bộ trực thuộc,
- Lưu Văn phòng.
T/M ĐẢNG ỦY
PHÓ BÍ THƯ
"""
STATE = """ỦY BAN NHÂN DÂN
XÃ HÒA LAM
Số:       /UBND-VX
V/v mời dự lớp hướng dẫn nộp hồ sơ qua mạng
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Hòa Lam, ngày    tháng    năm 2026
Kính gửi: Các xóm trên địa bàn xã
Để bà con quen với việc nộp hồ sơ ngay tại nhà, Ủy ban nhân dân xã mở lớp hướng dẫn ở
nhà văn hóa xóm 3.
Đề nghị trưởng xóm báo tới từng gia đình, cử hai thanh niên giúp người cao tuổi,
chuẩn bị chỗ ngồi.
Số người dự xin gửi về văn phòng trước ngày 30/9 để chuẩn bị tài liệu./.
Nơi nhận:
- Như trên;
- Lưu: VT.
TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH
"""


def points(family: str, kind: str, organ: str, text: str, *elements: str) -> int:
    """Points for a document."""
    return read(family, kind, organ, text, *elements)[0]


def read(family: str, kind: str, organ: str, text: str, *elements: str) -> tuple[int, str]:
    """Points and the sentence."""
    found = line("form", of="w", family=family, type=kind, organ=organ, elements=list(elements))
    asked = widget("text", least=110, most=900)
    marks = marked(exercise(found, widgets=[asked]), answers={"w": text})
    return marks.points, marks.reason


def test_a_party_document_in_form() -> None:
    """The model of a Party plan has all that the guidance in force asks for."""
    assert read("party", "KH", "ĐU", PARTY)[0] == 2
    assert points("party", "KH", "ĐU", PARTY.replace("HÒA", "HOÀ").replace("ỦY", "UỶ")) == 2


def test_a_letter_of_the_state_in_form() -> None:
    """The model of a letter has all that the decree asks for."""
    assert read("state", "CV", "UBND", STATE)[0] == 2


@pytest.mark.parametrize(
    ("element", "before", "after"),
    [
        ("party-title", "ĐẢNG CỘNG SẢN VIỆT NAM\n", ""),
        ("no-state-title", "KẾ HOẠCH\n", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM\nKẾ HOẠCH\n"),
        ("no-state-title", "KẾ HOẠCH\n", "Độc lập - Tự do - Hạnh phúc\nKẾ HOẠCH\n"),
        ("organ", "ĐẢNG BỘ TỈNH NGHỆ AN (MẪU)\nĐẢNG ỦY XÃ HÒA LAM\n", ""),
        ("number", "Số      -KH/ĐU", "Số 15-KH/ĐU"),
        ("number", "Số      -KH/ĐU", "Số:    /KH-ĐU"),
        ("number", "Số      -KH/ĐU", "Số    -KH/ĐUX"),
        ("place-date", "Hòa Lam, ngày ... tháng ... năm 2026\n", ""),
        ("type-name", "KẾ HOẠCH\n", ""),
        ("sections", "II- NỘI DUNG", "Nội dung"),
        ("end-mark", "[CẦN BỔ SUNG].", "[CẦN BỔ SUNG]"),
        ("end-mark", "[CẦN BỔ SUNG].", "[CẦN BỔ SUNG]./."),
        ("no-state-end", "[CẦN BỔ SUNG].", "[CẦN BỔ SUNG]./."),
        ("authority", "T/M ĐẢNG ỦY", "ĐẢNG ỦY"),
        ("position", "PHÓ BÍ THƯ", ""),
        ("no-kt", "T/M ĐẢNG ỦY", "K/T BÍ THƯ"),
        ("no-dots", "T/M ĐẢNG ỦY", "TM. ĐẢNG ỦY"),
        ("recipients", "Nơi nhận:", "Gửi:"),
    ],
)
def test_each_element_of_a_party_document(element: str, before: str, after: str) -> None:
    """Without it, or with what is forbidden, the element is told and earns nothing."""
    assert before in PARTY
    assert points("party", "KH", "ĐU", PARTY, element) == 2
    assert points("party", "KH", "ĐU", PARTY.replace(before, after), element) == 0


@pytest.mark.parametrize(
    ("element", "before", "after"),
    [
        ("national-title", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n", ""),
        ("motto", "Độc lập - Tự do - Hạnh phúc\n", ""),
        ("no-party-title", "XÃ HÒA LAM\n", "XÃ HÒA LAM\nĐẢNG CỘNG SẢN VIỆT NAM\n"),
        ("organ", "ỦY BAN NHÂN DÂN\nXÃ", "XÃ"),
        ("letter-number", "Số:       /UBND-VX", "Số: 123/UBND-VX"),
        ("letter-number", "Số:       /UBND-VX", "Số   -CV/ĐU"),
        ("place-date", "Hòa Lam, ngày    tháng    năm 2026\n", ""),
        ("subject", "V/v mời", "Mời"),
        ("addressee", "Kính gửi: Các xóm", "Các xóm"),
        ("end-mark", "./.", "."),
        ("authority", "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH", "Người soạn"),
        ("no-slash", "TM. ", "T/M "),
        ("no-district", "Kính gửi: Các xóm", "Kính gửi: Ủy ban nhân dân huyện; các xóm"),
        ("recipients", "Nơi nhận:", "Gửi:"),
    ],
)
def test_each_element_of_a_letter_of_the_state(element: str, before: str, after: str) -> None:
    """Without it, or with what is forbidden, the element is told and earns nothing."""
    assert before in STATE
    assert points("state", "CV", "UBND", STATE, element) == 2
    assert points("state", "CV", "UBND", STATE.replace(before, after), element) == 0


def test_what_is_unsure_costs_nothing_and_is_told() -> None:
    """A point of which only secondary sources speak is a question to the clerk, no mistake."""
    worth, reason = read("party", "KH", "ĐU", PARTY.replace("Số  ", "Số: "), "number-colon")
    assert worth == 2
    assert "hai chấm" in reason


def test_one_profile_switch() -> None:
    """Under the older guidance a deputy signs K/T; under the one in force he does not."""
    deputy = PARTY.replace("T/M ĐẢNG ỦY", "K/T BÍ THƯ")
    older = next(form for form in course().forms if form.id == "hd-36-2018")
    assert points("party", "KH", "ĐU", deputy, "no-kt") == 0
    found = line("form", of="w", family="party", type="KH", organ="ĐU")
    asked = widget("text", least=60, most=900)
    small = exercise(found, widgets=[asked])
    before = replace(small, forms={**small.forms, "party": older})
    assert marked(small, answers={"w": deputy}).points < 2
    assert marked(before, answers={"w": deputy}).points == 2


def test_an_empty_frame_earns_nothing() -> None:
    """All lines of the form with nothing between them are no document."""
    frame = PARTY.replace(BODY, "I-\nII-\n.")
    assert points("party", "KH", "ĐU", frame) == 0
    assert points("state", "CV", "UBND", "\n".join(STATE.split("\n")[:8])) == 0


def test_a_layout_table_is_read_by_its_cells() -> None:
    """The two columns of the head may be written as a table, in bold or side by side."""
    head = PARTY.split("KẾ HOẠCH\n", maxsplit=1)[0]
    rows = [
        "| **ĐẢNG ỦY XÃ HÒA LAM** | **ĐẢNG CỘNG SẢN VIỆT NAM** |",
        "|---|---|",
        "| Số ........-KH/ĐU | *Hòa Lam, ngày [CẦN BỔ SUNG] tháng 9 năm 2026* |",
        "",
    ]
    assert points("party", "KH", "ĐU", PARTY.replace(head, "\n".join(rows))) == 2


@pytest.mark.parametrize("form", course().forms, ids=lambda form: form.id)
def test_forms_say_where_they_come_from(form: Form) -> None:
    """Each has a title, a day, and what is unsure of it."""
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", form.date)
    assert form.title.vi
    assert form.note.vi
    assert all(element.wanted.vi for element in form.elements)


@settings(deadline=None, max_examples=40)
@given(st.text(alphabet=" .…_\u00a0", max_size=30))
def test_a_blank_number_is_blank_however_it_is_drawn(blank: str) -> None:
    """Spaces, dots and lines stand for a number that the clerk writes."""
    shape = fill(r"Số\s*:?{blank}-\s*{type}/{organ}", "KH", "ĐU", "KẾ HOẠCH")
    assert re.search(shape, f"Số {blank}-KH/ĐU")
    assert not re.search(shape, f"Số {blank}7-KH/ĐU")
    assert re.fullmatch(BLANK, "[CẦN BỔ SUNG]")


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("UỶ BAN", "ỦY BAN"),
        ("Hoà Lam", "Hòa Lam"),
        ("quý", "quý"),
        ("Thuỷ", "Thủy"),
        ("hoè", "hòe"),
    ],
)
def test_both_places_of_a_tone_mark_are_one(written: str, same: str) -> None:
    """Two habits of typing are one spelling."""
    assert toned(written) == same


def test_lines_are_bared() -> None:
    """Marks of Markdown are no words."""
    assert lines_of("# **A**\n\n> b | c\n* * *\n") == ["A", "b", "c"]


def of_family(found: Exercise, family: str) -> str:
    """Id of the form in force."""
    return found.forms[family].id


def test_the_course_says_which_form_is_in_force() -> None:
    """``document_profile`` chooses among the Party's forms; the newest serves the State."""
    assert of_family(exercise(), "party") == course().document_profile == "hd-05-2026"
    assert of_family(exercise(), "state") == "nd-30-2020"
