"""What every log is: one Protocol that SQLite (and later PostgreSQL) fulfils."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lab.log.chain import Anchor, Row
from lab.model import Classroom, Event, Language, Person, Role, SessionRow
from lab.words import say

T = TypeVar("T")
SYSTEM = "system"
"""The stream of what belongs to no session: starts, sign-ins, changes of people and policy."""


@dataclass(frozen=True, slots=True)
class PersonSecrets:
    """What signing in needs to know about a person."""

    person: Person
    password: str | None
    """argon2 hash; None for trainees."""
    resume: str | None
    """argon2-free keyed hash of the resume code; None for people with a password."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A server-side row behind a session cookie."""

    id: str
    person_id: str
    csrf: str
    created_at: float
    seen_at: float


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list; None means any."""

    class_id: str | None = None
    person_id: str | None = None
    site: str | None = None
    exercise: str | None = None
    outcome: str | None = None
    """``blocked``, ``masked``, ``failed``, ``passed`` or ``open`` (not passed)."""
    before: tuple[float, str] | None = None
    """Key of the last row of the page before: (last_at, id)."""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Tally:
    """How a session's row changes with an event (added to what it holds)."""

    turns: int = 0
    blocked: int = 0
    masked: int = 0
    failed: int = 0
    score: float | None = None
    """Replaces the score where it is higher."""
    passed: bool | None = None
    """Once passed, a session stays passed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in the log that does not fit, by its row."""

    code: str
    """Which check failed: the sentence is ``log.fault.<code>``."""
    stream: str = ""
    """Empty for faults of anchors."""
    seq: int = 0
    """The row, or the anchor's number."""
    last: int | None = None
    """The last row concerned, where there are several."""

    def sentence(self, language: Language = "vi") -> str:
        """What is wrong, and where."""
        rows = str(self.seq) if self.last in (None, self.seq) else f"{self.seq}-{self.last}"
        return say(f"log.fault.{self.code}", language, stream=self.stream, rows=rows)


@dataclass(frozen=True, slots=True)
class Verification:
    """What ``lab log verify`` found."""

    streams: int
    events: int
    anchors: int
    problems: tuple[Fault, ...]
    """Empty when all is well."""
    erased: int = 0
    """Rows whose content was erased by a recorded decision, and which still verify."""


class Rows(Protocol):
    """What a statement found or did."""

    @property
    def rowcount(self) -> int:
        """Rows that it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Row after row."""
        ...


