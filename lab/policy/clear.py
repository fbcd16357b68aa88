"""``Policy.clear``: the one gate that a payload passes before it may leave.

The order: signs of every message (kept by keyed hash, so that a long history costs nothing), signs
of what was split over turns, the values that the vault knows; then overlaps are resolved under the
actions in force, old turns that must not leave are left out, values are replaced from the back.
Whatever goes wrong on the way is a block with a reference (fail closed).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import LabError, PolicyError
from lab.keys import Keys
from lab.model import (
    Action,
    Blocked,
    Cleared,
    Decision,
    Finding,
    Language,
    Message,
    Tier,
    payload_digest,
)
from lab.mosaic import Mosaic
from lab.policy import rules as rule_files
from lab.policy.deadline import Overrun, limit
from lab.policy.detect import Detector, Placeholders, Sign, outside, resolve
from lab.policy.groups import ANYWHERE, Overlays, Place
from lab.policy.groups import read as read_overlays
from lab.policy.mosaic import Meter, MosaicFile
from lab.policy.mosaic import read as read_mosaic
from lab.policy.reference import reference
from lab.policy.remember import Memory, Prints
from lab.policy.repeats import repeats
from lab.policy.rules import Cues, PolicyData, Rule
from lab.policy.turns import Bridges, left_out
from lab.policy.vault import Vault, canonical, digits_of, shape
from lab.policy.workers import Workers

if TYPE_CHECKING:
    from lab.policy.reply import ReplyGuard

REMEMBERED = 20_000
"""Texts whose signs are remembered; a few hundred bytes each."""
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class _Checked:
    """One payload, checked: its findings by message, and which messages stay behind."""

    findings: tuple[tuple[Finding, ...], ...]
    left_out: frozenset[int]
    turns_left_out: int


class Policy:
    """One version of the policy, ready to decide."""

    def __init__(
        self,
        data: PolicyData,
        *,
        version: str,
        keys: Keys | None = None,
        seconds: float = 5.0,
        workers: int = 1,
        mosaic: MosaicFile | None = None,
        overlays: Overlays | None = None,
    ) -> None:
        """``workers``: child processes for long texts; 0 checks everything inline."""
        self.version = version
        self.rules = data.rules
        self.seconds = seconds
        self.settings = data.settings
        self._keys = keys
        self._own_actions = {rule.id: rule.action for rule in data.rules}
        self._by_id = {rule.id: rule for rule in data.rules}
        self._detector = Detector(data.rules)
        labels = {rule.placeholder for rule in data.rules if rule.tier in (Tier.T3, Tier.T4)}
        self.placeholders = Placeholders(labels | set(data.settings.placeholders))
        self.cues = Cues()
        self._memory: Memory[tuple[Sign, ...]] = Memory(REMEMBERED)
        self._bridges = Bridges(data.rules, data.settings.split_marks, data.settings.window_turns)
        self._workers = Workers(data.rules, workers) if workers else None
        self.mosaic = Meter(mosaic)
        self.overlays = overlays or Overlays()
        self._place = ANYWHERE

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        version: str = DRAFT,
        keys: Keys | None = None,
        seconds: float = 5.0,
        workers: int = 1,
    ) -> Policy:
        """The policy of a folder. Without ``keys`` findings carry no trace.

        Raises:
            DataFileError: problems in its files; a folder without rules too.
            PolicyError: every rule is off, or a recognizer cannot be made.
        """
        data = rule_files.read(folder)
        if version == DRAFT:
            version = f"{DRAFT}-{rule_files.digest(folder)[:8]}"
        return cls(
            data,
            version=version,
            keys=keys,
            seconds=seconds,
            workers=workers,
            mosaic=read_mosaic(folder),
            overlays=read_overlays(folder, data.rules),
        )

    def rule(self, rule_id: str) -> Rule:
        """One rule. Raises ``KeyError`` where this version has none of that id."""
        return self._by_id[rule_id]

    def source(self, rule: Rule, language: Language = "vi") -> str:
        """The legal text behind a rule, in words: its title, its article, its date."""
        name, _, article = (part.strip() for part in rule.source.partition(","))
        source = self.settings.sources[name]
        article = f", {article}" if article else ""
        return f"{source.title.read(language)}{article} ({source.date:%d/%m/%Y})"

    def self_test(self) -> None:
        """A real detection: each rule that acts must still find its own first example.

        Raises:
            PolicyError: one does not.
        """
        try:
            blind = [rule for rule in self.rules if not self._finds_example(rule)]
        except LabError:
            raise
        except Exception:  # noqa: BLE001 - whatever a recognizer raises
            raise PolicyError("policy_fault") from None
        if blind:
            raise PolicyError("policy_self_test", rule=blind[0].id)
        if self._workers:
            self._workers.warm()

    def at(self, place: Place) -> Policy:
        """The same policy where groups and exceptions of a place count; all else is shared."""
        twin = copy(self)
        twin._place = place  # noqa: SLF001 - its own
        return twin

    def close(self) -> None:
        """Stop the child processes."""
        if self._workers:
            self._workers.close()

    def reply(self, vault: Vault) -> ReplyGuard:
        """A check of one reply as it streams."""
        from lab.policy.reply import ReplyGuard  # noqa: PLC0415 - it builds on this module

        return ReplyGuard(self, vault)

    async def clear(
        self,
        messages: Sequence[Message],
        *,
        vault: Vault,
        tighten: Mapping[str, Action] | None = None,
    ) -> Cleared | Blocked:
        """Decide about a whole payload, every role. The last message is the prompt.

        Never raises: a fault is ``Blocked`` with ``decision.fault``. ``tighten`` maps entity types
        or rule ids to stricter actions; milder ones are ignored. Placeholders are added to
        ``vault``, only where the payload may leave.
        """
        started = time.perf_counter()
        try:
            actions = self.overlays.actions(self.rules, self._own_actions, tighten, self._place)
            prints = Prints()
            checked = await self._check(messages, vault, actions, prints, started + self.seconds)
            with limit(started + self.seconds - time.perf_counter()):
                mosaic = self.mosaic.of(messages, checked.findings, checked.left_out, prints)
            return self._decide(messages, checked, vault, started, mosaic)
        except (Overrun, TimeoutError):
            return self._fault("policy_timeout", started)
        except LabError as error:
            return self._fault(error.code, started)
        except Exception:  # noqa: BLE001 - fail closed, whatever it was
            return self._fault("policy_fault", started)

    async def inspect(
        self,
        text: str,
        *,
        history: Sequence[Message] = (),
        vault: Vault | None = None,
        tighten: Mapping[str, Action] | None = None,
    ) -> tuple[Decision, str | None]:
        """The live check: the decision on ``text`` alone, and what of it would leave.

        None where it would be blocked. The vault is not changed.
        """
        messages = [*history, Message("user", text)]
        twin = Vault() if vault is None else vault.copy()
        result = await self.clear(messages, vault=twin, tighten=tighten)
        last = len(messages) - 1
        own = tuple(replace(f, message=0) for f in result.decision.findings if f.message == last)
        if isinstance(result, Cleared):
            action = max((f.action for f in own), key=lambda a: a.rank, default=Action.ALLOW)
            decision = replace(result.decision, findings=own, action=action)
            return decision, result.messages[-1].content
        return replace(result.decision, findings=own), None

    def signs(self, text: str) -> list[Sign]:
        """Disjoint signs of a short text under the rules' own actions, placeholders left alone.

        For the check of replies. Raises what a recognizer raises.
        """
        found = outside(self._detector.find(text), self.placeholders.spans(text), text)
        actions = self._own_actions
        return resolve((s for s in found if actions[s.rule] is not Action.ALLOW), actions)

    # --- inside ----------------------------------------------------------------------------------

    def _finds_example(self, rule: Rule) -> bool:
        """Whether a rule that acts still finds the first thing that it says it must."""
        if rule.action is Action.ALLOW:
            return True
        text = rule_files.plain_example(rule.examples.catch[0])
        return any(sign.rule == rule.id for sign in self._detector.find(text))

    async def _signs(
        self, texts: Sequence[str], prints: Prints, until: float
    ) -> list[tuple[Sign, ...]]:
        """The signs of each text; long ones are read in a child process."""
        known = {text: self._memory.get(prints[text]) for text in texts}
        missing = [text for text, signs in known.items() if signs is None]
        if missing:
            left = until - time.perf_counter()
            if left <= 0:
                raise TimeoutError
            if self._workers and sum(map(len, missing)) > self.settings.pool_chars:
                found = await asyncio.to_thread(self._workers.find, missing, left)
            else:
                with limit(left):
                    found = [self._detector.find(text) for text in missing]
            if time.perf_counter() > until:
                raise TimeoutError
            for text, signs in zip(missing, found, strict=True):
                self._memory.keep(signs, prints[text])
                known[text] = signs
        return [known[text] or () for text in texts]

    async def _check(
        self,
        messages: Sequence[Message],
        vault: Vault,
        actions: Mapping[str, Action],
        prints: Prints,
        until: float,
    ) -> _Checked:
        """Findings of every message, and which turns must stay behind."""
        texts = [message.content for message in messages]
        signs = [list(found) for found in await self._signs(texts, prints, until)]
        holes = [self.placeholders.spans(text) for text in texts]
        bridges = self._bridges.between(messages, signs, prints)
        crossing = await self._signs([bridge.text(texts) for bridge in bridges], prints, until)
        for bridge, found in zip(bridges, crossing, strict=True):
            for index, sign in bridge.split(found, texts, self._bridges.personal):
                signs[index].append(sign)
        for index, sign in [*repeats(texts, signs, vault, self.rules, actions)]:
            signs[index].append(sign)
        findings: list[tuple[Finding, ...]] = []
        for index, text in enumerate(texts):
            kept = outside(signs[index], holes[index], text)
            acting = resolve((s for s in kept if actions[s.rule] is not Action.ALLOW), actions)
            shadow = resolve((s for s in kept if actions[s.rule] is Action.ALLOW), actions)
            both = [self._finding(s, text, index, actions) for s in (*acting, *shadow)]
            findings.append(tuple(sorted(both, key=lambda f: (f.start, f.end))))
        behind, turns = left_out(messages, findings)
        return _Checked(tuple(findings), behind, turns)

    def _finding(self, sign: Sign, text: str, index: int, actions: Mapping[str, Action]) -> Finding:
        rule = self._by_id[sign.rule]
        value = text[sign.start : sign.end]
        personal = rule.tier not in (Tier.T1, Tier.T2)
        trace = ""
        if personal and self._keys is not None:
            trace = self._keys.hash("trace", digits_of(value) or canonical(value))
        return Finding(
            entity=rule.entity,
            rule=rule.id,
            tier=rule.tier,
            action=actions[rule.id],
            start=sign.start,
            end=sign.end,
            score=sign.score,
            message=index,
            pattern=sign.pattern,
            context=self.cues.written(rule, sign.context),
            view=sign.view,
            shape=shape(value) if personal else "",
            trace=trace,
        )

    def _decide(
        self,
        messages: Sequence[Message],
        checked: _Checked,
        vault: Vault,
        started: float,
        mosaic: Mosaic | None,
    ) -> Cleared | Blocked:
        """The decision, and the payload as it leaves."""
        leaving = [
            finding
            for index, found in enumerate(checked.findings)
            if index not in checked.left_out
            for finding in found
        ]
        action = max((f.action for f in leaving), key=lambda a: a.rank, default=Action.ALLOW)
        if action is Action.BLOCK or self.mosaic.stops(mosaic):
            everything = tuple(f for found in checked.findings for f in found)
            return Blocked(self._decision(Action.BLOCK, everything, started, mosaic=mosaic))
        for message in messages:
            vault.note_seen(message.content)
        outgoing: list[Message] = []
        final: list[Finding] = []
        for index, (message, found) in enumerate(zip(messages, checked.findings, strict=True)):
            if index in checked.left_out:
                final.extend(found)
                continue
            text, named = self._masked(message.content, found, vault)
            outgoing.append(Message(message.role, text))
            final.extend(named)
        decision = self._decision(action, tuple(final), started, mosaic=mosaic)
        return Cleared(
            messages=tuple(outgoing),
            digest=payload_digest(outgoing),
            decision=decision,
            left_out=checked.turns_left_out,
        )

    def _masked(
        self, text: str, findings: Sequence[Finding], vault: Vault
    ) -> tuple[str, list[Finding]]:
        """The text with its values replaced, and the findings with their placeholders."""
        named: list[Finding] = []
        pieces: list[str] = []
        done = 0
        for finding in findings:
            if finding.action is not Action.MASK:
                named.append(finding)
                continue
            rule = self._by_id[finding.rule]
            token = vault.placeholder(
                rule.entity,
                text[finding.start : finding.end],
                label=rule.placeholder,
                restore=rule.restore,
            )
            pieces += (text[done : finding.start], token)
            done = finding.end
            named.append(replace(finding, placeholder=token))
        return "".join((*pieces, text[done:])), named

    def _decision(
        self,
        action: Action,
        findings: tuple[Finding, ...],
        started: float,
        fault: str | None = None,
        *,
        mosaic: Mosaic | None = None,
    ) -> Decision:
        return Decision(
            action=action,
            findings=findings,
            policy=self.version,
            reference=reference(),
            check_ms=round((time.perf_counter() - started) * 1000, 3),
            fault=fault,
            mosaic=mosaic,
        )

    def _fault(self, code: str, started: float) -> Blocked:
        return Blocked(self._decision(Action.BLOCK, (), started, code))
