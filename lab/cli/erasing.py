"""``lab user erase``, ``lab class erase`` and ``lab log expire``."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.out import tell, visible
from lab.cli.storage import opened, operator
from lab.errors import BadRequest, Conflict, NotFound
from lab.words import number, say

if TYPE_CHECKING:
    from lab.log.base import Log
    from lab.model import Person
    from lab.session.erasing import Erased

Reason = Annotated[str, typer.Option(help=say("erasing.cli.reason"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("erasing.cli.yes"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("erasing.cli.dry_run"))]


def erase_user(
    who: Annotated[str, typer.Argument(help=say("erasing.cli.who"))],
    reason: Reason,
    code: Annotated[str | None, typer.Option("--class", help=say("erasing.cli.of_class"))] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Erase a person, by id or by name."""
    from lab.session.erasing import Erasing, clean_reason

    clean_reason(reason)

    async def run() -> tuple[Person, Erased | None]:
        async with opened(write=True) as log:
            person = await _found(log, who, code)
            if dry_run or not _sure(say("erasing.cli.sure_person", name=person.name), yes=yes):
                return person, None
            return person, await Erasing(log).person(person.id, by=operator(), reason=reason)

    person, done = asyncio.run(run())
    _tell(done, say("erasing.cli.would_person", name=person.name, person=person.id))


def erase_class(
    code: Annotated[str, typer.Argument(help=say("erasing.cli.class_code"))],
    reason: Reason,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Erase a class and all of its trainees."""
    from lab.model import Role
    from lab.session.erasing import Erasing, clean_reason

    clean_reason(reason)

    async def run() -> tuple[str, Erased | None]:
        async with opened(write=True) as log:
            room = await log.class_by_code(code)
            if room is None:
                raise NotFound("bad_class_code")
            count = len(await log.people(role=Role.TRAINEE, class_id=room.id))
            what = say("erasing.cli.would_class", name=room.name, count=number(count))
            if dry_run or not _sure(what, yes=yes):
                return what, None
            return what, await Erasing(log).room(room.id, by=operator(), reason=reason)

    what, done = asyncio.run(run())
    _tell(done, what)


def expire(dry_run: DryRun = False) -> None:
    """Erase all trainees whose class keeps data no longer."""
    from lab.session.erasing import Erasing

    async def run() -> None:
        async with opened(write=True) as log:
            work, rooms = Erasing(log), {room.id: room for room in await log.classes()}
            for each in await work.due():
                day = time.strftime("%d/%m/%Y", time.localtime(each.last_at))
                room = rooms[each.class_id].name
                tell(say("erasing.cli.due", person=each.person, room=room, day=day))
            if dry_run:
                tell(say("erasing.cli.nothing"))
                return
            done = await work.expire(say("erasing.retention"))
            await work.sweep()
            _tell(done, "")

    asyncio.run(run())


async def _found(log: Log, who: str, code: str | None) -> Person:
    """The one person of this id or name. Raises ``NotFound``, or ``Conflict`` for several."""
    from lab.log.people import name_key

    by_id = await log.person(who)
    if by_id is not None:
        return by_id
    room = await log.class_by_code(code) if code else None
    if code and room is None:
        raise NotFound("bad_class_code")
    people = await log.people(class_id=room.id if room else None)
    same = [person for person in people if name_key(person.name) == name_key(who)]
    if not same:
        raise NotFound("no_person")
    if len(same) > 1:
        raise Conflict("several_people", count=len(same))
    return same[0]


def _sure(what: str, *, yes: bool) -> bool:
    """Whether to go on. Raises ``BadRequest`` where nobody can be asked."""
    import sys

    if yes:
        return True
    if not sys.stdin.isatty():
        raise BadRequest("erase_not_sure")
    return typer.confirm(visible(what))


def _tell(done: Erased | None, what: str) -> None:
    if done is None:
        tell(what)
        tell(say("erasing.cli.nothing"))
        return
    counts = {
        "people": number(done.people),
        "sessions": number(done.sessions),
        "rows": number(done.rows),
    }
    tell(say("erasing.cli.done", "vi", **counts))
