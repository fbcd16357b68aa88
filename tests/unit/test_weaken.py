"""What counts as weakening: a table of changes, each with what must be said of it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policysupport import SENTENCE, a_rule, words_rule

from lab.model import Mode, Tier
from lab.policy.groups import Exemption, Group, Overlays
from lab.policy.rules import PolicyFile, Rule
from lab.policy.weaken import Difference, Edition, differences, touches_secrets, weakens
from lab.settings import ROOT

LISTS = {"phrases": ("tuyệt mật", "tối mật"), "not": ("bí mật của em",), "weights": ("a 1",)}


def rule(**changes: Any) -> Rule:
    """A rule with lists of each kind."""
    return a_rule(**({"lists": LISTS, "context": ["mã", "số"]} | changes))


def edition(*rules: Rule, groups: tuple[Group, ...] = (), **settings: Any) -> Edition:
    """An edition of these rules."""
    source = {"quy-che-lop": {"title": SENTENCE, "date": "2026-11-01"}}
    file = PolicyFile.model_validate({"sources": source} | settings)
    return Edition(rules or (rule(),), file, overlays=Overlays(groups))


def lists(**changes: tuple[str, ...]) -> Edition:
    """The edition with some lists changed."""
    return edition(rule(lists=LISTS | changes))


def patterns(**changes: Any) -> Edition:
    """The edition with its pattern changed."""
    return edition(rule(patterns=[{"name": "code", "form": "DA-####"} | changes]))


def examples(catch: list[str], let_pass: list[str]) -> Edition:
    """The edition with other examples."""
    return edition(rule(examples={"catch": catch, "pass": let_pass}))


def group(**tighten: str) -> tuple[Group, ...]:
    """One group of one site."""
    row = {"id": "g", "title": SENTENCE, "where": {"sites": ["s"]}, "tighten": tighten}
    return (Group.model_validate(row),)


CATCH, PASS = ["mã ⟦DA-2026⟧"], ["mã số"]
TABLE: list[tuple[str, Edition, Edition, bool]] = [
    ("block to mask", edition(rule(mode="block")), edition(rule(mode="mask")), True),
    ("mask to block", edition(rule(mode="mask")), edition(rule(mode="block")), False),
    ("warn to shadow", edition(rule(mode="warn")), edition(rule(mode="shadow")), True),
    ("shadow to off", edition(rule(mode="shadow")), edition(rule(mode="off")), True),
    ("off to shadow", edition(rule(mode="off")), edition(rule(mode="shadow")), False),
    ("rule added", edition(), edition(rule(), words_rule("other", "x")), False),
    ("rule removed", edition(rule(), words_rule("other", "x")), edition(), True),
    ("threshold up", edition(rule(threshold=0.4)), edition(rule(threshold=0.5)), True),
    ("threshold down", edition(rule(threshold=0.5)), edition(rule(threshold=0.4)), False),
    ("recognizer", edition(rule()), edition(rule(recognizer="phone")), True),
    ("entity", edition(rule()), edition(rule(entity="OTHER")), True),
    ("tier down", edition(rule(tier="T1")), edition(rule(tier="T3")), True),
    ("tier up", edition(rule(tier="T3")), edition(rule(tier="T2")), False),
    ("restored", edition(rule(restore=False)), edition(rule(restore=True)), True),
    ("not restored", edition(rule(restore=True)), edition(rule(restore=False)), False),
    ("label", edition(rule()), edition(rule(placeholder="KHÁC")), True),
    ("context gone", edition(rule()), edition(rule(context=["mã"])), True),
    ("context new", edition(rule()), edition(rule(context=["mã", "số", "ký hiệu"])), False),
    ("phrase new", edition(rule()), lists(phrases=("tuyệt mật", "tối mật", "mật")), False),
    ("phrase gone", edition(rule()), lists(phrases=("tối mật",)), True),
    ("phrase exchanged", edition(rule()), lists(phrases=("tối mật", "mật")), True),
    ("excuse new", edition(rule()), lists(**{"not": ("bí mật của em", "mật ong")}), True),
    ("excuse gone", edition(rule()), lists(**{"not": ()}), False),
    ("unknown list", edition(rule()), lists(weights=("a 2",)), True),
    ("list out of order", edition(rule()), lists(phrases=("tối mật", "tuyệt mật")), False),
    ("form", edition(rule()), patterns(form="DA-###"), True),
    ("pattern score", edition(rule()), patterns(score=0.6), True),
    ("pattern higher", edition(rule()), patterns(score=0.9), False),
    ("pattern exact", edition(words_rule("w", "x", patterns=[{"name": "word", "words": ["x"]}])),
     edition(words_rule("w", "x")), True),
    ("word new", edition(words_rule("w", "x")), edition(
        words_rule("w", "x", patterns=[{"name": "word", "words": ["x", "y"], "exact": True}])
    ), False),
    ("example gone", examples([*CATCH, "⟦DA-1111⟧"], PASS), examples(CATCH, PASS), True),
    ("example new", examples(CATCH, PASS), examples([*CATCH, "⟦DA-1111⟧"], PASS), False),
    ("pass new", examples(CATCH, PASS), examples(CATCH, [*PASS, "DA"]), True),
    ("words for people", edition(), edition(rule(why={"vi": "Khác.", "en": "Other."})), False),
    ("fewer turns", edition(window_turns=4), edition(window_turns=3), True),
    ("more turns", edition(window_turns=4), edition(window_turns=5), False),
    ("typed label", edition(), edition(placeholders=["TÊN"]), True),
    ("split mark gone", edition(split_marks=["tuyệt mật"]), edition(), True),
    ("floor down", edition(floors={"personal": 0.9}), edition(floors={"personal": 0.8}), True),
    ("floor gone", edition(floors={"personal": 0.9}), edition(), True),
    ("floor up", edition(floors={"personal": 0.8}), edition(floors={"personal": 0.9}), False),
    ("group new", edition(), edition(groups=group(PROJECT="block")), False),
    ("group gone", edition(groups=group(PROJECT="block")), edition(), True),
    ("group milder", edition(groups=group(PROJECT="block")),
     edition(groups=group(PROJECT="mask")), True),
    ("loose file", edition(), replace(edition(), loose={"a.txt": "1"}), True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "weak"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_each_change_is_weighed(old: Edition, new: Edition, *, weak: bool) -> None:
    """A change that may let more leave weakens; one that surely cannot does not."""
    assert weakens(differences(old, new)) is weak


def test_the_same_edition_differs_in_nothing() -> None:
    """The policy that ships, beside itself, has no difference."""
    shipped = Edition.read(ROOT / "policies")
    assert differences(shipped, Edition.read(ROOT / "policies")) == ()


@given(st.sampled_from(list(Mode)), st.sampled_from(list(Mode)))
def test_a_mode_and_its_way_back_are_never_both_harmless(one: Mode, other: Mode) -> None:
    """Of a change of mode and its opposite exactly one weakens, unless they are the same."""
    a, b = edition(rule(mode=one)), edition(rule(mode=other))
    there, back = weakens(differences(a, b)), weakens(differences(b, a))
    assert (there ^ back) if one is not other else not (there or back)


def test_a_new_rule_whose_label_hides_a_mark_weakens() -> None:
    """Text in the brackets of a placeholder passes: a label that holds a mark of T1 is refused."""
    secret = rule(tier="T1", mode="block")
    label = a_rule("other", placeholder="TUYỆT MẬT")
    assert weakens(differences(edition(secret), edition(secret, label)))


def exception(until: dt.date, **changes: Any) -> Edition:
    """An edition with one exception."""
    row: dict[str, Any] = {
        "id": "e",
        "rule": "project",
        "mode": "warn",
        "owner": "Cán bộ Mẫu",
        "reason": "Bài tập",
        "since": dt.date(2026, 11, 1),
        "until": until,
    }
    only = (Exemption.model_validate(row | changes),)
    return replace(edition(), overlays=Overlays(exceptions=only))


@pytest.mark.parametrize(
    ("make", "weak"),
    [
        (lambda: (edition(), exception(dt.date(2026, 12, 1))), True),
        (lambda: (exception(dt.date(2026, 12, 1)), edition()), False),
        (lambda: (exception(dt.date(2026, 12, 1)), exception(dt.date(2026, 12, 2))), True),
        (lambda: (exception(dt.date(2026, 12, 2)), exception(dt.date(2026, 12, 1))), False),
        (
            lambda: (
                exception(dt.date(2026, 12, 2)),
                exception(dt.date(2026, 12, 1), where={"sites": ["s"]}),
            ),
            True,
        ),
    ],
)
def test_an_exception_weakens_until_it_ends(
    make: Callable[[], tuple[Edition, Edition]], *, weak: bool
) -> None:
    """A new or longer exception weakens; an ended or shorter one does not; in doubt it does."""
    assert weakens(differences(*make())) is weak


def test_rules_of_secrets_are_told_apart() -> None:
    """A difference of T1, of T2 or of no rule touches secrets; one of T3 does not."""
    personal, secret = rule(), a_rule("secret", tier=Tier.T1, mode="block")
    both = edition(personal, secret)
    assert touches_secrets([Difference("mode", True, "secret")], both)
    assert touches_secrets([Difference("setting", True)], both)
    assert touches_secrets([Difference("mode", True, "gone")], both)
    assert not touches_secrets([Difference("mode", True, "project")], both)


def test_a_word_list_that_no_rule_names_still_counts(tmp_path: Path) -> None:
    """A word file beside those that rules name, changed, weakens: nobody knows who reads it."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("corpus", "training"))
    (folder / "lists/beside.txt").write_text("một\n", "utf-8")
    found = differences(Edition.read(ROOT / "policies"), Edition.read(folder))
    assert [(each.what, each.name, each.weakens) for each in found] == [
        ("file", "beside.txt", True)
    ]
