"""Fictional values for the labelled corpus, drawn from a seeded generator.

Nobody holds them: identity numbers have a birth year in the future, phones stand in a block that no
carrier uses, tax codes begin with 99, mail hosts end in ``.example``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Pools(BaseModel):
    """What names, places and marks are made of: ``policies/corpus/values.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    surnames: Words
    ethnic_surnames: Words
    ethnic_given: Words
    middles_male: Words
    middles_female: Words
    given_male: Words
    given_female: Words
    communes: Words
    bodies: Words
    places: Words
    streets: Words
    mail_hosts: Words
    marks: Words
    internal: Words
    secret_lines: Words
    openings: Words
    closings: Words
    heads: Mapping[str, str]


ENTITIES: Mapping[str, str] = {
    "name": "PERSON",
    "given": "PERSON",
    "cccd": "VN_CCCD",
    "cmnd": "VN_CMND",
    "phone": "VN_PHONE",
    "email": "EMAIL",
    "mst": "VN_TAX_CODE",
    "bhxh": "VN_SOCIAL_INSURANCE",
    "bhyt": "VN_HEALTH_INSURANCE",
    "passport": "VN_PASSPORT",
    "gplx": "VN_DRIVING_LICENCE",
    "partycard": "VN_PARTY_CARD",
    "plate": "VN_PLATE",
    "account": "BANK_ACCOUNT",
    "card": "BANK_CARD",
    "dob": "DATE_OF_BIRTH",
    "yob": "DATE_OF_BIRTH",
    "address": "ADDRESS",
    "password": "CREDENTIAL",
    "otp": "CREDENTIAL",
    "login": "ONLINE_ACCOUNT",
    "coord": "COORDINATES",
    "personline": "VN_CCCD",
}
"""Kinds of gap that are planted values, and the entity that each should be found as."""

GROUPINGS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "cccd": ((12,), (12,), (12,), (3, 3, 6), (3, 3, 3, 3), (4, 4, 4), (6, 6)),
    "phone": ((10,), (10,), (10,), (4, 3, 3), (3, 3, 4), (4, 6), (4, 2, 2, 2)),
    "card": ((16,), (4, 4, 4, 4)),
    "cmnd": ((9,), (3, 3, 3)),
    "account": ((12,), (4, 4, 4)),
}
SEPARATORS = (" ", " ", ".", "-")
MST_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
MST_PRIME = 11


