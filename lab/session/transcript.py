"""A session's events folded into what people read: turns, answers, scores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from lab.attach import Kind, Unit
from lab.model import (
    Action,
    Decision,
    Event,
    Finding,
    Message,
    Status,
    Tier,
    Turn,
    Usage,
)
from lab.mosaic import Mosaic
from lab.session.attached import AttachedPart, Attachment

WORK = frozenset({"turn.decided", "turn.ended", "answers.given"})
"""Events that are the trainee's work: the clock of an exercise stops at the last of them."""
_KEPT = tuple(f.name for f in fields(Finding))
_SURROGATE = re.compile("[\ud800-\udfff]")


def readable(text: str) -> str:
    """A text that UTF-8 can hold, character for character: JSON may carry half a character (an
    emoji that was cut), which no stream and no endpoint takes.
    """
    return _SURROGATE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that one session's events say."""

    turns: tuple[Turn, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    """The exercise's own widgets, as last answered."""
    scores: tuple[tuple[float, Mapping[str, Any]], ...] = ()
    """Each "check my work": when, and its result."""
    attachments: tuple[Attachment, ...] = ()
    """Every file that was attached, those that were stopped or taken away too."""
    masked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Id of a ``text`` widget -> the kinds of what was masked in its text, one a place."""
    minutes: float | None = None
    """From the beginning to the last work."""
    disputed: frozenset[tuple[str, str]] = frozenset()
    """Turn and rule of findings that the trainee holds to be a mistake."""

    def path(self, parent: str | None) -> tuple[Turn, ...]:
        """The turns that lead to ``parent``, oldest first; ``None`` gives none."""
        by_id = {turn.id: turn for turn in self.turns}
        path: list[Turn] = []
        while parent is not None and parent in by_id:
            turn = by_id.pop(parent)
            path.append(turn)
            parent = turn.parent
        return tuple(reversed(path))

    @property
    def last(self) -> str | None:
        """Id of the last turn that the model has words in, where a next prompt goes on."""
        return next((turn.id for turn in reversed(self.turns) if is_history(turn)), None)


def is_history(turn: Turn) -> bool:
    """Whether a turn belongs in what the model is told of the conversation."""
    return turn.prompt is not None and bool(turn.reply) and turn.status is not Status.FAILED


def as_messages(turns: Iterable[Turn]) -> list[Message]:
    """Turns as the messages of a payload."""
    messages: list[Message] = []
    for turn in turns:
        if is_history(turn):
            messages.append(Message("user", turn.prompt or ""))
            messages.append(Message("assistant", turn.reply))
    return messages


def log_finding(finding: Finding) -> dict[str, Any]:
    """A finding as the log keeps it: the typed fields, which hold no raw text."""
    return {key: value for key, value in asdict(finding).items() if value not in (None, "")}


def read_finding(row: Mapping[str, Any]) -> Finding:
    """The finding of a logged row; unknown keys of later versions are left out."""
    values = {key: row[key] for key in _KEPT if key in row}
    values["tier"] = Tier(values["tier"])
    values["action"] = Action(values["action"])
    return Finding(**values)


def log_mosaic(mosaic: Mosaic | None) -> dict[str, Any] | None:
    """The mosaic as the log keeps it: kinds and turns, no offsets and no text."""
    if mosaic is None:
        return None
    return {
        "picture": mosaic.picture,
        "level": mosaic.level,
        "share": mosaic.share,
        "crowd": mosaic.crowd,
        "kinds": [{"kind": cue.kind, "turn": cue.turn} for cue in mosaic.cues],
    }


def decided_payload(
    turn: str,
    parent: str | None,
    decision: Decision,
    *,
    prompt: str | None,
    last: int,
    left_out: int,
    assistant: str,
    attachments: Sequence[int] = (),
) -> dict[str, Any]:
    """The payload of ``turn.decided``. ``last`` is the index of the prompt in what was checked;
    ``attachments`` are the numbers of the files that go along.
    """
    return {
        "turn": turn,
        "parent": parent,
        "action": str(decision.action),
        "findings": [log_finding(finding) for finding in decision.findings],
        "reference": decision.reference,
        "policy": decision.policy,
        "prompt": prompt,
        "last": last,
        "left_out": left_out,
        "assistant": assistant,
        "check_ms": round(decision.check_ms, 2),
        "fault": decision.fault,
        "attachments": list(attachments),
        "mosaic": log_mosaic(decision.mosaic),
    }


def attachment_payload(
    number: int,
    kind: str,
    size: int,
    decision: Decision,
    parts: Sequence[AttachedPart],
    *,
    unread: Mapping[str, int],
    most: int,
) -> dict[str, Any]:
    """The payload of ``attachment.decided``: masked parts, or none of their text where stopped."""
    found = [log_finding(finding) for part in parts for finding in part.findings]
    return {
        "number": number,
        "type": kind,
        "size": size,
        "action": str(decision.action),
        "findings": found,
        "reference": decision.reference,
        "policy": decision.policy,
        "parts": [
            {"kind": part.kind, "unit": part.unit, "number": part.number, "text": part.text}
            for part in parts
        ],
        "unread": dict(unread),
        "most": most,
        "check_ms": round(decision.check_ms, 2),
        "fault": decision.fault,
    }


def fold(events: Sequence[Event]) -> Transcript:
    """The transcript of a session's events, in order. Erased rows are passed over."""
    turns: dict[str, Turn] = {}
    answers: dict[str, Any] = {}
    scores: list[tuple[float, Mapping[str, Any]]] = []
    files: dict[int, Attachment] = {}
    masked: dict[str, Sequence[str]] = {}
    worked: float | None = None
    for event in events:
        row = event.payload
        if row is None:
            continue
        if event.kind == "turn.decided":
            turns[row["turn"]] = _opened(event, row)
        elif event.kind == "turn.ended" and row["turn"] in turns:
            turns[row["turn"]] = _ended(turns[row["turn"]], event, row)
        elif event.kind == "answers.given":
            answers.update(row["answers"])
            masked.update(row.get("masked", {}))
        elif event.kind == "check.scored":
            scores.append((event.at, row))
        elif event.kind == "attachment.decided":
            files[row["number"]] = _attached(event, row)
        elif event.kind == "attachment.removed" and row["number"] in files:
            files[row["number"]] = replace(files[row["number"]], removed=True)
        if event.kind in WORK:
            worked = event.at
    minutes = None if worked is None else (worked - events[0].at) / 60
    return Transcript(
        tuple(turns.values()),
        answers,
        tuple(scores),
        tuple(files.values()),
        masked,
        minutes,
        _disputed(events),
    )


def _disputed(events: Sequence[Event]) -> frozenset[tuple[str, str]]:
    rows = [e.payload for e in events if e.kind == "finding.disputed" and e.payload is not None]
    return frozenset((row["turn"], row["rule"]) for row in rows)


def _attached(event: Event, row: Mapping[str, Any]) -> Attachment:
    findings = [read_finding(finding) for finding in row["findings"]]
    parts = [
        AttachedPart(
            Kind(part["kind"]),
            Unit(part["unit"]),
            part["number"],
            part["text"],
            tuple(finding for finding in findings if finding.message == index),
        )
        for index, part in enumerate(row["parts"])
    ]
    return Attachment(
        number=row["number"],
        at=event.at,
        type=row["type"],
        size=row["size"],
        action=Action(row["action"]),
        parts=tuple(parts),
        unread=row["unread"],
        reference=row["reference"],
        policy=row["policy"],
        most=row["most"],
        fault=row.get("fault"),
    )


def _opened(event: Event, row: Mapping[str, Any]) -> Turn:
    blocked = row["action"] == Action.BLOCK
    last = row.get("last", 0)
    findings = [read_finding(finding) for finding in row["findings"]]
    return Turn(
        id=row["turn"],
        parent=row["parent"],
        at=event.at,
        prompt=row["prompt"],
        reply="",
        decision=Action(row["action"]),
        findings=tuple(replace(f, message=0) for f in findings if f.message == last),
        reference=row["reference"],
        policy=row["policy"],
        status=Status.BLOCKED if blocked else Status.INTERRUPTED,
        assistant=row["assistant"],
        error=row.get("fault"),
        ended_at=event.at if blocked else None,
        mosaic=row.get("mosaic"),
        files=tuple(row.get("attachments", ())),
    )


def _ended(turn: Turn, event: Event, row: Mapping[str, Any]) -> Turn:
    usage = row.get("usage") or {}
    return replace(
        turn,
        reply=row.get("reply") or "",
        status=Status(row["status"]),
        error=row.get("error"),
        ended_at=event.at,
        usage=Usage(usage.get("prompt_tokens"), usage.get("completion_tokens")),
    )
