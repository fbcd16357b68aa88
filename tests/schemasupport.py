"""The API asked everything that its own OpenAPI document allows, and more, by schemathesis."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from routesupport import Place
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lab.pages.errors import FIELDS

CHECKS = [
    not_a_server_error,
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


def fuzz(there: Place, who: str, examples: int, seed: int = 1) -> Counter[int]:
    """Ask everything as somebody; how often each status came. Raises at a broken promise."""
    seen: Counter[int] = Counter()
    for operation in operations(there):
        if operation.path.endswith(ENDLESS) or (who != "nobody" and operation.path in SIGNS_OUT):
            continue
        count = 1 if operation.path.endswith(SLOW) else examples
        _ask(there, who, operation, count, seed, seen)
    return seen


def _ask(there: Place, who: str, operation: Any, count: int, seed: int, seen: Counter[int]) -> None:
    visitor = there.people[who].visitor

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(), real=st.booleans())
    def one(case: Any, real: bool) -> None:
        if real:
            held = {"session": there.session, "turn": there.turn, "class_id": there.class_id}
            known = {name: held[name] for name in case.path_parameters or {} if name in held}
            case.path_parameters = {**(case.path_parameters or {}), **known}
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

    one()


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
