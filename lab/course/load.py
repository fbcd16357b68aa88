"""Reads ``exercises/``: every problem of every file is told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from lab import datafile
from lab.course.cross import cross, problem
from lab.course.exercise import Exercise, Material, ModelAnswer, boxes_of
from lab.course.shapes import (
    CourseFile,
    ExerciseFile,
    Lexicon,
    ModelAnswerHead,
    RecordedHead,
    Text,
)
from lab.errors import DataFileError, Problem
from lab.model import RecordedReply

M = TypeVar("M", bound=BaseModel)
FENCE = "---"
HINT_STEPS = 3
_PROMPT = re.compile(r"^```prompt[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Course:
    """All exercises, in order."""

    title: Text
    notice: Text
    document_profile: str
    groups: Mapping[str, Text]
    exercises: tuple[Exercise, ...]
    folder: Path

    @classmethod
    def load(cls, folder: Path) -> Course:
        """Read the course.

        Raises:
            DataFileError: with every problem of every file.
        """
        reading = _Reading()
        head = reading.file(folder / "course.yaml", CourseFile)
        lexicon = reading.file(folder / "lexicon.yaml", Lexicon)
        found: list[Exercise] = []
        for path in sorted(folder.glob("*/exercise.yaml")):
            exercise = reading.exercise(path.parent, lexicon, head)
            if exercise is not None:
                found.append(exercise)
        if not found and not reading.problems:
            reading.note(folder, "no_exercises")
        if reading.problems or head is None:
            raise DataFileError(tuple(reading.problems))
        return cls(
            title=head.title,
            notice=head.notice,
            document_profile=head.document_profile,
            groups={group.id: group.title for group in head.groups},
            exercises=tuple(sorted(found, key=lambda each: each.number)),
            folder=folder,
        )

    def exercise(self, exercise_id: str) -> Exercise:
        """By id. Raises ``KeyError``."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        raise KeyError(exercise_id)


@dataclass(slots=True)
class _Reading:
    """One pass over the folder, and what it found wrong."""

    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, Path] = field(default_factory=dict)

    def note(self, path: Path, key: str, /, **gaps: object) -> None:
        """A problem of a whole file."""
        self.problems.append(problem(path, key, gaps))

    def file(self, path: Path, shape: type[M]) -> M | None:
        """A YAML file, or None where it has problems."""
        try:
            return datafile.load(path, shape)
        except DataFileError as error:
            self.problems += error.problems
            return None

    def text(self, path: Path) -> str:
        """A Markdown file that must say something."""
        try:
            text = datafile.read_text(path).strip()
        except DataFileError as error:
            self.problems += error.problems
            return ""
        if not text:
            self.note(path, "empty_file")
        return text

    def headed(self, path: Path, shape: type[M]) -> tuple[M | None, str]:
        """A Markdown file with YAML between two lines ``---`` on top."""
        lines = self.text(path).split("\n")
        if lines == [""]:
            return None, ""
        if lines[0] != FENCE or FENCE not in lines[1:]:
            self.problems.append(problem(path, "no_head", {}, at=(1, 1, lines[0])))
            return None, ""
        end = lines.index(FENCE, 1)
        body = "\n".join(lines[end + 1 :]).strip()
        if not body:
            self.note(path, "empty_file")
        try:
            head = "\n".join(lines[1:end])
            return datafile.loads(head, str(path), shape, first_line=2), body
        except DataFileError as error:
            self.problems += error.problems
            return None, body

    def exercise(
        self, folder: Path, lexicon: Lexicon | None, head: CourseFile | None
    ) -> Exercise | None:
        """The exercise of one folder, or None where it has problems."""
        before = len(self.problems)
        spec = self.file(folder / "exercise.yaml", ExerciseFile)
        task = self.text(folder / "task.md")
        hints = self._hints(folder / "hints.md")
        answer = self._model_answer(folder / "model-answer.md")
        replies, fits = self._recorded(folder / "recorded")
        if spec is None:
            return None
        material = tuple(
            Material(
                each.file.removesuffix(".md"),
                each.title,
                self.text(folder / "material" / each.file),
                each.for_model,
            )
            for each in spec.material
        )
        self.problems += cross(folder / "exercise.yaml", spec, head, self.seen)
        if len(self.problems) > before or lexicon is None:
            return None
        return Exercise(
            id=spec.id,
            number=spec.number,
            group=spec.group,
            title=spec.title,
            goal=spec.goal,
            minutes=spec.minutes,
            objectives=spec.objectives,
            task_md=task,
            hints=tuple(Text(vi=vi, en=en) for vi, en in zip(hints, spec.hints_en, strict=True)),
            model_answer=answer,
            system_prompt=spec.system_prompt,
            material_shown=material,
            material_for_model="\n\n".join(each.text for each in material if each.for_model),
            recorded=replies,
            fits=fits,
            rubric=spec.rubric,
            token_budget=spec.token_budget,
            boxes=boxes_of(lexicon) if spec.boxes else (),
            sources=spec.sources,
            tighten=spec.tighten,
            planted=spec.planted,
            facts=spec.facts,
            widgets=spec.widgets,
            lexicon=lexicon,
            folder=folder,
        )

    def _hints(self, path: Path) -> tuple[str, ...]:
        """The steps of the ladder: each begins with a heading ``## ...``."""
        text = self.text(path)
        starts = [found.start() for found in _HEADING.finditer(text)]
        steps = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
        bodies = [_HEADING.sub("", step, count=1).strip() for step in steps]
        if text and (len(steps) != HINT_STEPS or not all(bodies)):
            self.note(path, "hint_steps", count=sum(map(bool, bodies)))
        return tuple(step.strip() for step in steps)

    def _model_answer(self, path: Path) -> ModelAnswer:
        head, body = self.headed(path, ModelAnswerHead)
        prompts = tuple(found.strip() for found in _PROMPT.findall(body))
        if body and not all(prompts or ("",)):
            self.note(path, "no_prompt_block")
        answers: dict[str, Any] = dict(head.answers) if head else {}
        return ModelAnswer(body, prompts, answers)

    def _recorded(
        self, folder: Path
    ) -> tuple[tuple[RecordedReply, ...], dict[str, tuple[str, ...]]]:
        replies: list[RecordedReply] = []
        fits: dict[str, tuple[str, ...]] = {}
        for path in sorted(folder.glob("*.md")):
            head, body = self.headed(path, RecordedHead)
            if head is not None and body:
                replies.append(RecordedReply(path.stem, head.all_of, head.none_of, body))
                fits[path.stem] = head.fits
        if not folder.is_dir() or not any(folder.glob("*.md")):
            self.note(folder, "no_recorded")
        return tuple(replies), fits
