"""The checks of a rubric: what each gives two, one and no points for."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.course import PARTS, Course, Exercise, Text
from lab.course.rubric import LengthLine
from lab.model import Action, Criterion, Finding, Score, Status, Tier, Turn
from lab.scoring import File, Work, score

ROOT = Path(__file__).parents[2]
KINDS = ("first-prompt", "five-parts", "redact-first")
GOOD_ROLE = "Bạn là chuyên viên tổng hợp."
GOOD_TASK = "Hãy soạn báo cáo chuyển đổi số quý III của xã."


@cache
def exercise(name: str) -> Exercise:
    """An exercise as it ships."""
    return Course.load(ROOT / "exercises").exercise(name)


def turn(
    prompt: str | None, *, masked: Sequence[str] = (), action: Action = Action.ALLOW, nth: int = 0
) -> Turn:
    """A turn as the log keeps it; ``masked``: the placeholders that the lab put in."""
    findings = tuple(
        Finding("PERSON", "person", Tier.T3, Action.MASK, 0, 1, 0.9, placeholder=each)
        for each in masked
    )
    blocked = prompt is None
    return Turn(
        id=f"t{nth}",
        parent=None,
        at=float(nth),
        prompt=prompt,
        reply="" if blocked else "Một câu trả lời.",
        decision=Action.BLOCK if blocked else Action.MASK if masked else action,
        findings=findings,
        reference="K7M2",
        policy="v1",
        status=Status.BLOCKED if blocked else Status.ANSWERED,
        assistant="recorded",
    )


def marked(
    name: str, *turns: Turn, answers: Mapping[str, Any] | None = None, language: str = "vi"
) -> dict[str, Criterion]:
    """The lines of the rubric, by id."""
    result = whole(name, *turns, answers=answers, language=language)
    return {line.id: line for line in result.criteria}


def whole(
    name: str, *turns: Turn, answers: Mapping[str, Any] | None = None, language: str = "vi"
) -> Score:
    """The whole score."""
    spoken = "en" if language == "en" else "vi"
    return score(exercise(name), turns, Work(answers or {}), language=spoken)


def part(prompt: str, name: str) -> int:
    """Points for a part of a prompt."""
    return marked("five-parts", turn(prompt))[name].points


@pytest.mark.parametrize(
    ("name", "prompt", "points"),
    [
        ("role", GOOD_ROLE + GOOD_TASK, 2),
        ("role", "ban la chuyen vien van phong. hay soan bao cao chuyen doi so quy III cua xa", 2),
        ("role", "**Vai trò:** biên tập viên bản tin\n" + GOOD_TASK, 2),
        ("role", "1. Vai trò: biên tập viên bản tin\n2. Nhiệm vụ: " + GOOD_TASK, 2),
        ("role", "Vai trò:\nNhiệm vụ: " + GOOD_TASK, 0),
        ("role", GOOD_TASK, 0),
        ("role", "Vai trò rất quan trọng trong công việc. " + GOOD_TASK, 0),
        ("context", "Cuối quý, các chi bộ xóm cần nắm kết quả trước hội nghị. " + GOOD_TASK, 2),
        ("context", "Bối cảnh: hội nghị. " + GOOD_TASK, 0),
        ("context", "Bối cảnh: hội nghị chi bộ. " + GOOD_TASK, 1),
        ("context", GOOD_TASK, 0),
        ("task", GOOD_TASK, 2),
        ("task", "Hãy giúp tôi. Xã tôi có nhiều việc phải làm.", 0),
        ("task", "Hãy soạn lời kêu gọi dọn vệ sinh đường làng sáng chủ nhật.", 1),
        ("format", GOOD_TASK + " Trình bày gồm ba phần, tối đa 300 từ.", 2),
        ("format", GOOD_TASK + " Kẻ bảng 3 cột.", 2),
        ("format", GOOD_TASK + " Viết ngắn gọn, rõ ràng.", 1),
        ("format", GOOD_TASK, 0),
        ("format", "Gồm 3 phần, tối đa 300 từ.", 0),
        ("limits", GOOD_TASK + " Không bịa số liệu.", 2),
        ("limits", GOOD_TASK + " Chỗ thiếu ghi [CẦN BỔ SUNG].", 2),
        ("limits", GOOD_TASK + " Tránh dùng từ tiếng Anh.", 1),
        ("limits", GOOD_TASK, 0),
    ],
)
def test_a_part_must_say_something(name: str, prompt: str, points: int) -> None:
    """A part earns points for what it says, not for the word that opens it."""
    assert part(prompt, name) == points


@pytest.mark.parametrize(
    ("role", "beyond"),
    [
        ("Đóng vai Bí thư Tỉnh ủy", True),
        ("Bạn là đồng chí Chủ tịch xã", True),
        ("dong vai bi thu tinh uy", True),
        ("Thay mặt Ban Thường vụ", True),
        ("Bạn là thư ký giúp việc cho Bí thư Đảng ủy", False),
        ("Bạn là chuyên viên, báo cáo gửi Chủ tịch xã đọc", False),
    ],
)
def test_role_play_beyond_authority_is_critical(role: str, *, beyond: bool) -> None:
    """Nobody lends a leader's role to an assistant; working for a leader is fine."""
    line = marked("five-parts", turn(f"{role}. {GOOD_TASK}"))["role"]
    assert line.critical == beyond


