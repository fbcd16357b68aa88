"""A course as one file, a new exercise, and exercises on paper."""

import html
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from files import broken_zips
from hypothesis import given, settings
from hypothesis import strategies as st
from scoringsupport import turn
from typer.testing import CliRunner

from lab.cli import app
from lab.course import Course
from lab.course.bundle import MANIFEST, pack, unpack
from lab.course.new import begin
from lab.errors import BadRequest, Conflict
from lab.pages.sheets import sheets
from lab.scoring import Work, score

BROKEN = broken_zips("course.yaml", b"title: x")
COURSE = Path(__file__).parents[2] / "exercises"
NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.(yaml|md)", fullmatch=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@settings(max_examples=40, deadline=None)
@given(files=st.dictionaries(NAMES, st.binary(max_size=200), max_size=6))
def test_round_trip(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is packed comes out again byte by byte, and the same folder gives the same bytes."""
    place = tmp_path_factory.mktemp("bundle")
    source = place / "source"
    for name, data in {**files, "course.yaml": b"title: x"}.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    packed = pack(source)
    assert pack(source) == packed
    unpack(packed, place / "fresh")
    assert contents(place / "fresh") == contents(source)


def altered(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """The shipped course as a bundle, with something added."""
    made = io.BytesIO(pack(COURSE))
    with zipfile.ZipFile(made, "a") as bundle:
        change(bundle)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no zip", "bundle_unreadable"),
        (pack(COURSE)[:-100], "bundle_unreadable"),
        (altered(lambda bundle: bundle.writestr("../out.yaml", "x")), "bundle_path"),
        (altered(lambda bundle: bundle.writestr("/out.yaml", "x")), "bundle_path"),
        (altered(lambda bundle: bundle.writestr("a\\..\\out.yaml", "x")), "bundle_path"),
        (altered(lambda bundle: bundle.writestr("run.py", "x")), "bundle_path"),
        (altered(lambda bundle: bundle.writestr("more.yaml", "x")), "bundle_damaged"),
        (altered(lambda bundle: bundle.writestr("big.md", b"0" * 51_000_000)), "bundle_large"),
    ],
    ids=["text", "cut", "up", "root", "backslash", "program", "unlisted", "bomb"],
)
def test_hostile_bundle(data: bytes, code: str, tmp_path: Path) -> None:
    """A file that is broken, foreign or reaches outside writes nothing and says why."""
    with pytest.raises(BadRequest) as refused:
        unpack(data, tmp_path / "fresh")
    assert refused.value.code == code
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("how", BROKEN)
def test_broken_zip(how: str, tmp_path: Path) -> None:
    """A broken zip is refused in words, however it is broken (found by ``bench/fuzz.py``)."""
    with pytest.raises(BadRequest) as refused:
        unpack(BROKEN[how], tmp_path / "fresh")
    assert refused.value.code in {"bundle_unreadable", "bundle_path"}
    assert not list(tmp_path.rglob("*"))


def test_foreign_bundle(tmp_path: Path) -> None:
    """A zip without our manifest is not taken for a course."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        bundle.writestr(MANIFEST, '{"format": "another"}')
        bundle.writestr("course.yaml", "title: x")
    with pytest.raises(BadRequest) as refused:
        unpack(made.getvalue(), tmp_path / "fresh")
    assert refused.value.code == "bundle_foreign"


def small_course(tmp_path: Path) -> Path:
    """A course of one new exercise."""
    folder = tmp_path / "exercises"
    unpack(pack(COURSE), folder)
    begin(Course.load(folder), "village-notice", "Soạn thông báo xóm", number=40)
    for path in folder.glob("*/exercise.yaml"):
        if not path.parent.name.startswith("40-"):
            path.unlink()
    return folder


def test_new_exercise_is_whole(tmp_path: Path) -> None:
    """A new exercise passes the check before anybody has written a word of it."""
    done = CliRunner().invoke(app, ["course", "check", str(small_course(tmp_path))])
    assert done.exit_code == 0, done.output


def test_new_exercise_taken(tmp_path: Path) -> None:
    """An id or a number in use is refused, and no file is touched."""
    folder = small_course(tmp_path)
    before = contents(folder)
    course = Course.load(folder)
    with pytest.raises(Conflict):
        begin(course, "village-notice", "Một bài khác")
    with pytest.raises(Conflict):
        begin(course, "another", "Một bài khác", number=40)
    assert contents(folder) == before


def test_export_and_import(tmp_path: Path) -> None:
    """A course goes out as one file and comes in elsewhere; the earlier one is kept beside it."""
    source, bundle = small_course(tmp_path), tmp_path / "course.zip"
    run = CliRunner()
    assert (
        run.invoke(app, ["course", "export", str(bundle), "--folder", str(source)]).exit_code == 0
    )
    there = tmp_path / "there" / "exercises"
    there.mkdir(parents=True)
    (there / "course.yaml").write_text("old", encoding="utf-8")
    done = run.invoke(app, ["course", "import", str(bundle), "--folder", str(there)])
    assert done.exit_code == 0, done.output
    assert {name: data for name, data in contents(there).items() if name.startswith("40-")}
    kept = [path for path in there.parent.iterdir() if path.name.startswith("exercises.")]
    assert [path.joinpath("course.yaml").read_text() for path in kept] == ["old"]


def test_import_with_problems(tmp_path: Path) -> None:
    """A course with problems is not taken: its lines are told and the old one stays whole."""
    source = small_course(tmp_path)
    next(source.glob("40-*/task.md")).write_text("", encoding="utf-8")
    bundle = tmp_path / "course.zip"
    bundle.write_bytes(pack(source))
    there = tmp_path / "there"
    there.mkdir()
    (there / "course.yaml").write_text("old", encoding="utf-8")
    done = CliRunner().invoke(app, ["course", "import", str(bundle), "--folder", str(there)])
    assert done.exit_code == 1
    assert contents(there) == {"course.yaml": b"old"}
    assert [
        path.name for path in tmp_path.iterdir() if path.name.startswith((".there", "there."))
    ] == []


def test_sheets_hold_every_exercise() -> None:
    """The print-out has each exercise and each thing to choose from; answers only when asked."""
    course = Course.load(COURSE)
    page = sheets(course, course.exercises, "vi", answers=False)
    for exercise in course.exercises:
        assert exercise.title.vi in page
    assert "Bảng giá mật ong rừng" in page
    assert "Tiêu chí chấm" not in page
    assert "Tiêu chí chấm" in sheets(course, course.exercises[:1], "vi", answers=True)


def test_sheets_keep_html_as_text(tmp_path: Path) -> None:
    """HTML that a writer puts into a task is printed as text."""
    folder = small_course(tmp_path)
    task = next(folder.glob("40-*/task.md"))
    task.write_text(task.read_text(encoding="utf-8") + "\n<script>alert(1)</script>\n", "utf-8")
    course = Course.load(folder)
    page = sheets(course, course.exercises, "vi", answers=False)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_exercise_is_previewed_with_its_problems(tmp_path: Path) -> None:
    """``lab course preview`` writes the page that a trainee sees; a draft with a mistake gets file,
    line and column, and exit code 1.
    """
    runner = CliRunner()
    out = tmp_path / "xem.html"
    seen = runner.invoke(app, ["course", "preview", "first-prompt", "--out", str(out)])
    assert seen.exit_code == 0, seen.output
    assert "Làm quen và cam kết" in out.read_text("utf-8")
    assert "Bài mẫu" not in out.read_text("utf-8")
    folder = tmp_path / "course"
    shutil.copytree(COURSE, folder)
    spec = folder / "01-cau-lenh-dau-tien" / "exercise.yaml"
    text = spec.read_text("utf-8").replace("check: sent", "check: sentt")
    spec.write_text(text, "utf-8")
    line = text[: text.index("check: sentt")].count("\n") + 1
    bad = runner.invoke(app, ["course", "preview", "first-prompt", "--folder", str(folder)])
    assert bad.exit_code == 1
    assert f"exercise.yaml:{line}:" in bad.output


def test_another_profile_and_another_language_need_no_code(tmp_path: Path) -> None:
    """A new form of documents is a file and one line of the course: exercises are marked by it. The
    page of an exercise in English comes from the same files.
    """
    folder = tmp_path / "course"
    shutil.copytree(COURSE, folder)
    form = folder / "forms" / "party-hd05.yaml"
    text = form.read_text("utf-8").replace("id: hd-05-2026", "id: hd-99-2030")
    (folder / "forms" / "hd-99-2030.yaml").write_text(
        text.replace("ĐẢNG CỘNG SẢN VIỆT NAM", "TIÊU ĐỀ MỚI"), "utf-8"
    )
    head = folder / "course.yaml"
    profile = Course.load(COURSE).document_profile
    head.write_text(head.read_text("utf-8").replace(profile, "hd-99-2030"), "utf-8")
    changed = Course.load(folder)
    exercise = changed.exercise("party-document")
    assert exercise.forms["party"].id == "hd-99-2030"
    answer = exercise.model_answer.answers["draft"]
    asked = [turn(prompt) for prompt in exercise.model_answer.prompts]
    before = score(exercise, asked, Work({"draft": answer}), language="vi")
    answer = answer.replace("ĐẢNG CỘNG SẢN VIỆT NAM", "TIÊU ĐỀ MỚI")
    after = score(exercise, asked, Work({"draft": answer}), language="vi")
    assert after.share > before.share
    english = sheets(changed, [exercise], "en", answers=False)
    assert exercise.title.en in html.unescape(english)
    assert exercise.goal.en in html.unescape(english)
