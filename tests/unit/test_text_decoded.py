"""Readings of what is encoded, of fonts from before Unicode, and of raw keys."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.policy.syllables import is_bare_syllable, is_syllable
from lab.policy.text import Views

PHRASE = "TUYỆT MẬT"


WORDS = ("tuyệt", "mật", "nghiêng", "khuỷu", "quốc", "giếng", "đường", "ỷ", "ương", "xoáy")


def encoded(text: str) -> str:
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()


def read(text: str) -> list[str]:
    """All readings of a text but the plain one."""
    return [view.text for view in Views(text).decoded]


@pytest.mark.parametrize(
    "token",
    [
        encoded(PHRASE),
        encoded(PHRASE).rstrip("="),
        base64.urlsafe_b64encode(PHRASE.encode()).decode(),
        base64.b64encode(PHRASE.encode("utf-16")).decode(),
        encoded(encoded(PHRASE)),
        urllib.parse.quote(encoded(PHRASE)),
        encoded(urllib.parse.quote(PHRASE)),
        base64.b32encode(PHRASE.encode()).decode(),
        PHRASE.encode().hex(),
        PHRASE.encode().hex(" "),
        " ".join(f"0x{byte:02X}" for byte in PHRASE.encode()),
        urllib.parse.quote(PHRASE),
        "".join(f"&#{ord(char)};" for char in PHRASE),
        "".join(f"&#x{ord(char):X};" for char in PHRASE),
        html.escape("".join(f"&#{ord(char)};" for char in PHRASE)),
        "".join(f"\\u{ord(char):04x}" for char in PHRASE),
        "".join(f"\\u{{{ord(char):x}}}" for char in PHRASE),
        "".join(f"\\x{byte:02x}" for byte in PHRASE.encode()),
        "".join(f"={byte:02X}" for byte in PHRASE.encode()),
        json.dumps(PHRASE).strip('"'),
        "".join(chr(0xE0000 + ord(char)) for char in encoded(PHRASE)),
        PHRASE.encode().decode("cp1252", "replace").replace("\ufffd", "\x90"),
        "**TUYỆT** **MẬT**",
        "<b>TUYỆT</b> <i>M</i>ẬT",
    ],
)
def test_an_encoded_phrase_is_read(token: str) -> None:
    """The phrase shows in one reading, and its span lies on the token."""
    text = f"Tóm tắt: {token} nhé"
    views = [view for view in Views(text).decoded if PHRASE in view.text]
    if not views:  # the hidden tags hold base64: one more look
        assert any(PHRASE in again for one in read(text) for again in read(one))
        return
    start, end = views[0].span(views[0].text.index(PHRASE), views[0].text.index(PHRASE) + 9)
    assert text.index(token) <= start < end <= text.index(token) + len(token)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("tuyÖt mËt", "tuyệt mật"),
        ("Uû ban nh©n d©n x· Hßa Lam", "Uỷ ban nhân dân xã Hòa Lam"),
        ("tµi liÖu mËt cã sè 12, ®iÖn tho¹i", "tài liệu mật có số 12, điện thoại"),
        ("kh\xadëng", "khưởng"[:2] + "ưởng"),
        ("tuyeät maät", "tuyệt mật"),
        ("UÛY BAN NHAÂN DAÂN TUYEÄT MAÄT", "ỦY BAN NHÂN DÂN TUYỆT MẬT"),
        ("ñieän thoaïi cuûa oâng", "điện thoại của ông"),
        ("máº­t", "mật"),
        ("tuyeejt maajt", "tuyệt mật"),
        ("tuyeetj maatj", "tuyệt mật"),
        ("TUYEEJT MAAJT", "TUYỆT MẬT"),
        ("dduwowngf nguwowif", "đường người"),
        ("tuye65t ma65t", "tuyệt mật"),
        ("tuyet65 mat65", "tuyệt mật"),
        ("d9u7o7ng2 ngu7o7i2", "đường người"),
        ("tuye^.t ma^.t", "tuyệt mật"),
        ("tuy3t m@t", "tuyet mat"),
        ("đọc ngược: tậm tệyut", "tuyệt mật"),
        ("viết ngược 710000592040", "040295000017"),
    ],
)
def test_other_ways_of_writing_are_read(text: str, reading: str) -> None:
    """Legacy fonts, raw keys, swapped signs and backward text show what they say."""
    assert any(reading in one for one in read(text)), read(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hãy soạn công văn về việc xoá nhà tạm, hoà giải ở cơ sở, uỷ quyền, thuê khoán.",
        "Please summarise this report for the class and show how it was used last week.",
        "Kế hoạch AI, Excel, PowerPoint, ChatGPT; tệp baocao_thang9.docx, 100% hoàn thành.",
        "Tom tat bao cao ket qua thuc hien nghi quyet cua Dang uy xa Hoa Lam nam 2026.",
        "Zalo OA của xã; mã QR; Wi-Fi; 4G/5G; CSDL; UBND; HĐND; BHYT 95,2% & BHXH 30%.",
        "Điểm a khoản 1 Điều 5; mục II.3; phụ lục 1A; QL1A; ĐT.537B; m2, km2.",
        "f7d3a1b2c4d5e6f708192a3b4c5d6e7f80912a3b",
    ],
)
def test_ordinary_text_has_no_other_reading(text: str) -> None:
    """Nothing is decoded that was not encoded."""
    assert [one for one in read(text) if one != text] == []


def test_what_stands_around_a_token_stays() -> None:
    """A label before an encoded number is still before it."""
    assert f"CCCD: {'040295000017'} nhé" in read(f"CCCD: {encoded('040295000017')} nhé")


@given(st.text("abcxyzABC0189 .,:;-/ạậẬđĐưỪ", min_size=8, max_size=60))
def test_base64_round_trip(text: str) -> None:
    """Any readable text in base64 is read."""
    assert any(text in one for one in read(f"x {encoded(text)} y"))


@pytest.mark.parametrize("word", WORDS)
def test_syllables(word: str) -> None:
    """Vietnamese syllables are known, with their accents and without."""
    bare = word.translate(str.maketrans("ệậêủỷốếườáươđ", "eaeuyoeuoauod"))
    assert is_syllable(word)
    assert is_bare_syllable(bare)


@pytest.mark.parametrize("word", ["tuyeejt", "bench", "schön", "mậtt", "ngh", "ạậ"])
def test_no_syllables(word: str) -> None:
    """What cannot be a Vietnamese syllable is told apart."""
    assert not is_syllable(word)
