"""The accounts of a very first start."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.auth.words import hash_password, made_class_code, made_password
from lab.log.base import Log
from lab.model import Classroom, Person, Role
from lab.words import say


@dataclass(frozen=True, slots=True)
class Accounts:
    """What was made; to be shown once."""

    people: tuple[tuple[Person, str], ...] = field(repr=False)
    """Each with the password."""
    classroom: Classroom


async def first_accounts(log: Log) -> Accounts | None:
    """An administrator, a trainer, an officer and a class; None where anybody is there already."""
    if await log.people() or await log.classes():
        return None
    made = []
    for role in (Role.ADMIN, Role.TRAINER, Role.OFFICER):
        password = made_password()
        name = say(f"auth.first.{role}")
        made.append(
            (await log.add_person(name, role, password=await hash_password(password)), password)
        )
    return Accounts(tuple(made), await log.add_class(say("auth.first.class"), made_class_code()))
