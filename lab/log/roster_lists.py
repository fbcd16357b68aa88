"""What a list of people brings to the classes.

``match`` compares a list with what is there and changes nothing; ``bring_in`` does the same within
a transaction and writes what it found. Both see the same plan unless somebody came in meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from lab.keys import Keys
from lab.log import people
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical
from lab.log.people import code_key, name_key, new_id
from lab.log.roster import Scope, make_room
from lab.log.writer import Transaction
from lab.model import Person, Role

Fate = Literal["new", "known", "changed", "joined"]
"""Of a row: somebody new, known already, known under another name or unit, or a walk-in of before
whom the list now names."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list, cleaned."""

    line: int
    name: str
    unit: str = ""
    ref: str = ""
    site: str = ""
    room: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """Something in a list that keeps a row out; the sentences are ``roster.problem.<code>``."""

    line: int
    column: int
    """Of the cell, from 1; 0 where the whole row is meant."""
    field: str
    """Name of the column's field; empty where the whole row is meant."""
    code: str
    values: tuple[tuple[str, str | int], ...] = ()
    """What fills the gaps of the sentence."""


@dataclass(slots=True)
class PlannedRoom:
    """A class that a list names: one that is there, or one that it makes."""

    id: str
    name: str
    code: str
    """Empty where one is to be made."""
    site: str | None
    made: bool
    counts: dict[str, int] = field(default_factory=dict)
    """How many rows have which fate."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One row, and what becomes of it."""

    entry: Entry
    room: PlannedRoom
    fate: Fate
    person: str | None
    """Who it is, unless somebody new."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a list would do."""

    rooms: tuple[PlannedRoom, ...]
    rows: tuple[Planned, ...]
    problems: tuple[RosterProblem, ...]

    def count(self, fate: Fate) -> int:
        """Rows with this fate."""
        return sum(row.fate == fate for row in self.rows)


def match(db: Db, entries: Sequence[Entry], scope: Scope, default: str | None = None) -> Plan:
    """What becomes of each row. ``default``: the class of rows that name none."""
    return _Matching(db, scope, default).run(entries)


def bring_in(
    write: Write,
    keys: Keys,
    entries: Sequence[Entry],
    scope: Scope,
    *,
    default: str | None,
    run: str | None,
    file: str,
    code: Callable[[], str],
) -> Plan:
    """Write what ``match`` finds now; rows with problems are left out. ``code`` makes codes."""
    plan = match(write.db, entries, scope, default)
    for room in plan.rooms:
        if room.made:
            room.code = code_key(room.code) or _free_code(write.db, code)
            make_room(write, scope, room.id, room.name, room.code, room.site, run, None)
    now = time.time()
    for row in plan.rows:
        if row.fate != "known":
            _write_row(write, keys, row, now, scope.by)
    told = {
        "by": scope.by,
        "file": file,
        "classes": [room.id for room in plan.rooms],
        "left_out": len({problem.line for problem in plan.problems}),
        **{fate: plan.count(fate) for fate in ("new", "known", "changed", "joined")},
    }
    write.append(SYSTEM, "roster.imported", canonical(told))
    return plan


def _write_row(write: Write, keys: Keys, row: Planned, now: float, by: str) -> None:
    entry, person_id = row.entry, row.person
    if person_id is None:
        person = Person(new_id(), entry.name, Role.TRAINEE, row.room.id, row.room.site)
        people.add_person(cast("Transaction", write), keys, person, None, None, by=by)
        person_id = person.id
    write.db.execute(
        "UPDATE people SET name = ?, name_key = ?, unit = coalesce(?, unit),"
        " ref = coalesce(?, ref), rostered_at = coalesce(rostered_at, ?) WHERE id = ?",
        (
            entry.name,
            name_key(entry.name),
            entry.unit or None,
            entry.ref or None,
            now,
            person_id,
        ),
    )
    if row.fate in {"changed", "joined"}:
        write.append(
            SYSTEM, "person.rostered", canonical({"person": person_id, "fate": row.fate, "by": by})
        )


def _free_code(db: Db, code: Callable[[], str]) -> str:
    while True:
        made = code_key(code())
        if not db.execute("SELECT 1 FROM classes WHERE code = ?", (made,)).fetchone():
            return made


