"""From the lab's nouns to the shapes of the API: findings in words, turns, scores, events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lab.errors import LabError
from lab.model import (
    Action,
    Decided,
    Delta,
    Done,
    Failed,
    Finding,
    Language,
    Queued,
    Score,
    SessionRow,
    Shortened,
    Shown,
    Trimmed,
    Turn,
)
from lab.mosaic import Mosaic
from lab.pages.shapes import (
    AttachmentShape,
    ChangeShape,
    CriterionShape,
    ErrorBody,
    FilePartShape,
    FindingShape,
    MendShape,
    MosaicCueShape,
    MosaicShape,
    PreviewShape,
    ReviewRow,
    RuleShape,
    ScoreShape,
    TurnShape,
)
from lab.session.attached import AttachedPart, Attachment, place, unread_words
from lab.words import explain

if TYPE_CHECKING:
    from lab.policy.clear import Policy
    from lab.policy.mend import Mended
    from lab.policy.rules import Rule
    from lab.session.lab import Lab, Preview


def finding_shape(
    finding: Finding, policy: Policy, language: Language, *, full: bool = False
) -> FindingShape:
    """A finding with its rule's words. ``full`` adds in which reading it was found (officers)."""
    shape = FindingShape(
        entity=finding.entity,
        rule=finding.rule,
        tier=str(finding.tier),
        action=str(finding.action),
        title=finding.entity,
        why="",
        advice="",
        source="",
        start=finding.start,
        end=finding.end,
        score=round(finding.score, 3),
        placeholder=finding.placeholder,
        pattern=finding.pattern or None,
        context=finding.context,
    )
    try:
        rule = policy.rule(finding.rule)
    except KeyError:  # a rule of an earlier version of the policy
        pass
    else:
        shape.title = rule.title.read(language)
        shape.why = rule.why.read(language)
        shape.advice = rule.advice.read(language)
        shape.source = policy.source(rule, language)
    if full:
        shape.view = finding.view
    return shape


def turn_shape(turn: Turn, policy: Policy, language: Language) -> TurnShape:
    """One turn of a transcript."""
    return TurnShape(
        turn=turn.id,
        parent=turn.parent,
        at=turn.at,
        ended_at=turn.ended_at,
        prompt=turn.prompt,
        reply=turn.reply,
        action=str(turn.decision),
        findings=[finding_shape(finding, policy, language) for finding in turn.findings],
        reference=turn.reference,
        policy=turn.policy,
        status=str(turn.status),
        assistant=turn.assistant,
        error=turn.error,
        usage=asdict(turn.usage),
        mosaic=logged_mosaic(turn.mosaic, policy, language),
    )


def mosaic_shape(
    mosaic: Mosaic | None,
    policy: Policy,
    language: Language,
    *,
    said: Sequence[str] = (),
    files: int = 0,
) -> MosaicShape | None:
    """The mosaic in words. ``said``: the messages that its cues point into, where they may be
    quoted; the first ``files`` of them are attached files.
    """
    if mosaic is None:
        return None
    picture = policy.mosaic.picture(mosaic.picture)
    cues: list[MosaicCueShape] = []
    for cue in mosaic.cues:
        kind = picture.kind(cue.kind)
        words = said[cue.message][cue.start : cue.end] if said else None
        cues.append(
            MosaicCueShape(
                kind=cue.kind,
                title=kind.title.read(language),
                soften=kind.soften.read(language),
                turn=max(0, cue.turn - files),
                now=cue.message == len(said) - 1,
                words=words,
            )
        )
    return _mosaic_shape(asdict(mosaic), policy, language, cues)


def logged_mosaic(
    row: Mapping[str, Any] | None, policy: Policy, language: Language
) -> MosaicShape | None:
    """The mosaic of a logged turn: kinds only. One of an earlier policy keeps what is known."""
    if row is None:
        return None
    cues: list[MosaicCueShape] = []
    try:
        picture = policy.mosaic.picture(row["picture"])
        for cue in row["kinds"]:
            title, soften = (getattr(picture.kind(cue["kind"]), n) for n in ("title", "soften"))
            cues.append(
                MosaicCueShape(
                    kind=cue["kind"],
                    title=title.read(language),
                    soften=soften.read(language),
                    turn=cue["turn"],
                )
            )
        return _mosaic_shape(row, policy, language, cues)
    except KeyError:  # a picture or a kind of an earlier version of the policy
        return None


def _mosaic_shape(
    row: Mapping[str, Any], policy: Policy, language: Language, cues: list[MosaicCueShape]
) -> MosaicShape:
    picture = policy.mosaic.picture(row["picture"])
    return MosaicShape(
        picture=picture.id,
        title=picture.title.read(language),
        level=row["level"],
        share=row["share"],
        crowd=row["crowd"],
        counted=picture.counted.read(language),
        blocks=picture.at_full == "block",
        cues=cues,
    )


def preview_shape(seen: Preview, policy: Policy, language: Language) -> PreviewShape:
    """The live check, for the trainee."""
    return PreviewShape(
        action=seen.decision.action,
        findings=[finding_shape(f, policy, language) for f in seen.decision.findings],
        outgoing=seen.outgoing,
        tokens=seen.tokens,
        next_ms=int(seen.next_seconds * 1000),
        fault=seen.decision.fault,
        mosaic=mosaic_shape(
            seen.decision.mosaic, policy, language, said=seen.said, files=seen.files
        ),
    )


