"""What every recognizer is: it reads the views of a text and says where something stands.

Modules beside this one whose name begins with ``_`` are helpers, all others export ``RECOGNIZER``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from presidio_analyzer import LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from lab.policy.rules import Rule
from lab.policy.text import View, Views, fold

LANGUAGE = "vi"
BEFORE = 60
AFTER = 20
"""Characters before and after a value in which its cue words are looked for."""
HIT = "hit"
"""Key of the ``Hit`` in a result's metadata."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. Holds no text of the person who wrote it."""

    start: int
    end: int
    """Offsets in code points of the original text, half open (``View.span`` gives them)."""
    score: float
    pattern: str
    """Name of the pattern or cue that matched, never the value."""
    context: str | None = None
    """The cue word of the rule that raised the score."""
    view: str = "plain"
    """Name of the view in which it was found."""


class ViewArtifacts(NlpArtifacts):  # type: ignore[misc,unused-ignore]
    """What Presidio hands to recognizers: the views of the text, in place of spaCy's tokens."""

    def __init__(self, views: Views) -> None:
        """Made by our NlpEngine, once a text."""
        none: Any = []
        super().__init__(none, none, none, none, None, LANGUAGE)
        self.views = views


class Recognizer(LocalRecognizer, ABC):  # type: ignore[misc,unused-ignore]
    """One kind of thing that can be found. Whatever it raises blocks the prompt (fail closed)."""

    name: str
    """Its module's name, which rules call it by."""

    def __init__(self, rule: Rule) -> None:
        """Subclasses compile their patterns here, never in ``find``."""
        self.rule = rule
        words = sorted({fold(word) for word in rule.context}, key=len, reverse=True)
        self._cues = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
            if words
            else None
        )
        super().__init__(
            supported_entities=[rule.id],
            name=type(self).name,
            supported_language=LANGUAGE,
            score_thresholds={"default": rule.threshold},
        )

    def load(self) -> None:
        """Nothing to fetch: a recognizer is ready when it is made."""

    @abstractmethod
    def find(self, views: Views) -> Iterable[Hit]:
        """Everything of this rule in the text."""

    def cue(self, view: View, start: int, end: int) -> str | None:
        """The rule's context word nearest to ``view.text[start:end]``, accents and case aside.

        Looks ``BEFORE`` characters back, then ``AFTER`` ahead; None where there is none.
        """
        if self._cues is None:
            return None
        before = [*self._cues.finditer(fold(view.text[max(0, start - BEFORE) : start]))]
        if before:
            return before[-1].group()
        after = self._cues.search(fold(view.text[end : end + AFTER]))
        return after.group() if after else None

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002 (Presidio's signature)
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        """Presidio's entry: ``find``, each hit wrapped as a result."""
        views = nlp_artifacts.views if isinstance(nlp_artifacts, ViewArtifacts) else Views(text)
        return [self._result(hit) for hit in self.find(views)]

    def _result(self, hit: Hit) -> RecognizerResult:
        metadata: dict[str, Any] = {
            RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            HIT: hit,
        }
        return RecognizerResult(
            self.rule.id, hit.start, hit.end, hit.score, recognition_metadata=metadata
        )
