"""The labelled corpus: made of its templates, split by template, fictional."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import datafile
from lab.policy import corpus
from lab.policy.corpus_twists import GROUPS, TWISTS
from lab.policy.corpus_values import ENTITIES, MST_WEIGHTS, Pools, Values

FOLDER = Path(__file__).parents[2] / "policies/corpus"
SHARED_WORDS = 5
"""A run of words that a test template may not share with a dev template: more than four."""


@pytest.fixture(scope="module")
def cases() -> tuple[corpus.Case, ...]:
    """The part of the corpus that is made of templates, as it lies in the checkout."""
    return tuple(case for case in corpus.read(FOLDER) if not case.set.startswith("blind-"))


@pytest.fixture(scope="module")
def templates() -> tuple[corpus.Template, ...]:
    """Its templates."""
    return corpus.templates(FOLDER)


@pytest.fixture(scope="module")
def pools() -> Pools:
    """What values are made of."""
    return _pools()


@cache
def _pools() -> Pools:
    return datafile.load(FOLDER / "values.yaml", Pools)


def test_the_files_are_what_the_templates_give(cases: tuple[corpus.Case, ...]) -> None:
    """Made anew, every file is the same byte for byte."""
    made = corpus.files(FOLDER)
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.jsonl")} == {
        name: text.encode() for name, text in made.items()
    }
    assert len(cases) == sum(text.count("\n") for text in made.values())


def test_another_seed_gives_other_values() -> None:
    """The seed decides: with another one the personal prompts differ."""
    other = corpus.files(FOLDER, seed="khác")
    assert other["personal.jsonl"] != corpus.files(FOLDER)["personal.jsonl"]


def test_it_is_large_and_holds_every_set(cases: tuple[corpus.Case, ...]) -> None:
    """At least 1,500 prompts of 250 templates, in both splits of each set, none twice."""
    assert len(cases) >= 1500
    assert len({case.template for case in cases}) >= 250
    assert len({case.messages for case in cases}) == len(cases)
    splits = Counter((case.set, case.split) for case in cases)
    wanted = "classified internal personal sensitive clean hard-negative evasion multi-turn"
    documents = "documents-classified documents-personal documents-clean"
    for name in (*wanted.split(), *documents.split()):
        assert splits[name, "dev"] > 0
        assert splits[name, "test"] > 0


def test_the_blind_part_is_read_as_test() -> None:
    """Prompts of somebody who saw neither rules nor templates are there, all for testing."""
    blind = [case for case in corpus.read(FOLDER) if case.set.startswith("blind-")]
    assert len(blind) >= 300
    assert {case.split for case in blind} == {"test"}
    assert len({case.id for case in blind}) == len(blind)


def test_no_template_is_in_both_splits(templates: tuple[corpus.Template, ...]) -> None:
    """A template belongs to one split, and its id to one template."""
    assert max(Counter(template.id for template in templates).values()) == 1


def test_no_test_template_shares_five_words_with_a_dev_template(
    templates: tuple[corpus.Template, ...],
) -> None:
    """No run of more than four words, accents and case aside, is in both splits."""
    dev = {
        run: template.id
        for template in templates
        if template.split == "dev"
        for run in corpus.runs(template, SHARED_WORDS)
    }
    shared = [
        (template.id, dev[run], " ".join(run))
        for template in templates
        if template.split == "test"
        for run in corpus.runs(template, SHARED_WORDS)
        if run in dev
    ]
    assert shared == []


def test_a_shared_run_is_seen() -> None:
    """Runs are compared without accents, case and marks, and end at a gap."""
    first = template("Hãy soạn, GIÚP tôi: đơn này {name} ngay đi")
    assert ("hay", "soan", "giup", "toi", "don") in corpus.runs(first, 5)
    assert ("giup", "toi", "don", "nay", "ngay") not in corpus.runs(first, 5)


def template(text: str, **more: object) -> corpus.Template:
    """One template of the tests."""
    fields: dict[str, object] = {
        "id": "t/t",
        "set": "personal",
        "expect": "mask",
        "split": "dev",
        "cases": 1,
        "voices": False,
        "frame": False,
        "beside": (),
        "messages": (corpus.Turn(role="user", content=text),),
    }
    return corpus.Template.model_validate(fields | more)


def test_every_gap_is_known(templates: tuple[corpus.Template, ...], pools: Pools) -> None:
    """A gap of an unknown kind or twist is a mistake in a template; so are left-over braces."""
    kinds = Values(pools, "x").kinds
    for each in templates:
        for turn in each.messages:
            for gap in corpus.GAP.finditer(turn.content):
                assert gap["kind"] in kinds, each.id
                assert gap["twist"] in {None, "any", *TWISTS, *GROUPS}, each.id
            assert not re.search(r"\{[a-z]", corpus.GAP.sub("", turn.content)), each.id


def test_spans_are_the_values(cases: tuple[corpus.Case, ...]) -> None:
    """Spans are in order, do not overlap, and neither begin nor end with a space."""
    for case in cases:
        last = (-1, 0)
        for span in case.spans:
            value = case.messages[span.message].content[span.start : span.end]
            assert value, case.id
            assert value == value.strip(), case.id
            assert (span.message, span.start) >= last, case.id
            assert span.entity in ENTITIES.values()
            last = (span.message, span.end)


def test_labels_fit(cases: tuple[corpus.Case, ...]) -> None:
    """What must be masked has a value planted; what must stay unchanged has none."""
    for case in cases:
        assert bool(case.spans) == (case.expect in {"mask", "protect"}), case.id


def test_documents_are_as_long_as_documents(cases: tuple[corpus.Case, ...]) -> None:
    """Whole documents have 250 to 2,500 characters."""
    for case in cases:
        if case.set.startswith("documents"):
            assert 250 <= len(case.messages[0].content) <= 2500, case.id


def test_no_identity_number_has_been_given_out(cases: tuple[corpus.Case, ...]) -> None:
    """Birth years of identity numbers lie in the future, phones in a block nobody uses."""
    for case in cases:
        for span in case.spans:
            value = case.messages[span.message].content[span.start : span.end]
            digits = re.sub(r"\D", "", value)
            if case.evasion or span.piece:
                continue
            if span.entity == "VN_CCCD":
                assert re.fullmatch(r"040[23]9\d{7}", digits), case.id
            elif span.entity == "VN_PHONE":
                assert re.fullmatch(r"(0|84)950\d{6}", digits), case.id
            elif span.entity == "EMAIL":
                assert value.endswith(".example"), case.id


@given(st.integers(0, 10_000))
def test_numbers_with_a_check_digit_pass_it(seed: int) -> None:
    """Tax codes satisfy their weights and cards satisfy Luhn, else they would be easy to pass."""
    values = Values(_pools(), str(seed))
    code = values.draw("mst")
    total = sum(w * int(d) for w, d in zip(MST_WEIGHTS, code, strict=False))
    assert int(code[9]) == 10 - total % 11
    card = [int(d) for d in re.sub(r"\D", "", values.draw("card"))]
    doubled = [sum(divmod(2 * d, 10)) if nth % 2 == 0 else d for nth, d in enumerate(card)]
    assert sum(doubled) % 10 == 0


@pytest.mark.parametrize(
    ("twist", "text", "written"),
    [
        ("tcvn3", "Tuyệt mật Uỷ ban nhân dân", "tuyÖt mËt uû ban nh©n d©n"),
        ("vni", "Tuyệt mật đường", "tuyeät maät ñöôøng"),
        ("telex", "tuyệt mật đường", "tuyeetj maatj dduwowngf"),
        ("spaced", "MẬT MÃ", "M Ậ T  M Ã"),
        ("digitwords", "040", "không bốn không"),
        ("confused", "+84 901", "O9Ol"),
        ("keycap", "12", "1\ufe0f\u20e32\ufe0f\u20e3"),
        ("acong", "a.b@c.d", "a chấm b a còng c chấm d"),
        ("base64", "mật", "beG6rXQ="),
    ],
)
def test_evasions_are_written_as_people_write_them(twist: str, text: str, written: str) -> None:
    """Each way of hiding gives what somebody who hides would type."""
    source = Values(_pools(), "x").random
    assert TWISTS[twist](text, source) == written


def test_every_evasion_is_used(cases: tuple[corpus.Case, ...]) -> None:
    """Every way of hiding is in the corpus."""
    used = {kind for case in cases for kind in case.evasion.split("+")}
    assert used >= TWISTS.keys()
