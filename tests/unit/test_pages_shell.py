"""What all pages share: escaping, one line for Markdown, dates, assets, the security headers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from lab.model import Person, Role, Who
from lab.pages.assets import asset
from lab.pages.bundle import bundled
from lab.pages.headers import NONCE, SecurityHeaders
from lab.pages.late import Seats, _open
from lab.pages.shell import (
    DESKS,
    ROOMS,
    home_of,
    json_for_html,
    keep_lines,
    moment,
    one_line,
    render,
    script_words,
)
from lab.pages.theme import (
    FONT_RANGES,
    FONT_WEIGHTS,
    STATIC,
    build_fonts,
    font_name,
)
from lab.words import HERE, area, languages


def somebody(role: Role, signin: str = "s1") -> Who:
    """A signed-in person."""
    return Who(Person("p1", "Nguyễn Văn Mẫu", role), signin, "token")


@given(st.text())
def test_kept_lines_survive_one_line_and_never_become_markup(text: str) -> None:
    """Any text in an element on one line reads as it was, and opens no element of its own."""
    line = one_line(f"<section>\n  <p>{keep_lines(text)}</p>\n</section>")
    assert line.count("<") == 4
    assert "\n" not in str(keep_lines(text))
    shown = unescape(line.removeprefix("<section> <p>").removesuffix("</p> </section>"))
    assert shown == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text())
def test_json_cannot_end_its_script(text: str) -> None:
    """JSON in a page parses to what it was, and holds no sign that ends a script."""
    made = str(json_for_html({"text": text}))
    assert not set(made) & set("<>&\u2028\u2029")
    assert json.loads(made) == {"text": text}


def test_dates_are_written_as_in_vietnam() -> None:
    """Day with two digits, January and February with a zero, no zero from March on."""
    assert re.fullmatch(r"\d\d/(0[12]|[3-9]|1[0-2])/\d{4} \d\d:\d\d", moment(1_788_900_000, "vi"))
    assert "/0" not in moment(1_788_900_000, "vi")[2:5]
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d", moment(1_788_900_000, "en"))


def test_an_asset_changes_its_address_with_its_content() -> None:
    """Each of our own files has an address with a digest; a file that is not there is an error."""
    for file in filter(Path.is_file, STATIC.rglob("*")):
        name = file.relative_to(STATIC).as_posix()
        assert re.fullmatch(rf"/static/{re.escape(name)}\?v=[0-9a-f]{{12}}", asset(name))
    with pytest.raises(OSError, match="nothing"):
        asset("nothing.css")
    with pytest.raises(FileNotFoundError):
        asset("./base.css")  # one name a file: what is kept of them is as many as there are


def test_a_script_brings_all_that_it_imports_once(tmp_path: Path) -> None:
    """Modules stand in one file, each once and before those that use it, with the names they give
    and take; what cannot be read in this way is refused.
    """
    (tmp_path / "part").mkdir()
    (tmp_path / "a.js").write_text(
        'import { b, c as d } from "./part/b.js";\nimport * as e from "./e.js";\nd(b, e);\n'
    )
    (tmp_path / "part/b.js").write_text(
        'import { f } from "../e.js";\nexport const b = f;\nexport async function c() {}\n'
    )
    (tmp_path / "e.js").write_text("export class f {}\n")
    text = bundled(tmp_path / "a.js")
    assert re.findall(r"const (module\d_\w)", text) == ["module0_e", "module1_b", "module2_a"]
    assert "const { b, c: d } = module1_b;\nconst e = module0_e;" in text
    assert "return { b, c };" in text
    assert "import" not in text
    assert "export" not in text
    for wrong in ('import x from "./e.js";', "export default 1;", 'import { a } from "./a.js";'):
        (tmp_path / "e.js").write_text(wrong)
        with pytest.raises(ValueError, match=r"a\.js|e\.js"):
            bundled(tmp_path / "a.js")


def test_every_script_of_ours_can_be_put_together() -> None:
    """No module is missing from the practice page's script, and none is in it twice."""
    for file in STATIC.rglob("*.js"):
        text = bundled(file)
        names = re.findall(r"^const (module\d+_\w+) = ", text, re.MULTILINE)
        assert len(names) == len(set(names))
    assert "module" in bundled(STATIC / "practice.js")


