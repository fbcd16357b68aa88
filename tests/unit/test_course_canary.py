"""Canaries: values of each session's own, with which the course teaches and marks as before."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.course import Course, Exercise, PlantedValue, Tried
from lab.course.canary import COMMUNES, Canary, Draw, canaries, entity_of, plant
from lab.course.shapes import SettingValue
from lab.model import Action, Blocked, Message
from lab.policy.clear import Policy
from lab.policy.vault import Vault
from lab.scoring.planted import leaks, worded
from lab.scoring.replay import replay
from lab.session.canaries import judge

ROOT = Path(__file__).parents[2]
COURSE = Course.load(ROOT / "exercises")
PLANTED = [each for each in COURSE.exercises if each.own]
SECRET = [each for each in PLANTED if any(map(entity_of, each.own))]
WORDS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
seeds = st.binary(min_size=8, max_size=8)


@pytest.fixture(scope="module")
def policy() -> Iterator[Policy]:
    """The policy as it is."""
    made = Policy.load(ROOT / "policies", workers=0)
    yield made
    made.close()


def drawing(seed: bytes) -> Draw:
    """Numbers that depend on a seed and a name."""

    def draw(name: str, below: int) -> int:
        return int.from_bytes(hashlib.sha256(seed + name.encode()).digest()) % below

    return draw


def spelled(digits: str) -> str:
    """A number as people read it out."""
    return " ".join(WORDS[int(digit)] for digit in re.sub(r"\D", "", digits))


def with_words(tried: Tried, made: tuple[Canary, ...]) -> Tried:
    """What was tried, numbers that are written in words told anew too."""
    turns = []
    for prompt, reply in tried.turns:
        text = prompt
        for canary in made:
            if canary.planted.kind == "number":
                text = text.replace(spelled(canary.planted.value), spelled(canary.value.value))
        turns.append((text, reply))
    return replace(tried, turns=tuple(turns))


@pytest.mark.parametrize("exercise", PLANTED, ids=lambda each: each.id)
@settings(
    derandomize=True,
    max_examples=2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=seeds)
def test_marking_holds_with_the_values_of_any_session(
    exercise: Exercise, policy: Policy, seed: bytes
) -> None:
    """The model answer and good tries pass, bad ones do not, and the policy finds every value."""
    made = canaries(exercise.own, drawing(seed))
    own = plant(exercise, made)
    own = replace(own, tried=tuple(with_words(each, made) for each in own.tried))
    played = asyncio.run(replay(own, policy))
    assert played.model.passed
    assert not played.empty.passed
    assert [(each.file, each.message) for each in played.problems] == []


@pytest.mark.parametrize("exercise", PLANTED, ids=lambda each: each.id)
@settings(
    derandomize=True,
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=seeds)
def test_the_policy_finds_the_same_on_every_line(
    exercise: Exercise, policy: Policy, seed: bytes
) -> None:
    """On each line of the material the policy does with a session's values what it does with the
    file's: no commune is taken for a person, no document with its mark passes.
    """
    own = plant(exercise, canaries(exercise.own, drawing(seed)))
    pairs = zip(exercise.material_shown, own.material_shown, strict=True)
    for old, new in ((old.text.splitlines(), new.text.splitlines()) for old, new in pairs):
        for before, after in zip(old, new, strict=True):
            if before != after:
                assert rules(policy, after) == rules(policy, before), after


def rules(policy: Policy, line: str) -> list[str]:
    """The rules that act on a line."""
    result = asyncio.run(policy.clear([Message("user", line)], vault=Vault()))
    return [each.rule for each in result.decision.findings if each.action is not Action.ALLOW]


@pytest.mark.parametrize("exercise", SECRET, ids=lambda each: each.id)
def test_no_two_sessions_have_the_same_values(exercise: Exercise) -> None:
    """Of two thousand sessions none has the secrets of another, and none has those of the file."""
    drawn = [
        frozenset(
            each.value.value for each in canaries(exercise.own, drawing(bytes([n % 256, n // 256])))
        )
        for n in range(2000)
    ]
    assert len(set(drawn)) == len(drawn)
    assert frozenset(each.value for each in exercise.own) not in drawn


def test_communes_of_sessions_are_nowhere() -> None:
    """No commune that a session may get is the name of a place."""
    places = (ROOT / "policies/lists/places.txt").read_text().lower().splitlines()
    assert not {each.lower() for each in COMMUNES} & set(places)


@pytest.mark.parametrize("exercise", PLANTED, ids=lambda each: each.id)
@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_nothing_of_the_old_values_is_left(exercise: Exercise, seed: bytes) -> None:
    """No text of the session's exercise gives away what the file planted, and it says the new."""
    made = canaries(exercise.own, drawing(seed))
    own = plant(exercise, made)
    said = "\n".join([own.task_md, *(each.text for each in own.material_shown), repr(own.widgets)])
    before = [canary.planted for canary in made if canary.planted.value != canary.value.value]
    assert [name for name, whole in leaks(said, before).items() if whole] == []
    shown = "\n".join([*(each.text for each in own.material_shown), repr(own.widgets)])
    secret = {canary.value.name for canary in made if isinstance(canary.value, PlantedValue)}
    assert set(leaks(shown, own.own)) >= secret
    for canary in made:
        if isinstance(canary.value, SettingValue):
            assert worded(said, canary.value.value)
            assert canary.value == canary.planted or not worded(said, canary.planted.value)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, other=seeds)
