"""Views: what each reading shows, and that every span leads back to what was typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.policy.text import View, Views, fold
from lab.policy.view import clean

PIECES = st.sampled_from(
    [
        "Tuyệt mật", "tuye\u0302\u0323t", "\u200b", "\u202e", "０９", "1️⃣", "Ð", "ма", "\r\n", " ",
        "không chín năm", "0950 000 123", "O95O", "040.295.000.017", "T U Y Ệ T", "t.u.y.ệ.t",
        "VFVZ4buGVCBN4bqsVA==", "%E1%BA%AD", "&#7853;", "\\u1ead", "tuyÖt mËt", "tuyeät maät",
        "tuyeejt maajt", "ma65t tuye65t", "m@t", "**đậm**", "<b>", "| ô |", "\u0301", "\u00ad",
        "\U000e0041", "𝟎", "ngược 123456", "\x00", "ﬁ", "🔟", "&amp;#48;", "JTMw", "=E1=BA=AD",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map("".join))


def readings(text: str) -> list[View]:
    """Every view of a text."""
    views = Views(text)
    return [*views.everything(), views.folded, views.numbers]


@given(TEXTS)
def test_spans_lead_into_the_original(text: str) -> None:
    """Whatever stands in a view came from somewhere in the original."""
    for view in readings(text):
        for start in range(len(view.text)):
            a, b = view.span(start, start + 1)
            assert 0 <= a < b <= len(text)


@given(TEXTS, st.data())
def test_spans_are_monotone_and_cover(text: str, data: st.DataObject) -> None:
    """A wider piece of a view comes from a piece of the original that holds the narrower one."""
    for view in readings(text):
        size = len(view.text)
        if not size:
            continue
        start = data.draw(st.integers(0, size - 1))
        end = data.draw(st.integers(start + 1, size))
        a, b = view.span(start, end)
        for inner in range(start, end):
            c, d = view.span(inner, inner + 1)
            assert a <= c
            assert d <= b


@given(TEXTS)
def test_a_whole_view_covers_all_that_it_was_made_of(text: str) -> None:
    """Between the ends of a view's span only what takes no room is left out."""
    plain = Views(text).plain
    if plain.text:
        a, b = plain.span(0, len(plain.text))
        assert Views(text[:a]).plain.text == ""
        assert Views(text[b:]).plain.text == ""


@given(TEXTS)
@example("a\u200b\u0301")
@example("\u0340")
@example("ма\u0302\u0323т")
def test_plain_is_idempotent(text: str) -> None:
    """Cleaning what is clean changes nothing."""
    once = Views(text).plain.text
    assert Views(once).plain.text == once


@given(TEXTS)
def test_folding_keeps_every_place(text: str) -> None:
    """The folded view is as long as plain, lower case and without Vietnamese accents."""
    views = Views(text)
    assert len(views.folded.text) == len(views.plain.text)
    assert fold(views.folded.text) == views.folded.text
    assert all(
        views.folded.span(n, n + 1) == views.plain.span(n, n + 1)
        for n in range(len(views.plain.text))
    )


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=200))
def test_decoding_never_raises(text: str) -> None:
    """Broken encodings are left as they are."""
    assert all(isinstance(view.text, str) for view in readings(text))


def test_vietnamese_survives() -> None:
    """A text in order is its own plain reading, and nothing in it looks encoded."""
    text = (
        "Kính gửi: Ủy ban nhân dân xã Hòa Lam.\nNăm 2025, toàn xã có 3.032 hộ; đề nghị “khẩn "
        "trương” báo cáo trước ngày 30/6/2026… Đường Nguyễn Ỷ, số 12A; tỷ lệ 95,2%, 120 m2."
    )
    views = Views(text)
    assert views.plain.text == text
    assert [view.name for view in views.everything()] == ["plain"]
    assert views.numbers.text == text


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_form_of_unicode_reads_alike(form: str) -> None:
    """Composed and decomposed text have one plain reading, and the span covers the accents."""
    text = unicodedata.normalize(form, "Tài liệu TUYỆT MẬT")
    plain = Views(text).plain
    assert plain.text == "Tài liệu TUYỆT MẬT"
    start = plain.text.index("MẬT")
    assert unicodedata.normalize("NFC", text[slice(*plain.span(start, start + 3))]) == "MẬT"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("M\u200bẬ\u2060T", "MẬT"),
        ("M\u00adậ\ufefft", "Mật"),
        ("\u202amật\u202c", "mật"),
        ("ＭẬＴ", "MẬT"),
        ("𝐌Ậ𝐓", "MẬT"),
        ("Ⓜ️ẬⓉ", "MẬT"),
        ("МẬТ", "MẬT"),
        ("ΜẬΤ", "MẬT"),
        ("м\u0430\u0302\u0323т", "mật"),
        ("Ðộ mật", "Độ mật"),
        ("0️⃣4️⃣0️⃣", "040"),
        ("٠٤٠ ०४० ０４０ ⓪④⓪", "040 040 040 040"),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("12\u201345\u221267", "12-45-67"),
        ("M\u0336Ậ\u0336T\u0336", "MẬT"),
        ("a\u0340\u0323", "ạ\u0300"[:1]),
    ],
)
def test_what_plain_shows(text: str, plain: str) -> None:
    """Marks that hide, look-alikes and letters in another dress are read as a person reads them."""
    assert Views(text).plain.text == plain


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("T U Y Ệ T  M Ậ T", "TUYỆT MẬT"),
        ("t.u.y.ệ.t m.ậ.t", "tuyệt mật"),
        ("T-U-Y-Ệ-T / M-Ậ-T", "TUYỆT MẬT"),
        ("M_Ậ_T", "MẬT"),
        ("M*Ậ*T", "MẬT"),
        ("M🔥Ậ🔥T", "MẬT"),
        ("M\nẬ\nT", "MẬT"),
        ("Độ  m ậ t của", "Độ  mật của"),
    ],
)
def test_spaced_letters_are_joined(text: str, joined: str) -> None:
    """Letters set apart become words again, and the span covers them all."""
    view = Views(text).joined
    assert view.text == joined
    assert view.span(0, len(joined)) == (0, len(text))


@pytest.mark.parametrize("text", ["ở xã A và xã B", "A, B", "kế hoạch số 12", "a) b) c)"])
def test_words_are_not_joined(text: str) -> None:
    """Ordinary words and short lists stay as they are."""
    assert Views(text).joined is Views(text).plain or Views(text).joined.text == text


def test_an_empty_span_stays_in_its_place() -> None:
    """A span of nothing has a place, too."""
    view = clean(View("raw", "a\u200bb"), "plain")
    assert [view.span(n, n) for n in range(3)] == [(0, 0), (2, 2), (3, 3)]


def test_nothing_of_the_text_shows_in_a_repr() -> None:
    """A traceback that prints a view does not print the trainee's text."""
    assert "mật" not in repr(Views("tối mật").plain)