def test_scripts_get_their_words_and_no_others() -> None:
    """A page's scripts get the branch ``js`` of its area, in every language."""
    for language in languages():
        words = script_words(("practice",), language)
        assert words
        assert all(key.startswith("practice.js.") for key in words)
        assert set(words) <= set(area("practice", language))


def test_every_key_that_a_script_says_is_among_its_words() -> None:
    """Scripts say only keys of the branches that they are given."""
    given_words = script_words(("page", "practice"), "vi")
    for file in STATIC.glob("*.js"):
        for key in re.findall(r'"(practice\.[a-z_.]+[a-z_])"', file.read_text("utf-8")):
            assert key in given_words, (file.name, key)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_goes_home_to_a_room_of_theirs(role: Role) -> None:
    """The page after signing in is one that the role may open."""
    room = home_of(somebody(role)).strip("/")
    assert role in {**ROOMS, **DESKS}[room]


def test_a_name_with_markup_is_shown_as_text() -> None:
    """A person's name never becomes part of the page's markup."""
    who = Who(Person("p1", "<script>alert(1)</script>", Role.TRAINEE), "s1", "token")
    html = render("message.html", "vi", who=who, heading="H", text="T", wait="")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_headers_stand_on_every_answer() -> None:
    """The policy has no unsafe word, its nonce is new each time, and nothing is kept by default."""
    app = FastAPI()
    app.add_middleware(SecurityHeaders)

    @app.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p></p>")

    @app.get("/kept")
    async def kept() -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Cache-Control": "max-age=60"})

    with TestClient(app) as client:
        first, second = client.get("/page"), client.get("/page")
        policies = [answer.headers["content-security-policy"] for answer in (first, second)]
        assert policies[0] != policies[1]
        for policy in policies:
            assert "unsafe" not in policy
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
        assert first.headers["cache-control"] == "no-store"
        assert client.get("/kept").headers["cache-control"] == "max-age=60"
        assert client.get("/nothing").headers["x-content-type-options"] == "nosniff"
    assert NONCE == "lab.nonce"


def test_a_stream_of_the_queue_belongs_to_whom_it_began_with() -> None:
    """Another sign-in cannot use a stream's name; its own may, again and again."""
    seats = Seats()
    mine, other = somebody(Role.TRAINEE, "s1"), somebody(Role.TRAINEE, "s2")
    seats.claim("abc", mine)
    seats.claim("abc", mine)
    with pytest.raises(Exception, match="forbidden"):
        seats.claim("abc", other)
    seats.claim("def", other)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("HEAD", "/gradio_api/proxy=https://a.example/"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/call/opened"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/openapi.json"),
        ("POST", "/login"),
        ("GET", "/gradio_api/queue/join"),
        ("DELETE", "/gradio_api/queue/data"),
    ],
)
def test_gradio_routes_that_no_page_needs_do_not_exist(method: str, path: str) -> None:
    """Files, uploads, proxies, named endpoints, monitoring and sign-in of Gradio's are shut."""
    assert not _open(method, path)


def test_the_first_page_waits_for_nothing_slow() -> None:
    """Importing the application imports neither Gradio nor Presidio nor what draws plots."""
    slow = {"gradio", "presidio_analyzer", "spacy", "matplotlib", "openai"}
    code = f"import sys, lab.app; print(sorted({slow!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_typeface_is_cut_to_letters_that_we_use() -> None:
    """Every letter of every sentence is in the ranges that the typeface is cut to."""
    cut = {chr(code) for low, high in FONT_RANGES for code in range(low, high + 1)}
    for language in languages():
        for file in (HERE / language).glob("*.yaml"):
            letters = {each for each in file.read_text("utf-8") if each.isalpha()}
            assert letters <= cut, (file.name, letters - cut)


def test_a_typeface_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    """Set-up makes one woff2 file for each weight; a second run touches none."""
    folder = build_fonts(tmp_path)
    made = {file.name: file.stat().st_mtime_ns for file in folder.glob("*.woff2")}
    assert set(made) == {font_name(weight) for weight in FONT_WEIGHTS}
    assert all((folder / name).read_bytes()[:4] == b"wOF2" for name in made)
    build_fonts(tmp_path)
    assert made == {file.name: file.stat().st_mtime_ns for file in folder.glob("*.woff2")}