@pytest.mark.parametrize(
    ("order", "critical"),
    [("rồi ký tên giúp tôi", True), ("không ký tên", False), ("để trống phần ký tên", False)],
)
def test_signing_is_never_asked_of_the_assistant(order: str, *, critical: bool) -> None:
    """A signature is a person's; saying that there be none is fine."""
    line = marked("five-parts", turn(f"{GOOD_ROLE} {GOOD_TASK} Bản này {order}."))["role"]
    assert line.critical == critical


LEXICON = [
    word.replace("#", "3")
    for name in PARTS
    for words in [exercise("five-parts").lexicon.part(name)]
    for word in (*words.labels, *words.cues, *words.strong)
]


@pytest.mark.parametrize("name", KINDS)
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(), joint=st.sampled_from([", ", " ", "\n", ". ", ": ", "; "]))
def test_a_list_of_cue_words_earns_nothing(name: str, seed: int, joint: str) -> None:
    """All cue words in any order, with any signs between them, say nothing."""
    words = LEXICON[:]
    random.Random(seed).shuffle(words)  # noqa: S311 - not for secrets
    lines = marked(name, turn(joint.join(words)))
    assert {line.id: line.points for line in lines.values() if line.points} == {}


@pytest.mark.parametrize("name", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_copy_of_the_task_earns_nothing(name: str, data: st.DataObject) -> None:
    """Any stretch of the task or of a hint, sent as a prompt, is no work of the trainee's."""
    found = exercise(name)
    text = data.draw(st.sampled_from([found.task_md, *(hint.vi for hint in found.hints)]))
    words = re.findall(r"\w+[^\w]*", text)
    start = data.draw(st.integers(0, max(0, len(words) - 30)))
    stop = data.draw(st.integers(start + 15, start + 200))
    lines = marked(name, turn("".join(words[start:stop])))
    assert {line.id: line.points for line in lines.values() if line.points} == {}


NOTE = "Soạn thư gửi [HỌ TÊN 1] và [HỌ TÊN 2], hộ nghèo, 5.400.000 đồng, hạn 30/9"


@pytest.mark.parametrize(
    "spelled",
    [
        "040295000017",
        "040 295 000 017",
        "040.295.000.017",
        "0402-9500-0017",
        "không bốn không hai chín năm không không không không một bảy",
        "０４０２９５０００017",
        "0950000123",
        "0950 000 123",
        "9704 0000 0000 0018",
        "Nguyễn Văn Mẫu",
        "NGUYỄN VĂN MẪU",
        "nguyen van mau",
        "N g u y ễ n V ă n M ẫ u",
        "lothithu",
        "12/5/2095",
        "12-05-2095",
        "ngày 12 tháng 5 năm 2095",
    ],
)
def test_a_planted_value_is_found_in_every_spelling(spelled: str) -> None:
    """A value that left counts as a leak however it was written."""
    line = marked("redact-first", turn(f"{NOTE}. Số liên hệ {spelled}."))["drop"]
    assert (line.points, line.critical) == (0, True)


@pytest.mark.parametrize(
    "piece", ["040295xxxxxx", "040295...", "xxx000123", "ông Mẫu", "N.V. Mẫu", "bà Thử"]
)
def test_half_a_value_is_a_leak_too(piece: str) -> None:
    """What is only partly hidden still says who it is."""
    line = marked("redact-first", turn(f"{NOTE}, {piece}."))["drop"]
    assert (line.points, line.critical) == (0, True)


@pytest.mark.parametrize(
    "innocent",
    ["theo mẫu đơn", "trích nguyên văn mẫu đơn của tỉnh", "thử lại", "400.000 đồng", "ngày 12/5"],
)
def test_everyday_words_are_no_leak(innocent: str) -> None:
    """Words that only look like a planted value are left alone."""
    assert marked("redact-first", turn(f"{NOTE}. Viết {innocent}."))["drop"].points == 2


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([" ", ".", "-", "", "  ", "\u200b", "\u00a0"]), min_size=11))
def test_no_separator_hides_a_planted_number(marks: list[str]) -> None:
    """Whatever stands between its digits, a number is the same number."""
    digits = "040295000017"
    pairs = zip(digits, [*marks[:11], ""], strict=True)
    spelled = "".join(digit + mark for digit, mark in pairs)
    assert marked("redact-first", turn(f"{NOTE}. Căn cước {spelled}."))["drop"].points == 0


