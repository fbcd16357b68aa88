"""Draws fictional people, homes and numbers for the texts that the tagger of names learns from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from ruamel.yaml import YAML

from lab.policy.corpus_twists import TWISTS
from lab.policy.text import fold

_WORDS: Mapping[str, list[str]] = YAML(typ="safe").load(
    (Path(__file__).parent / "names" / "pools.yaml").read_text("utf-8")
)
_ODD, _FEW_ETHNIC, _COMMON_SURNAME, _COMMON_GIVEN = 0.08, 0.1, 0.72, 0.6
_IN_HAMLETS, _NAMED = 0.55, 0.6
"""Shares: homes in hamlets; hamlets with a name rather than a number."""
_SHORTEST = 2


def titled(text: str) -> str:
    """Each word with a capital."""
    return " ".join(word[0].upper() + word[1:] for word in text.split())


class Pools:
    """What names and places are drawn from: the lists of the policy, and short ones of our own."""

    def __init__(self, policies: Path) -> None:
        self._lists = policies / "lists"
        self.surnames: list[Sequence[str]] = [
            self._read("surnames"),
            *[self._read("surnames-common")] * 2,
            self._read("surnames-rare"),
        ]
        self.middles = self._read("middle-names")
        self.givens = self._read("given-names")
        self._figures = [*self._read("public-figures"), *self._read("public-leaders")]
        self._places = [*self._read("places"), *self._read("provinces") * 20]
        self._makers: Mapping[str, Callable[[random.Random], str]] = {
            "a": self._home,
            "al": lambda draw: self._home(draw).lower(),
            "aq": lambda draw: fold(self._home(draw)),
            "c": lambda draw: f"04029{_digits(draw, 7)}",
            "d": _date,
            "e": lambda draw: f"canbo{_digits(draw, 2)}@hoalam.example",
            "f": lambda draw: f"0950{_digits(draw, 6)}",
            "fig": lambda draw: titled(draw.choice(self._figures)),
            "h": _hamlet,
            "k": lambda draw: f"9900{_digits(draw, 8)}",
            "m": lambda draw: draw.choice(("200.000 đồng", "1.500.000đ", "3 triệu", "450 nghìn")),
            "np": lambda draw: titled(" ".join(self.full(draw))),
            "nq": lambda draw: titled(f"{draw.choice(self.middles)} {self.given(draw)}"),
            "num": lambda draw: str(draw.randint(1, 12)),
            "o": lambda draw: draw.choice(_WORDS["offices"]),
            "pl": lambda draw: titled(draw.choice(self._places)),
            "r": lambda draw: f"Quốc lộ {draw.randint(1, 48)}",
            "v": lambda draw: draw.choice(_WORDS["hamlets"]),
            "x": lambda draw: draw.choice(_WORDS["communes"]),
            "y": lambda draw: str(draw.randint(1938, 2012)),
        }

    def _read(self, name: str) -> list[str]:
        rows = (self._lists / f"{name}.txt").read_text("utf-8").split("\n")
        return [row for row in rows if row and not row.startswith("#")]

    @staticmethod
    def title(draw: random.Random) -> str:
        """A form of address."""
        return draw.choice(_WORDS["titles"])

    def other(self, kind: str, draw: random.Random) -> str:
        """What is nobody's name. Raises ``KeyError`` for an unknown kind."""
        return self._makers[kind](draw)

    def given(self, draw: random.Random) -> str:
        """A given name; now and then one that is on no list."""
        chance = draw.random()
        if chance < _ODD:
            return draw.choice(_WORDS["onsets"]) + draw.choice(_WORDS["rimes"])
        return draw.choice(_WORDS["popular"] if chance < _COMMON_GIVEN else self.givens)

    def full(self, draw: random.Random) -> list[str]:
        """The syllables of a full name."""
        if draw.random() < _FEW_ETHNIC:
            surname, *rest = draw.choice(_WORDS["ethnic"]).split()
            return [draw.choice((surname, draw.choice(_WORDS["ethnic"]).split()[0])), *rest]
        common = draw.random() < _COMMON_SURNAME
        surname = draw.choice(_WORDS["usual"] if common else draw.choice(self.surnames))
        usual, every = _WORDS["middles"], self.middles
        ways: list[tuple[Sequence[str], ...]] = [
            *[()] * 8, *[(usual,)] * 47, *[(every,)] * 27,
            *[(("thị", "thị", "văn"), every)] * 14, *[(every, every)] * 4,
        ]  # fmt: skip
        return [surname, *map(draw.choice, draw.choice(ways)), self.given(draw)]

    def _home(self, draw: random.Random) -> str:
        kind = draw.random()
        if kind < _IN_HAMLETS:
            first = _hamlet(draw)
        else:
            number = f"{draw.randint(1, 200)}{draw.choice(('', 'A', '/12'))}"
            word = draw.choice(("số ", "số nhà ", ""))
            way = draw.choice((" ", " đường ", ", đường ", " phố ", ", ngõ "))
            first = f"{word}{number}{way}{draw.choice(_WORDS['streets'])}"
        joint = draw.choice((", ", ", ", ", ", " - ", " "))
        province = draw.choice(("", "", f"{joint}tỉnh Nghệ An", ", Nghệ An", ", huyện Nghi Lộc"))
        return f"{first}{joint}{draw.choice(_WORDS['communes'])}{province}"


class Person:
    """Somebody who is named in one or more ways."""

    STYLES: ClassVar[frozenset[str]] = frozenset(
        ("n", "N", "p", "l", "q", "g", "gg", "gl", "gp", "gq", "i", "j", "s", "tx")
    )

    def __init__(self, pools: Pools, draw: random.Random) -> None:
        self._words = pools.full(draw)
        self._draw = draw
        middle = self._words[-2] if len(self._words) > _SHORTEST else draw.choice(pools.middles)
        self._pair = f"{middle} {self._words[-1]}"

    def said(self, style: str) -> str:
        """The name in one way of writing it."""
        full = titled(" ".join(self._words))
        given = full.split()[-1]
        if style == "tx":
            small = " ".join(word[0].lower() + word[1:] for word in full.split())
            return titled(TWISTS["telex"](small, self._draw))
        if style in ("i", "j"):
            return self._short(full.split(), whole=style == "i")
        ways = {
            "n": full, "N": full.upper(), "p": titled(fold(full)), "l": full.lower(),
            "q": fold(full), "g": given, "gg": titled(self._pair), "gl": given.lower(),
            "gp": titled(fold(given)), "gq": fold(given), "s": full.split()[0],
        }  # fmt: skip
        return ways[style]

    def _short(self, words: Sequence[str], *, whole: bool) -> str:
        """Initials: ``N.V.A``, ``N.V. Anh``, ``Nguyễn V. Anh``."""
        letters = [word[0].upper() for word in words]
        if whole:
            return ".".join(letters) + self._draw.choice(("", "."))
        first = self._draw.choice((".".join(letters[:-1]) + ".", f"{words[0]} {letters[-2]}. "))
        return first + words[-1]


def _digits(draw: random.Random, count: int) -> str:
    return "".join(draw.choice("0123456789") for _ in range(count))


def _date(draw: random.Random) -> str:
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(1940, 2012)
    return draw.choice((f"{day:02}/{month:02}/{year}", f"{day}-{month}-{year}"))


def _hamlet(draw: random.Random) -> str:
    name = draw.choice(_WORDS["hamlets"]) if draw.random() < _NAMED else str(draw.randint(1, 14))
    return f"{draw.choice(_WORDS['kinds'])} {name}"
