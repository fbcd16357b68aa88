"""``Lab``: everything that the pages, the API and the commands ask of a running practice room."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lab.attach import Reader
from lab.errors import BadRequest, Forbidden, NotFound, Unavailable
from lab.keys import Keys
from lab.log.base import Log, SessionFilter, Tally
from lab.model import Decision, Message, Person, Role, Score, SessionRow, Turn, Who
from lab.session.answering import Answering, Kept
from lab.session.attached import Attachment, messages_of
from lab.session.attaching import Attaching, remove
from lab.session.attempts import score_row, work_of
from lab.session.canaries import Canaries
from lab.session.courses import Courses
from lab.session.drafts import Drafts
from lab.session.halt import Halt
from lab.session.holder import PolicyHolder
from lab.session.live import LiveTurn, LiveTurns
from lab.session.meters import Meters
from lab.session.opinion import Opinion, Opinions
from lab.session.pace import Pace
from lab.session.places import here
from lab.session.transcript import Transcript, as_messages, fold, readable
from lab.session.turn import Prompt, TurnRunner, note_all
from lab.session.vaults import Vaults
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.assistant.base import Assistant
    from lab.assistant.tokens import Tokens
    from lab.course import Course, Exercise
    from lab.policy.clear import Policy
    from lab.policy.mend import Mended
    from lab.policy.vault import Vault

REVIEWERS = frozenset({Role.TRAINER, Role.ASSISTANT, Role.ADMIN})
"""Who may read the sessions of others."""
LEAST_DISK = 20_000_000
"""Bytes of free disk under which the lab says that it is not ready."""
BUSY_TURNS = 40
"""Turns under way from which the live check is asked for less often."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The live check of what is being typed."""

    decision: Decision
    outgoing: str | None
    tokens: int | None
    next_seconds: float
    """How long the page should wait before it asks again."""
    said: tuple[str, ...]
    """The messages that were checked, as they stand in the log, and the text: a cue of the mosaic
    points into them."""
    files: int
    """How many of them are attached files."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What stands before a next prompt."""

    exercise: Exercise
    messages: tuple[Message, ...]
    files: int
    vault: Vault


