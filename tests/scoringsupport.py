"""A small exercise of one's own making, to mark one line of a rubric at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lab.course import Course, Exercise, Material, PlantedValue, Text, Widget
from lab.course.rubric import RubricLine
from lab.model import Action, Criterion, Score, Status, Turn
from lab.scoring import Work, score

ROOT = Path(__file__).parents[1]
WORDS = {"vi": "a", "en": "a"}
LINES: TypeAdapter[Any] = TypeAdapter(RubricLine)
WIDGETS: TypeAdapter[Any] = TypeAdapter(Widget)
NEWS = """Ngày 9/9, hội nghị tập huấn mở tại 131 điểm cầu với 3.032 đại biểu. Chương trình
có 3 mục tiêu rõ ràng, kinh phí 5,4 triệu đồng do xã chi trả, dự kiến đạt 80 % số
cán bộ tham gia đủ hai buổi. Bà con ba xóm ven sông được mời tới xem cách nộp hồ sơ ngay tại nhà văn
hóa mới sửa xong mùa xuân."""


@cache
def course() -> Course:
    """The course as it ships."""
    return Course.load(ROOT / "exercises")


def line(check: str, **entries: Any) -> Any:
    """A line of a rubric."""
    return LINES.validate_python(
        {"id": "line", "title": WORDS, "advice": WORDS, "check": check, **entries}
    )


def widget(kind: str, **entries: Any) -> Any:
    """A question."""
    return WIDGETS.validate_python({"id": "w", "title": WORDS, "kind": kind, **entries})


def exercise(
    *lines: Any,
    widgets: Sequence[Any] = (),
    planted: Sequence[PlantedValue] = (),
    task: str = "Đọc bản tin rồi làm theo yêu cầu của giảng viên trong lớp hôm nay nhé các bạn.",
) -> Exercise:
    """An exercise of these lines, with one document."""
    material = Material("ban-tin", Text(vi="Bản tin", en="News"), NEWS, for_model=True)
    return replace(
        course().exercise("five-parts"),
        rubric=lines,
        widgets=tuple(widgets),
        planted=tuple(planted),
        task_md=task,
        material_shown=(material,),
        facts=course().exercise("redact-first").facts,
    )


def turn(prompt: str | None, reply: str = "Một câu trả lời.", nth: int = 0) -> Turn:
    """A turn as the log keeps it."""
    blocked = prompt is None
    return Turn(
        id=f"t{nth}",
        parent=None,
        at=float(nth),
        prompt=prompt,
        reply="" if blocked else reply,
        decision=Action.BLOCK if blocked else Action.ALLOW,
        findings=(),
        reference="K7M2",
        policy="v1",
        status=Status.BLOCKED if blocked else Status.ANSWERED,
        assistant="recorded",
    )


def marked(
    found: Exercise, *turns: Turn, answers: Mapping[str, Any] | None = None, **work: Any
) -> Criterion:
    """The only line of the rubric."""
    return whole(found, *turns, answers=answers, **work).criteria[0]


def whole(
    found: Exercise, *turns: Turn, answers: Mapping[str, Any] | None = None, **work: Any
) -> Score:
    """The whole score."""
    return score(found, turns, Work(answers or {}, **work), language="vi")


def of_text(checked: Any, text: str, *turns: Turn, start: str | None = None) -> Criterion:
    """A line about a text, marked."""
    asked = widget("text", least=3, most=3000, **({"start": start} if start else {}))
    return marked(exercise(checked, widgets=[asked]), *turns, answers={"w": text})
