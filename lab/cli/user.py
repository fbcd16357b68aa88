"""``lab user``: people with a password, and the names of trainees."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from typing import Annotated

import typer

from lab.cli import erasing
from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.errors import BadRequest, NotFound
from lab.model import Role
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


app.command("erase", help=say("erasing.cli.user"))(erasing.erase_user)


class Staff(StrEnum):
    """Roles that sign in with a password."""

    TRAINER = "trainer"
    ASSISTANT = "assistant"
    OFFICER = "officer"
    ADMIN = "admin"


Name = Annotated[str, typer.Argument(help=say("auth.cli.name"))]
Code = Annotated[str | None, typer.Option("--class", help=say("auth.cli.class_scope"))]
Site = Annotated[str | None, typer.Option(help=say("auth.cli.site_scope"))]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help=say("auth.cli.stdin"))]


@app.command("add", help=say("auth.cli.add"))
def add(
    name: Name,
    role: Annotated[Staff, typer.Option(help=say("auth.cli.role"))],
    password_stdin: FromStdin = False,
    code: Code = None,
    site: Site = None,
) -> None:
    """Make an account. Without ``--class`` and ``--site`` it sees the whole course."""
    from lab.auth import clean_name, hash_password

    clean, password = clean_name(name), _password(password_stdin)

    async def run() -> None:
        hashed = await hash_password(password)
        async with opened(write=True) as log:
            room = await log.class_by_code(code) if code else None
            if code and room is None:
                raise NotFound("bad_class_code")
            await log.add_person(
                clean,
                Role(role),
                password=hashed,
                class_id=room.id if room else None,
                site=site or (room.site if room else None),
                by=operator(),
            )

    asyncio.run(run())
    tell(say("auth.cli.added", name=clean, role=say(f"cli.roles.{role}")))


@app.command("passwd", help=say("auth.cli.passwd"))
def passwd(name: Name, password_stdin: FromStdin = False) -> None:
    """Set a new password; the person's sign-ins end."""
    from lab.auth import hash_password

    password = _password(password_stdin)

    async def run() -> None:
        hashed = await hash_password(password)
        async with opened(write=True) as log:
            found = await log.person_by_password_name(name)
            if found is None:
                raise NotFound("no_person")
            await log.set_password(found.person.id, hashed, by=operator())

    asyncio.run(run())
    tell(say("auth.cli.changed", name=name))


@app.command("list", help=say("auth.cli.list"))
def list_people(code: Code = None) -> None:
    """People with a password; with ``--class``, everybody of that class. Tab-separated."""

    async def run() -> None:
        async with opened(write=False) as log:
            rooms = {room.id: room for room in await log.classes()}
            room = await log.class_by_code(code) if code else None
            if code and room is None:
                raise NotFound("bad_class_code")
            for person in await log.people(class_id=room.id if room else None):
                if room is None and person.role is Role.TRAINEE:
                    continue
                theirs = rooms.get(person.class_id or "")
                scope = theirs.code if theirs else person.site or "*"
                tell(person.id, person.role, scope, person.name)

    asyncio.run(run())


def _password(from_stdin: bool) -> str:
    """The first line of standard input, or what is typed twice, unseen."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadRequest("password_missing")
    return str(typer.prompt(say("auth.cli.password"), hide_input=True, confirmation_prompt=True))
