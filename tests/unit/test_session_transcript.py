"""A session's events folded into turns."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lab.model import Action, Decision, Event, Finding, Status, Tier
from lab.session.transcript import as_messages, decided_payload, fold, log_finding, read_finding

FINDING = Finding("VN_CCCD", "cccd", Tier.T3, Action.MASK, 4, 16, 0.9, message=3, pattern="bare")


def event(seq: int, kind: str, payload: dict[str, Any] | None) -> Event:
    """One row."""
    return Event("s", seq, 1000.0 + seq, kind, payload, "00")


def decided(turn: str, parent: str | None, action: Action, **more: Any) -> dict[str, Any]:
    """The payload of a decision with the prompt at index 3."""
    decision = Decision(action, more.pop("findings", ()), "v1", "TT-1", 1.0)
    prompt = None if action is Action.BLOCK else f"câu {turn}"
    return decided_payload(
        turn, parent, decision, prompt=prompt, last=3, left_out=0, assistant="openai"
    )


def ended(turn: str, status: Status, reply: str = "") -> dict[str, Any]:
    """The payload of an end."""
    return {"turn": turn, "status": str(status), "reply": reply, "error": None, "usage": {}}


def test_a_turn_is_its_decision_and_its_end() -> None:
    """A decision and an end make one turn; findings keep to the prompt's own message."""
    other = Finding("PERSON", "person", Tier.T3, Action.MASK, 0, 3, 0.9, message=1)
    row = decided("a", None, Action.MASK, findings=(FINDING, other))
    done = ended("a", Status.ANSWERED, "lời")
    turn = fold([event(1, "turn.decided", row), event(2, "turn.ended", done)]).turns[0]
    assert (turn.prompt, turn.reply, turn.status) == ("câu a", "lời", Status.ANSWERED)
    assert [(f.entity, f.message) for f in turn.findings] == [("VN_CCCD", 0)]
    assert (turn.at, turn.ended_at) == (1001.0, 1002.0)


def test_a_turn_without_an_end_was_interrupted_and_a_blocked_one_needs_none() -> None:
    """What a crash cut short reads as interrupted; a block is complete with its decision."""
    rows = [
        event(1, "turn.decided", decided("a", None, Action.ALLOW)),
        event(2, "turn.decided", decided("b", None, Action.BLOCK)),
    ]
    assert [t.status for t in fold(rows).turns] == [Status.INTERRUPTED, Status.BLOCKED]


def test_history_follows_the_branch() -> None:
    """Only the turns that lead to the parent are told to the model, blocked ones left out."""
    rows = []
    for seq, (turn, parent, action) in enumerate(
        [
            ("a", None, Action.ALLOW),
            ("b", "a", Action.ALLOW),
            ("c", "a", Action.ALLOW),
            ("d", "c", Action.BLOCK),
        ]
    ):
        rows.append(event(2 * seq, "turn.decided", decided(turn, parent, action)))
        if action is not Action.BLOCK:
            rows.append(event(2 * seq + 1, "turn.ended", ended(turn, Status.ANSWERED, f"đ {turn}")))
    transcript = fold(rows)
    assert [t.id for t in transcript.path("c")] == ["a", "c"]
    assert [m.content for m in as_messages(transcript.path("d"))] == [
        "câu a",
        "đ a",
        "câu c",
        "đ c",
    ]
    assert transcript.last == "c"
    assert transcript.path("khong-co") == ()


def test_a_ring_of_parents_ends() -> None:
    """Turns that name each other as parents (a damaged log) do not hang the reader."""
    rows = [
        event(1, "turn.decided", decided("a", "b", Action.ALLOW)),
        event(2, "turn.decided", decided("b", "a", Action.ALLOW)),
    ]
    assert {t.id for t in fold(rows).path("a")} == {"a", "b"}


def test_erased_rows_are_passed_over() -> None:
    """A tombstone leaves the rest readable."""
    rows = [
        event(1, "turn.decided", None),
        event(2, "turn.ended", ended("a", Status.ANSWERED)),
        event(3, "turn.decided", decided("b", None, Action.ALLOW)),
    ]
    assert [t.id for t in fold(rows).turns] == ["b"]


def test_answers_and_scores_are_kept_in_order() -> None:
    """Later answers replace earlier ones of the same name; every score stays."""
    rows = [
        event(1, "answers.given", {"answers": {"pledge": False, "x": 1}}),
        event(2, "answers.given", {"answers": {"pledge": True}}),
        event(3, "check.scored", {"share": 0.5}),
        event(4, "check.scored", {"share": 0.8}),
    ]
    transcript = fold(rows)
    assert transcript.answers == {"pledge": True, "x": 1}
    assert [score["share"] for _, score in transcript.scores] == [0.5, 0.8]


@given(
    start=st.integers(0, 500),
    length=st.integers(1, 50),
    score=st.floats(0, 1),
    action=st.sampled_from(Action),
    tier=st.sampled_from(Tier),
    trace=st.text("0123456789abcdef"),
)
def test_a_finding_survives_the_log(
    start: int, length: int, score: float, action: Action, tier: Tier, trace: str
) -> None:
    """What is logged of a finding reads back as the same finding."""
    finding = Finding("PERSON", "person", tier, action, start, start + length, score, trace=trace)
    assert read_finding({**log_finding(finding), "of_a_later_version": 1}) == finding
