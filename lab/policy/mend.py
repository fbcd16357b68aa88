"""``mend``: a rewrite of a prompt in which personal values give way to words for their kind.

What is classified, internal or not yet public is never rewritten: a text without its mark is as
secret as before. Whatever was rewritten is checked again, by the same gate.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.model import Action, Decision, EntityType, Finding, Message, Tier
from lab.policy.clear import Policy
from lab.policy.text import fold
from lab.policy.vault import Vault

PASSES = 3
"""Rewrites after one another, should the check find more in what is left."""
State = Literal["clean", "mended", "part", "secret", "stuck", "fault"]
_BORN = re.compile(r"(?<!\w)sinh (?:ngay|nam|vao)?\s?$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_AT = re.compile(
    r"(?:(?<!\w)(?:o|tai|tru|ngu|cu tru|thuong tru|tam tru|ve|den|que|que quan)"
    r"|dia chi\s*:|noi o\s*:|que quan\s*:)\s*$"
)
_UNIT = re.compile(r"(?<!\w)(xa|phuong|thi tran)\s")
_UNITS = {"xa": "một xã", "phuong": "một phường", "thi tran": "một thị trấn"}
OLDEST = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What stood at ``start:end`` of the text as typed, and what stands there now."""

    start: int
    end: int
    text: str
    rules: tuple[str, ...]
    """The rules for whose sake it was changed."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A rewrite, and what the gate says of it."""

    state: State
    text: str
    changes: tuple[Change, ...]
    decision: Decision
    """On the text as rewritten."""
    outgoing: str | None
    """What of it would leave; None for nothing."""

    @property
    def kept(self) -> tuple[Finding, ...]:
        """What still stops the text: it cannot be mended by other words."""
        return tuple(f for f in self.decision.findings if f.action is Action.BLOCK)


async def mend(
    policy: Policy,
    text: str,
    *,
    history: Sequence[Message],
    vault: Vault,
    tighten: Mapping[EntityType, Action],
) -> Mended:
    """Rewrite a prompt. Neither the vault nor anything else is changed; nothing is kept."""
    twin = vault.copy()
    for message in (*history, Message("user", text)):
        twin.note_seen(message.content)
    draft = _Draft(text)
    for _ in range(PASSES):
        decision, outgoing = await policy.inspect(
            draft.text, history=history, vault=vault, tighten=tighten
        )
        acting = [found for found in decision.findings if found.action is not Action.ALLOW]
        if decision.fault or any(found.tier is Tier.T1 for found in acting):
            break
        personal = [found for found in acting if found.tier is not Tier.T2]
        if not personal:
            break
        draft.replace(_replacements(policy, draft.text, personal, twin))
    else:
        decision, outgoing = await policy.inspect(
            draft.text, history=history, vault=vault, tighten=tighten
        )
    return Mended(_state(decision, draft), draft.text, draft.changes, decision, outgoing)


def _state(decision: Decision, draft: _Draft) -> State:
    if decision.fault:
        return "fault"
    if decision.action is Action.BLOCK:
        if any(found.tier is Tier.T1 for found in decision.findings):
            return "secret"
        return "part" if draft.changes else "stuck"
    return "mended" if draft.changes else "clean"


def _replacements(
    policy: Policy, text: str, findings: Iterable[Finding], vault: Vault
) -> list[Change]:
    """What each personal value gives way to, in order and disjoint."""
    made: list[Change] = []
    for found in findings:
        rule = policy.rule(found.rule)
        value = text[found.start : found.end]
        change = None
        if found.entity == "DATE_OF_BIRTH":
            change = _age(text, found)
        elif found.entity == "ADDRESS":
            change = _somewhere(text, found)
        if change is None or (made and change.start < made[-1].end):
            token = vault.placeholder(
                rule.entity, value, label=rule.placeholder, restore=rule.restore
            )
            change = Change(found.start, found.end, token, (rule.id,))
        made.append(change)
    return made


def _age(text: str, found: Finding) -> Change | None:
    """``sinh ngày 12/5/1985`` as an age band; None where no sentence can be made of it."""
    born = _BORN.search(fold(text[max(0, found.start - 12) : found.start]))
    year = _YEAR.search(text[found.start : found.end])
    if born is None or year is None:
        return None
    age = dt.datetime.now(dt.UTC).year - int(year[0])
    if not 0 <= age < OLDEST:
        return None
    low = age // 10 * 10
    start = found.start - len(born[0])
    return Change(start, found.end, f"trong độ tuổi {low}-{low + 9}", (found.rule,))


def _somewhere(text: str, found: Finding) -> Change | None:
    """``ở xóm 3, xã Hòa Lam`` as ``ở một xã``; None where it would not be a sentence."""
    if _AT.search(fold(text[max(0, found.start - 16) : found.start])) is None:
        return None
    unit = _UNIT.search(fold(text[found.start : found.end]))
    return Change(found.start, found.end, _UNITS[unit[1]], (found.rule,)) if unit else None


@dataclass(slots=True)
class _Piece:
    """Some characters as typed, and what they became."""

    before: str
    after: str
    rules: tuple[str, ...] = ()


class _Draft:
    """A text under rewriting, that knows of every change where it stood at first."""

    def __init__(self, text: str) -> None:
        self._pieces = [_Piece(text, text)]

    @property
    def text(self) -> str:
        """As it is now."""
        return "".join(piece.after for piece in self._pieces)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed, by offsets in the text as typed."""
        changes: list[Change] = []
        at = 0
        for piece in self._pieces:
            end = at + len(piece.before)
            if piece.rules:
                changes.append(Change(at, end, piece.after, piece.rules))
            at = end
        return tuple(changes)

    def replace(self, changes: Iterable[Change]) -> None:
        """Make these changes, whose offsets are in the text as it is now."""
        for change in sorted(changes, key=lambda each: each.start, reverse=True):
            self._one(change)

    def _one(self, change: Change) -> None:
        """Cut pieces at the edges of a change; one that was changed before is taken in whole."""
        start, end, text = change.start, change.end, change.text
        rules, at = change.rules, 0
        for piece in self._pieces:
            stop = at + len(piece.after)
            if piece.rules and at < change.end and change.start < stop:
                text = piece.after[: max(0, change.start - at)] + text
                text += piece.after[change.end - at :] if stop > change.end else ""
                rules = tuple(dict.fromkeys((*piece.rules, *rules)))
                start, end = min(start, at), max(end, stop)
            at = stop
        head: list[_Piece] = []
        tail: list[_Piece] = []
        before, at = "", 0
        for piece in self._pieces:
            stop = at + len(piece.after)
            if stop <= start:
                head.append(piece)
            elif at >= end:
                tail.append(piece)
            else:
                if at < start:
                    head.append(_same(piece.after[: start - at]))
                cut = piece.after[max(0, start - at) : end - at]
                before += piece.before if piece.rules else cut
                if stop > end:
                    tail.append(_same(piece.after[end - at :]))
            at = stop
        self._pieces = [*head, _Piece(before, text, rules), *tail]


def _same(text: str) -> _Piece:
    """Characters that stay."""
    return _Piece(text, text)
