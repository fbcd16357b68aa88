"""The writers' desk: drafts of exercises in the data folder, previewed and checked while typed.

A draft never stands in the course by itself: it is published, or leaves as a bundle, and only once
it passes the same check as ``lab course check``.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab.course import Course, Exercise
from lab.course.bundle import pack, unpack
from lab.course.new import begin
from lab.errors import BadRequest, Conflict, DataFileError, NotFound, Problem
from lab.log.base import SYSTEM, Log
from lab.model import Who
from lab.scoring.examine import examine
from lab.session.courses import PUBLISHED, Courses

if TYPE_CHECKING:
    from lab.policy.clear import Policy

FILES = re.compile(
    r"exercise\.yaml|task\.md|hints\.md|model-answer\.md"
    r"|(?:material|recorded)/[a-z0-9][a-z0-9-]*\.md|tried/(?:good|bad)-[a-z0-9-]+\.yaml"
)
"""The files of an exercise, by their names within its folder."""
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = 60_000
"""Most characters of a file."""
MOST_FILES = 60
COPIED = "tried/bad-chep-de.yaml"
"""In the small exercise: somebody who copies its task, which is another one now."""
SHARED = ("course.yaml", "lexicon.yaml")


@dataclass(frozen=True, slots=True)
class Draft:
    """An exercise that is being written."""

    id: str
    files: tuple[str, ...]
    """In the order in which they are written."""
    changed_at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft as it stands: the exercise where it can be read, and all that is wrong."""

    course: Course | None
    exercise: Exercise | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """Drafts, kept under ``home``."""

    home: Path
    courses: Courses
    log: Log

    @property
    def course(self) -> Course:
        """As it is taught now."""
        return self.courses.current

    def drafts(self) -> list[Draft]:
        """All of them, by name."""
        if not self.home.is_dir():
            return []
        return [self._draft(path) for path in sorted(self.home.iterdir()) if _is_draft(path)]

    def draft(self, draft_id: str) -> Draft:
        """By id. Raises ``NotFound``."""
        return self._draft(self._folder(draft_id))

    def text(self, draft_id: str, name: str) -> str:
        """A file of a draft. Raises ``NotFound``."""
        path = self._folder(draft_id) / _named(name)
        if not path.is_file():
            raise NotFound
        return path.read_text("utf-8")

    async def begin(self, who: Who, draft_id: str, title: str, *, situation: str = "") -> Draft:
        """A new exercise, with ``situation`` as its task where there is one.

        Raises:
            BadRequest: the id is none.
            Conflict: it is taken, in the course or among the drafts.
        """
        if not KEBAB.fullmatch(draft_id) or len(draft_id) > 40 or not title.strip():  # noqa: PLR2004
            raise BadRequest("writing_id")
        folder = self.home / draft_id
        numbers = [each.number for each in self.course.exercises] + [
            number for number in map(self._number, self.drafts()) if number
        ]
        begin(self.course, draft_id, title.strip(), number=max(numbers) + 1, into=folder)
        if situation:
            task = folder / "task.md"
            rest = task.read_text("utf-8").partition("\n\n")[2]
            task.write_text(f"**Tình huống.** {situation.strip()}\n\n{rest}", "utf-8")
            (folder / COPIED).unlink()
        await self._note(who, draft_id, "task.md")
        return self._draft(folder)

    async def copy(self, who: Who, exercise_id: str) -> Draft:
        """A draft of an exercise of the course, to change. Raises ``NotFound``, ``Conflict``."""
        try:
            source = self.course.exercise(exercise_id).folder
        except KeyError:
            raise NotFound("no_exercise") from None
        folder = self.home / exercise_id
        if folder.exists():
            raise Conflict("writing_taken", id=exercise_id)
        shutil.copytree(source, folder)
        await self._note(who, exercise_id, "exercise.yaml")
        return self._draft(folder)

    async def save(self, who: Who, draft_id: str, name: str, text: str) -> None:
        """Keep a file; nothing of it changes the course. Raises ``NotFound``, ``BadRequest``."""
        folder, path = self._folder(draft_id), _named(name)
        known = self._draft(folder).files
        if len(text) > LONGEST or (name not in known and len(known) >= MOST_FILES):
            raise BadRequest("writing_large", most=LONGEST)
        await asyncio.to_thread(_write, folder / path, text)
        await self._note(who, draft_id, name)

    async def drop(self, who: Who, draft_id: str, name: str | None = None) -> None:
        """Delete a file of a draft, or all of it."""
        folder = self._folder(draft_id)
        if name is None:
            await asyncio.to_thread(shutil.rmtree, folder)
        else:
            (folder / _named(name)).unlink(missing_ok=True)
        payload = {"by": who.person.id, "draft": draft_id, "file": name}
        await self.log.append(SYSTEM, "exercise.dropped", payload)

    # --- looking at it --------------------------------------------------------------------------

    def look(self, draft_id: str, unsaved: Mapping[str, str] | None = None) -> Seen:
        """The draft as a trainee would see it, with what is typed and not yet saved."""
        with self._laid_out(draft_id, unsaved or {}, whole=False) as place:
            try:
                course = Course.load(place)
            except DataFileError as error:
                return Seen(None, None, _relative(error.problems, place, self._place_of(draft_id)))
            return Seen(course, course.exercises[0], ())

    async def check(self, draft_id: str, policy: Policy) -> tuple[Problem, ...]:
        """What ``lab course check`` says of the course with this draft in it."""
        with self._laid_out(draft_id, {}, whole=True) as place:
            try:
                _, problems = await examine(place, policy, only={self._id(place, draft_id)})
            except DataFileError as error:
                problems = error.problems
            return _relative(problems, place, self._place_of(draft_id))

    async def bundle(self, who: Who, draft_id: str, policy: Policy) -> bytes:
        """The whole course with this draft in it as one file.

        Raises:
            Conflict: ``writing_not_whole``: the check finds something.
        """
        problems = await self.check(draft_id, policy)
        if problems:
            raise Conflict("writing_not_whole", count=len(problems))
        with self._laid_out(draft_id, {}, whole=True) as place:
            data = pack(place)
        digest = hashlib.sha256(data).hexdigest()
        payload = {"by": who.person.id, "draft": draft_id, "sha256": digest}
        await self.log.append(SYSTEM, "exercise.exported", payload)
        return data

    async def publish(self, who: Who, draft_id: str, policy: Policy) -> None:
        """Teach the draft: every process takes it up by itself. Sessions that are open keep what
        they began with; the draft stays.

        Raises:
            Conflict: ``writing_not_whole``: the check finds something.
        """
        problems = await self.check(draft_id, policy)
        if problems:
            raise Conflict("writing_not_whole", count=len(problems))
        with self._laid_out(draft_id, {}, whole=False) as place:
            digest = hashlib.sha256(pack(place)).hexdigest()
            exercise = self._id(place, draft_id)
            await asyncio.to_thread(_keep, place, self.courses.folder(digest))
        payload = {
            "by": who.person.id,
            "draft": draft_id,
            "exercise": exercise,
            "digest": digest,
        }
        await self.log.append(SYSTEM, PUBLISHED, payload)
        await self.courses.look()

    async def bring_in(self, who: Who, data: bytes) -> list[str]:
        """Drafts of the exercises of a bundle that differ from the course's. Drafts stay.

        Raises:
            BadRequest: the file is no bundle, or is damaged.
        """
        brought: list[str] = []
        with tempfile.TemporaryDirectory() as place:
            fresh = Path(place) / "course"
            await asyncio.to_thread(unpack, data, fresh)
            mine = {each.folder.name: each.folder for each in self.course.exercises}
            for spec in sorted(fresh.glob("*/exercise.yaml")):
                folder = spec.parent
                found = re.search(r"^id:\s*([a-z0-9-]+)\s*$", spec.read_text("utf-8"), re.MULTILINE)
                same = folder.name in mine and _files(folder) == _files(mine[folder.name])
                if found is None or same or (self.home / found[1]).exists():
                    continue
                shutil.copytree(folder, self.home / found[1])
                await self._note(who, found[1], "exercise.yaml")
                brought.append(found[1])
        return brought

    # --- files ----------------------------------------------------------------------------------

    def _folder(self, draft_id: str) -> Path:
        folder = self.home / draft_id
        if not KEBAB.fullmatch(draft_id) or not _is_draft(folder):
            raise NotFound
        return folder

    def _draft(self, folder: Path) -> Draft:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        names = [path.relative_to(folder).as_posix() for path in paths]
        known = [name for name in names if FILES.fullmatch(name)]
        first = ("exercise.yaml", "task.md", "hints.md", "model-answer.md")
        known.sort(key=lambda name: (first.index(name) if name in first else len(first), name))
        return Draft(folder.name, tuple(known), max(path.stat().st_mtime for path in paths))

    def _number(self, draft: Draft) -> int | None:
        spec = (self.home / draft.id / "exercise.yaml").read_text("utf-8")
        found = re.search(r"^number:\s*(\d+)", spec, re.MULTILINE)
        return int(found[1]) if found else None

    @contextmanager
    def _laid_out(
        self, draft_id: str, unsaved: Mapping[str, str], *, whole: bool
    ) -> Iterator[Path]:
        """A folder of its own with the draft in it: alone, or in the course in place of its own."""
        folder, source = self._folder(draft_id), self.course.folder
        with tempfile.TemporaryDirectory() as held:
            place = Path(held) / "course"
            place.mkdir()
            for name in SHARED:
                shutil.copy(source / name, place / name)
            shutil.copytree(source / "forms", place / "forms")
            if whole:
                for more in ("glossary.yaml", "library.yaml"):
                    if (source / more).exists():
                        shutil.copy(source / more, place / more)
                for each in self.course.exercises:
                    if each.id != draft_id:
                        shutil.copytree(each.folder, place / each.folder.name)
            target = place / self._place_of(draft_id)
            shutil.copytree(folder, target)
            for name, text in unsaved.items():
                _write(target / _named(name), text)
            yield place

    def _place_of(self, draft_id: str) -> str:
        """The folder in the course that the draft is for."""
        for each in self.course.exercises:
            if each.id == draft_id:
                return each.folder.name
        number = self._number(self._draft(self._folder(draft_id)))
        return f"{number or 99:02}-{draft_id}"

    def _id(self, place: Path, draft_id: str) -> str:
        """The id that the draft's own file says, so that a changed one is checked as well."""
        spec = place / self._place_of(draft_id) / "exercise.yaml"
        found = re.search(r"^id:\s*([a-z0-9-]+)", spec.read_text("utf-8"), re.MULTILINE)
        return found[1] if found else draft_id

    async def _note(self, who: Who, draft_id: str, name: str) -> None:
        data = (self.home / draft_id / name).read_bytes()
        payload = {
            "by": who.person.id,
            "draft": draft_id,
            "file": name,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        await self.log.append(SYSTEM, "exercise.drafted", payload)


def _is_draft(path: Path) -> bool:
    return (path / "exercise.yaml").is_file()


def _named(name: str) -> str:
    """A name of a file of an exercise. Raises ``BadRequest`` for any other path."""
    if not FILES.fullmatch(name):
        raise BadRequest("writing_name")
    return name


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _write(path: Path, text: str) -> None:
    """All of a file, or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text.replace("\r\n", "\n"), "utf-8")
    os.replace(fresh, path)  # noqa: PTH105 - in one step


def _keep(place: Path, folder: Path) -> None:
    """The files of a published exercise, all of them or none; there for good."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".fresh-"))
    try:
        shutil.copytree(place, fresh, dirs_exist_ok=True)
        fresh.chmod(0o700)
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not folder.exists():  # else another process was faster
            raise


def _relative(problems: tuple[Problem, ...], place: Path, mine: str) -> tuple[Problem, ...]:
    """Problems with the names of files as the writer knows them."""

    def named(file: str) -> str:
        try:
            path = Path(file).resolve().relative_to(place.resolve())
        except ValueError:
            return file
        own = path.parts[0] == mine and len(path.parts) > 1
        return Path(*path.parts[1:]).as_posix() if own else path.as_posix()

    return tuple(replace(each, file=named(each.file)) for each in problems)
