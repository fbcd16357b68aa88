"""Random texts, and what must hold of every text: one function a target of ``bench/fuzz.py``.

A target draws its case from the random source that it is given and raises where something that must
hold does not. Refusals in the lab's own words (``LabError``) are answers; every other error is a
finding.
"""

from __future__ import annotations

import base64
import random
import re
import string
import sys
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from lab.errors import PolicyError
from lab.policy.clear import Policy
from lab.policy.reply import ReplyGuard
from lab.policy.text import Views
from lab.policy.vault import Vault
from lab.settings import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from policysupport import a_policy  # type: ignore[import-not-found]

Draw = random.Random
VALUES = (
    "Nguyễn Thị Mẫu",
    "040295000017",
    "0912 345 678",
    "thu.tt@example.vn",
    "mật khẩu: Kx9#vTq2",
    "Độ mật: TUYỆT MẬT",
    "4111 1111 1111 1111",
    "số 12 đường Lê Lợi, phường Trường Vinh",
    "15/8/1990",
)
ODD = "\u200b\u0301\u0323\u202e\ufeff\u2060\xad\x00\x85\u2028😀🇻🇳①Ⅳ０Ａа\ud800\U000e0041"
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂBCDĐEÊ" + string.ascii_letters + string.digits
SIGNS = " .,:;-–—/\\()[]{}<>|*_#@&%\n\t\r\"'="


def text(draw: Draw, most: int = 200) -> str:
    """Words, values, disguises and rubbish."""
    pieces: list[str] = []
    while sum(map(len, pieces)) < draw.randrange(most):
        pieces.append(draw.choice(PIECES)(draw))
    return draw.choice(("", " ", "\n")).join(pieces)


def _word(draw: Draw) -> str:
    return "".join(draw.choices(LETTERS, k=draw.randrange(1, 9)))


def _disguised(draw: Draw) -> str:
    value = draw.choice(VALUES)
    return draw.choice(
        (
            value,
            value.upper(),
            unicodedata.normalize("NFD", value),
            " ".join(value),
            ".".join(value),
            "\u200b".join(value),
            base64.b64encode(value.encode()).decode(),
            value.encode().hex(),
            value[::-1],
            "".join(draw.choice((sign, f"&#{ord(sign)};")) for sign in value),
            value.encode("utf-8").decode("latin-1"),
        )
    )


PIECES: Sequence[Callable[[Draw], str]] = (
    _word,
    _word,
    _disguised,
    lambda draw: "".join(draw.choices(SIGNS, k=draw.randrange(1, 6))),
    lambda draw: "".join(draw.choices(ODD, k=draw.randrange(1, 5))),
    lambda draw: "".join(draw.choices(string.digits + " .-", k=draw.randrange(1, 20))),
    lambda draw: draw.choice(SIGNS + LETTERS) * draw.randrange(1, 60),
    lambda draw: f"[{draw.choice(('HỌ TÊN', 'SỐ ĐIỆN THOẠI', 'X'))} {draw.randrange(12)}]",
)


def holds(true: object, what: str) -> None:
    """Raise where it is not true; ``what`` says which promise that breaks."""
    if not true:
        raise AssertionError(what)


def views(draw: Draw) -> None:
    """Every reading of a text leads back into it."""
    typed = text(draw)
    read = Views(typed)
    for view in (*read.everything(), read.folded, read.numbers):
        for _ in range(4):
            start = draw.randint(0, len(view.text))
            end = draw.randint(start, len(view.text))
            first, last = view.span(start, end)
            holds(0 <= first <= last <= len(typed), "a span outside of the text")
    for number in read.digit_runs(9, 10, 12):
        holds(0 <= number.start < number.end <= len(number.view.text), "a number outside")


@cache
def policy() -> Policy:
    """The policy that ships, in this process."""
    return Policy.load(ROOT / "policies", workers=0)


def recognizers(draw: Draw) -> None:
    """Reading any text ends, in the text; what is found twice is found alike."""
    typed = text(draw, 300)
    signs = policy().signs(typed)
    for sign in signs:
        holds(0 <= sign.start < sign.end <= len(typed), "a sign outside of the text")
    for one, other in pairwise(signs):
        holds(one.end <= other.start, "signs that overlap")
    holds(policy().signs(typed) == signs, "another answer for the same text")


@cache
def _small() -> Policy:
    found: Policy = a_policy()
    return found


def _vault() -> Vault:
    made = Vault()
    made.placeholder("PERSON", "Nguyễn Thị Mẫu", label="HỌ TÊN")
    return made


VAULT = _vault()
REPLIES = (
    "Gửi bà [HỌ TÊN 1], hồ sơ DA-2026 đã nhận.",
    "[HỌ TÊN 1][HỌ TÊN 1] [HỌ TÊN 12] DA-1999",
    "Mã DA-2026DA-2026, DA-7777 😀 [HỌ TÊN",
    "bà [HỌ\nTÊN 1] và [HỌ TÊN 1]: DA-0001.",
)


def _streamed(guard: ReplyGuard, deltas: Sequence[str]) -> tuple[str, str, Any]:
    pieces = [*map(guard.feed, deltas), guard.finish()]
    shown = "".join(piece.shown for piece in pieces)
    return shown, "".join(piece.logged for piece in pieces), guard.findings


@cache
def _whole(reply: str) -> tuple[str, str, Any]:
    return _streamed(_small().reply(VAULT), [reply])


def _split(draw: Draw, reply: str) -> list[str]:
    cuts = sorted(draw.choices(range(len(reply) + 1), k=draw.randrange(1, len(reply))))
    return [reply[one:other] for one, other in pairwise([0, *cuts, len(reply)])]


def splits(draw: Draw) -> None:
    """However a reply is split, it is shown and logged as the unsplit one is, and nothing leaks."""
    reply = draw.choice(REPLIES)
    got = _streamed(_small().reply(VAULT), _split(draw, reply))
    holds(got == _whole(reply), "another answer for another split")
    holds("Mẫu" not in got[1], "a restored value in the log")
    holds(not re.search(r"(?<!\w)DA-\d{4}(?!\w)", got[0] + "\n" + got[1]), "a value got through")


def replies(draw: Draw) -> None:
    """The same of any reply under the policy that ships."""
    reply = text(draw, 160) or "."
    whole = _streamed(policy().reply(VAULT), [reply])
    holds(_streamed(policy().reply(VAULT), _split(draw, reply + " ")) is not None, "")
    again = _streamed(policy().reply(VAULT), list(reply))
    holds(again == whole, "another answer letter by letter")


def vault(draw: Draw) -> None:
    """The map stays one to one, opens with its key only, and restores what it gave out."""
    held, key = Vault(), draw.randbytes(32)
    given: dict[str, str] = {}
    for _ in range(draw.randrange(1, 8)):
        value = text(draw, 40).strip() or "x"
        token = held.placeholder(draw.choice(("PERSON", "PHONE")), value, label="HỌ TÊN")
        given.setdefault(token, value)
        held.note_seen(text(draw, 60))
    sealed = held.seal(key)
    opened = Vault.unseal(sealed, key)
    for token, value in given.items():
        holds(opened.restore(token) == value, "a value did not come back")
    broken = bytearray(sealed)
    broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
    for attempt, with_key in ((bytes(broken), key), (sealed, draw.randbytes(32))):
        try:
            Vault.unseal(attempt, with_key)
        except PolicyError:
            continue
        raise AssertionError("a map opened that must not")
