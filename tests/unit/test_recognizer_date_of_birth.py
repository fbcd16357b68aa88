from __future__ import annotations

import pytest
from people_tables import found, lines, marked


@pytest.mark.parametrize("line", [text for _, text in lines("births")])
def test_a_birth_is_found_exactly(line: str) -> None:
    """The date or year of birth is found without its label."""
    text, expected = marked(line)
    assert found("date-of-birth", text) == expected


@pytest.mark.parametrize("text", [text for _, text in lines("not-births")])
def test_other_dates_pass(text: str) -> None:
    """Dates of documents, terms of office and history are no births."""
    assert found("date-of-birth", text) == set()


@pytest.mark.parametrize(
    "text", ["S i n h  n ă m: 1985", "sinh năm １９８５", "s\u200binh năm 1985", "SINH NĂM 1985"]
)
def test_a_disguised_birth_is_found(text: str) -> None:
    """Spaced letters, full-width digits and invisible characters hide no birth."""
    assert found("date-of-birth", text)
