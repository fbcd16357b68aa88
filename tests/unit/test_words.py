"""The sentences that users read: none missing, none unused, the same gaps in both languages."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.words import HERE, area, explain, languages, number

ROOT = Path(__file__).parents[2]
CODE = [*(ROOT / "lab").rglob("*.py")]
AREAS = sorted(path.stem for path in (HERE / "vi").glob("*.yaml"))
KEY = re.compile(r"[a-z_]+(\.[a-z0-9_{}-]+)+")
NO_SENTENCE = re.compile(
    r"\.(py|yaml|yml|md|js|css|html|txt|json|jsonl|decided|ended|sent|issued|trouble|recovered"
    r"|published|proposed|withdrawn|edited|made|restored|imported|moved|marked|undone|named|exported|halted|resumed"
    r"|raised|claimed|handed|answered|closed|signed|judged|found|reported|released|pushed|admitted)$"
)
"""Names of files and of events look like keys."""


def gaps(sentence: str) -> set[str]:
    """Names of the gaps of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def asked() -> tuple[set[str], set[str]]:
    """Keys that the code, the templates and the scripts name, and prefixes of composed ones."""
    keys: set[str] = set()
    prefixes: set[str] = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if KEY.fullmatch(node.value):
                    keys.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefixes.add(str(node.values[0].value))
    for path in (*(ROOT / "lab/pages").rglob("*.html"), *(ROOT / "lab/pages").rglob("*.js")):
        text = path.read_text("utf-8")
        keys |= set(re.findall(r"""["']([a-z_]+(?:\.[a-z0-9_]+)+)["']""", text))
        prefixes |= set(
            re.findall(r"""["'`]([a-z_]+\.(?:[a-z0-9_]+\.)*)(?:\$\{|["'] ?[~+])""", text)
        )
    return keys, {prefix for prefix in prefixes if "." in prefix}


def test_both_languages_have_the_same_areas() -> None:
    """Vietnamese and English have the same files."""
    assert sorted(path.stem for path in (HERE / "en").glob("*.yaml")) == AREAS


@pytest.mark.parametrize("name", AREAS)
def test_both_languages_say_the_same_things(name: str) -> None:
    """Each sentence is there in both languages, with the same gaps."""
    vi, en = (area(name, language) for language in languages())
    assert set(vi) == set(en)
    assert {key: gaps(vi[key]) for key in vi} == {key: gaps(en[key]) for key in en}


def test_no_sentence_is_empty() -> None:
    """No sentence is empty in any language."""
    empty = [
        k for lang in languages() for name in AREAS for k, v in area(name, lang).items() if not v
    ]
    assert empty == []


def test_every_key_that_the_code_names_is_there() -> None:
    """A key of a known area that the code asks for has a sentence, or is a branch with some."""
    known = {key for name in AREAS for key in area(name, "vi")}
    branches = {key.rsplit(".", n)[0] for key in known for n in range(1, key.count(".") + 1)}
    keys, _ = asked()
    missing = {
        key
        for key in keys
        if key.split(".")[0] in AREAS
        and key not in known | branches
        and not NO_SENTENCE.search(key)
    }
    assert sorted(missing) == []


def test_every_sentence_is_used() -> None:
    """Every sentence is asked for somewhere, by its key or by a composed one."""
    keys, prefixes = asked()
    unused = [
        key
        for name in AREAS
        for key in area(name, "vi")
        if key not in keys
        and not any(key.startswith(f"{asked_for}.") for asked_for in keys)
        and not any(key.startswith(prefix) for prefix in prefixes)
    ]
    assert unused == []


def test_every_error_code_in_the_code_has_its_sentences() -> None:
    """A code that an error is raised with has a message and a help."""
    raised = re.compile(
        r"(?:Refused|NotSignedIn|Forbidden|NotFound|Conflict|BadRequest|TooMany|AssistantError|"
        r"PolicyError|LogError|Unavailable|LabError|default_code =)[ (]+\"([a-z_]+)\""
    )
    known = area("error", "vi")
    codes = {code for path in CODE for code in raised.findall(path.read_text("utf-8"))}
    assert sorted(code for code in codes if f"error.{code}.message" not in known) == []
    assert sorted(code for code in codes if f"error.{code}.help" not in known) == []


def test_an_error_without_its_gaps_can_still_be_said() -> None:
    """An error is explained even when a gap was not filled, and an unknown code is no crash."""
    assert "…" in explain(LabError("prompt_too_long"), "vi")["message"]
    assert explain(LabError("no_such_code"), "en")["code"] == "no_such_code"


def test_numbers_are_written_as_people_write_them() -> None:
    """Vietnamese groups with dots and has a decimal comma; English the other way round."""
    assert number(3032) == "3.032"
    assert number(12.5, digits=1) == "12,5"
    assert number(3032.5, "en", 1) == "3,032.5"