def test_what_the_lab_masked_is_not_the_trainee_s_work() -> None:
    """A few masks cost one point, a paste that the lab masked for the most part costs both."""
    few = turn(f"{NOTE}, anh [HỌ TÊN 3]", masked=["[HỌ TÊN 3]"])
    many = [f"[HỌ TÊN {n}]" for n in range(3, 8)]
    most = turn(f"{NOTE}, {' '.join(many)}", masked=many)
    assert marked("redact-first", few)["drop"].points == 1
    assert marked("redact-first", most)["drop"].points == 0


def test_an_attached_file_is_judged_with_its_prompt() -> None:
    """What a file gives away is a leak of the prompt that it went with, what the lab masked in it
    is the lab's work, and a fact in it is kept; a file that went with no prompt counts for nothing.
    """
    found = exercise("redact-first")
    asked = replace(turn(NOTE), files=(1,))

    def judged(prompt: Turn, text: str, *masked: str) -> tuple[dict[str, Criterion], Score]:
        files = {1: File(text, masked)}
        result = score(found, [prompt], Work(files=files), language="vi")
        return {line.id: line for line in result.criteria}, result

    lines, result = judged(asked, "Người gửi: Nguyễn Văn Mẫu, 040295000017")
    assert lines["drop"].critical
    assert result.privacy is not None
    assert result.privacy < 1
    assert not judged(turn(NOTE), "Người gửi: Nguyễn Văn Mẫu")[0]["drop"].critical
    assert judged(asked, "Người gửi: [HỌ TÊN 3]", "[HỌ TÊN 3]")[0]["drop"].points == 1
    bare = replace(turn("Soạn thư trả lời gia đình ở xóm theo tệp kèm theo"), files=(1,))
    facts = ". ".join(fact.any_of[0] for fact in found.facts)
    assert judged(bare, "Chưa có gì")[0]["keep"].points == 0
    assert judged(bare, facts)[0]["keep"].points == 2


def test_a_leak_that_was_put_right_costs_a_point_and_is_not_critical() -> None:
    """Later work counts: an earlier leak leaves one point; a later leak takes all."""
    clean, leak = turn(NOTE, nth=1), turn(f"{NOTE}, ông Nguyễn Văn Mẫu", nth=0)
    line = marked("redact-first", leak, clean)["drop"]
    assert (line.points, line.critical) == (1, False)
    assert marked("redact-first", clean, leak)["drop"].critical


@pytest.mark.parametrize(
    ("prompt", "masked", "points"),
    [
        (NOTE, (), 2),
        (NOTE, ("[HỌ TÊN 1]", "[HỌ TÊN 2]"), 0),
        (NOTE, ("[HỌ TÊN 2]",), 1),
        (NOTE + ", nhắc lại [HO TEN 1]", (), 1),
        (NOTE + ", nhắc lại [HỌ TÊN]", (), 1),
        (NOTE + ", nhắc lại [HỌ TÊN 1]", (), 2),
        (NOTE.replace("[HỌ TÊN 1]", "<chồng>").replace("[HỌ TÊN 2]", "<vợ>"), (), 2),
        ("Soạn thư gửi một hộ nghèo, 5.400.000 đồng, nơi nộp ghi [CẦN BỔ SUNG]", (), 0),
    ],
)
def test_placeholders_are_one_s_own_and_consistent(
    prompt: str, masked: Sequence[str], points: int
) -> None:
    """The lab's own placeholders do not count, and one person has one spelling."""
    assert marked("redact-first", turn(prompt, masked=masked))["placeholders"].points == points


@pytest.mark.parametrize(
    ("facts", "points"),
    [
        ("hộ nghèo, 5.400.000 đồng, 30/9", 2),
        ("ho ngheo, 5400000 dong, 30 thang 9", 2),
        ("hộ nghèo, 5,4 triệu, hết tháng 9", 2),
        ("hộ nghèo, 5 400 000 đ, 30/9", 2),
        ("hộ nghèo, 5.400.000 đồng", 1),
        ("hộ nghèo, 15.400.000 đồng, 30/90", 0),
    ],
)
def test_facts_are_kept(facts: str, points: int) -> None:
    """A fact is there in any of its spellings, and only as a whole."""
    line = marked("redact-first", turn(f"Soạn thư trả lời gia đình ở xóm: {facts}"))["keep"]
    assert line.points == points


@pytest.mark.parametrize(
    ("turns", "points"),
    [
        ((NOTE,), 2),
        ((None, NOTE), 2),
        ((NOTE, None), 1),
        ((None,), 0),
        ((), 0),
        ((None, None, None, None, NOTE), 1),
    ],
)
def test_the_order_of_events(turns: Sequence[str | None], points: int) -> None:
    """A stop is no fault: what counts is that the prompt was edited and sent again."""
    rows = [turn(each, nth=nth) for nth, each in enumerate(turns)]
    assert marked("redact-first", *rows)["order"].points == points


ALL = ["made-up", "no-secrets", "no-people", "verify", "responsible", "report"]


