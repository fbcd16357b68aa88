"""Checks of a text of one's own: what each gives two, one and no points for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoringsupport import NEWS, course, exercise, line, marked, of_text, turn, widget

from lab.course import PlantedValue
from lab.course.rubric import Line
from lab.scoring.case import Case
from lab.scoring.of_sources import numbers_in
from lab.scoring.result import cues

PLAIN = "Hội nghị bàn việc làm đường mới, xóm trưởng nhận phần vận động từng nhà góp công."
REPLY = "Cơ quan nên mở cửa sớm nửa giờ vào thứ hai để người dân đi chợ về kịp nộp giấy tờ."
COLUMNS = [
    {"title": {"vi": "việc", "en": "task"}, "any_of": ["việc", "nội dung"]},
    {"title": {"vi": "người", "en": "who"}, "any_of": ["người", "phụ trách"]},
    {"title": {"vi": "hạn", "en": "when"}, "any_of": ["hạn", "thời gian"]},
]
HEADINGS = [
    {"title": {"vi": "các cụ", "en": "old"}, "any_of": ["người cao tuổi", "các cụ"]},
    {"title": {"vi": "thanh niên", "en": "young"}, "any_of": ["thanh niên", "đoàn viên"]},
]
LINES: dict[str, Any] = {
    "mentions": line("mentions", of="w", any_of=["mở cửa", "đi chợ"], about=["người dân"]),
    "absent": line("absent", of="w", terms=["huyện", "khẳng định"]),
    "sentences": line("sentences", of="w", most=12, least=2),
    "items": line("items", of="w", least=3, words=3),
    "numbers": line("numbers", of="w"),
    "cite": line(
        "cite",
        of="w",
        sources=[
            {"id": "luat-91", "any_of": ["91/2025/QH15", "Luật Bảo vệ dữ liệu cá nhân"]},
            {"id": "dong-3", "any_of": ["[3]", "dòng 3"]},
        ],
        least=2,
    ),
    "overlap": line("overlap", of="w", against="reply", most=0.5),
    "table": line("table", of="w", columns=COLUMNS, least=2),
    "headings": line("headings", of="w", headings=HEADINGS, words=6),
    "label": line("label", of="w"),
    "keep": line("keep", of="w", facts=["poor", "amount", "deadline"]),
    "length": line("length", of="w", least=10, most=20),
}


@pytest.mark.parametrize(
    ("check", "text", "points"),
    [
        ("mentions", "Nên mở cửa sớm vì người dân bận mùa gặt. Người dân đi chợ về còn kịp.", 2),
        ("mentions", "nguoi dan can mo cua som hon vao mua gat lua", 2),
        ("mentions", "Nên mở cửa sớm vì mùa gặt lúa năm nay kéo dài.", 0),
        ("mentions", "Mùa gặt lúa kéo dài tới tháng mười.", 0),
        ("mentions", "Mùa gặt lúa kéo dài.\nMở cửa, người dân.", 0),
        ("absent", PLAIN, 2),
        ("absent", PLAIN + " Gửi lên huyện.", 0),
        ("absent", PLAIN + " Gửi lên H U Y Ệ N nhé.", 0),
        ("absent", PLAIN + " gui len huyen", 0),
        ("absent", PLAIN + " Cô Huyền ghi sổ.", 2),
        ("sentences", "Trạm xá mở cửa sớm. Bà con tới đo huyết áp. Ai cũng được phát sổ.", 2),
        ("sentences", PLAIN + " " + REPLY, 0),
        ("sentences", "Trạm xá mở cửa sớm.", 0),
        (
            "items",
            "- Giữ giờ trưa cho dân ở xa\n- Thêm một ghế chờ mát mẻ\n- Bảng chữ to dễ đọc",
            2,
        ),
        ("items", "- Giữ giờ trưa cho dân ở xa\n- Giữ giờ trưa cho dân ở xa lắm", 0),
        ("items", "1. Giữ giờ trưa cho dân ở xa\n2. Thêm một ghế chờ mát mẻ", 1),
        ("items", "- tốt\n- hay\n- đẹp\n" + PLAIN, 0),
        ("numbers", "Có 131 điểm cầu, 3032 đại biểu, chi 5.400.000 đồng, mở ngày 09/9.", 2),
        ("numbers", "Có 131 điểm cầu, được cấp thêm 5 tỷ đồng xây nhà.", 1),
        ("numbers", "Có 140 điểm cầu, được cấp thêm hai tỷ đồng xây nhà.", 0),
        ("numbers", "Có 131 điểm cầu, đạt 80 phần trăm.\n1. Việc thứ nhất\n2. Việc thứ hai", 2),
        (
            "cite",
            "Đơn thư phải che họ tên theo Luật Bảo vệ dữ liệu cá nhân. Bản tin nêu số dự [3].",
            2,
        ),
        ("cite", "Đơn thư phải che họ tên người viết theo 91/2025/QH15.", 1),
        (
            "cite",
            "Đơn thư phải che họ tên theo 91/2025/QH15 và 12/2024/NĐ-CP. Xem dòng 3 nói rõ.",
            0,
        ),
        ("cite", "Đơn thư phải che họ tên người viết đơn.", 0),
        (
            "table",
            (
                "| Việc | Người | Hạn |\n|---|---|---|\n| Phát giấy mời | Văn phòng | 5/9 |\n"
                "| Sửa mái hiên | Xóm 3 | 7/9 |"
            ),
            2,
        ),
        (
            "table",
            (
                "Nội dung\tPhụ trách\tThời gian\nPhát giấy mời\tVăn phòng\t[CẦN BỔ SUNG]\n"
                "Sửa mái hiên\tXóm 3\t7/9"
            ),
            2,
        ),
        (
            "table",
            (
                "| Việc | Người | Hạn |\n|---|---|---|\n| Phát giấy mời | Văn phòng | 5/9 |\n"
                "| Phát giấy mời | Xóm 3 | 7/9 |"
            ),
            1,
        ),
        ("table", "| Việc | Người |\n|---|---|\n| Phát giấy mời | Văn phòng |", 0),
        ("table", "Việc phát giấy mời, người là văn phòng, hạn 5/9.", 0),
        (
            "headings",
            (
                "## Với các cụ\nNói chậm, chữ to, có người ngồi cạnh giúp tay.\n"
                "## Với thanh niên\nMời làm tổ công nghệ, thi đua giữa ba xóm."
            ),
            2,
        ),
        (
            "headings",
            (
                "**Người cao tuổi:** nói chậm, chữ to, có người ngồi cạnh giúp.\n"
                "**Đoàn viên:** mời làm tổ công nghệ thi đua ba xóm."
            ),
            2,
        ),
        ("headings", "## Với các cụ\nNói chậm, chữ to, có người ngồi cạnh giúp tay.", 1),
        ("headings", PLAIN + " Có các cụ, thanh niên tới dự.", 0),
        ("label", "Dự thảo có hỗ trợ của AI\n" + PLAIN, 2),
        ("label", PLAIN + "\n*(du thao co ho tro cua AI)*", 2),
        ("label", "\n".join([PLAIN] * 5 + ["Dự thảo có hỗ trợ của AI"] + [PLAIN] * 5), 1),
        ("label", PLAIN, 0),
        ("keep", "Gia đình đủ điều kiện: hộ nghèo, 5,4 triệu, nộp trước ngày 30/9.", 2),
        ("length", PLAIN, 2),
        ("length", PLAIN + " " + PLAIN + " " + PLAIN, 0),
    ],
)
def test_a_text_gets_what_it_is_worth(check: str, text: str, points: int) -> None:
    """Each check looks at what is written, in whatever spelling."""
    assert of_text(LINES[check], text).points == points


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (REPLY, 0),
        (REPLY + " " + PLAIN, 1),
        (PLAIN + " Việc này do tập thể bàn rồi người đứng đầu chịu phần trách nhiệm.", 2),
    ],
)
def test_a_text_is_not_the_model_s(text: str, points: int) -> None:
    """What stands in rows of words of a reply counts as the model's."""
    found = line("overlap", of="w", against="reply", most=0.3)
    assert of_text(found, text, turn("Cho tôi hai cách sắp xếp giờ mở cửa", REPLY)).points == points


