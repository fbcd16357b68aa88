"""A session as it happened: steps, idle time, differences, typing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.model import Event
from lab.session.replay import IDLE, SHORT, Typing, differences, replay


def event(at: float, kind: str, **row: Any) -> Event:
    """An event of a session."""
    return Event("s", 1, at, kind, row, "h")


def decided(
    at: float, prompt: str | None, action: str = "allow", parent: str | None = None
) -> Event:
    """A prompt."""
    found = [{"rule": "phone", "action": action}] if action != "allow" else []
    more = {"turn": str(at), "parent": parent, "findings": found}
    return event(at, "turn.decided", prompt=prompt, action=action, **more)


def test_steps_stand_in_order_and_idle_time_is_short() -> None:
    """Ten idle minutes take a few seconds of the timeline, and are told."""
    told = replay(
        [
            event(0, "session.opened"),
            decided(10, None, "block"),
            decided(610, "Soạn thư cho [HỌ TÊN 1]", "mask"),
            event(613, "turn.ended", status="answered", reply="Kính gửi", seconds=3.0),
            event(620, "check.scored", share=0.5, passed=False),
            event(621, "turn.sent", turn="x"),
        ]
    )
    kinds = [step.kind for step in told.steps]
    assert kinds == ["opened", "stopped", "edited_masked", "answered", "checked"]
    assert told.steps[2].idle == 600 > IDLE
    assert told.steps[2].place == 10 + SHORT
    assert told.idle == 600 - SHORT
    assert not told.steps[1].pieces


def test_an_edited_attempt_shows_what_changed() -> None:
    """Against the attempt before on the same place; a prompt that goes on is shown as it is."""
    told = replay(
        [
            decided(1, "Soạn thư mời họp"),
            decided(2, "Soạn giấy mời họp"),
            decided(3, "Ngắn hơn", parent="x"),
        ]
    )
    changes = [(piece.change, piece.text.strip()) for piece in told.steps[1].pieces]
    assert changes == [("", "Soạn"), ("del", "thư"), ("ins", "giấy"), ("", "mời họp")]
    assert [step.kind for step in told.steps] == ["sent", "edited", "sent"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_differences_join_to_both_texts(old: str, new: str) -> None:
    """What is kept and what is new is the new text; nothing is lost or made up."""
    pieces = list(differences(old, new))
    assert "".join(each.text for each in pieces if each.change != "del").split() == new.split()


class Kept:
    """A log that keeps what is appended."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, dict[str, Any]]] = []

    async def append(self, stream: str, kind: str, payload: dict[str, Any]) -> None:
        """Keep it."""
        self.rows.append((stream, kind, payload))


async def test_typing_is_noted_at_most_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only times and lengths are written, one row for many checks, and before the prompt's step."""
    now = [1000.0]
    monkeypatch.setattr("lab.session.replay.time.time", lambda: now[0])
    log = Kept()
    typing = Typing(log)  # type: ignore[arg-type]
    for nth in range(50):
        now[0] = 1000.0 + nth
        await typing.note("s", 2 * nth)
    assert not log.rows
    now[0] = 1070.0
    await typing.note("s", 60)
    await typing.note("s", 62)
    assert len(log.rows) == 1
    await typing.flush("s")
    await typing.flush("s")
    assert [kind for _, kind, _ in log.rows] == ["typing.noted"] * 2
    assert set(log.rows[0][2]) == {"since", "points"}
    first = event(1055.0, "typing.noted", **log.rows[0][2])
    told = replay([decided(1051.0, "thư"), first])
    assert [step.kind for step in told.steps] == ["typed", "sent"]
    assert told.steps[0].values["count"] == 98
