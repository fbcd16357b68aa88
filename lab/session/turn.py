"""One turn from prompt to last word: the order of events of the whole product is in ``run_turn``.

Nothing leaves before ``turn.decided`` is on disk; whatever happens afterwards, ``turn.ended`` is
written and the page hears ``Done``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lab.errors import AssistantError, LabError, LogError, PolicyError, where
from lab.log.base import Log, Tally
from lab.model import (
    Action,
    AssistantEvent,
    Blocked,
    Cleared,
    Decided,
    Decision,
    Delta,
    Done,
    Failed,
    Finding,
    Finished,
    Message,
    SessionRow,
    Shortened,
    Status,
    Trimmed,
    Usage,
)
from lab.session.attached import Attachment, carried
from lab.session.canaries import judge
from lab.session.ending import NOT_SENT, Ending, ended_row, failed
from lab.session.fitting import Sections, fitted
from lab.session.meters import Meters
from lab.session.transcript import (
    Transcript,
    as_messages,
    decided_payload,
    fold,
    readable,
)

if TYPE_CHECKING:
    from lab.assistant.base import Assistant
    from lab.course import Exercise
    from lab.policy.clear import Policy
    from lab.policy.reply import Piece, ReplyGuard
    from lab.policy.vault import Vault
    from lab.session.live import LiveTurn
    from lab.session.vaults import Vaults


LOGGER = logging.getLogger("lab.turn")
REPLY_CHARS = 200_000
"""A reply that goes on for longer is cut: an endpoint may forget the limit that it was given."""
LARGEST = 1_000_000_000
"""No reply has more tokens."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a trainee asks, and in which circumstances."""

    row: SessionRow
    exercise: Exercise
    text: str
    parent: str | None
    """Id of the turn that it follows; None: the last answered one; ``""``: none, a new start."""
    secret: str
    """The secret in the trainee's cookie; empty where there is none."""


@dataclass(slots=True)
class _Outcome:
    """What is known so far of how the turn goes."""

    status: Status = Status.FAILED
    error: str | None = None
    usage: Usage = field(default_factory=Usage)
    reply: list[str] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    trimmed: int = 0
    """Older turns left out since the model's context is full."""
    decided: bool = False
    """Whether ``turn.decided`` is on disk, for a turn that was not blocked."""
    unsure: bool = False
    """Whether it may be: the log failed, or the wait for it was cut short."""
    receipt: dict[str, str] = field(default_factory=dict)
    """Of the decision, what a receipt tells: it is told again with each sending."""


