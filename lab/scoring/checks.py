"""The checks by name: one small function a kind, called by the rubric of an exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab.scoring import of_forms, of_prompts, of_sources, of_texts, of_widgets
from lab.scoring.case import Case
from lab.scoring.result import Check, Result

OF_PROMPT: Mapping[str, Check] = {
    "part": of_prompts.part,
    "sent": of_prompts.sent,
    "clean": of_prompts.clean,
    "placeholders": of_prompts.placeholders,
    "improve": of_prompts.improve,
    "quoted": of_prompts.quoted,
    "reply-clean": of_prompts.reply_clean,
}
"""Checks of one prompt."""

OF_TEXT: Mapping[str, Check] = {
    "drop": of_texts.drop,
    "keep": of_texts.keep,
    "length": of_texts.length,
    "mentions": of_texts.mentions,
    "absent": of_texts.absent,
    "sentences": of_texts.sentences,
    "items": of_texts.items,
    "numbers": of_sources.numbers,
    "cite": of_sources.cite,
    "overlap": of_sources.overlap,
    "table": of_forms.table,
    "headings": of_forms.headings,
    "label": of_forms.label,
    "form": of_forms.form,
}
"""Checks of a prompt or of a text of the trainee's own."""

OF_SESSION: Mapping[str, Callable[[Case, Any], Result]] = {
    "order": of_prompts.order,
    "count": of_prompts.count,
    "time": of_prompts.time,
}
"""Checks of the session as a whole."""

OF_WIDGET: Mapping[str, Callable[[Case, Any], Result]] = {
    "answers": of_widgets.answers,
    "pick": of_widgets.pick,
    "sequence": of_widgets.sequence,
}
"""Checks of the exercise's own questions."""

PRIVACY = frozenset({"clean", "drop", "placeholders", "order", "quoted"})
"""Checks of what was protected; all others measure what was achieved."""
