"""A list that waits in its own preview."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadRequest
from lab.keys import Keys
from lab.log.roster_lists import Entry, RosterProblem
from lab.session.roster_file import Sheet
from lab.session.roster_waiting import HOURS, Waiting, opened, sealed

WORDS = st.text(max_size=12)
ENTRIES = st.builds(Entry, st.integers(1, 9), WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
PROBLEMS = st.builds(
    RosterProblem,
    st.integers(1, 9),
    st.integers(0, 9),
    WORDS,
    WORDS,
    st.lists(st.tuples(WORDS, st.integers() | WORDS), max_size=2).map(tuple),
)
SHEETS = st.builds(
    Sheet,
    WORDS,
    st.lists(ENTRIES, max_size=4).map(tuple),
    st.lists(PROBLEMS, max_size=2).map(tuple),
    st.dictionaries(WORDS, st.integers(1, 9), max_size=3),
    st.lists(WORDS, max_size=2).map(tuple),
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Those of the lab, as each of its processes has them."""
    return Keys.load(tmp_path_factory.mktemp("keys"))


@given(waiting=st.builds(Waiting, SHEETS, st.none() | WORDS, WORDS))
def test_every_list_comes_back_as_it_was(keys: Keys, waiting: Waiting) -> None:
    """Whatever a list holds, its token gives it back whole."""
    assert opened(keys, "p1", sealed(keys, "p1", waiting)) == waiting


@given(token=st.text(max_size=40))
def test_what_the_lab_did_not_sign_is_refused(keys: Keys, token: str) -> None:
    """No text that we did not make is unpacked, nor one that is another person's."""
    with pytest.raises(BadRequest, match="roster_gone"):
        opened(keys, "p1", token)
    theirs = sealed(keys, "p2", Waiting(Sheet("a", (), (), {}, ()), None, ""))
    with pytest.raises(BadRequest, match="roster_gone"):
        opened(keys, "p1", theirs)


def test_a_list_does_not_wait_for_ever(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its hours a list is to be looked at again."""
    token = sealed(keys, "p1", Waiting(Sheet("a", (), (), {}, ()), None, ""))
    later = time.time() + HOURS * 3600 + 1
    monkeypatch.setattr("lab.session.roster_waiting.time.time", lambda: later)
    with pytest.raises(BadRequest, match="roster_gone"):
        opened(keys, "p1", token)
