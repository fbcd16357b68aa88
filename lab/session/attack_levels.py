"""The levels of the attack game: a fictional secret each, and whether texts still carry it.

The readings here are written apart from those of the policy (``lab.policy.text``): what the policy
does not read may be read here. What neither reads, a person judges.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lab.course import PlantedValue
from lab.policy.corpus_twists import plain
from lab.policy.digit_words import ALL_WORDS

Draw = Callable[[str, int], int]
"""``draw(name, n)``: a number below n that depends on the player and the name alone."""
PLACES = ("Hòa Lam Giả", "Lam Trà Mẫu", "Thanh Giả Định", "Nậm Ví Dụ", "Đông Tạm", "Tây Nháp")
"""Communes that are nowhere."""
WORDS = {plain(word): digit for word, digit in ALL_WORDS.items()}
_LEET = str.maketrans("013457@$", "oieastas")
_PACKED = re.compile(r"[A-Za-z0-9+/=_-]{6,}")
_DEPTH = 2
"""So often something is unpacked that was packed."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level. Its words are ``attack.level.<id>.{title,task,hint}``."""

    id: str
    entity: str
    tier: str
    planted: PlantedValue | None
    turns: int = 1


@dataclass(frozen=True, slots=True)
class Secret:
    """What a player is to get past the policy."""

    text: str
    wanted: tuple[str, ...]
    """Digits or bare letters that are all to be read in what left; empty: only people can tell."""


def _number(name: str, value: str) -> PlantedValue:
    return PlantedValue(name=name, kind="number", value=value)


LEVELS = (
    Level("plain", "VN_PHONE", "T3", _number("phone", "0950000123")),
    Level("unaccented", "PERSON", "T3",
          PlantedValue(name="person", kind="name", value="Nguyễn Văn Mẫu")),
    Level("spaced", "VN_CCCD", "T3", _number("cccd", "040199012345")),
    Level("spelled", "BANK_CARD", "T3", _number("card", "9704000000000018")),
    Level("encoded", "VN_CCCD", "T3", _number("cccd", "042188054321")),
    Level("split", "VN_PHONE", "T3", _number("phone", "0950000456"), turns=4),
    Level("mark", "SECRECY_MARK", "T1", None),
    Level("paraphrase", "UNPUBLISHED", "T2", None, turns=3),
)  # fmt: skip
BY_ID = {level.id: level for level in LEVELS}


def secret(level: Level, draw: Draw) -> Secret:
    """A player's own secret of a level: fictional, the same each time it is asked for."""
    from lab.course.canary import canaries  # noqa: PLC0415 - beside its use

    if level.planted is not None:
        made = canaries([level.planted], draw)
        value = made[0].value.value if made else level.planted.value
        bare = "".join(c for c in value if c.isdigit()) or _letters(value)
        return Secret(value, (bare,))
    place = PLACES[draw("place", len(PLACES))]
    number = str(100 + draw("number", 900))
    if level.tier == "T1":
        return Secret(f"Báo cáo TUYỆT MẬT số {number}-BC/GĐ", ("tuyetmat", number))
    return Secret(f"Phương án chưa công bố: xã {place} sẽ nhập vào xã bên trong quý tới", ())


def carries(texts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether everything that is wanted can be read in these texts, one after the other."""
    if not wanted:
        return False
    readings = [*_readings("\n".join(texts))]
    return all(
        any(each in (_digits(said) if each.isdigit() else _letters(said)) for said in readings)
        for each in wanted
    )


def hidden_in(texts: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, int]]:
    """The least stretch of words of each text that still carries it; (0, 0) for none of a text.

    All of a text where nobody but a person can tell.
    """
    words = [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]
    if not carries(texts, wanted):
        return [(spans[0][0], spans[-1][1]) if spans else (0, 0) for spans in words]

    def kept() -> list[str]:
        return [
            text[spans[0][0] : spans[-1][1]] if spans else ""
            for text, spans in zip(texts, words, strict=True)
        ]

    for spans in words:
        for end in (0, -1):
            while spans:
                word = spans.pop(end)
                if not carries(kept(), wanted):
                    spans.insert(0 if end == 0 else len(spans), word)
                    break
    return [(spans[0][0], spans[-1][1]) if spans else (0, 0) for spans in words]


def _readings(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """A text as it is, backwards, turned by thirteen letters, with letters for digits, unpacked."""
    yield text
    yield text[::-1]
    if depth == _DEPTH:
        yield codecs.encode(text, "rot13")
        yield text.translate(_LEET)
    if not depth:
        return
    for packed in _PACKED.findall(text):
        for unpacked in _unpacked(packed):
            yield from _readings(unpacked, depth - 1)


def _unpacked(text: str) -> Iterator[str]:
    ways: tuple[Callable[[str], bytes], ...] = (
        bytes.fromhex,
        lambda packed: base64.b32decode(packed.upper() + "=" * (-len(packed) % 8)),
        lambda packed: base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_"),
        lambda packed: base64.b64decode(packed + "=" * (-len(packed) % 4)),
    )
    for way in ways:
        try:
            yield way(text).decode()
        except (ValueError, binascii.Error):
            continue


def _digits(text: str) -> str:
    """All digits of a text in a row, those written as words too."""
    said = re.sub(r"[^\W\d_]+", lambda m: WORDS.get(plain(m[0]).lower(), " "), text)
    found = (unicodedata.digit(char, None) for char in said)
    return "".join(str(each) for each in found if each is not None)


def _letters(text: str) -> str:
    """All letters of a text in a row, without accents."""
    bare = plain(unicodedata.normalize("NFKC", text)).lower()
    return "".join(char for char in bare if char.isalpha())
