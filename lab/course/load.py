"""Reads ``exercises/``: every problem of every file is told at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from lab import datafile
from lab.course.base import Text
from lab.course.cross import Known, Pointer, cross, problem
from lab.course.exercise import Exercise, Material, ModelAnswer, Tried, boxes_of
from lab.course.forms import Form
from lab.course.shapes import (
    BadFile,
    CourseFile,
    ExerciseFile,
    GoodFile,
    Lexicon,
    ModelAnswerHead,
    RecordedHead,
)
from lab.course.widgets import TextWidget, Widget
from lab.errors import DataFileError, Problem
from lab.model import RecordedReply

M = TypeVar("M", bound=BaseModel)
FENCE = "---"
HINT_STEPS = 3
_PROMPT = re.compile(r"^```prompt[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_ANSWER = re.compile(r"^```answer +([a-z0-9-]+)[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Course:
    """All exercises, in order."""

    id: str
    title: Text
    notice: Text
    document_profile: str
    second_opinion: bool
    groups: Mapping[str, Text]
    forms: tuple[Form, ...]
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
        common = _Common(
            head, reading.file(folder / "lexicon.yaml", Lexicon), reading.forms(folder)
        )
        reading.profile(folder, common)
        found: list[Exercise] = []
        for path in sorted(folder.glob("*/exercise.yaml")):
            exercise = reading.exercise(path.parent, common)
            if exercise is not None:
                found.append(exercise)
        if not found and not reading.problems:
            reading.note(folder, "no_exercises")
        if reading.problems or head is None:
            raise DataFileError(tuple(reading.problems))
        return cls(
            id=head.id,
            title=head.title,
            notice=head.notice,
            document_profile=head.document_profile,
            second_opinion=head.second_opinion,
            groups={group.id: group.title for group in head.groups},
            forms=common.forms,
            exercises=tuple(sorted(found, key=lambda each: each.number)),
            folder=folder,
        )

    @property
    def in_order(self) -> tuple[Exercise, ...]:
        """As they are taken: half-day by half-day."""
        groups = list(self.groups)
        return tuple(sorted(self.exercises, key=lambda one: (groups.index(one.group), one.number)))

    def exercise(self, exercise_id: str) -> Exercise:
        """By id. Raises ``KeyError``."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        raise KeyError(exercise_id)


@dataclass(frozen=True, slots=True)
class _Common:
    """What all exercises of a course share; None where a file has problems."""

    head: CourseFile | None
    lexicon: Lexicon | None
    forms: tuple[Form, ...]

    @property
    def in_force(self) -> dict[str, Form]:
        """Family -> its form: that of the course's profile, else the newest."""
        profile = self.head.document_profile if self.head else ""
        newest = sorted(self.forms, key=lambda form: (form.id == profile, form.date))
        return {form.family: form for form in newest}


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

    def forms(self, folder: Path) -> tuple[Form, ...]:
        """The texts on the form of documents."""
        read = (self.file(path, Form) for path in sorted(folder.glob("forms/*.yaml")))
        return tuple(form for form in read if form is not None)

    def profile(self, folder: Path, common: _Common) -> None:
        """The course's profile must be one of the forms."""
        known = {form.id for form in common.forms if form.family == "party"}
        if common.head is not None and common.head.document_profile not in known:
            path, profile = folder / "course.yaml", common.head.document_profile
            gaps = {"profile": profile, "known": ", ".join(sorted(known))}
            self.problems.append(Pointer(path).at(("document_profile",), "no_profile", **gaps))

    def exercise(self, folder: Path, common: _Common) -> Exercise | None:
        """The exercise of one folder, or None where it has problems."""
        before = len(self.problems)
        spec = self.file(folder / "exercise.yaml", ExerciseFile)
        task = self.text(folder / "task.md")
        hints = self._hints(folder / "hints.md")
        answer = self._model_answer(folder / "model-answer.md")
        replies, fits = self._recorded(folder / "recorded")
        tried = self._tried(folder / "tried")
        head, lexicon = common.head, common.lexicon
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
        known = Known(head, common.in_force, replies)
        self.problems += cross(folder / "exercise.yaml", spec, known, self.seen)
        if len(self.problems) > before or lexicon is None or head is None:
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
            setting=spec.setting,
            facts=spec.facts,
            widgets=tuple(_begun(widget, replies) for widget in spec.widgets),
            lexicon=lexicon,
            forms=common.in_force,
            ai_label=head.ai_label,
            tried=tried,
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
        answers: dict[str, Any] = dict(head.answers) if head else {}
        answers |= {name: text.strip() for name, text in _ANSWER.findall(body)}
        if (body and not (prompts or answers)) or not all(prompts):
            self.note(path, "no_prompt_block")
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

    def _tried(self, folder: Path) -> tuple[Tried, ...]:
        """What people tried: ``good-*.yaml`` and ``bad-*.yaml``."""
        found: list[Tried] = []
        for path in sorted(folder.glob("*.yaml")):
            bad = path.name.startswith("bad-")
            if not bad and not path.name.startswith("good-"):
                self.note(path, "tried_name")
                continue
            spec = self.file(path, BadFile if bad else GoodFile)
            if spec is None:
                continue
            turns = tuple((turn.prompt, turn.reply) for turn in spec.turns)
            tried = Tried(spec.name, path, turns, spec.answers, spec.minutes, good=not bad)
            if isinstance(spec, BadFile):
                tried = replace(tried, weak=spec.weak, critical=spec.critical)
            found.append(tried)
        return tuple(found)


def _begun(widget: Widget, replies: tuple[RecordedReply, ...]) -> Widget:
    """A widget with the text that it begins with."""
    if not isinstance(widget, TextWidget) or widget.start_from is None:
        return widget
    start = next(reply.text for reply in replies if reply.name == widget.start_from)
    return widget.model_copy(update={"start": start})