class _Matching:
    """One comparison of a list with what is there."""

    def __init__(self, db: Db, scope: Scope, default: str | None) -> None:
        self._db = db
        self._scope = scope
        self._default = default
        self._rooms: dict[str, PlannedRoom] = {}
        self._by_code: dict[str, PlannedRoom] = {}
        self._by_name: dict[tuple[str, str], PlannedRoom] = {}
        self._known: dict[str, list[list[Any]]] = {}
        self._lines: dict[tuple[str, str, str, str], int] = {}
        self._meant: set[tuple[str, str, str]] = set()
        found = db.execute("SELECT id, name, code, site FROM classes ORDER BY added_at DESC, id")
        for room_id, name, code, site in found:
            self._index(PlannedRoom(room_id, name, code, site, made=False))
        refs = db.execute("SELECT ref, class_id FROM people WHERE ref IS NOT NULL")
        self._refs: dict[str, str] = {name_key(ref): class_id for ref, class_id in refs}

    def run(self, entries: Sequence[Entry]) -> Plan:
        """Classes first, then row after row."""
        rows: list[Planned] = []
        problems: list[RosterProblem] = []
        placed: list[tuple[Entry, PlannedRoom]] = []
        for entry in entries:
            try:
                placed.append((entry, self._room_of(entry)))
            except _Left as left:
                problems.append(left.problem)
        self._meant = {(room.id, *_who(entry.name, entry.unit)) for entry, room in placed}
        for entry, room in placed:
            try:
                row = self._row(entry, room)
            except _Left as left:
                problems.append(left.problem)
                continue
            room.counts[row.fate] = room.counts.get(row.fate, 0) + 1
            rows.append(row)
        used = {row.room.id: row.room for row in rows}
        in_order = sorted(problems, key=lambda problem: problem.line)
        return Plan(tuple(used.values()), tuple(rows), tuple(in_order))

    def _index(self, room: PlannedRoom) -> PlannedRoom:
        self._rooms[room.id] = room
        if room.code:
            self._by_code[code_key(room.code)] = room
        self._by_name[name_key(room.site or ""), name_key(room.name)] = room
        return room

    def _room_of(self, entry: Entry) -> PlannedRoom:
        site = entry.site or self._scope.site or ""
        if entry.code:
            room = self._by_code.get(code_key(entry.code))
        elif entry.room:
            room = self._by_name.get((name_key(site), name_key(entry.room)))
        else:
            room = self._rooms.get(self._default or "")
            if room is None:
                raise _Left(entry, "room", "no_class")
        if room is None:
            return self._made(entry, site)
        if self._scope.class_id not in {None, room.id}:
            raise _Left(entry, "room", "not_your_class")
        if self._scope.site not in {None, room.site}:
            raise _Left(entry, "site", "not_your_site", site=room.site or "")
        if entry.site and name_key(entry.site) != name_key(room.site or ""):
            raise _Left(entry, "site", "other_site", room=room.name, site=room.site or "")
        return room

    def _made(self, entry: Entry, site: str) -> PlannedRoom:
        if not entry.room:
            raise _Left(entry, "code", "no_such_code", typed=entry.code)
        if self._scope.class_id is not None:
            raise _Left(entry, "room", "not_your_class")
        if self._scope.site is not None and name_key(site) != name_key(self._scope.site):
            raise _Left(entry, "site", "not_your_site", site=site)
        place = self._scope.site or site or None
        return self._index(PlannedRoom(new_id(), entry.room, entry.code, place, made=True))

    def _row(self, entry: Entry, room: PlannedRoom) -> Planned:
        identity = (
            (room.id, "", "", name_key(entry.ref))
            if entry.ref
            else (room.id, name_key(entry.name), name_key(entry.unit), "")
        )
        before = self._lines.setdefault(identity, entry.line)
        if before != entry.line:
            named = "ref" if entry.ref else "name"
            raise _Left(entry, named, "double_ref" if entry.ref else "double", line=before)
        elsewhere = self._refs.get(name_key(entry.ref)) if entry.ref else None
        if elsewhere not in {None, room.id}:
            other = self._rooms.get(elsewhere or "")
            raise _Left(entry, "ref", "other_class", room=other.name if other else "")
        found = None if room.made else self._find(entry, room)
        if found is None:
            return Planned(entry, room, "new", None)
        person, name, unit, ref, rostered = found
        held = (name, unit, name_key(ref))
        if rostered is None:
            return Planned(entry, room, "joined", person)
        said = (entry.name, entry.unit or unit, name_key(entry.ref or ref))
        return Planned(entry, room, "known" if held == said else "changed", person)

    def _find(self, entry: Entry, room: PlannedRoom) -> list[Any] | None:
        """Who of the class this is; a person is found once.

        By the organisers' mark; else by name and unit; else by the name alone, where one of the two
        says no unit and no other row of the list means that person.
        """
        here = self._known.get(room.id)
        if here is None:
            rows = self._db.execute(
                "SELECT id, name, coalesce(unit, ''), coalesce(ref, ''), rostered_at FROM people"
                " WHERE class_id = ? AND role = 'trainee' ORDER BY added_at, id",
                (room.id,),
            )
            here = self._known[room.id] = [list(row) for row in rows]
        ref, (name, unit) = name_key(entry.ref), _who(entry.name, entry.unit)
        marked = [row for row in here if ref and name_key(row[3]) == ref]
        named = [row for row in here if name_key(row[1]) == name and not (ref and row[3])]
        same = [row for row in named if name_key(row[2]) == unit]
        loose = [
            row
            for row in named
            if not (unit and row[2]) and (room.id, *_who(row[1], row[2])) not in self._meant
        ]
        found = next(iter(marked or same or loose), None)
        if found is not None:
            here.remove(found)
        return found


def _who(name: str, unit: str) -> tuple[str, str]:
    return name_key(name), name_key(unit)


class _Left(Exception):
    """A row that cannot be taken."""

    def __init__(self, entry: Entry, named: str, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.problem = RosterProblem(entry.line, 0, named, code, tuple(values.items()))
