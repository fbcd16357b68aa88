"""The security report on paper, A4."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from lab.log.heads import GONE
from lab.log.security import OfRule
from lab.model import Action, Language
from lab.pages.paper import Paper
from lab.pages.shell import dated, moment
from lab.session.acts import what
from lab.session.security import Security
from lab.words import say

MOST_FAULTS = 20
ACTIONS = (Action.BLOCK, Action.MASK, Action.WARN, Action.ALLOW)


def as_pdf(
    found: Security, titles: Mapping[str, str], language: Language, heard: Callable[[float], None]
) -> bytes:
    """The whole report. ``titles``: of rules; ``heard`` is told how far it is."""
    paper = _Paper(language, found.at)
    paper.head(paper.period(found))
    paper.summary(found)
    paper.versions(found)
    heard(0.85)
    paper.rules(found, titles)
    paper.left(found)
    paper.trouble(found)
    heard(0.95)
    paper.exceptions(found, titles)
    paper.proof(found)
    paper.small(paper.say("note"))
    return bytes(paper.output())


class _Paper(Paper):
    """The parts of this report, top to bottom."""

    def say(self, key: str, **gaps: object) -> str:
        """A sentence of this report."""
        return say(f"security.{key}", self.language, **gaps)

    def period(self, found: Security) -> str:
        """From when to when, under which policy."""
        since, until = self.day(found.since), self.day(found.until)
        return self.say("period", since=since, until=until, policy=found.policy)

    def day(self, day: str) -> str:
        """A day as people write it."""
        return dated(dt.date.fromisoformat(day), self.language)

    def summary(self, found: Security) -> None:
        """The answer first: whether the log holds, how much left, how much was stopped."""
        self.part(self.say("part.summary"))
        counts = found.counts
        verdict = "bad" if found.verified.problems else "good"
        self.words(self.say(f"log.{verdict}", events=self.count(found.verified.events)), 11)
        self.words(
            self.say(
                "sums", prompts=self.count(sum(counts.prompts.values())),
                blocked=self.count(counts.prompts.get(Action.BLOCK, 0)),
                masked=self.count(counts.prompts.get(Action.MASK, 0)),
                real=self.count(counts.real), faults=self.count(counts.faults),
                disputed=self.count(counts.disputed),
            ),
            11,
        )  # fmt: skip

    def versions(self, found: Security) -> None:
        """Which versions were in force, who published them and who agreed."""
        self.part(self.say("part.versions"))
        head = [self.say(f"column.{name}") for name in ("version", "at", "by", "second", "reason")]
        rows = [
            (
                f"v{each.version}" + (f" ({self.say('weakens')})" if each.weakens else ""),
                moment(each.at, self.language),
                self.person(found, each.by),
                self.person(found, each.approved_by) if each.approved_by else "–",
                each.reason or "–",
            )
            for each in found.versions
        ]
        self.rows(head, rows, (30, 34, 36, 36, 38), figures=False)

    def rules(self, found: Security, titles: Mapping[str, str]) -> None:
        """What each rule did, by tier."""
        self.part(self.say("part.rules"))
        if not found.counts.rules:
            self.words(self.say("no_rules"), 11)
            return
        head = [self.say("column.rule"), *(self.say(f"action.{each}") for each in ACTIONS)]

        def row(each: OfRule) -> tuple[str, ...]:
            numbers = (self.count(each.actions.get(action, 0)) for action in ACTIONS)
            return (f"{each.tier} · {titles.get(each.rule, each.rule)}", *numbers)

        self.rows(head, [row(each) for each in found.counts.rules], (94, 20, 20, 20, 20))

    def left(self, found: Security) -> None:
        """What left, by day and address."""
        self.part(self.say("part.left"))
        sums: dict[tuple[str, str], list[int]] = {}
        for each in found.left:
            counts = sums.setdefault((each.day, each.host), [0, 0])
            counts[0] += each.sendings
            counts[1] += each.size
        if not sums:
            self.words(self.say("no_left"), 11)
            return
        head = [self.say(f"column.{name}") for name in ("day", "sendings", "size")]
        rows = [
            (f"{self.day(day)} · {self.host(host)}", self.count(sendings), self.count(size))
            for (day, host), (sendings, size) in sums.items()
        ]
        self.rows(head, rows, (104, 30, 40))

    def trouble(self, found: Security) -> None:
        """Incidents, uses of the kill switch, ways round the policy."""
        self.part(self.say("part.incidents"))
        counts = found.counts
        if not counts.incidents:
            self.words(self.say("no_incidents"), 11)
        for kind, number in counts.incidents.items():
            self.words(f"{what(kind, self.language)}: {self.count(number)}", 11)
        for at, kind, by, reason in counts.switch:
            who = self.person(found, by)
            told = f"{moment(at, self.language)} · {what(kind, self.language)} · {who} · {reason}"
            self.words(told, 11)
        self.words(
            self.say(
                "attacks", found=self.count(sum(counts.attacks.values())),
                waiting=self.count(counts.attacks.get("waiting", 0)),
                accepted=self.count(counts.attacks.get("accepted", 0)),
            ),
            11,
        )  # fmt: skip

    def exceptions(self, found: Security, titles: Mapping[str, str]) -> None:
        """Exceptions in force today: of what, for whom, until when, who answers for them."""
        self.part(self.say("part.exceptions"))
        if not found.exceptions:
            self.words(self.say("no_exceptions"), 11)
            return
        head = [self.say(f"column.{name}") for name in ("rule", "owner", "until", "reason")]
        rows = [
            (
                titles.get(each.rule, each.rule),
                each.owner,
                dated(each.until, self.language),
                each.reason,
            )
            for each in found.exceptions
        ]
        self.rows(head, rows, (54, 40, 30, 50), figures=False)

    def proof(self, found: Security) -> None:
        """How the log was verified, and the signed head."""
        self.part(self.say("part.proof"))
        verified, head = found.verified, found.head
        self.words(
            self.say(
                "verified", events=self.count(verified.events),
                streams=self.count(verified.streams), anchors=self.count(verified.anchors),
                erased=self.count(verified.erased), problems=self.count(len(verified.problems)),
            ),
            11,
        )  # fmt: skip
        for fault in verified.problems[:MOST_FAULTS]:
            self.words(fault.sentence(self.language), 10)
        self.words(
            self.say(
                "head", day=self.day(head.day), events=self.count(head.events), anchor=head.number
            ),
            11,
        )
        for name in ("anchor", "signature", "key"):
            self.words(f"{self.say(f'field.{name}')}: {getattr(head, name)}", 8.5, soft=True)

    def person(self, found: Security, by: str) -> str:
        """Who acted."""
        return found.names.get(by, by) or self.say("itself")

    def host(self, name: str) -> str:
        """An address."""
        if name == GONE:
            return say("proof.left.gone", self.language)
        return name or say("proof.left.local", self.language)
