"""``Auth``: who comes in, who is in, who leaves. Knows no HTTP."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from lab.auth import words
from lab.auth.limits import Failures, Pacing
from lab.errors import LabError, NotFound, NotSignedIn
from lab.keys import Keys
from lab.log.base import SYSTEM, Log, SignIn
from lab.log.roster import claim
from lab.model import Classroom, Language, Person, Role, Who
from lab.settings import Settings

CACHE_SECONDS = 5.0
"""How long a sign-in is remembered between two looks at the database."""
CACHE_SIZE = 20_000
TOUCH_SECONDS = 60
_STAFF = (Role.TRAINER, Role.ASSISTANT, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Joined:
    """A fresh sign-in, and what the browser must keep of it."""

    who: Who
    token: str = field(repr=False)
    resume_code: str | None = field(default=None, repr=False)
    """Shown once, at the first join."""


@dataclass(slots=True)
class _Known:
    """A sign-in as it was read a moment ago."""

    row: SignIn
    person: Person
    read_at: float


@dataclass(slots=True)
class Auth:
    """Signs people in and knows them again."""

    log: Log
    keys: Keys
    settings: Settings
    _accounts: Failures = field(default_factory=lambda: Failures(free=5, longest=60))
    _resumes: Failures = field(default_factory=lambda: Failures(free=5, longest=300))
    _codes: Failures = field(default_factory=lambda: Failures(free=5, longest=60))
    _pacing: Pacing = field(default_factory=Pacing)
    _known: dict[str, _Known] = field(default_factory=dict)
    _touches: set[asyncio.Task[None]] = field(default_factory=set)

    # --- coming in -------------------------------------------------------------------------------

    async def join(
        self,
        class_code: str,
        name: str,
        resume_code: str | None = None,
        language: Language | None = None,
        place: str = "",
    ) -> Joined:
        """A trainee by class code and name: a new person, or with the resume code the same again.

        ``place``: the address that this comes from, or what else many share; empty: no pace.

        Raises:
            BadRequest: the name cannot be read.
            NotSignedIn: no such class, or the resume code does not fit the name.
            TooMany: too many codes that did not fit.
        """
        clean, code = words.clean_name(name), words.readable(class_code)
        await self._pacing.turn(place, self._key(code))
        try:
            joined = await self._join(code, clean, resume_code, language)
        except NotSignedIn:
            self._pacing.failed(place)
            raise
        self._pacing.fitted(place, self._key(code))
        return joined

    async def _join(
        self, class_code: str, clean: str, resume_code: str | None, language: Language | None
    ) -> Joined:
        room = await self._room(class_code)
        if not resume_code or not resume_code.strip():
            return await self._first_join(room, clean, language)
        async with self._resumes.attempt(self._key(room.id, clean)):
            for known in await self.log.trainees_named(room.id, clean):
                if words.resume_code_fits(self.keys, known.resume, resume_code):
                    return await self._enter(known.person, language)
            await self._failed("class", why="resume_code", class_id=room.id)
            raise NotSignedIn("bad_resume_code")

    async def _room(self, code: str) -> Classroom:
        room = await self.log.class_by_code(code)
        if room is not None:
            return room
        async with self._codes.attempt(self._key(code)):
            await self._failed("class", why="class_code")
            raise NotSignedIn("bad_class_code")

    async def _first_join(self, room: Classroom, name: str, language: Language | None) -> Joined:
        same = await self.log.trainees_named(room.id, name)
        code = words.made_resume_code()
        while any(words.resume_code_fits(self.keys, other.resume, code) for other in same):
            code = words.made_resume_code()
        resume = words.hash_resume_code(self.keys, code)
        person = None
        if any(other.resume is None for other in same):  # on the roster, and not here yet
            person = await self.log.write(
                partial(claim, class_id=room.id, name=name, resume=resume)
            )
        person = person or await self.log.add_person(
            name, Role.TRAINEE, resume=resume, class_id=room.id, site=room.site
        )
        return replace(await self._enter(person, language), resume_code=code)

    async def login(self, name: str, password: str, language: Language | None = None) -> Joined:
        """Somebody with a password.

        Raises:
            NotSignedIn: name and password do not fit (which of them is not told).
            TooMany: too many tries for this name.
        """
        name = words.readable(name)
        async with self._accounts.attempt(self._key(name)):
            found = await self.log.person_by_password_name(name)
            if not await words.password_fits(found.password if found else None, password):
                person = found.person.id if found else None
                await self._failed("password", person=person)
                raise NotSignedIn("bad_login")
        assert found is not None  # noqa: S101 - a password fitted
        return await self._enter(found.person, language)

    async def _enter(self, person: Person, language: Language | None) -> Joined:
        token = secrets.token_urlsafe(32)
        csrf = secrets.token_urlsafe(24)
        row = await self.log.sign_in(person.id, self._hash(token), csrf)
        return Joined(Who(person, row.id, csrf, language or self.settings.language), token)

    async def _failed(self, way: str, **more: str | None) -> None:
        """Tell the log; never what was typed, since a password may stand in the field of names."""
        await self.log.append(SYSTEM, "signin.failed", {"way": way, **more})

    # --- being in --------------------------------------------------------------------------------

    async def who(self, token: str) -> Who | None:
        """Whom a cookie stands for; None where it stands for nobody, or for nobody any more."""
        hashed = self._hash(token)
        known = await self._look_up(hashed)
        if known is None:
            return None
        now = time.time()
        idle = now - known.row.seen_at
        if self._over(known, now):
            self._known.pop(hashed, None)
            await self.log.sign_out(known.row.id)
            return None
        if idle > TOUCH_SECONDS:
            known.row = replace(known.row, seen_at=now)
            task = asyncio.create_task(self._touch(known.row.id))
            self._touches.add(task)
            task.add_done_callback(self._touches.discard)
        return Who(known.person, known.row.id, known.row.csrf, self.settings.language)

    async def stands(self, token: str) -> bool:
        """Whether a cookie still stands for somebody; unlike ``who`` this is no sign of life."""
        known = await self._look_up(self._hash(token))
        return known is not None and not self._over(known, time.time())

    def _over(self, known: _Known, now: float) -> bool:
        return (
            now - known.row.seen_at > self.settings.signin_idle_minutes * 60
            or now - known.row.created_at > self.settings.signin_hours * 3600
        )

    async def _look_up(self, hashed: str) -> _Known | None:
        now = time.monotonic()
        known = self._known.get(hashed)
        if known is not None and now - known.read_at < CACHE_SECONDS:
            return known
        found = await self.log.signed_in(hashed)
        if found is None:
            self._known.pop(hashed, None)
            return None
        row, person = found
        if known is not None:  # a touch may still be on its way to the disk
            row = replace(row, seen_at=max(row.seen_at, known.row.seen_at))
            del self._known[hashed]
        self._known[hashed] = fresh = _Known(row, person, now)
        if len(self._known) > CACHE_SIZE:
            del self._known[next(iter(self._known))]
        return fresh

    async def _touch(self, signin_id: str) -> None:
        with suppress(LabError):  # nobody is signed out since the log cannot be written
            await self.log.touch(signin_id)

    # --- leaving ---------------------------------------------------------------------------------

    async def logout(self, who: Who) -> None:
        """End this sign-in; others of the same person go on."""
        await self.log.sign_out(who.signin)
        self._forget(lambda known: known.row.id == who.signin)

    async def reset_resume(self, trainer: Who, person_id: str) -> str:
        """A new resume code for a trainee of the trainer's class or site; ends their sign-ins.

        Raises:
            NotFound: no such trainee, or not one of theirs.
        """
        person = await self.log.person(person_id)
        if person is None or person.role is not Role.TRAINEE or not _may_help(trainer, person):
            raise NotFound("no_person")
        code = words.made_resume_code()
        hashed = words.hash_resume_code(self.keys, code)
        await self.log.set_resume(person.id, hashed, by=trainer.person.id)
        self._forget(lambda known: known.person.id == person.id)
        return code

    def forget(self, person_id: str) -> None:
        """Look at the database again before this person is known."""
        self._forget(lambda known: known.person.id == person_id)

    def _forget(self, which: Callable[[_Known], bool]) -> None:
        for hashed in [hashed for hashed, known in self._known.items() if which(known)]:
            del self._known[hashed]

    def _hash(self, token: str) -> str:
        return self.keys.hash("signin", token)

    def _key(self, *parts: str) -> str:
        """What stands for a name in the memory of failures."""
        return self.keys.hash("failures", "\0".join(" ".join(p.casefold().split()) for p in parts))


def _may_help(trainer: Who, person: Person) -> bool:
    helper = trainer.person
    return (
        helper.role in _STAFF
        and helper.class_id in (None, person.class_id)
        and helper.site in (None, person.site)
    )
