"""The token count that trainees see."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from lab.assistant import tokens as module
from lab.assistant.tokens import RANKS, Tokens, fetch_ranks, ranks_folder, ranks_there
from lab.settings import Settings

SENTENCE = (
    "Kính gửi Ủy ban nhân dân phường, đề nghị xem xét hồ sơ cấp giấy phép xây dựng trước ngày "
    "30/6/2026."
)


@pytest.fixture
def settings() -> Settings:
    """Settings whose cache holds the ranks, as ``make setup`` leaves it."""
    settings = Settings()
    if not ranks_there(settings):
        pytest.skip("the ranks are not there: lab setup")
    return settings


@pytest.mark.parametrize(("encoding", "count"), [("o200k_base", 33), ("cl100k_base", 58)])
def test_counts_are_those_of_the_published_encodings(
    settings: Settings, encoding: str, count: int
) -> None:
    """A Vietnamese sentence has the reference number of tokens in both encodings."""
    assert Tokens(settings, encoding).count(SENTENCE) == count


def test_text_that_looks_like_a_special_token_is_counted_as_text(settings: Settings) -> None:
    """Typing the name of a special token raises nothing and counts as the letters it has."""
    counted = Tokens(settings).count("<|endoftext|>")
    assert counted is not None
    assert counted > 1


def test_warming_answers_none_until_it_is_done(settings: Settings) -> None:
    """While the ranks load in a thread the count is None and the caller is not held up."""
    tokens = Tokens(settings)
    tokens.warm()
    started = time.monotonic()
    tokens.count(SENTENCE)
    assert time.monotonic() - started < 0.5
    until = time.monotonic() + 30
    while tokens.count(SENTENCE) is None and time.monotonic() < until:
        time.sleep(0.02)
    assert tokens.count(SENTENCE) == 33


def test_without_ranks_there_is_no_count(tmp_path: Path) -> None:
    """Where the ranks are missing, None comes back, and nothing is fetched or written."""
    assert Tokens(Settings(cache=tmp_path)).count(SENTENCE) is None
    assert list(tmp_path.iterdir()) == []


def test_damaged_ranks_are_not_used_and_not_deleted(settings: Settings, tmp_path: Path) -> None:
    """A file that does not match its hash gives no count; tiktoken, which would delete it and go
    to the network, is never asked.
    """
    damaged = Settings(cache=tmp_path)
    shutil.copytree(ranks_folder(settings), ranks_folder(damaged))
    for name in RANKS:
        (ranks_folder(damaged) / name).write_bytes(b"x")
    assert Tokens(damaged).count(SENTENCE) is None
    assert {path.name for path in ranks_folder(damaged).iterdir()} == set(RANKS)


def test_fetching_again_does_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With whole ranks in the cache nothing is downloaded."""

    def refused(*_: object) -> None:
        raise AssertionError("nothing is fetched")

    monkeypatch.setattr(module, "fetch", refused)
    fetch_ranks(settings)