class Db(Protocol):
    """A connection, whatever the database. Statements are written so that each of them runs on
    every database that we have: ``?`` for a value, ``ON CONFLICT`` where a row may be there.
    """

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Run one statement."""
        ...


class Write(Protocol):
    """What a write may do while its transaction is open."""

    @property
    def db(self) -> Db:
        """The connection that writes."""
        ...

    @property
    def owner(self) -> str | None:
        """Which process of the lab writes, where there are several."""
        ...

    def append(self, stream: str, kind: str, payload: bytes) -> Row:
        """One more row of the chain. ``payload`` is canonical JSON."""
        ...


class Log(Protocol):
    """People, classes, sign-ins, sessions and the hash-chained events.

    Every method raises ``LogError`` where the database cannot be read or written. When an
    ``append`` returns, the row is on disk.
    """

    async def start(self, *, recover: bool = True) -> None:
        """Open and migrate. With ``recover``, mark turns that a crash left open as interrupted
        (only where no other process serves this log).

        Commands that only read need no start; those that write use ``recover=False``.
        """
        ...

    async def close(self) -> None:
        """Anchor, write out everything, close."""
        ...

    # people ------------------------------------------------------------------
    async def add_person(
        self,
        name: str,
        role: Role,
        *,
        password: str | None = None,
        resume: str | None = None,
        class_id: str | None = None,
        site: str | None = None,
        by: str = "",
    ) -> Person:
        """``password`` and ``resume`` are hashes; ``by`` is who did it, empty for the person
        themself and for the lab. Raises ``Conflict`` for a name with a password
        that is taken (names are compared after NFC and case folding).
        """
        ...

    async def set_password(self, person_id: str, password: str, *, by: str = "") -> None:
        """Replace the hash, and end the person's sign-ins."""
        ...

    async def set_resume(self, person_id: str, resume: str, *, by: str = "") -> None:
        """Replace the hash of the resume code, and end the person's sign-ins."""
        ...

    async def person(self, person_id: str) -> Person | None:
        """By id."""
        ...

    async def people(
        self, *, role: Role | None = None, class_id: str | None = None
    ) -> list[Person]:
        """All, in order of name."""
        ...

    async def person_by_password_name(self, name: str) -> PersonSecrets | None:
        """The one with a password and this name."""
        ...

    async def trainees_named(self, class_id: str, name: str) -> list[PersonSecrets]:
        """Trainees of a class with this name (several may share it)."""
        ...

    # classes -----------------------------------------------------------------
    async def add_class(self, name: str, code: str, *, site: str | None = None) -> Classroom:
        """Raises ``Conflict`` for a code in use (codes are compared upper-case)."""
        ...

    async def classes(self) -> list[Classroom]:
        """All, in order of name."""
        ...

    async def class_by_code(self, code: str) -> Classroom | None:
        """By code, whatever its case."""
        ...

    # sign-ins ----------------------------------------------------------------
    async def sign_in(self, person_id: str, token_hash: str, csrf: str) -> SignIn:
        """A new row."""
        ...

    async def signed_in(self, token_hash: str) -> tuple[SignIn, Person] | None:
        """The row and its person."""
        ...

    async def touch(self, signin_id: str) -> None:
        """Somebody is there (written at most once a minute)."""
        ...

    async def sign_out(self, signin_id: str) -> None:
        """End one sign-in."""
        ...

    # sessions and events -----------------------------------------------------
    async def open_session(self, person: Person, exercise: str) -> SessionRow:
        """A new session, with its event ``session.opened``."""
        ...

    async def session(self, session_id: str) -> SessionRow | None:
        """By id."""
        ...

    async def sessions(self, wanted: SessionFilter) -> list[SessionRow]:
        """Newest first, by key."""
        ...

    async def append(
        self, stream: str, kind: str, payload: dict[str, Any], *, tally: Tally | None = None
    ) -> Event:
        """One more row in a stream (a session's id, or ``SYSTEM``). On disk when this returns."""
        ...

    async def events(self, stream: str, *, after: int = 0) -> list[Event]:
        """Rows of a stream in order, from seq ``after`` + 1."""
        ...

    async def events_of_kind(self, kinds: Sequence[str], *, since: float) -> list[Event]:
        """Rows of these kinds in all streams since a time, in order of time."""
        ...

    # what areas of their own keep -----------------------------------------------
    async def read(self, query: Callable[[Db], T], *, one_moment: bool = False) -> T:
        """What ``query`` finds, on a thread that reads; with ``one_moment`` all of its statements
        see the log as it was when the first one ran, whatever is written meanwhile.
        """
        ...

    async def write(self, work: Callable[[Write], T]) -> T:
        """Do ``work`` in a transaction; on disk when this returns. ``work`` raises ``Refused`` only
        before it has changed anything; an event that it appends is on disk with what it tells of.
        """
        ...

    def watch(self, told: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Be told, on this event loop, of all events as soon as they are on disk, whichever process
        of the lab wrote them. Returns what ends it.
        """
        ...

    # the vault of placeholders -------------------------------------------------
    async def save_vault(self, session_id: str, sealed: bytes) -> None:
        """Keep a session's sealed placeholder map (replaces the one before)."""
        ...

    async def vault(self, session_id: str) -> bytes | None:
        """The sealed map, if there is one."""
        ...

    # proof ---------------------------------------------------------------------
    async def rows(
        self, *, after: int = 0, stream: str | None = None, limit: int = 1000
    ) -> list[tuple[int, Row]]:
        """Rows as they are stored, with their place in the log, from place ``after`` + 1."""
        ...

    async def erase(self, stream: str, seqs: Sequence[int], *, by: str, reason: str) -> None:
        """Remove the content of rows for good. Their hashes stay, so that the chain verifies, and
        the row ``rows.erased`` of the system's stream says who did it and why.
        """
        ...

    async def anchor(self) -> Anchor | None:
        """Sign the heads of all streams; the last anchor where nothing changed since."""
        ...

    async def anchors(self) -> list[Anchor]:
        """All of them, in order: what is kept elsewhere."""
        ...

    async def verify(self, kept: Sequence[Anchor] = ()) -> Verification:
        """Derive everything again, and compare with anchors that were kept elsewhere."""
        ...