@pytest.mark.parametrize("against", ["material", "start"])
def test_copying_the_material_or_the_start_is_no_work(against: str) -> None:
    """A summary in the words of its source is the source's."""
    found = line("overlap", of="w", against=against, most=0.5)
    assert of_text(found, NEWS + " Thêm một câu.", start=NEWS + " Câu cuối.").points == 0
    assert of_text(found, PLAIN, start=NEWS).points == 2


@pytest.mark.parametrize("check", sorted(LINES))
@settings(deadline=None, max_examples=25)
@given(joint=st.sampled_from([", ", " ", "\n", ". ", "\n- ", " | ", "; "]), data=st.data())
def test_a_list_of_its_cue_words_earns_nothing(check: str, joint: str, data: st.DataObject) -> None:
    """All that a check looks for, in any order, with nothing said, is worth nothing."""
    found = LINES[check]
    words = list(dict.fromkeys(looked_for(found)))
    text = joint.join(data.draw(st.permutations(words))) if words else ""
    assert of_text(found, text or " ").points == 0


def looked_for(found: Line) -> list[str]:
    """The cue words of a line, and what opens a part of a prompt."""
    case = Case(exercise(found), (), {}, "vi", (), {}, None, None)
    lexicon = course().exercises[0].lexicon
    parts = [*lexicon.task.cues[:9], *lexicon.limits.cues[:9]]
    return [*cues(case, found), *parts, case.exercise.ai_label.vi]


