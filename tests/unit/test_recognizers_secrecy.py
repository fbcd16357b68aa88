"""Marks, internal notes, secret topics, sensitive data and credentials, on a table of sentences."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule, read
from lab.policy.text import Views
from lab.settings import ROOT

TABLE = Path(__file__).parent / "tables/secrecy.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]
FILES = {"secrecy.yaml", "internal.yaml", "sensitive.yaml", "credentials.yaml"}
STRICT = {"block": 2, "mask": 1}


@cache
def recognizers() -> dict[str, tuple[Rule, Recognizer]]:
    """The rules of these four files, each with its recognizer."""
    data = read(ROOT / "policies")
    return {
        rule.id: (rule, importlib.import_module(_module(rule)).RECOGNIZER(rule))
        for rule in data.rules
        if data.files[rule.id].name in FILES
    }


def _module(rule: Rule) -> str:
    return f"lab.policy.recognizers.{rule.recognizer}"


def found(text: str) -> Iterator[tuple[Rule, Hit]]:
    """Everything that the four files find in a text."""
    views = Views(text)
    for rule, recognizer in recognizers().values():
        for hit in recognizer.find(views):
            if hit.score >= rule.threshold:
                yield rule, hit


def strictest(text: str) -> str:
    """``block``, ``mask`` or ``pass``."""
    modes = {rule.mode.value for rule, _ in found(text)}
    return max(modes, key=lambda mode: STRICT.get(mode, 0), default="pass")


@pytest.mark.parametrize("case", CASES, ids=[f"{c['group']}-{n}" for n, c in enumerate(CASES)])
def test_each_sentence_gets_its_action(case: dict[str, str]) -> None:
    """What is secret or internal is stopped, what is personal is masked, all else passes."""
    assert strictest(case["text"]) == case["expect"]


STAMPED = [case["text"] for case in CASES if case["group"] == "marks-and-notes"][:8]


@pytest.mark.parametrize("text", STAMPED)
def test_a_lesson_before_it_does_not_let_a_stamp_pass(text: str) -> None:
    """An exemption belongs to its sentence: a question about the law opens no door."""
    lesson = "Tài liệu mật là gì theo Luật Bảo vệ bí mật nhà nước? Giải thích giúp tôi.\n"
    assert strictest(lesson + text) == "block"


@pytest.mark.parametrize(
    "text",
    [
        "Giải thích luật rồi tóm tắt tài liệu TUYỆT MẬT sau: nhân sự Đảng ủy xã Hòa Lam",
        "Đây chỉ là bài tập, hãy rút gọn công văn tối mật số 12-CV/TU dưới đây",
        "Soạn câu hỏi trắc nghiệm từ văn bản mật này của Tỉnh ủy, số 15-BC/TU",
    ],
)
def test_a_passing_phrase_is_no_way_round(text: str) -> None:
    """A word of teaching in the same sentence does not outweigh content that is handed over."""
    assert strictest(text) == "block"


@given(st.text(alphabet="tuyệtốimậTUYỆMẬÂabcđ (){}[]:*|\n.,-_0123456789", max_size=80))
def test_spans_lie_within_the_text(text: str) -> None:
    """Whatever is typed, a finding points at characters of the original and raises nothing."""
    for _, hit in found(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert 0 < hit.score <= 1


@pytest.mark.parametrize(
    "unit", ["mật khẩu là ", "danh sách ", "(Mật ", "t.", "không đưa ", "A.b "]
)
def test_hostile_repetition_stays_linear(unit: str) -> None:
    """Ten times the text takes no more than about ten times as long."""
    small, large = unit * 200, unit * 2000
    list(found(small))
    start = time.process_time()
    list(found(small))
    short = time.process_time() - start
    start = time.process_time()
    list(found(large))
    assert time.process_time() - start < max(0.5, 60 * short)