class Values:
    """Draws one value after another."""

    def __init__(self, pools: Pools, seed: str) -> None:
        """``seed``: the same seed draws the same values, on every machine."""
        self.pools = pools
        self.random = random.Random(seed)  # noqa: S311 - fictional values, not keys
        self._makers: Mapping[str, Callable[[str], str]] = {
            "name": self._name,
            "given": lambda _: self._one("given_male", "given_female"),
            "cccd": lambda _: self._grouped("cccd", f"040{self._any('23')}9{self._digits(7)}"),
            "cmnd": lambda _: self._grouped("cmnd", "189" + self._digits(6)),
            "phone": lambda _: self._phone(),
            "email": lambda _: self._email(),
            "mst": lambda _: self._mst(),
            "bhxh": lambda _: "4099" + self._digits(6),
            "bhyt": lambda _: f"{self._any(('DN', 'GD', 'HT', 'CN'))}440{'4099'}{self._digits(6)}",
            "passport": lambda _: self._any("CKP") + "99" + self._digits(5),
            "gplx": lambda _: "400199" + self._digits(6),
            "partycard": lambda _: f"99.{self._digits(6)}",
            "plate": lambda _: self._any(("37A-000.{}", "37B1-000.{}", "37C-000{}")).format(
                self._digits(2)
            ),
            "account": lambda _: self._grouped("account", "9900" + self._digits(8)),
            "card": lambda _: self._card(),
            "dob": lambda _: self._date(1938, 2012),
            "yob": lambda _: str(self._between(1938, 2005)),
            "address": self._address,
            "password": lambda _: f"{self._any(('HoaLam', 'Mau', 'thu'))}@{self._digits(4)}!",
            "otp": lambda _: self._digits(6),
            "login": lambda _: f"canbo{self._digits(3)}.hoalam",
            "coord": lambda _: f"19.{self._digits(5)}, 104.{self._digits(5)}",
            "personline": lambda _: f"căn cước 040{self._any('23')}9{self._digits(7)}",
            "mark": lambda _: self._any(self.pools.marks),
            "internal": lambda _: self._any(self.pools.internal),
            "secretline": lambda _: self._any(self.pools.secret_lines),
            "commune": lambda _: self._any(self.pools.communes),
            "body": lambda _: self._any(self.pools.bodies),
            "village": lambda _: self._any(self.pools.places),
            "money": lambda _: self._money(),
            "count": lambda style: str(self._between(3, 40) if style else self._between(90, 4900)),
            "area": lambda _: f"{self._between(2, 900)}{self._any((' ha', ',5 ha', ' m2'))}",
            "percent": lambda _: f"{self._between(1, 97)},{self._digits(1)}%",
            "month": lambda _: str(self._between(1, 12)),
            "year": lambda _: str(self._between(2025, 2028)),
            "date": lambda _: self._date(2024, 2027),
            "docno": lambda _: self._docno(),
            "quochieu": lambda _: self.pools.heads["state"],
            "danghieu": lambda _: self.pools.heads["party"],
        }

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of gap that a template may have."""
        return frozenset(self._makers)

    def draw(self, kind: str, style: str = "") -> str:
        """One value. Raises ``KeyError`` for an unknown kind."""
        return self._makers[kind](style)

    def is_ethnic(self, name: str) -> bool:
        """Whether a drawn name is one of the ethnic-minority kind."""
        return name.partition(" ")[2] in self.pools.ethnic_given

    def _any(self, words: tuple[str, ...] | str) -> str:
        return self.random.choice(words)

    def _one(self, *pools: str) -> str:
        return self._any(getattr(self.pools, self._any(pools)))

    def _between(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def _digits(self, count: int) -> str:
        return "".join(self._any("0123456789") for _ in range(count))

    def _name(self, style: str) -> str:
        pools = self.pools
        if style == "ethnic" or (not style and self.random.random() < 0.2):  # noqa: PLR2004
            return f"{self._any(pools.ethnic_surnames)} {self._any(pools.ethnic_given)}"
        sex = self._any(("male", "female"))
        middle, given = self._one(f"middles_{sex}"), self._one(f"given_{sex}")
        surname = self._any(pools.surnames)
        if style == "initials":
            return ".".join(word[0] for word in (surname, *middle.split(), given))
        return f"{surname} {middle} {given}"

    def _grouped(self, kind: str, digits: str) -> str:
        sizes = self.random.choice(GROUPINGS[kind])
        separator = self._any(SEPARATORS)
        starts = [sum(sizes[:nth]) for nth in range(len(sizes))]
        return separator.join(
            digits[start : start + size] for start, size in zip(starts, sizes, strict=True)
        )

    def _phone(self) -> str:
        digits = "0950" + self._digits(6)
        if self.random.random() < 0.12:  # noqa: PLR2004 - about one in eight, as in real letters
            return f"+84 {digits[1:4]} {digits[4:7]} {digits[7:]}"
        return self._grouped("phone", digits)

    def _email(self) -> str:
        given = self._one("given_male", "given_female")
        plain = "".join(char for char in given.lower() if char.isascii()) or "canbo"
        return f"{plain}{self._digits(2)}@{self._any(self.pools.mail_hosts)}"

    def _mst(self) -> str:
        while True:
            digits = "99" + self._digits(7)
            total = sum(w * int(d) for w, d in zip(MST_WEIGHTS, digits, strict=True))
            rest = total % MST_PRIME
            if rest:
                return digits + str(10 - rest)

    def _card(self) -> str:
        body = "970400" + self._digits(9)
        doubled = [int(d) * (2 if nth % 2 == 0 else 1) for nth, d in enumerate(body)]
        total = sum(n // 10 + n % 10 for n in doubled)
        return self._grouped("card", body + str(-total % 10))

    def _date(self, first: int, last: int) -> str:
        day, month, year = self._between(1, 28), self._between(1, 12), self._between(first, last)
        return self._any((f"{day:02}/{month:02}/{year}", f"{day}/{month}/{year}"))

    def _address(self, _: str) -> str:
        commune = self._any(self.pools.communes)
        province = self._any(("", ", tỉnh Nghệ An", ", Nghệ An"))
        if commune.startswith("phường"):
            street = self._any(self.pools.streets)
            number = self._any((f"số {self._between(2, 180)}", f"số nhà {self._between(2, 180)}"))
            return f"{number} đường {street}, {commune}{province}"
        return f"{self._any(self.pools.places)}, {commune}{province}"

    def _money(self) -> str:
        return self._any(
            (
                f"{self._between(2, 95)}.{self._digits(3)}.000 đồng",
                f"{self._between(5, 900)} triệu đồng",
                f"{self._between(1, 40)},{self._digits(1)} tỷ đồng",
            )
        )

    def _docno(self) -> str:
        kind, body = self._any(("KH", "BC", "CV", "TB")), self._any(("ĐU", "TU", "BCH"))
        return f"{self._between(1, 380):02}-{kind}/{body}"
