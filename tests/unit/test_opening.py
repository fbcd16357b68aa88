"""What the model is told before the trainee's words leaves unchanged: nothing in it is masked."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.assistant.prefix import PREFIX
from lab.course import Course
from lab.model import Action, Cleared, Message
from lab.policy.clear import Policy
from lab.policy.vault import Vault
from lab.settings import ROOT

COURSE = Course.load(ROOT / "exercises")


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The shipped policy."""
    return Policy.load(Path(ROOT / "policies"))


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)
async def test_the_opening_of_every_exercise_leaves_as_it_is(exercise, policy: Policy) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Identity, example turns, system prompt and material have no finding of any kind."""
    opening = [*PREFIX, *(Message("system", text) for text in exercise.for_model)]
    checked = await policy.clear([*opening, Message("user", "Xin chào.")], vault=Vault())
    assert isinstance(checked, Cleared)
    assert [f for f in checked.decision.findings if f.action is not Action.ALLOW] == []
    assert list(checked.messages[:-1]) == opening
