"""The audit: who did what, before and after, and why, out of the chain."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from lab.log import acts
from lab.log.acts import PAGE, Act, Wanted
from lab.log.base import SYSTEM, Log
from lab.model import Language, Who
from lab.session.report import safe_cell
from lab.words import area, say

LONGEST = 200
"""Characters of a value that are shown; the event holds all of it."""
MOST = 8
"""Members of a list that are shown."""
APART = frozenset(
    {
        *("by", "by_name", "reason", "why", "before", "after", "was", "state", "base"),
        *("head", "manifest", "digest", "key", "signature", "sha256"),
    }
)
"""Fields that have a place of their own, and long digests: the event has them all."""
CODES = {"role": "page.role", "how": "publish.how"}
"""Fields whose values are codes: where the words for these begin."""


@dataclass(frozen=True, slots=True)
class Told:
    """One act in words."""

    at: str
    """ISO 8601, with the offset."""
    who: str
    what: str
    before: str
    after: str
    why: str
    more: str
    kind: str
    stream: str
    seq: int
    hash: str


COLUMNS = tuple(each.name for each in fields(Told))


@dataclass(frozen=True, slots=True)
class Acts:
    """What the page of the audit asks."""

    log: Log

    async def actors(self) -> list[tuple[str, str, str]]:
        """Everybody with a password: (id, name, role)."""
        return await self.log.read(acts.actors)

    async def listed(
        self, wanted: Wanted, language: Language, before: int | None = None
    ) -> tuple[list[tuple[Act, Told]], int | None]:
        """A page of acts, the newest first, and where the next one begins."""
        found = await self.log.read(
            partial(acts.acts, wanted=wanted, before=before, limit=PAGE + 1)
        )
        shown = found[:PAGE]
        words = await self._told(shown, language)
        more = shown[-1].place if len(found) > PAGE else None
        return list(zip(shown, words, strict=True)), more

    async def export(self, who: Who, wanted: Wanted) -> AsyncIterator[bytes]:
        """The acts as CSV, piece by piece; that they were taken is an act too."""
        told = {"by": who.person.id, **asdict(wanted)}
        await self.log.append(SYSTEM, "audit.exported", told)
        yield _csv([COLUMNS], bom=True)
        before: int | None = None
        while found := await self.log.read(partial(acts.acts, wanted=wanted, before=before)):
            rows = await self._told(found, who.language)
            yield _csv([[safe_cell(each) for each in asdict(row).values()] for row in rows])
            before = found[-1].place

    async def _told(self, found: Sequence[Act], language: Language) -> list[Told]:
        names = {room.id: room.name for room in await self.log.classes()}
        names |= {person: name for person, name, _ in await self.actors()}
        named = {
            value
            for act in found
            for value in (act.payload or {}).values()
            if isinstance(value, str) and value not in names
        }
        names |= await self.log.read(partial(acts.pseudonyms, people=sorted(named)))
        return [in_words(act, names, language) for act in found]


def what(kind: str, language: Language) -> str:
    """What was done."""
    return area("audit", language).get(f"audit.kind.{kind}", kind)


def in_words(act: Act, names: Mapping[str, str], language: Language) -> Told:
    """One act as a person reads it. ``names``: id -> name, or what a trainee is called."""
    row = act.payload or {}

    def value(each: Any) -> str:
        return _value(each, names, language)

    def named(name: str, each: Any) -> str:
        prefix = CODES.get(name, "")
        words = area(prefix.partition(".")[0], language) if prefix else {}
        return words.get(f"{prefix}.{each}") or value(each)

    before = row.get("before", row.get("was"))
    after = row.get("after", row.get("state"))
    if act.kind == "policy.published":
        before, after = f"v{row.get('base')}", f"v{row.get('version')}"
    more = "; ".join(
        _field(name, language) + ("" if each is True else f": {named(name, each)}")
        for name, each in row.items()
        if name not in APART and each and value(each)
    )
    return Told(
        at=dt.datetime.fromtimestamp(act.at).astimezone().isoformat(timespec="seconds"),
        who=_who(row, names, language),
        what=what(act.kind, language),
        before=value(before),
        after=value(after),
        why=value(row.get("reason", row.get("why"))),
        more=more if act.payload is not None else say("audit.erased", language),
        kind=act.kind,
        stream=act.stream,
        seq=act.seq,
        hash=act.hash,
    )


def _who(row: Mapping[str, Any], names: Mapping[str, str], language: Language) -> str:
    by = str(row.get("by") or "")
    if not by:
        return say("audit.itself", language)
    kind, _, user = by.partition(":")
    if kind in {"cli", "console"}:
        return say("audit.console", language, user=user or "?")
    if by == "retention":
        return say("audit.retention", language)
    return names.get(by, by)


def _field(name: str, language: Language) -> str:
    return area("audit", language).get(f"audit.field.{name}", name)


def _value(value: Any, names: Mapping[str, str], language: Language) -> str:
    """A value on one line; of lists the first members, of objects their names and values."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping):
        said = (
            f"{_field(name, language)} {_value(each, names, language)}"
            for name, each in value.items()
            if each
        )
        return ", ".join(said)[:LONGEST]
    if isinstance(value, list | tuple):
        shown = [_value(each, names, language) for each in value[:MOST]]
        rest = [f"+{len(value) - MOST}"] if len(value) > MOST else []
        return "; ".join([*shown, *rest])[:LONGEST]
    text = names.get(value, value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _csv(rows: Iterable[Sequence[Any]], *, bom: bool = False) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return (("\ufeff" if bom else "") + out.getvalue()).encode()