@dataclass(frozen=True, slots=True)
class _Going:
    """What passed the gate."""

    cleared: Cleared
    files: tuple[int, ...]
    """Numbers of the attached files that go along, in the order of their messages."""


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """The parts that a turn needs."""

    log: Log
    policy: Policy
    in_force: Callable[[], Policy]
    """The policy in force now: what another one cleared does not leave."""
    assistant: Assistant
    vaults: Vaults
    meters: Meters

    async def run(self, prompt: Prompt, live: LiveTurn) -> None:
        """Run one turn; shows everything on ``live`` and never raises."""
        started = time.monotonic()
        outcome = _Outcome()
        decision: Decision | None = None
        try:
            async with self.vaults.lock(prompt.row.id):
                going, decision, vault = await self._decide(prompt, live, outcome)
            if going is None:
                outcome.status = Status.BLOCKED
            else:
                cleared = await self._fitted(prompt, going, vault, live, outcome)
                await self._answer(prompt, cleared, vault, live, outcome, started)
        except asyncio.CancelledError:
            outcome.status, outcome.error = Status.INTERRUPTED, live.reason or "stopped"
        except LabError as error:
            outcome.error = error.code
            live.show(failed(error))
        except Exception as error:  # noqa: BLE001 - fail closed: whatever it was, the page hears it
            outcome.error = "internal"
            self.meters.faults.labels("internal").inc()
            LOGGER.error("turn %s failed: %s", live.turn, where(error))  # noqa: TRY400 - no text
            live.show(Failed("internal", retry=True))
        finally:
            live.ending = True  # nothing cuts short how the end is written
            await self._finish(prompt, live, outcome, time.monotonic() - started)
            action = decision.action if decision else Action.BLOCK
            self.meters.turns.labels(str(outcome.status), str(action)).inc()
            live.show(Done(live.turn, outcome.status, outcome.usage))

    async def _decide(
        self, prompt: Prompt, live: LiveTurn, outcome: _Outcome
    ) -> tuple[_Going | None, Decision, Vault]:
        """History, check, and the decision on disk. ``None`` where the prompt is blocked."""
        transcript = fold(await self.log.events(prompt.row.id))
        parent = transcript.last if prompt.parent is None else prompt.parent or None
        history = as_messages(transcript.path(parent))
        vault = await self.vaults.open(prompt.row.id, prompt.secret)
        note_all(vault, transcript)
        head = opening(self.assistant, prompt.exercise)
        attached = carried(transcript.attachments)
        files = [each.message() for each in attached]
        payload = [*head, *files, *history, Message("user", prompt.text)]
        checked = await self.policy.clear(payload, vault=vault, tighten=prompt.exercise.tighten)
        self._count(checked.decision)
        decision, own = _of_prompt(checked.decision, len(payload) - 1)
        cleared = checked if isinstance(checked, Cleared) else None
        if cleared is not None:
            await self.vaults.save(prompt.row.id, prompt.secret, vault)
        outgoing = cleared.messages[-1].content if cleared else None
        kept = _kept(attached, checked.decision, len(head))
        left_out = cleared.left_out - (len(attached) - len(kept)) if cleared else 0
        row = decided_payload(
            live.turn,
            parent,
            decision,
            prompt=outgoing,
            last=len(payload) - 1,
            left_out=left_out,
            assistant=self.assistant.about.kind,
            attachments=kept,
        )
        judged = judge(prompt.exercise, prompt.text, own, outgoing)
        row = judged.noted(row)
        await self._log_decision(prompt.row.id, row, decision.action, outcome)
        live.show(
            Decided(
                live.turn,
                decision.action,
                own,
                decision.reference,
                outgoing,
                decision.fault,
                left_out,
                decision.mosaic,
                judged.possibly_real(own),
            )
        )
        for each in attached:
            if cleared is not None and each.number not in kept:
                live.show(Shortened(each.number, 0, len(each.text)))
        return _Going(cleared, kept) if cleared else None, decision, vault

    async def _fitted(
        self, prompt: Prompt, going: _Going, vault: Vault, live: LiveTurn, outcome: _Outcome
    ) -> Cleared:
        """What was cleared, less old turns and ends of files where the model's context is full.

        What is left is cleared again, so that what leaves is what was cleared.
        """
        head, messages = len(opening(self.assistant, prompt.exercise)), going.cleared.messages
        after = head + len(going.files)
        files = [*zip(going.files, messages[head:after], strict=True)]
        sections = Sections(messages[:head], files, messages[after:-1], messages[-1])
        fits = await fitted(self.assistant, sections)
        if not fits.dropped and not fits.cuts:
            return going.cleared
        outcome.trimmed = fits.dropped
        if fits.dropped:
            live.show(Trimmed(fits.dropped))
        for cut in fits.cuts:
            live.show(cut)
        again = await self.policy.clear(fits.messages, vault=vault, tighten=prompt.exercise.tighten)
        if isinstance(again, Blocked):
            raise PolicyError
        return again

    async def _log_decision(
        self, session: str, row: dict[str, Any], action: Action, outcome: _Outcome
    ) -> None:
        """The decision on disk: before this returns, nothing has left."""
        tally = Tally(
            turns=1, blocked=int(action is Action.BLOCK), masked=int(action is Action.MASK)
        )
        outcome.decided = action is not Action.BLOCK
        outcome.receipt = {name: row[name] for name in ("action", "policy", "reference")}
        try:
            await self.log.append(session, "turn.decided", row, tally=tally)
        except (LogError, asyncio.CancelledError):
            outcome.unsure, outcome.decided = outcome.decided, False
            raise

    async def _answer(
        self,
        prompt: Prompt,
        cleared: Cleared,
        vault: Vault,
        live: LiveTurn,
        outcome: _Outcome,
        started: float,
    ) -> None:
        """Stream the reply through the guard; fills ``outcome`` as it goes."""
        guard = self.policy.reply(vault)
        writer = _Writer(live, outcome, self.meters, started)

        async def before_send(digest: str) -> None:
            if self.in_force().version != cleared.decision.policy:
                raise PolicyError("policy_superseded")
            sent = {
                "turn": live.turn,
                "digest": digest,
                "host": self.assistant.about.endpoint,
                "size": sum(len(message.content.encode()) for message in cleared.messages),
                "trimmed": outcome.trimmed,
            }
            await self.log.append(prompt.row.id, "turn.sent", sent | outcome.receipt)

        stream = self.assistant.stream(
            cleared, before_send=before_send, recorded=prompt.exercise.recorded
        )
        try:
            await _pump(stream, guard, writer)
        except PolicyError:
            raise  # what the guard could not check is not shown
        except (LabError, asyncio.CancelledError):
            writer.write(guard.finish())
            raise
        else:
            writer.write(guard.finish())
            outcome.status = Status.ANSWERED
        finally:
            outcome.findings = guard.findings

    def _count(self, decision: Decision) -> None:
        self.meters.check.observe(decision.check_ms / 1000)
        for finding in decision.findings:
            self.meters.found(finding)
        if decision.fault:
            self.meters.faults.labels(decision.fault).inc()

    async def _finish(
        self, prompt: Prompt, live: LiveTurn, outcome: _Outcome, seconds: float
    ) -> None:
        """Write how the turn ended; where the log fails, the page is told, and it is written later.

        A decision whose writing failed may be on disk all the same: then its end follows too.
        """
        if outcome.status is Status.BLOCKED:
            return
        reply, said = "".join(outcome.reply), (outcome.usage, outcome.findings)
        row = ended_row(live.turn, outcome.status, reply, outcome.error, seconds, *said)
        tally = Tally(failed=int(outcome.status is Status.FAILED))
        ending = Ending(self.log, prompt.row.id, row, tally)
        cut = outcome.status is Status.INTERRUPTED
        told = NOT_SENT if cut else None
        if outcome.decided or (cut and outcome.unsure):
            told = await ending.write(unsure=outcome.unsure)
        if told is not None:
            live.show(told)
        lost = told not in (None, NOT_SENT)
        if lost:  # what is not on disk is not told as done
            outcome.status = Status.FAILED
        if lost or (outcome.unsure and not cut):
            live.late = asyncio.create_task(ending.later(), name="end of a turn")


