"""A new exercise: a small one that is whole and passes its check, to be written over."""

from __future__ import annotations

from pathlib import Path

from lab.course.load import Course
from lab.errors import Conflict

SKELETON = Path(__file__).with_name("skeleton")


def begin(
    course: Course,
    exercise_id: str,
    title: str,
    *,
    number: int | None = None,
    into: Path | None = None,
) -> Path:
    """Write the files of a new exercise; its folder.

    Args:
        course: where it is to stand.
        exercise_id: lower-case words with hyphens, not taken.
        title: what trainees see, in Vietnamese.
        number: its place in the course; the next free one where not given.
        into: the folder that is to hold the files; one in the course where not given.

    Raises:
        Conflict: ``exercise_taken``: the id, the number or the folder is in use.
    """
    numbers = {each.number for each in course.exercises}
    number = number or max(numbers) + 1
    folder = into or course.folder / f"{number:02}-{exercise_id}"
    if number in numbers or exercise_id in {each.id for each in course.exercises}:
        raise Conflict("exercise_taken", id=exercise_id, number=number)
    if folder.exists():
        raise Conflict("exercise_taken", id=folder.name, number=number)
    gaps = {
        "id": exercise_id,
        "number": str(number),
        "group": next(iter(course.groups)),
        "title": title.replace("\\", "").replace('"', "'"),
    }
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        text = source.read_text(encoding="utf-8")
        if source.name == "exercise.yaml":
            for name, value in gaps.items():
                text = text.replace("{" + name + "}", value)
        target = folder / source.relative_to(SKELETON)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder
