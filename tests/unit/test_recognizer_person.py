from __future__ import annotations

import base64
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_tables import documents, found, lines, made, marked

from lab.policy.names import key
from lab.policy.text import Views, fold

NAMES = lines("names")
KINDS = sorted({kind for kind, _ in NAMES})
CLEAN = [text for _, text in lines("not-names")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_name_is_found_exactly(kind: str) -> None:
    """Each marked name of the table is found at exactly its characters, and nothing else is."""
    wrong = []
    for _, line in (row for row in NAMES if row[0] == kind):
        text, expected = marked(line)
        if found("person", text) != expected:
            wrong.append(line)
    assert wrong == []


@pytest.mark.parametrize("text", CLEAN)
def test_what_is_no_private_person_passes(text: str) -> None:
    """Places, offices, headings, public figures and ordinary words are no names."""
    assert found("person", text) == set()


@pytest.mark.parametrize("number", range(len(documents())))
@pytest.mark.parametrize("rule", ["person", "date-of-birth", "address"])
def test_clean_documents_pass(rule: str, number: int) -> None:
    """A whole document without a private person leaves unchanged."""
    assert found(rule, documents()[number]) == set()


GIVEN = [
    "an",
    "bảo",
    "bình",
    "cường",
    "chi",
    "dũng",
    "đạt",
    "đức",
    "giang",
    "hạnh",
    "hằng",
    "hiếu",
    "hòa",
    "hùng",
    "huy",
    "hương",
    "khánh",
    "kiên",
    "linh",
    "long",
    "mẫu",
    "nga",
    "nhung",
    "phong",
    "phúc",
    "quân",
    "quyên",
    "sơn",
    "tâm",
    "thắng",
    "thảo",
    "thủy",
    "toàn",
    "tuấn",
    "uyên",
    "vân",
    "yến",
]
SURNAME = [
    "nguyễn",
    "trần",
    "lê",
    "phạm",
    "hoàng",
    "phan",
    "võ",
    "đặng",
    "bùi",
    "đỗ",
    "ngô",
    "lô",
    "vừ",
    "lương",
    "đậu",
]
FRAMES = ("Hồ sơ của {} còn thiếu giấy tờ.", "Đề nghị xác nhận cho {} theo quy định.")
CUED = ("ông {} xin xác nhận hộ nghèo", "họ và tên: {}", "tên là {}, ở xã hòa lam")


def _recall(frames: tuple[str, ...], *, title: bool, bare: bool) -> float:
    """The share of 400 random names that are found exactly."""
    draw = random.Random(20261122)  # noqa: S311 - a repeatable draw, no secret
    hits = 0
    for _ in range(400):
        middle = draw.choice(["văn", "thị", "hữu", "đình", "minh", "quốc"])
        name = f"{draw.choice(SURNAME)} {middle} {draw.choice(GIVEN)}"
        name = name.title() if title else name
        frame = draw.choice(frames)
        if bare:
            name, frame = _bare(name), _bare(frame)
        start = frame.index("{}")
        hits += (start, start + len(name)) in found("person", frame.format(name))
    return hits / 400


def _bare(text: str) -> str:
    return "".join(fold(char).upper() if char.isupper() else fold(char) for char in text)


@pytest.mark.parametrize(
    ("frames", "title", "bare", "least"),
    [
        (FRAMES, True, False, 0.99),
        (FRAMES, True, True, 0.95),
        (CUED, False, False, 0.95),
        (CUED, False, True, 0.85),
    ],
)
def test_names_that_no_table_holds_are_found(
    frames: tuple[str, ...], title: bool, bare: bool, least: float
) -> None:
    """Random names are found at least as often as we promise, in each way of typing them."""
    assert _recall(frames, title=title, bare=bare) >= least


def _spaced(name: str) -> str:
    return "  ".join(" ".join(word) for word in name.split())


@pytest.mark.parametrize(
    "disguised",
    [
        _spaced("Nguyễn Văn Mẫu"),
        "Ng\u200buyễn Văn Mẫu",
        "Nguyễn\u00a0Văn\u00a0Mẫu",
        "Nguyễn V\u0430n Mẫu",
        "Nguyễn-Văn-Mẫu",
        "Nguyễn\nVăn Mẫu",
        "NguyễnVănMẫu",
        "Nguy%E1%BB%85n V%C4%83n M%E1%BA%ABu",
        base64.b64encode("Ông Nguyễn Văn Mẫu xin xác nhận".encode()).decode(),
    ],
)
def test_a_disguised_name_is_found_whole(disguised: str) -> None:
    """A name in disguise is found, and the span covers every character of it."""
    assert (10, 10 + len(disguised)) in found("person", f"Xét duyệt {disguised} theo đơn")


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Đồng chí Lương Cường dự và phát biểu.", False),
        ("Nguyễn Huệ đại phá quân Thanh.", False),
        ("Nguyễn Huệ, CCCD 040295000017, xin vay vốn.", True),
        ("Thủ tướng Nguyễn Văn Mẫu trả lời chất vấn.", False),
    ],
)
def test_public_figures_pass_unless_private_data_follow(text: str, hit: bool) -> None:
    """A public figure passes; somebody of the same name with an identity number does not."""
    assert bool(found("person", text)) is hit


def test_the_finding_says_which_cue_and_never_the_name() -> None:
    """A hit names its pattern and cue word, not the person."""
    (hit,) = made("person").find(Views("họ và tên: lê văn mẫu"))
    assert (hit.pattern, hit.context, hit.view) == ("name-lower", "ho va ten", "plain")


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_a_fault(text: str) -> None:
    """Whatever the text, nothing is raised and each span lies within it."""
    for rule in ("person", "date-of-birth", "address"):
        for start, end in found(rule, text):
            assert 0 <= start < end <= len(text)


@given(st.text(max_size=60))
def test_a_key_is_as_long_as_its_text(text: str) -> None:
    """Lower-casing for look-up keeps every offset."""
    assert len(key(text)) == len(text)


def test_time_grows_with_the_length_of_the_text() -> None:
    """Ten times the text takes at most twenty times as long (linear, with room for noise)."""
    base = "\n".join(CLEAN) * 2

    def spent(text: str) -> float:
        views = Views(text)
        list(views.everything())
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            list(made("person").find(views))
            best = min(best, time.process_time() - start)
        return best

    assert spent(base * 10) < 20 * spent(base) + 0.05