def test_values_come_from_the_seed_alone(seed: bytes, other: bytes) -> None:
    """The same seed gives the same values, another seed others, and all are in safe ranges."""
    exercise = next(each for each in SECRET if each.planted)
    made = canaries(exercise.own, drawing(seed))
    assert made == canaries(exercise.own, drawing(seed))
    if seed != other:
        assert made != canaries(exercise.own, drawing(other))
    for canary in made:
        kind, digits = canary.entity, re.sub(r"\D", "", canary.value.value)
        if kind == "VN_CCCD":
            assert re.fullmatch(r"040[23]9\d{7}", digits)
        elif kind == "VN_PHONE":
            assert re.fullmatch(r"0950\d{6}", digits)
        elif kind == "BANK_CARD":
            luhn = sum(
                sum(divmod(int(d) * (2 if n % 2 else 1), 10))
                for n, d in enumerate(reversed(digits))
            )
            assert digits.startswith("970400")
            assert luhn % 10 == 0


def test_an_exercise_without_such_values_stays_as_it_is() -> None:
    """Nothing is copied where nothing is planted."""
    plain = next(each for each in COURSE.exercises if not each.own)
    assert plant(plain, canaries(plain.own, drawing(b"x"))) is plain


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=seeds)
def test_a_marked_document_of_the_session_is_known(policy: Policy, seed: bytes) -> None:
    """Who types a marked document of the session's is stopped, and the lab knows it for its own;
    its number without the mark is no secret, and another document is possibly real.
    """
    exercise = COURSE.exercise("secrecy-marks")
    own = plant(exercise, canaries(exercise.own, drawing(seed)))
    number = next(each.value for each in own.setting if each.name == "report")
    for text, origins, seen in (
        (f"Viết lại báo cáo số {number}, dấu MẬT", {"canary"}, ["found"]),
        (f"Ký hiệu {number} nghĩa là gì?", set(), []),
        ("Viết lại báo cáo số 4321-BC/ĐU, dấu MẬT", {"unknown"}, []),
    ):
        result = asyncio.run(policy.clear([Message("user", text)], vault=Vault()))
        found = result.decision.findings
        outgoing = None if isinstance(result, Blocked) else text
        judged = judge(own, text, found, outgoing)
        assert {
            it for it, one in zip(judged.origins, found, strict=True) if one.action is Action.BLOCK
        } == origins
        assert [each["outcome"] for each in judged.seen] == seen
