"""A short form of ``bench/fuzz.py``: random and hostile input finds nothing."""

from __future__ import annotations

import json

import pytest

from bench.fuzz import TARGETS, campaign, main

CASES = {"splits": 2000, "recognizers": 40, "replies": 8, "attachments": 4, "rosters": 60}


@pytest.mark.parametrize("target", TARGETS)
def test_a_short_campaign_finds_nothing(target: str) -> None:
    """Whatever the input, every answer is one of the lab's own and every promise holds."""
    told = campaign(target, CASES.get(target, 200), 60, seed=2)
    assert told["findings"] == []


@pytest.mark.long
def test_a_long_campaign_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same with other seeds, a hundred thousand streamed replies among them."""
    argv = ["fuzz.py", "--cases", "100000", "--seconds", "60", "--seed", "3", "--json"]
    monkeypatch.setattr("sys.argv", argv)
    assert main() == 0, capsys.readouterr().out
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["target"] for row in told} == set(TARGETS)


def test_a_finding_is_counted_and_can_be_seen_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What breaks is told with the number of its first case, and without the input."""

    def breaks(draw: object) -> None:
        value = draw.randrange(3)  # type: ignore[attr-defined]
        if value == 1:
            raise KeyError("BI-MAT")

    monkeypatch.setitem(TARGETS, "broken", (breaks, 1.0))
    found = campaign("broken", 60, 60, seed=1)["findings"]
    assert isinstance(found, list)
    assert found[0]["what"].startswith("KeyError at breaks:")
    assert "BI-MAT" not in str(found)
    monkeypatch.setattr("sys.argv", ["fuzz.py", "--again", found[0]["again"]])
    assert main() == 1
    assert "KeyError" in capsys.readouterr().err