@dataclass(frozen=True, slots=True)
class Lab:
    """One running practice room."""

    settings: Settings
    courses: Courses
    policy: PolicyHolder
    assistant: Assistant
    recorded: Assistant
    """Answers when a trainee takes the recorded reply instead of waiting."""
    log: Log
    keys: Keys
    tokens: Tokens
    live: LiveTurns
    meters: Meters
    files: Reader = field(default_factory=Reader)
    """Reads attached files."""
    pace: Pace = field(default_factory=Pace)
    """How often the live check may be asked."""
    vaults: Vaults = field(init=False)
    drafts: Drafts = field(init=False)
    """Prompts that are being written."""
    opinions: Opinions = field(init=False)
    canaries: Canaries = field(init=False)
    halt: Halt = field(init=False)
    """Stops all sending."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "vaults", Vaults(self.log, self.keys))
        object.__setattr__(self, "drafts", Drafts(self.log, self.keys))
        object.__setattr__(self, "opinions", Opinions(self.log, self.vaults))
        object.__setattr__(self, "canaries", Canaries(self.log, self.keys))
        object.__setattr__(self, "halt", Halt(self.log, self.live))

    @property
    def course(self) -> Course:
        """As it is taught now."""
        return self.courses.current

    # --- a trainee's own sessions -------------------------------------------------------------

    async def open(self, who: Who, exercise_id: str) -> SessionRow:
        """Begin an exercise. Raises ``NotFound`` for an unknown one."""
        await self.courses.look()
        exercise = self.courses.exercise(exercise_id)
        row = await self.log.open_session(who.person, exercise.id)
        await self.canaries.begin(row, exercise)
        return row

    async def exercise_of(self, row: SessionRow) -> Exercise:
        """The exercise as this session has it, with its own planted values."""
        return await self.canaries.planted(row, self.courses.of(row))

    async def own(self, who: Who, session_id: str) -> SessionRow:
        """A session of this person. Raises ``NotFound`` for any other, there or not."""
        row = await self.log.session(session_id)
        if row is None or row.person_id != who.person.id:
            raise NotFound("no_session")
        return row

    async def my_sessions(self, who: Who) -> list[SessionRow]:
        """The person's sessions, newest first."""
        return await self.log.sessions(SessionFilter(person_id=who.person.id, limit=500))

    async def preview(self, who: Who, session_id: str, text: str, secret: str) -> Preview:
        """What would be done with ``text`` were it sent now. Nothing is kept; an empty text tells
        how the mosaic stands. Raises ``TooMany`` where checks follow each other too fast.
        """
        row, text = await self.own(who, session_id), readable(text)
        self._check_length(text)
        before = await self._before(row, secret)
        policy = await here(self.log, self.policy.current, row)
        decision, outgoing = await policy.inspect(
            text, history=before.messages, vault=before.vault, tighten=before.exercise.tighten
        )
        return self._preview(before, text, decision, outgoing)

    async def mend(
        self, who: Who, session_id: str, text: str, secret: str
    ) -> tuple[Mended, Preview]:
        """A rewrite of ``text`` without what tells who is who, and the check of it. Nothing is
        kept. Raises ``TooMany`` as ``preview`` does.
        """
        from lab.policy.mend import mend  # noqa: PLC0415 - the policy is imported late

        row, text = await self.own(who, session_id), readable(text)
        self._check_length(text)
        before = await self._before(row, secret)
        mended = await mend(
            await here(self.log, self.policy.current, row),
            text,
            history=before.messages,
            vault=before.vault,
            tighten=before.exercise.tighten,
        )
        return mended, self._preview(before, mended.text, mended.decision, mended.outgoing)

    async def _before(self, row: SessionRow, secret: str) -> _Before:
        """What goes along with a next prompt, once it is not too early for another check."""
        self.pace.take(row.id, self._interval)
        transcript = fold(await self.log.events(row.id))
        files = messages_of(transcript.attachments)
        vault = await self.vaults.open(row.id, secret)
        note_all(vault, transcript)
        history = as_messages(transcript.path(transcript.last))
        return _Before(await self.exercise_of(row), (*files, *history), len(files), vault)

    def _preview(
        self, before: _Before, text: str, decision: Decision, outgoing: str | None
    ) -> Preview:
        self.meters.previews.inc()
        said = (*(message.content for message in before.messages), text)
        return Preview(
            decision, outgoing, self.tokens.count(text), self._interval, said, before.files
        )

    @property
    def _interval(self) -> float:
        """Seconds between two live checks of one session; longer where many turns are under way."""
        return self.settings.preview_seconds * (1 + len(self.live) // BUSY_TURNS)

    async def ask(
        self,
        who: Who,
        session_id: str,
        text: str,
        *,
        parent: str | None = None,
        secret: str = "",
        use_recorded: bool = False,
        beside: bool = False,
    ) -> LiveTurn:
        """Start a turn; read ``events()`` of what comes back.

        ``parent``: the turn it follows; None goes on from the last answer, ``""`` starts anew.
        ``beside``: one more prompt may be answered at the same time, to compare the two.

        Raises:
            NotFound: no such session of this person, or no such parent.
            BadRequest: the text is empty or too long.
            Conflict: a turn of this session is under way.
            Unavailable: the policy is not loaded, or the lab is stopping.
        """
        self.halt.check()
        row = await self.own(who, session_id)
        text = readable(text)
        self._check_length(text)
        if not text.strip():
            raise BadRequest("prompt_empty")
        if parent and not any(t.id == parent for t in fold(await self.log.events(row.id)).turns):
            raise NotFound("no_turn")
        runner = TurnRunner(
            self.log,
            await here(self.log, self.policy.current, row),
            self._in_force,
            self.recorded if use_recorded else self.assistant,
            self.vaults,
            self.meters,
        )
        prompt = Prompt(row, await self.exercise_of(row), text, parent, secret)
        turn = secrets.token_hex(8)
        live = self.live.start(row.id, turn, lambda live: runner.run(prompt, live), beside=beside)
        self.meters.running.set(len(self.live))
        return live

    def _in_force(self) -> Policy:
        """The policy, asked for once more before anything leaves. Raises ``Unavailable``."""
        self.halt.check()
        return self.policy.current

    async def stop(self, who: Who, session_id: str, turn: str) -> None:
        """Stop a turn under way. Raises ``NotFound``."""
        row = await self.own(who, session_id)
        self.live.stop(row.id, turn)

    async def attach(
        self, who: Who, session_id: str, name: str, data: bytes, secret: str
    ) -> Attachment:
        """Attach a file: what is kept of it, masked; a file that was stopped is told as such.

        Raises:
            NotFound: no such session of this person.
            Unreadable: the file cannot be read; the code says why.
            Conflict: the session has enough files.
            TooMany: too many files are being read.
            Unavailable: the policy is not loaded.
        """
        row = await self.own(who, session_id)
        policy, most = (
            await here(self.log, self.policy.current, row),
            self.settings.attachment_chars,
        )
        desk = Attaching(self.log, policy, self.vaults, self.files, most)
        exercise = await self.exercise_of(row)
        attached = await desk.attach(row, exercise, readable(name), data, secret)
        self.meters.files.labels(attached.type, str(attached.action)).inc()
        return attached

    async def detach(self, who: Who, session_id: str, number: int) -> None:
        """Take an attached file away. Raises ``NotFound``."""
        row = await self.own(who, session_id)
        await remove(self.log, self.vaults, row, number)

    async def answer(
        self, who: Who, session_id: str, answers: Mapping[str, Any], secret: str = ""
    ) -> Kept:
        """Keep answers of the exercise's own widgets; texts of the trainee's own pass the policy.

        Raises:
            BadRequest: an unknown widget or option.
            Unavailable: a text was given and the policy is not loaded.
        """
        row = await self.own(who, session_id)
        policy = await here(self.log, self.policy.current, row)
        desk = Answering(self.log, policy, self.vaults)
        return await desk.keep(row, await self.exercise_of(row), answers, secret)

    @property
    def gives_opinions(self) -> bool:
        """Whether the model may be asked for a second opinion."""
        return self.course.second_opinion and self.assistant.about.kind != "recorded"

    async def opinion(self, who: Who, session_id: str, secret: str) -> Opinion:
        """What the model says of the work: advice, never the mark.

        Raises:
            BadRequest: the course does not offer it, the assistant cannot, or there is no work yet.
            Conflict: one is under way in this session.
            AssistantError: the model did not answer.
        """
        self.halt.check()
        row = await self.own(who, session_id)
        if not self.gives_opinions:
            raise BadRequest("opinion_off")
        exercise = self.courses.of(row)
        policy = await here(self.log, self.policy.current, row)
        return await self.opinions.ask(row, exercise, self.assistant, policy, secret)

    async def check(self, who: Who, session_id: str) -> Score:
        """Score the session ("check my work") by the exercise's rubric, and keep the result."""
        from lab.scoring import score  # noqa: PLC0415 - its lexicon is read at first use

        row = await self.own(who, session_id)
        transcript = fold(await self.log.events(row.id))
        result = await asyncio.to_thread(
            score,
            await self.exercise_of(row),
            transcript.turns,
            work_of(transcript),
            language=who.language,
        )
        await self.log.append(
            row.id,
            "check.scored",
            score_row(result),
            tally=Tally(score=result.share, passed=True if result.passed else None),
        )
        return result

    async def transcript(self, who: Who, session_id: str, secret: str) -> Transcript:
        """The person's own session, placeholders restored where their map can be opened."""
        row = await self.own(who, session_id)
        transcript = fold(await self.log.events(row.id))
        vault = await self.vaults.open(row.id, secret)

        def restored(turn: Turn) -> Turn:
            prompt = None if turn.prompt is None else vault.restore(turn.prompt)
            return replace(turn, prompt=prompt, reply=vault.restore(turn.reply))

        texts = self.courses.of(row).texts
        answers = {
            name: vault.restore(given) if name in texts else given
            for name, given in transcript.answers.items()
        }
        turns = tuple(restored(turn) for turn in transcript.turns)
        return replace(transcript, turns=turns, answers=answers)

    # --- review ---------------------------------------------------------------------------------

    async def sessions(self, who: Who, wanted: SessionFilter) -> list[SessionRow]:
        """Sessions that this reviewer may see: of their class, their site, or the whole course."""
        person = _reviewer(who)
        if person.class_id:
            wanted = replace(wanted, class_id=person.class_id)
        if person.site:
            wanted = replace(wanted, site=person.site)
        return await self.log.sessions(wanted)

    async def review(self, who: Who, session_id: str) -> tuple[SessionRow, Transcript]:
        """One session as its log has it: masked. Raises ``NotFound`` where they may not see it."""
        person = _reviewer(who)
        row = await self.log.session(session_id)
        if row is None or not await self._may_see(person, row):
            raise NotFound("no_session")
        return row, fold(await self.log.events(row.id))

    async def _may_see(self, person: Person, row: SessionRow) -> bool:
        if person.class_id and row.class_id != person.class_id:
            return False
        if person.site:
            owner = await self.log.person(row.person_id)
            return owner is not None and owner.site == person.site
        return True

    # --- all of it --------------------------------------------------------------------------------

    async def ready(self) -> None:
        """Raise where a prompt could not be checked and logged now: a real detection is run."""
        self.policy.self_test()
        if shutil.disk_usage(self.settings.home).free < LEAST_DISK:
            raise Unavailable("disk_full")
        await self.log.touch("readiness")  # nobody's row: the writer's whole way, without a change

    def _check_length(self, text: str) -> None:
        if len(text) > self.settings.prompt_chars:
            raise BadRequest("prompt_too_long", limit=self.settings.prompt_chars)


def _reviewer(who: Who) -> Person:
    if who.person.role not in REVIEWERS:
        raise Forbidden("forbidden")
    return who.person
