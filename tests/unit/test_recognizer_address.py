from __future__ import annotations

import pytest
from people_tables import found, lines, marked


@pytest.mark.parametrize("line", [text for _, text in lines("addresses")])
def test_a_home_is_found_exactly(line: str) -> None:
    """The whole chain from the house or hamlet to the last unit is found, without its label."""
    text, expected = marked(line)
    assert found("address", text) == expected


@pytest.mark.parametrize("text", [text for _, text in lines("not-addresses")])
def test_places_that_are_no_home_pass(text: str) -> None:
    """Offices, venues, units, roads and communes alone are no home."""
    assert found("address", text) == set()


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Thường trú: xã Hòa Lam", False),
        ("Thường trú: xã Hòa Lam, tỉnh Nghệ An", True),
        ("Nghĩa trang xã Hòa Lam, tỉnh Nghệ An", False),
    ],
)
def test_a_unit_alone_is_no_address(text: str, hit: bool) -> None:
    """One commune is too little; a commune and province behind a label of residence are a home."""
    assert bool(found("address", text)) is hit
