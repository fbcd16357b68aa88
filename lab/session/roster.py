"""Classes and their people, as far as somebody may see them; lists that bring people in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from lab.auth.words import clean_class_code, clean_name, made_class_code
from lab.errors import BadRequest, Forbidden, NotFound, Problem
from lab.keys import Keys
from lab.log import roster, roster_lists
from lab.log.base import Log
from lab.log.roster import Member, Room, Scope
from lab.log.roster_lists import Plan, RosterProblem
from lab.model import Language, Role, Who
from lab.session.roster_file import Sheet
from lab.words import say

KEEPERS = frozenset({Role.TRAINER, Role.ADMIN})
"""Who may make classes and bring in lists."""
WATCHERS = KEEPERS | {Role.ASSISTANT}
"""Who may see the people of a class."""
WHOLE = Scope("cli")
"""The scope of commands on the server itself."""
MOST_DAYS = 3650


def scope_of(who: Who) -> Scope:
    """What this person may see. Raises ``Forbidden`` for roles that see no classes."""
    person = who.person
    if person.role not in WATCHERS:
        raise Forbidden
    return Scope(person.id, person.class_id, person.site)


def keeping(who: Who) -> Scope:
    """The same, for those who may change it. Raises ``Forbidden``."""
    if who.person.role not in KEEPERS:
        raise Forbidden
    return scope_of(who)


@dataclass(frozen=True, slots=True)
class Rosters:
    """Sites, classes and people of a course."""

    log: Log
    keys: Keys

    async def rooms(self, scope: Scope) -> list[Room]:
        """Classes within a scope, by run, site and name."""
        return await self.log.read(partial(roster.rooms, scope=scope))

    async def room(self, scope: Scope, class_id: str) -> Room:
        """One class. Raises ``NotFound`` for one that is not within the scope."""
        found = await self.log.read(partial(roster.rooms, scope=scope, only=class_id))
        if not found:
            raise NotFound("no_class")
        return found[0]

    async def members(self, scope: Scope, class_id: str) -> list[Member]:
        """Trainees of a class. Raises ``NotFound``."""
        room = await self.room(scope, class_id)
        return await self.log.read(partial(roster.members, class_id=room.id))

    async def sites(self, scope: Scope) -> list[str]:
        """Names of the sites within a scope."""
        if scope.site is not None:
            return [scope.site]
        return await self.log.read(roster.sites)

    async def runs(self) -> list[str]:
        """Names of the course runs."""
        return await self.log.read(roster.runs)

    async def add_room(
        self,
        scope: Scope,
        *,
        name: str,
        code: str = "",
        site: str = "",
        run: str = "",
        retention_days: int | None = None,
    ) -> Room:
        """A new class; without a code one is made.

        Raises:
            BadRequest: a name or code that cannot be used.
            Conflict: the code is in use.
            Forbidden: the site is not theirs, or they have but one class.
        """
        if scope.class_id is not None or scope.site not in {None, site or scope.site}:
            raise Forbidden
        check_days(retention_days)
        made = await self.log.write(
            partial(
                roster.add_room,
                scope=scope,
                name=clean_name(name),
                code=clean_class_code(code) if code.strip() else made_class_code(),
                site=clean_name(site) if site.strip() else scope.site,
                run=clean_name(run) if run.strip() else None,
                retention_days=retention_days,
            )
        )
        return await self.room(scope, made)

    async def keep_for(self, scope: Scope, class_id: str, days: int | None) -> None:
        """How long the data of a class are kept after the last use; None: until erased.

        Raises:
            BadRequest: not a number of days that can be.
            NotFound: no such class within the scope.
        """
        check_days(days)
        room = await self.room(scope, class_id)
        await self.log.write(partial(roster.keep_for, scope=scope, room=room.id, days=days))

    async def name_on_board(self, scope: Scope, class_id: str, reason: str | None) -> None:
        """Show a class by name on its trainers' board, for a reason that its trainees read; None:
        by pseudonym. Raises ``NotFound``.
        """
        room = await self.room(scope, class_id)
        await self.log.write(
            partial(roster.name_on_board, scope=scope, room=room.id, reason=reason)
        )

    async def preview(self, scope: Scope, sheet: Sheet, *, default: str | None = None) -> Plan:
        """What a list would do; nothing is changed."""
        if default is not None:
            await self.room(scope, default)
        plan = await self.log.read(
            partial(roster_lists.match, entries=sheet.entries, scope=scope, default=default)
        )
        return _with_those_of(sheet, plan)

    async def bring_in(
        self,
        scope: Scope,
        sheet: Sheet,
        *,
        default: str | None = None,
        run: str = "",
        leave_out: bool = False,
    ) -> Plan:
        """Bring in a list, all of it or nothing; with ``leave_out`` without the rows that have
        problems. The same list a second time makes nobody twice.

        Raises:
            BadRequest: ``roster_problems``: rows have problems, and nothing was brought in.
        """
        before = await self.preview(scope, sheet, default=default)
        if before.problems and not leave_out:
            raise BadRequest("roster_problems", count=len(before.problems))
        plan = await self.log.write(
            partial(
                roster_lists.bring_in,
                keys=self.keys,
                entries=sheet.entries,
                scope=scope,
                default=default,
                run=clean_name(run) if run.strip() else None,
                file=sheet.file,
                code=made_class_code,
            )
        )
        return _with_those_of(sheet, plan)


def check_days(days: int | None) -> None:
    """Raise ``BadRequest`` for a retention that makes no sense."""
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadRequest("retention_days", most=MOST_DAYS)


def problem_of(problem: RosterProblem, file: str, language: Language) -> Problem:
    """A problem as people read it."""
    gaps = dict(problem.values)
    place = say(f"roster.field.{problem.field}", language) if problem.field else ""
    message = say(f"roster.problem.{problem.code}.message", language, **gaps)
    return Problem(
        file,
        problem.line,
        problem.column,
        f"{place}: {message}" if place else message,
        say(f"roster.problem.{problem.code}.help", language, **gaps),
    )


def _with_those_of(sheet: Sheet, plan: Plan) -> Plan:
    """A plan with the problems that stood in the file already, each with its column."""
    placed = [*sheet.problems, *(sheet.placed(each) for each in plan.problems)]
    return replace(plan, problems=tuple(sorted(placed, key=lambda each: each.line)))
