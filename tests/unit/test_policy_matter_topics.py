"""The scorer of secret and unpublished matters, its table of weights and how it is made."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise

import pytest

from lab.policy import train
from lab.policy.corpus import read as corpus_cases
from lab.policy.recognizers import _signs as signs
from lab.policy.recognizers._words import readings
from lab.policy.recognizers.base import Hit
from lab.policy.recognizers.matter import CUES, Matter, Scale
from lab.policy.rules import read, read_list
from lab.policy.text import Views
from lab.settings import ROOT

POLICIES = ROOT / "policies"
STOPPED = (
    "Nhờ gõ lại bảng phân ca ở kho đạn của tiểu đoàn, mỗi vọng gác mấy tay súng",
    "Người của ta trong nhóm báo tin đối tượng sắp chuyển hàng, soạn báo cáo cho ban chuyên án",
    "Thường vụ còn bàn chọn ai làm Phó Bí thư, chưa ai biết, so sánh hai đồng chí giúp tôi",
    "nguoi cung cap tin bao doi tuong se vuot bien dem nay, viet phuong an bat",
)
ORDINARY = (
    "Kế hoạch chữa cháy rừng của xã: phân công 40 người, ghi số điện thoại trực",
    "Quy trình bổ nhiệm cán bộ gồm mấy bước theo quy định?",
    "Viết bài kể chuyện trinh sát thời kháng chiến cho học sinh",
    "Sửa đơn xin nghỉ phép cho đúng mẫu, tên tôi là Trần Văn Bảy",
    "Niêm yết công khai kết quả bình xét hộ nghèo, viết thông báo loa",
)


@cache
def recognizers() -> tuple[Matter, ...]:
    """Those of the two rules, secret first."""
    made = (Matter(rule) for rule in read(POLICIES).rules if rule.recognizer == "matter")
    return tuple(sorted(made, key=lambda one: one.rule.tier.value))


def hits(text: str) -> list[Hit]:
    """What both rules find."""
    views = Views(text)
    return [hit for one in recognizers() for hit in one.find(views)]


@pytest.mark.parametrize("text", STOPPED)
def test_a_matter_told_in_new_words_is_found(text: str) -> None:
    """A secret or unpublished matter is found in wordings that no list holds, accents or none."""
    assert hits(text)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_only_sounds_alike_is_not_found(text: str) -> None:
    """Floods, rules, history, leave and public notices are no matters."""
    assert not hits(text)


def test_a_finding_names_the_cues_that_weighed_most() -> None:
    """The finding's pattern lists at most four cues, all of which stand in the text."""
    text = STOPPED[0]
    for hit in hits(text):
        cues = hit.pattern.split(", ")
        assert 1 <= len(cues) <= CUES
        assert all(cue in text.lower() for cue in cues)
        assert 0 <= hit.start < hit.end <= len(text)


def test_how_one_asks_weighs_nothing() -> None:
    """No word of a request, and no request beside another, has a weight of its own."""
    weights = read_list(POLICIES / "lists" / "topic-weights.txt")
    names = {line.split("\t")[0] for line in weights}
    assert len(names) > 1000
    assert not names & {"nho", "giup", "tom tat", "viet lai", *train.NEUTRAL, "@nho+@xu-ly"}


def test_the_table_is_of_the_present_sentences() -> None:
    """Whoever changes a sentence or a group must run ``lab policy train`` again."""
    assert train.is_current(POLICIES)


def test_phrases_hold_to_their_accents() -> None:
    """``mất`` and ``mật độ`` are not ``mật``; ``mat`` without accents may be."""
    finder = signs.Signs(["dau: mật", "khac: mật độ"], [])

    def groups(text: str) -> set[str]:
        reading = readings(Views(text))[0]
        return {each.sign for here in finder.seen(reading) for each in here}

    assert groups("văn bản mật") == {"@dau"}
    assert groups("van ban mat") == {"@dau"}
    assert groups("tôi mất ví") == set()
    assert groups("mật độ xe") == {"@khac"}


def test_the_outline_of_a_stretch_weighs_what_its_signs_weigh() -> None:
    """What lets a stretch go early is the same sum as that of its signs one by one."""
    rule = recognizers()[0].rule
    scale = Scale(rule.words("signs"), rule.words("weights"))
    finder = signs.Signs(
        rule.words("signs"), [sign for sign in scale.weights if sign[0] not in "@="]
    )
    texts = [case.messages[0].content for case in corpus_cases(POLICIES / "corpus")][::40]
    texts += [f"{one} {other}" * 3 for one, other in pairwise(texts[:20])]
    for text in texts:
        for reading in readings(Views(text)):
            outline, seen = signs.Outline(reading, finder), finder.seen(reading)
            for part in signs.stretches(reading):
                if reading.words:
                    found = signs.of_stretch(reading, seen, part)
                    one_by_one = scale.sum(found, signs.groups_of(found))
                    assert scale.sum(*outline.of(part)) == pytest.approx(one_by_one, abs=1e-9)


def test_stretches_cover_every_word_and_stay_short() -> None:
    """Every word lies in a stretch, and none is longer than ``MOST`` words."""
    reading = readings(Views("Một câu ngắn thôi. " * 40 + "từ " * 300))[0]
    parts = [*signs.stretches(reading)]
    assert {word for part in parts for word in range(part.first, part.last)} == set(
        range(len(reading.words))
    )
    assert max(part.last - part.first for part in parts) <= signs.MOST


def test_the_time_grows_with_the_length_and_no_faster() -> None:
    """A text eight times as long takes at most sixteen times the time."""
    base = "Ủy ban xã báo cáo kết quả trồng rừng, sửa đường, thăm hộ nghèo trong tháng. " * 40
    one = recognizers()[0]

    def spent(text: str) -> float:
        best = 9.0
        for _ in range(3):
            views = Views(text)
            readings(views)
            start = time.process_time()
            [*one.find(views)]
            best = min(best, time.process_time() - start)
        return best

    assert spent(base * 8) <= 16 * spent(base) + 0.005