def _kept(attached: Sequence[Attachment], decision: Decision, first: int) -> tuple[int, ...]:
    """Numbers of the files (whose messages begin at ``first``) that the policy still lets out."""
    behind = {found.message for found in decision.findings if found.action is Action.BLOCK}
    return tuple(each.number for index, each in enumerate(attached, first) if index not in behind)


def _of_prompt(decision: Decision, last: int) -> tuple[Decision, tuple[Finding, ...]]:
    """The decision as it concerns the prompt itself, and the findings in it.

    Earlier turns are checked again with every prompt: what is masked there does not make a clean
    prompt a masked one. A block stays a block, wherever its sign is.
    """
    own = tuple(replace(f, message=0) for f in decision.findings if f.message == last)
    if decision.action is Action.BLOCK:
        return decision, own
    strongest = max((f.action for f in own), key=lambda action: action.rank, default=Action.ALLOW)
    return replace(decision, action=strongest), own


@dataclass(frozen=True, slots=True)
class _Writer:
    """Hands pieces of the reply to the page and keeps what the log will hold."""

    live: LiveTurn
    outcome: _Outcome
    meters: Meters
    started: float

    def write(self, piece: Piece) -> None:
        """Show and keep one piece."""
        if piece.logged:
            if not self.outcome.reply:
                self.meters.first_delta.observe(time.monotonic() - self.started)
            self.outcome.reply.append(piece.logged)
        if piece.shown:
            self.live.show(Delta(piece.shown))


async def _pump(stream: AsyncIterator[AssistantEvent], guard: ReplyGuard, writer: _Writer) -> None:
    """Read the assistant to its end, through the guard."""
    read = 0
    async with aclosing(stream) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Delta):
                read += len(event.text)
                if read > REPLY_CHARS:
                    raise AssistantError("assistant_cut")
                writer.write(guard.feed(readable(event.text)))
            elif isinstance(event, Finished):
                usage = event.usage
                writer.outcome.usage = Usage(
                    _whole(usage.prompt_tokens), _whole(usage.completion_tokens)
                )
            else:
                writer.live.show(event)


def note_all(vault: Vault, transcript: Transcript) -> None:
    """No number that the session has used, on any branch and in any browser, is used again."""
    for turn in transcript.turns:
        vault.note_seen(turn.prompt or "")
        vault.note_seen(turn.reply)
    for answer in transcript.answers.values():
        vault.note_seen(answer if isinstance(answer, str) else "")
    for attachment in transcript.attachments:
        for part in attachment.parts:
            vault.note_seen(part.text or "")


def _whole(value: object) -> int | None:
    """A count as an endpoint tells it; None for anything that is no count."""
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST
    return value if known else None  # type: ignore[return-value]


def opening(assistant: Assistant, exercise: Exercise) -> list[Message]:
    """The fixed head of every payload: who the assistant is, then the exercise and its material."""
    parts = [exercise.system_prompt, exercise.material_for_model]
    system = "\n\n".join(part for part in parts if part)
    head: Sequence[Message] = assistant.prefix
    return [*head, *([Message("system", system)] if system else [])]
