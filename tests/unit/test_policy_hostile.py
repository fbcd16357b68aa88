"""Texts made to make a check slow: long runs of what patterns begin with and what they repeat."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from policysupport import a_rule

from lab.model import Message
from lab.policy.clear import Policy
from lab.policy.detect import Detector
from lab.policy.vault import Vault
from lab.settings import ROOT

SIZE = 100_000
MARKED = base64.b64encode("Tuyệt mật số 040295001234. ".encode() * 4000).decode()
RUNS = {
    "digits": "0402950",
    "groups of digits": "040 295 001 ",
    "digits and dots": "1.",
    "dots": ".",
    "spaces": " a" + " " * 500,
    "lines": "\n",
    "mật": "mật ",
    "zero-width": "a\u200b",
    "brackets": "([{<",
    "nested entities": "&amp;amp;#48;",
    "percent signs": "%2531",
    "letters without spaces": "nguyễnvănmẫu",
    "capitals": "A",
    "names": "Nguyễn Văn Mẫu, ",
    "cells": "1|",
    "addresses of mail": "a.a@",
    "loose accents": "a\u0301\u0302",
    "letters apart": "t u y ệ t ",
    "keys": "-----BEGIN PRIVATE KEY-----",
    "backwards": "ngược 123456 ",
    "quotes": "\"'",
    "base64": MARKED,
}


@pytest.fixture(scope="module")
def policy() -> Iterator[Policy]:
    """All rules, long texts in a child process; a deadline that only endless work misses."""
    made = Policy.load(ROOT / "policies", seconds=60)
    yield made
    made.close()


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
async def test_no_text_takes_for_ever(run: str, policy: Policy) -> None:
    """100,000 characters of it are decided on before the deadline and without a fault: what grows
    with the square of the length would need many minutes.
    """
    text = (run * (SIZE // len(run) + 1))[:SIZE]
    result = await policy.clear([Message("user", text)], vault=Vault())
    assert result.decision.fault is None


@pytest.mark.parametrize(
    "form", ["@" * 60 + "#", "@ " * 30 + "#", "A" * 100 + "#", "## " * 40 + "@"]
)
def test_a_hostile_form_of_an_officer_stays_linear(form: str) -> None:
    """The worst forms read 100,000 letters, spaces or digits without a match and come to an end:
    a form has no repetition but runs of up to eight spaces, so each place is tried in bounded time.
    """
    detector = Detector([a_rule(patterns=[{"name": "own", "form": form.strip()}])])
    for run in ("a", "a ", "A", "11 ", "a" + " " * 9):
        assert detector.find((run * SIZE)[:SIZE]) == ()
