"""Walking through exercises over the API that the page uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from websupport import Visitor, Web

from lab.course import Exercise, Tried


def with_model_answer(exercise: Exercise) -> Tried:
    """What the model answer does, as somebody's work."""
    model = exercise.model_answer
    turns = tuple((prompt, None) for prompt in model.prompts)
    return Tried("model", exercise.folder, turns, model.answers, 1, good=True)


def work(web: Web, who: Visitor, exercise: Exercise, tried: Tried, **more: str) -> dict[str, Any]:
    """Do an exercise as somebody did, and have it checked; the score. ``more`` goes along with each
    prompt; a reply that was not the recorded one is given by the web's endpoint.
    """
    session = begun(who, exercise)
    for prompt, reply in tried.turns:
        if reply is None:
            events = who.ask(session, prompt, **more)
        else:
            web.endpoint.behave(kind="answer", reply=reply)
            events = who.ask(session, prompt)
        assert events[-1][0] == "done", events[-1]
    return checked(who, session, tried.answers)


def begun(who: Visitor, exercise: Exercise) -> str:
    """A new session."""
    row = who.call("POST", "/api/sessions", {"exercise": exercise.id}).json()
    return str(row["session"])


def checked(who: Visitor, session: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Give answers and have them checked; the score."""
    for name, given in answers.items():
        said = who.call("POST", f"/api/sessions/{session}/answers", {"answers": {name: given}})
        assert said.is_success, said.text
    score = who.call("POST", f"/api/sessions/{session}/check")
    assert score.is_success, score.text
    found: dict[str, Any] = score.json()
    return found