def mend_shape(mended: Mended, seen: Preview, policy: Policy, language: Language) -> MendShape:
    """A rewrite, with the titles of what was replaced."""
    return MendShape(
        state=mended.state,
        changes=[
            ChangeShape(
                start=change.start,
                end=change.end,
                text=change.text,
                title=", ".join(policy.rule(rule).title.read(language) for rule in change.rules),
            )
            for change in mended.changes
        ],
        after=preview_shape(seen, policy, language),
    )


def pieces(text: str, findings: list[Finding]) -> list[tuple[str, str]]:
    """A text cut into pieces, each with the action of what was found there (or nothing)."""
    cut: list[tuple[str, str]] = []
    at = 0
    for finding in sorted(findings, key=lambda each: (each.start, -each.action.rank)):
        start = max(finding.start, at)
        if finding.end <= start:
            continue
        cut.append((text[at:start], ""))
        cut.append((text[start : finding.end], str(finding.action)))
        at = finding.end
    cut.append((text[at:], ""))
    return [piece for piece in cut if piece[0]]


def part_shape(
    part: AttachedPart, policy: Policy, language: Language, *, full: bool = False
) -> FilePartShape:
    """One piece of an attached file."""
    return FilePartShape(
        kind=part.kind,
        where=place(part.kind, part.unit, part.number, language),
        text=part.text,
        leaves=part.leaves,
        findings=[finding_shape(found, policy, language, full=full) for found in part.findings],
    )


def attachment_shape(attached: Attachment, policy: Policy, language: Language) -> AttachmentShape:
    """An attached file, masked as it was logged."""
    stopped = attached.action is Action.BLOCK
    return AttachmentShape(
        number=attached.number,
        name=attached.name,
        type=attached.type,
        size=attached.size,
        at=attached.at,
        action=attached.action,
        parts=[part_shape(part, policy, language) for part in attached.parts],
        outgoing=None if stopped else attached.message().content,
        left_out=0 if stopped else attached.left_out(),
        unread=unread_words(attached.unread, language),
        reference=attached.reference,
        policy=attached.policy,
        fault=attached.fault,
        removed=attached.removed,
    )


def trouble_shape(lab: Lab, language: Language) -> ErrorBody | None:
    """What is wrong with the policy's files while the version in force goes on, in words."""
    trouble = lab.policy.trouble
    return None if trouble is None else ErrorBody(**explain(trouble, language))


def score_shape(score: Score) -> ScoreShape:
    """The result of a check."""
    return ScoreShape(
        criteria=[CriterionShape(**asdict(criterion)) for criterion in score.criteria],
        share=score.share,
        passed=score.passed,
        next_step=score.next_step,
        privacy=score.privacy,
        usefulness=score.usefulness,
        first=score.first,
    )


def logged_score(row: Mapping[str, Any]) -> ScoreShape:
    """The result of a check, from its event."""
    return ScoreShape.model_validate(dict(row))


def review_row(row: SessionRow) -> ReviewRow:
    """A session as reviewers see it."""
    return ReviewRow(
        session=row.id,
        pseudonym=row.pseudonym,
        person=row.person_id,
        class_id=row.class_id,
        exercise=row.exercise,
        opened_at=row.opened_at,
        last_at=row.last_at,
        turns=row.turns,
        blocked=row.blocked,
        masked=row.masked,
        failed=row.failed,
        score=row.score,
        passed=row.passed,
    )


def rule_shape(rule: Rule, policy: Policy, language: Language) -> RuleShape:
    """One rule in words."""
    return RuleShape(
        id=rule.id,
        entity=rule.entity,
        tier=str(rule.tier),
        mode=str(rule.mode),
        title=rule.title.read(language),
        why=rule.why.read(language),
        advice=rule.advice.read(language),
        source=policy.source(rule, language),
        catch=list(rule.examples.catch),
        let_pass=list(rule.examples.let_pass),
    )


def _dumped(shape: MosaicShape | None) -> dict[str, Any] | None:
    return None if shape is None else shape.model_dump()


def sse(event: str, data: Mapping[str, Any]) -> str:
    """One server-sent event (WHATWG HTML, 9.2)."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {body}\n\n"


def shown_event(shown: Shown, policy: Policy, language: Language) -> str:
    """What a turn shows, as a server-sent event."""
    match shown:
        case Delta(text):
            return sse("delta", {"text": text})
        case Decided():
            findings = [finding_shape(f, policy, language).model_dump() for f in shown.findings]
            row = {
                "turn": shown.turn,
                "action": str(shown.action),
                "findings": findings,
                "reference": shown.reference,
                "outgoing": shown.outgoing,
                "left_out": shown.left_out,
                "fault": shown.fault,
                "possibly_real": shown.possibly_real,
                "mosaic": _dumped(mosaic_shape(shown.mosaic, policy, language)),
            }
            return sse("decision", row)
        case Queued(place, offer):
            return sse("queue", {"place": place, "offer_recorded": offer})
        case Trimmed() | Shortened():
            return sse(type(shown).__name__.lower(), asdict(shown))
        case Failed(code, retry, values):
            error = explain(LabError(code, **values), language)
            return sse("error", {**error, "retry": retry})
        case Done(turn, status, usage):
            return sse("done", {"turn": turn, "status": str(status), "usage": asdict(usage)})
