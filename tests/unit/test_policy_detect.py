"""Overlaps become disjoint spans, placeholders stay out, nothing that was found is uncovered."""

from __future__ import annotations

import logging
import re
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policysupport import a_rule, words_rule

from lab.model import Action
from lab.policy.detect import Detector, Placeholders, Sign, outside, resolve

ACTIONS = {"warn": Action.WARN, "mask": Action.MASK, "mask2": Action.MASK, "block": Action.BLOCK}
SIGNS = st.builds(
    lambda rule, start, size, score: Sign(rule, start, start + size, score, "p"),
    st.sampled_from(sorted(ACTIONS)),
    st.integers(0, 40),
    st.integers(1, 15),
    st.sampled_from((0.5, 0.7, 0.9)),
)


def sign(rule: str, start: int, end: int, score: float = 0.9) -> Sign:
    """A sign of a rule."""
    return Sign(rule, start, end, score, "p")


def spans(signs: list[Sign]) -> list[tuple[str, int, int]]:
    """What counts of signs here."""
    return [(each.rule, each.start, each.end) for each in signs]


@given(st.lists(SIGNS, max_size=15))
def test_resolved_signs_are_disjoint_and_uncover_nothing(signs: list[Sign]) -> None:
    """In order, disjoint; every character that a rule would mask or block is covered by a sign at
    least as strict, unless a block covers part of its sign already; and order does not matter.
    """
    kept = resolve(signs, ACTIONS)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    assert resolve(reversed(signs), ACTIONS) == kept
    for each in signs:
        if ACTIONS[each.rule] is Action.WARN:
            continue
        strict = [k for k in kept if ACTIONS[k.rule].rank >= ACTIONS[each.rule].rank]
        overlapping = [k for k in strict if k.start < each.end and each.start < k.end]
        assert overlapping
        if all(ACTIONS[k.rule] is Action.MASK for k in overlapping):
            covered = {at for k in overlapping for at in range(k.start, k.end)}
            assert set(range(each.start, each.end)) <= covered


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ([sign("mask", 0, 10), sign("block", 2, 4)], [("block", 2, 4)]),
        ([sign("mask", 0, 4), sign("mask2", 0, 10)], [("mask2", 0, 10)]),
        ([sign("mask", 0, 4, 0.6), sign("mask2", 0, 4, 0.9)], [("mask2", 0, 4)]),
        ([sign("mask", 0, 6), sign("mask2", 4, 14)], [("mask2", 0, 14)]),
        ([sign("mask", 0, 4), sign("mask2", 4, 8)], [("mask", 0, 4), ("mask2", 4, 8)]),
        ([sign("warn", 0, 9), sign("mask", 2, 4)], [("mask", 2, 4)]),
        ([], []),
    ],
)
def test_who_wins(signs: list[Sign], expected: list[tuple[str, int, int]]) -> None:
    """The stricter action, then the longer, then the surer; a beaten mask lends its rest."""
    assert spans(resolve(signs, ACTIONS)) == expected


PLACEHOLDERS = Placeholders(["HỌ TÊN", "SỐ CCCD", "CẦN BỔ SUNG"])


@pytest.mark.parametrize(
    ("text", "holes"),
    [
        ("gửi [HỌ TÊN 1] và [HỌ TÊN 12]", 2),
        ("[HỌ TÊN A], [HỌ TÊN], [HỌ TÊN_2]", 3),
        ("[...] [CẦN BỔ SUNG] […]", 3),
        ("[TUYỆT MẬT]", 0),
        ("[040199001234]", 0),
        ("[Nguyễn Văn Mẫu]", 0),
        ("[HỌ TÊN 040199001234]", 0),
        ("[HỌ TÊN Nguyễn]", 0),
    ],
)
def test_what_is_a_placeholder(text: str, holes: int) -> None:
    """Known labels with a short number or one letter are; brackets alone hide nothing."""
    assert len(PLACEHOLDERS.spans(text)) == holes


def test_signs_are_cut_around_placeholders() -> None:
    """A sign inside a placeholder is none; of one that reaches out, what is outside remains."""
    text = "số 5 [HỌ TÊN 1], xóm 2"
    holes = PLACEHOLDERS.spans(text)
    assert outside([sign("mask", 6, 12)], holes, text) == []
    cut = outside([sign("mask", 0, len(text))], holes, text)
    assert [text[each.start : each.end] for each in cut] == ["số 5", ", xóm 2"]


def test_two_rules_of_one_entity_keep_their_own_signs() -> None:
    """Signs that lie in one another are merged within a rule; two rules of one entity both tell."""
    rules = [a_rule("one", mode="block"), a_rule("other", mode="shadow")]
    assert {each.rule for each in Detector(rules).find("mã DA-2026")} == {"one", "other"}


def test_presidio_runs_the_recognizers_too() -> None:
    """In Presidio's own engine the same recognizers find the same places."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    rules = [a_rule("one", mode="block"), a_rule("other", mode="shadow")]
    detector = Detector(rules)
    nothing = NoOpNlpEngine([{"lang_code": "vi", "model_name": "none"}])
    nothing.load()
    registry = RecognizerRegistry(recognizers=detector.recognizers, supported_languages=["vi"])
    engine = AnalyzerEngine(nlp_engine=nothing, registry=registry, supported_languages=["vi"])
    text = "mã DA-2026, rồi mã DA-\u200b2027"
    found = {(each.entity_type, each.start, each.end) for each in engine.analyze(text, "vi")}
    assert found == {(each.rule, each.start, each.end) for each in detector.find(text)}
    assert len(found) == 4


def test_nothing_is_logged_and_nobody_is_called(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A detection opens no socket and writes no word of the text to any log, at any level."""

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    caplog.set_level(logging.DEBUG)
    assert Detector([a_rule()]).find("mã DA-2026 của kho Đông")
    assert "DA-2026" not in caplog.text
    assert "kho" not in caplog.text


@pytest.mark.parametrize(
    ("form", "found", "passed"),
    [
        ("DA-####/NB", "số DA-2026/NB ngày", "số DA-202/NB"),
        ("@@ ##", "mã ab  12.", "mã abc 12"),
        ("a.b", "mã a.b", "mã axb"),
    ],
)
def test_forms_of_officers(form: str, found: str, passed: str) -> None:
    """``#`` is a digit, ``@`` a letter, a space any spaces; everything else stands for itself."""
    detector = Detector([a_rule(patterns=[{"name": "own", "form": form}])])
    assert detector.find(found)
    assert not detector.find(passed)


def test_words_of_officers_are_found_however_they_are_typed() -> None:
    """Words match whatever their accents and case, as whole words, also when hidden characters are
    put in; ``exact`` asks for the very spelling.
    """
    loose = Detector([a_rule(patterns=[{"name": "own", "words": ["Kho Đông"]}])])
    exact = Detector([words_rule("own", "Kho Đông")])
    for text in ("kho đông", "KHO DONG", "Kho\u200b Đông"):
        assert loose.find(text)
    assert not loose.find("kho đồng quê".replace("đồng", "đôngs"))
    assert exact.find("Kho Đông")
    assert not exact.find("kho đông")


def test_forms_take_linear_time() -> None:
    """A form of many letters over a long run of letters does not explode."""
    form = "@" * 60 + "#"
    detector = Detector([a_rule(patterns=[{"name": "own", "form": form}])])
    text = "a" * 20_000
    assert detector.find(text) == ()
    assert not re.search(r"[+*{]", detector.recognizers[0]._patterns[0][1].pattern)
