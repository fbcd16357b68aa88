"""JSON read quickly is the same JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.fastjson import loads
from lab.log.chain import canonical

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())  # halves of characters too
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES)
def test_what_the_log_writes_is_read_as_python_reads_it(value: Any) -> None:
    """Any row of the log, half characters included, comes out as ``json`` reads it."""
    row = canonical(value)
    assert loads(row) == loads(row.decode()) == json.loads(row)


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", '{"a": 1} 2', "nul", b"\xff"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    """What Python refuses is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        loads(text)
