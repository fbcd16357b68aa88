"""A site's log over a line that breaks, between two network namespaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.push import campaign, can_run


@pytest.mark.long
@pytest.mark.skipif(bool(can_run()), reason=can_run())
def test_over_a_line_that_breaks_no_row_is_lost_or_doubled(tmp_path: Path) -> None:
    """While a class works the line is cut and slowed and the push killed: the province has every
    row of the site once, no other, and all of it verifies.
    """
    found = campaign(15, 3, seed=5, home=tmp_path)
    assert (found["lost"], found["foreign"], found["problems"]) == (0, 0, [])
    assert found["rows"] > 10
    assert found["cuts"] + found["kills"] > 2