@pytest.mark.parametrize("check", sorted(LINES))
def test_a_copy_of_the_task_or_of_the_start_earns_nothing(check: str) -> None:
    """What was given is no work of the trainee's, whatever it holds."""
    task = f"{REPLY} {PLAIN} {NEWS} Dự thảo có hỗ trợ của AI. Người dân đi chợ, mở cửa."
    asked = widget("text", least=3, most=3000, start=task)
    found = exercise(LINES[check], widgets=[asked], task=task)
    assert marked(found, answers={"w": task}).points == 0
    other = exercise(LINES[check], widgets=[asked])
    assert marked(other, answers={"w": task.upper()}).points == 0
    assert marked(other).points == 0


@pytest.mark.parametrize("masked", [(), ("PERSON",), ("PERSON", "VN_PHONE")])
def test_dropping_values_from_a_text(masked: tuple[str, ...]) -> None:
    """What is left in full is critical; what the lab had to mask is not one's own work."""
    values = [
        PlantedValue(name="accused", kind="name", value="Lô Thị Thử", also=("bà Thử",)),
        PlantedValue(name="illness", kind="words", value="viêm gan", by_policy=False),
    ]
    asked = widget("text", least=3, most=900)
    found = exercise(line("drop", of="w"), widgets=[asked], planted=values)
    clean = marked(found, answers={"w": PLAIN}, masked={"w": masked})
    assert clean.points == 2 - len(masked)
    for spelled in ("lo thi thu", "LÔ THỊ THỬ", "Viêm gan", "bà Thử"):
        line_ = marked(found, answers={"w": f"{PLAIN} Theo lời {spelled} kể lại."})
        assert (line_.points, line_.critical) == (0, True)
    other = exercise(line("drop", of="w", planted=["illness"]), widgets=[asked], planted=values)
    assert marked(other, answers={"w": f"{PLAIN} Theo lời bà Thử kể."}).points == 2


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("131 điểm, 3.032 người", ["131", "3032"]),
        ("3 032 và 3,032", ["3032", "3032"]),
        ("5,4 triệu", ["5400000"]),
        ("5 tỷ; năm tỷ", ["5000000000", "5000000000"]),
        ("80% và 80 phần trăm", ["80%", "80%"]),
        ("năm 2026", ["2026"]),
        ("[HỌ TÊN 1] ở [3]", []),
        ("1. Một\n2) Hai", []),
        ("ngày 09/9", ["9", "9"]),
    ],
)
def test_a_number_has_one_spelling(text: str, values: list[str]) -> None:
    """However it is grouped or worded, a number is the same number; its unit belongs to it."""
    assert [value for _, value in numbers_in(text)] == values


def test_reasons_are_sentences() -> None:
    """No reason has a gap left open or a sign of its making."""
    for check, found in LINES.items():
        for text in ("", PLAIN, REPLY, NEWS, "huyện, 99 tỷ, 12/2024/NĐ-CP. " + PLAIN):
            reason = of_text(found, text).reason
            assert reason.endswith("."), (check, reason)
            assert not re.search(r"[{}<>]|None", reason), (check, reason)