@pytest.mark.parametrize(
    ("given_answers", "pledge", "who"),
    [
        ({"pledge": ALL, "written-by": "machine"}, 2, 2),
        ({"pledge": ALL[:4], "written-by": "trainer"}, 1, 0),
        ({"pledge": ALL[:2]}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_answers(given_answers: dict[str, Any], pledge: int, who: int) -> None:
    """All ticks give two points, half of them one; a choice is right or not."""
    lines = marked("first-prompt", answers=given_answers)
    assert (lines["pledge"].points, lines["written-by"].points) == (pledge, who)


@pytest.mark.parametrize(
    ("row", "points"),
    [
        (turn("Nhờ bạn viết lời chào bà con đến họp xóm tối nay"), 2),
        (turn("Viết lời chào họp xóm"), 1),
        (turn(None), 0),
        (replace(turn("Nhờ bạn viết lời chào bà con đến họp xóm"), status=Status.FAILED), 1),
    ],
)
def test_a_prompt_was_sent(row: Turn, points: int) -> None:
    """Eight words of one's own that were answered; less gives less."""
    assert marked("first-prompt", row)["sent"].points == points


@pytest.mark.parametrize(
    ("row", "points"),
    [
        (turn("Nhờ bạn viết lời chào bà con đến họp xóm tối nay"), 2),
        (turn("Viết lời chào bà con họp xóm cho [HỌ TÊN 1]", masked=["[HỌ TÊN 1]"]), 1),
        (turn("Nhờ bạn viết lời chào bà con đến họp xóm", action=Action.WARN), 1),
    ],
)
def test_a_clean_prompt(row: Turn, points: int) -> None:
    """What the lab masked or warned of costs a point."""
    assert marked("first-prompt", row)["clean"].points == points


LONGER = """Cuối quý các chi bộ cần nghe nhanh kết quả, người dự đông. Nêu thêm hai khó khăn,
việc quý tới, viết câu ngắn, dễ nhớ."""


@pytest.mark.parametrize(
    ("extra", "points"),
    [
        ("", 0),
        ("Cuối quý chi bộ xóm cần nghe nhanh kết quả chính, dài hai trang.", 1),
        (LONGER, 2),
        ("rất hay " * 40, 0),
    ],
)
def test_an_improved_draft(extra: str, points: int) -> None:
    """What counts is what was added to the draft; a word said over and over adds little."""
    line = marked("five-parts", turn(f"Viết báo cáo chuyển đổi số. {extra}"))["improve"]
    assert line.points == points


@pytest.mark.parametrize(("count", "points"), [(5, 0), (9, 1), (10, 2), (20, 2), (24, 1), (40, 0)])
def test_length(count: int, points: int) -> None:
    """Between the limits two points, a quarter beyond them one."""
    text = Text(vi="a", en="a")
    line = LengthLine(id="l", title=text, advice=text, check="length", least=10, most=20)
    words = ("hội nghị xóm mình bàn việc làm đường mới " * 9).split()[:count]
    found = replace(exercise("five-parts"), rubric=(line,))
    result = score(found, [turn(" ".join(words))], Work(), language="vi")
    assert result.criteria[0].points == points


def test_the_best_prompt_counts_not_the_last() -> None:
    """A follow-up such as "shorter, please" does not undo the good prompt before it."""
    good = turn(exercise("five-parts").model_answer.prompts[0], nth=0)
    alone = whole("five-parts", good)
    assert whole("five-parts", good, turn("Viết ngắn hơn giúp tôi", nth=1)).share == alone.share


def test_a_critical_failure_never_passes() -> None:
    """However many points there are, a value that left fails the attempt, and comes first."""
    good = exercise("redact-first").model_answer.prompts[0]
    result = whole("redact-first", turn(good + " Căn cước 040295000017."))
    assert not result.passed
    advice = next(line.advice.vi for line in exercise("redact-first").rubric if line.id == "drop")
    assert result.next_step == advice


@pytest.mark.parametrize("name", KINDS)
@settings(deadline=None, max_examples=60)
@given(prompts=st.lists(st.none() | st.text(max_size=300), max_size=4))
def test_any_session_can_be_marked(name: str, prompts: list[str | None]) -> None:
    """Whatever was typed, each line has 0 to 2 points and a reason, the same each time."""
    rows = [turn(each, nth=nth) for nth, each in enumerate(prompts)]
    result = whole(name, *rows)
    assert result == whole(name, *rows)
    assert 0 <= result.share <= 1
    assert all(line.points in {0, 1, 2} and line.reason for line in result.criteria)


def test_decomposed_accents_and_odd_letters_change_nothing() -> None:
    """A text typed with combining accents scores like any other; letters that grow do not shift."""
    prompt = exercise("five-parts").model_answer.prompts[0]
    alone = whole("five-parts", turn(prompt)).share
    assert whole("five-parts", turn(unicodedata.normalize("NFD", prompt))).share == alone
    assert whole("five-parts", turn("İİİ " + prompt)).share == alone
    assert marked("redact-first", turn(f"{NOTE} İİ Nguyễn Văn Mẫu"))["drop"].critical


def test_reasons_are_told_in_both_languages() -> None:
    """The same marks in English, with other words."""
    vi = marked("redact-first", turn(NOTE))
    en = marked("redact-first", turn(NOTE), language="en")
    assert [line.points for line in vi.values()] == [line.points for line in en.values()]
    assert all(vi[key].reason != en[key].reason for key in vi)
