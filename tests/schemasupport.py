"""The API asked everything that its own OpenAPI document allows, and more, by schemathesis."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from routesupport import Place
from schemathesis import GenerationMode
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lab.pages.errors import FIELDS

CHECKS = [  # no fault is documented, so that the first finds those too
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = ("/stream",)
"""Answers without an end; the walk over all routes asks for their beginning."""
SIGNS_OUT = ("/api/login", "/api/logout", "/api/people/{person}/resume")
"""Asked by strangers and refused: they would end the walker's own sign-in."""
SLOW = ("/publish", "/restore", "/runs", "/check", "/bundle", "/prompts", "/opinion", "/preview")
"""What takes more than a moment for each request: asked once."""
OURS = FIELDS | {"exercise", "incident", "proposal"}
"""Names of fields and of what was looked for, which an answer may say."""
LONG_ENOUGH = 8
"""Letters of a value that cannot stand in an answer by chance."""


def operations(there: Place) -> Iterator[Any]:
    """Every operation of the document."""
    document = there.people["owner"].visitor.call("GET", "/api/openapi.json").json()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        yield found.ok()


def asked_of(there: Place, who: str) -> list[Any]:
    """The operations that can be asked as somebody: that end, and do not end the sign-in."""
    return [
        operation
        for operation in operations(there)
        if not operation.path.endswith(ENDLESS)
        and (who == "nobody" or operation.path not in SIGNS_OUT)
    ]


def fuzz(there: Place, who: str, examples: int, seed: int = 1) -> Counter[int]:
    """Ask everything as somebody; how often each status came. Raises at a broken promise."""
    seen: Counter[int] = Counter()
    held = known(there)
    for operation in asked_of(there, who):
        count = 1 if operation.path.endswith(SLOW) else examples
        ask(there, who, operation, Asking(count, seed, held), seen)
    return seen


def known(there: Place) -> dict[str, str]:
    """What is really there, by the name that the document gives it."""
    officer = there.people["officer"].visitor
    found = {
        "session": there.session,
        "turn": there.turn,
        "class_id": there.class_id,
        "person": there.person,
        "exercise": "01-cau-lenh-dau-tien",
    }
    for incident in officer.call("GET", "/api/incidents").json()["incidents"][:1]:
        found["incident"] = incident["id"]
    for alarm in officer.call("GET", "/api/alarms").json()[:1]:
        found["alarm"] = str(alarm["id"])
    return found


@dataclass(frozen=True, slots=True)
class Asking:
    """How an operation is asked: how often, drawn from which seed, and what is really there."""

    count: int
    seed: int
    held: Mapping[str, str]
    allowed: bool = True
    """What the document allows; else what it does not."""


def ask(there: Place, who: str, operation: Any, asking: Asking, seen: Counter[int]) -> None:
    """Ask one operation as somebody. Raises at a broken promise."""
    visitor = there.people[who].visitor
    mode = GenerationMode.POSITIVE if asking.allowed else GenerationMode.NEGATIVE

    @hypothesis.seed(asking.seed)
    @hypothesis.settings(
        max_examples=asking.count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def one(case: Any, real: bool) -> None:
        if real:
            for part in (case.path_parameters, case.body):
                if isinstance(part, dict):
                    part.update({name: asking.held[name] for name in part if name in asking.held})
        sent = case.as_transport_kwargs(
            base_url="http://localhost", headers={"X-CSRF-Token": visitor.csrf}
        )
        sent.pop("cookies", None)
        answer = visitor.http.request(**{name: value for name, value in sent.items() if value})
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            parts = [case.body, case.query or {}, case.path_parameters or {}]
            for value in {word for part in parts for word in _words(part)} - OURS:
                assert value not in answer.text, f"{operation.label} repeats what was sent"

    try:
        one()
    except Unsatisfiable:
        if asking.allowed:
            raise
        ask(there, who, operation, replace(asking, allowed=True), seen)  # it takes nothing


def _words(value: Any) -> Iterator[str]:
    """Every longer text in what was sent, as it is and as JSON writes it."""
    if isinstance(value, str) and len(value) >= LONG_ENOUGH:
        yield value
        yield json.dumps(value)[1:-1]
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _words(name)
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
