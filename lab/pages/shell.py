"""What all pages share: templates that escape, the words that scripts need, the page around."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lab.model import Language, Role, Who
from lab.pages.assets import asset
from lab.words import area, languages, number, say

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
MARCH = 3
"""From this month on Vietnamese dates are written without a leading zero."""
TEXT_SIZES = ("100", "125", "150")
THEMES = ("auto", "light", "dark")
"""What a person may choose; ``auto`` is what the computer is set to."""
ROOMS: Mapping[str, frozenset[Role]] = {
    "practice": frozenset(Role),
    "officer": frozenset({Role.OFFICER, Role.ADMIN}),
}
"""The pages made with Gradio, and who may open each."""
DESKS: Mapping[str, frozenset[Role]] = {
    "review": frozenset({Role.TRAINER, Role.ASSISTANT, Role.ADMIN}),
    "reports": frozenset({Role.TRAINER, Role.ASSISTANT, Role.ADMIN}),
    "classes": frozenset({Role.TRAINER, Role.ASSISTANT, Role.ADMIN}),
    "board": frozenset({Role.TRAINER, Role.ASSISTANT, Role.ADMIN}),
    "help": frozenset(Role) - {Role.TRAINEE},
    "sharing": frozenset(Role),
    "writing": frozenset({Role.TRAINER, Role.ADMIN}),
    "incidents": frozenset({Role.OFFICER, Role.ADMIN}),
    "alarms": frozenset({Role.OFFICER, Role.ADMIN}),
    "sending": frozenset({Role.OFFICER, Role.ADMIN}),
    "proof": frozenset({Role.OFFICER, Role.ADMIN}),
    "runbook": frozenset(Role) - {Role.TRAINEE},
    "attack": frozenset(Role),
    "audit": frozenset({Role.OFFICER, Role.ADMIN}),
    "admin": frozenset({Role.ADMIN}),
}
"""Pages that the server writes without Gradio, and who may open each."""


HOMES: Mapping[Role, str] = {
    Role.TRAINER: "review",
    Role.ASSISTANT: "review",
    Role.OFFICER: "officer",
}
"""Where people begin, other than in the practice room."""


def rooms_of(who: Who) -> list[str]:
    """The pages that this person may open."""
    return [room for room, roles in {**ROOMS, **DESKS}.items() if who.person.role in roles]


def home_of(who: Who) -> str:
    """Where this person goes after signing in."""
    return f"/{HOMES.get(who.person.role, 'practice')}/"


def render(
    template: str,
    language: Language,
    *,
    cookies: Mapping[str, str] | None = None,
    who: Who | None = None,
    page: str = "",
    **values: Any,
) -> str:
    """A template filled; every value is escaped.

    ``cookies`` of the request tell the size of the text; ``page`` is the name of the room.
    """

    def speak(key: str, **gaps: object) -> str:
        return say(key, language, **gaps)

    def figure(value: float, digits: int = 0) -> str:
        return number(value, language, digits)

    def when(at: float) -> str:
        return moment(at, language)

    size = (cookies or {}).get("lab_size", "100")
    theme = (cookies or {}).get("lab_theme", "auto")
    return TEMPLATES.get_template(template).render(
        say=speak,
        say_in=say,
        languages=languages,
        number=figure,
        moment=when,
        date=lambda day: dated(dt.date.fromisoformat(day), language),
        asset=asset,
        language=language,
        who=who,
        page=page,
        rooms=rooms_of(who) if who else [],
        size=size if size in TEXT_SIZES else "100",
        sizes=TEXT_SIZES,
        theme=theme if theme in THEMES else "auto",
        **values,
    )


def one_line(html: str) -> str:
    """HTML for a ``gr.Markdown`` that is not to read it as Markdown: one block on one line.

    Line breaks between tags go; those within text were written as ``&#10;`` by ``keep_lines``.
    """
    return "".join(line.strip() + " " for line in html.split("\n")).strip()


def keep_lines(text: str) -> Markup:
    """Text, escaped, whose line breaks survive ``one_line``."""
    one_kind = text.replace("\r\n", "\n").replace("\r", "\n")
    return Markup("&#10;").join(one_kind.split("\n"))


TEMPLATES.filters["keep_lines"] = keep_lines


def moment(at: float, language: Language) -> str:
    """A time as people write it: ``09/9/2026 14:05`` (only January and February take a zero)."""
    time = dt.datetime.fromtimestamp(at).astimezone()
    return f"{dated(time.date(), language)} {time:%H:%M}"


def dated(day: dt.date, language: Language) -> str:
    """A day as people write it: ``09/9/2026``."""
    padded = language == "en" or day.month < MARCH
    month = f"{day.month:02}" if padded else str(day.month)
    return f"{day.day:02}/{month}/{day.year}"


AREAS = {
    "practice": (
        *("practice", "mosaic", "mend", "plot", "advice", "attach", "widgets", "room"),
        *("help", "notices"),
    )
}
"""Areas whose sentences the scripts of a room say, where they are more than its own."""


def script_words(areas: tuple[str, ...], language: Language) -> dict[str, str]:
    """The sentences that our scripts say: the branches ``<area>.js`` of these areas."""
    return {
        key: sentence
        for name in areas
        for key, sentence in area(name, language).items()
        if key.startswith(f"{name}.js.")
    }


def json_for_html(value: Any) -> Markup:
    """JSON that may stand inside a ``<script>`` element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the signs that could end the element are escaped


TEMPLATES.filters["json"] = json_for_html
