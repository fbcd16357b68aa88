"""Words of masked texts, found with and without accents, on SQLite (FTS5) and PostgreSQL.

Neither database folds Vietnamese (FTS5 keeps ``đ``, PostgreSQL's ``simple`` keeps all accents), so
we do: each text is kept as words without accents (``folded``), and as words with their tone at the
end (``said``), so that ``hoà`` and ``hòa`` are one word. A word of a question that has accents is
looked for in ``said``, one without in ``folded``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.log.base import Db

SHIFT = 20
"""A place in the index is a session's number, shifted, and the event's seq."""
MOST_WORDS = 12
MOST_CHARS = 20_000
"""Of one event's text that are indexed."""
_TONES = {"\u0300": "1", "\u0301": "2", "\u0303": "3", "\u0309": "4", "\u0323": "5"}
_WORD = re.compile(r"[^\W_]+")
_MARKED = re.compile(r"[\w\u0300-\u036f]*[\u0300-\u036f][\w\u0300-\u036f]*")
_MARKS = re.compile(r"[\u0300-\u036f]+")
_PIECE = re.compile(r'"([^"]*)"?|(\S+)')


def folded(text: str) -> str:
    """Lower case without accents: ``Đường hoà`` is ``duong hoa``."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text.casefold())).replace("đ", "d")
    return " ".join(_WORD.findall(plain))


def said(text: str) -> str:
    """Lower case, the tone of each word behind it: ``hoà`` and ``hòa`` are ``hoa1``."""
    apart = _MARKED.sub(_tone_last, unicodedata.normalize("NFD", text.casefold()))
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", apart)))


def _tone_last(word: re.Match[str]) -> str:
    letters = [sign for sign in word[0] if sign not in _TONES]
    return "".join(letters) + "".join(_TONES[sign] for sign in word[0] if sign in _TONES)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one behind the other."""

    words: tuple[str, ...]
    accented: bool
    """Whether they were asked for with accents."""


def phrases(question: str, *, fold: bool = False) -> tuple[Phrase, ...]:
    """What a question asks for: all of its words, and what stands in quotes as it stands."""
    asked: list[Phrase] = []
    for quoted, single in _PIECE.findall(question):
        text = quoted or single
        plain, exact = folded(text), said(text)
        if plain:
            accented = not fold and plain != exact
            asked.append(Phrase(tuple((exact if accented else plain).split()), accented))
    return tuple(asked[:MOST_WORDS])


def on_postgres(db: Db) -> bool:
    """Which of the two indexes this is."""
    return getattr(db, "dialect", "sqlite") == "postgresql"


def add(db: Db, texts: Iterable[tuple[int, str]]) -> None:
    """Index texts, each by its place."""
    insert = (
        "INSERT INTO review_words (place, folded, said) VALUES"
        " (?, to_tsvector('simple', ?), to_tsvector('simple', ?)) ON CONFLICT (place) DO NOTHING"
        if on_postgres(db)
        else "INSERT INTO review_words (rowid, folded, said) VALUES (?, ?, ?)"
    )
    for place, text in texts:
        db.execute(insert, (place, folded(text[:MOST_CHARS]), said(text[:MOST_CHARS])))


def forget(db: Db, places: Sequence[int]) -> None:
    """Leave no word of these places in the index."""
    key = "place" if on_postgres(db) else "rowid"
    for place in places:
        db.execute(f"DELETE FROM review_words WHERE {key} = ?", (place,))  # noqa: S608 - constant
    if places and not on_postgres(db):  # FTS5 keeps deleted words until its parts are merged
        db.execute("INSERT INTO review_words (review_words) VALUES ('optimize')")


def some(db: Db, asked: Sequence[Phrase], most: int) -> list[int]:
    """Numbers of the sessions of up to ``most`` texts that have all of ``asked``."""
    place, terms, values = _match(db, asked)
    query = f"SELECT {place} >> {SHIFT} FROM review_words WHERE {terms} LIMIT ?"  # noqa: S608 - ours
    return [number for (number,) in db.execute(query, (*values, most))]


def numbers_of(db: Db, asked: Sequence[Phrase]) -> tuple[str, list[str]]:
    """The statement that finds the numbers of sessions with all of ``asked`` in one text."""
    place, terms, values = _match(db, asked)
    return f"SELECT DISTINCT {place} >> {SHIFT} FROM review_words WHERE {terms}", values  # noqa: S608


def in_one(db: Db, asked: Sequence[Phrase]) -> tuple[str, list[str]]:
    """The term that says whether the session ``number`` has all of ``asked`` in one text."""
    place, terms, values = _match(db, asked)
    last = (1 << SHIFT) - 1
    within = f"{place} BETWEEN number << {SHIFT} AND (number << {SHIFT}) + {last}"
    return f"EXISTS (SELECT 1 FROM review_words WHERE {terms} AND {within})", values  # noqa: S608


def _match(db: Db, asked: Sequence[Phrase]) -> tuple[str, str, list[str]]:
    """What a place is called, the terms that a text must fit, and their values."""
    if on_postgres(db):
        both = {True: "said", False: "folded"}
        terms = " AND ".join(f"{both[each.accented]} @@ CAST(? AS tsquery)" for each in asked)
        words = [" <-> ".join(f"'{word}'" for word in each.words) for each in asked]
        return "place", terms, words
    match = " AND ".join(
        f'{"said" if each.accented else "folded"} : "{" ".join(each.words)}"' for each in asked
    )
    return "rowid", "review_words MATCH ?", [match]
