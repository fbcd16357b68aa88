"""Detectors beside ours: Presidio as it comes, and vipii where it is installed."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lab.model import Action, Finding, Message, Tier
from lab.policy.clear import Policy
from lab.policy.corpus import Case
from lab.policy.evaluate import Outcome, judge, run
from lab.policy.vault import Vault

Hits = Iterable[tuple[str, int, int]]
Find = Callable[[str], Hits]

ENTITIES = {
    "PERSON": "PERSON",
    "PHONE_NUMBER": "VN_PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "BANK_CARD",
    "BANK_CARD": "BANK_CARD",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "CCCD": "VN_CCCD",
    "CMND": "VN_CMND",
    "MST": "VN_TAX_CODE",
    "PASSPORT": "VN_PASSPORT",
    "DRIVER_LICENSE": "VN_DRIVING_LICENCE",
    "HEALTH_INSURANCE_NUMBER": "VN_HEALTH_INSURANCE",
    "SOCIAL_INSURANCE_NUMBER": "VN_SOCIAL_INSURANCE",
    "VEHICLE_PLATE": "VN_PLATE",
    "DATE_OF_BIRTH": "DATE_OF_BIRTH",
}
"""What the others call what we name otherwise."""
VIPII_ENGINES = ("underthesea", "regex")
"""vipii's own default first; the other one where underthesea is not installed."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One thing to measure."""

    name: str
    judge_all: Callable[[list[Case]], list[Outcome]]
    once: Callable[[str], object]
    """One text, for speed."""


def ours(policy: Policy) -> Detector:
    """The lab's whole decision: signs, overlaps, placeholders."""

    def judge_all(cases: list[Case]) -> list[Outcome]:
        return asyncio.run(run(policy, cases))

    loop = asyncio.new_event_loop()  # one loop, as a server has

    def once(text: str) -> object:
        return loop.run_until_complete(policy.clear([Message("user", text)], vault=Vault()))

    return Detector("lab", judge_all, once)


def presidio(language: str) -> Detector:
    """Presidio's AnalyzerEngine with all its default recognizers of a language, and no model."""
    import tldextract  # noqa: PLC0415
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NoOpNlpEngine  # noqa: PLC0415

    # Its e-mail recognizer would ask the network for a list of suffixes, and know no fictional one.
    offline = tldextract.TLDExtract(suffix_list_urls=(), extra_suffixes=("example",))
    tldextract.extract = offline  # type: ignore[assignment]
    engine = NoOpNlpEngine([{"lang_code": language, "model_name": "none"}])
    engine.load()
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language], nlp_engine=engine)
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=[language])

    def find(text: str) -> Hits:
        found = analyzer.analyze(text, language=language)
        return [(each.entity_type, each.start, each.end) for each in found]

    return _peer(f"presidio-{language}", find)


def vipii() -> Detector | None:
    """A detector of vipii with its own defaults; None where it is not installed."""
    try:
        package: Any = importlib.import_module("vipii")
    except ImportError:
        return None
    for engine in VIPII_ENGINES:
        try:
            detector = package.PIIDetector(nlp_engine=engine)
            detector.detect("Xin chào.")
        except ImportError:
            continue

        def find(text: str, detector: Any = detector) -> Hits:
            return [(each.label, each.start, each.end) for each in detector.detect(text)]

        return _peer(f"vipii ({engine})", find)
    return None


def _peer(name: str, find: Find) -> Detector:
    def judge_all(cases: list[Case]) -> list[Outcome]:
        return [_judge(case, find) for case in cases]

    return Detector(name, judge_all, find)


def _judge(case: Case, find: Find) -> Outcome:
    """A peer masks what it finds; it has no notion of a text that must not leave at all."""
    started = time.perf_counter()
    found = [list(find(turn.content)) for turn in case.messages]
    ms = (time.perf_counter() - started) * 1000
    findings = [
        Finding(
            entity=ENTITIES.get(entity, entity),
            rule=entity,
            tier=Tier.T3,
            action=Action.MASK,
            start=start,
            end=end,
            score=1.0,
            message=number,
        )
        for number, hits in enumerate(found)
        for entity, start, end in hits
    ]
    leaving = "\n".join(
        _masked(turn.content, hits) for turn, hits in zip(case.messages, found, strict=True)
    )
    action = Action.MASK if findings else Action.ALLOW
    return judge(case, findings, leaving, action=action, ms=ms)


def _masked(text: str, hits: Hits) -> str:
    hidden = {at for _, start, end in hits for at in range(start, end)}
    return "".join("█" if at in hidden else char for at, char in enumerate(text))
