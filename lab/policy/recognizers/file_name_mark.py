"""Names of files that carry a level of secrecy: ``KH-nhan-su_MAT.docx``, ``bao_cao_tuyet_mat.pdf``.

Names of files have no accents, so ``mat`` alone may be ``mặt``, ``mất`` or ``mắt``: it counts in
capitals among small letters, at the very end, or after a document's type, and not beside words
with which it makes another one (``bao-mat``, ``mat-ong``, ``mat-khau``, ``tien-mat``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._words import readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views, fold

_ENDING = re.compile(
    r"\.(?:docx?|xlsx?|pptx?|pdf|txt|odt|ods|rtf|zip|rar|7z|jpe?g|png|tiff?|csv|msg|eml|mp[34])\b"
)
_OUTSIDE = re.compile(r"[/\\\"'“”<>|*?:;,\n\t]")
LONGEST = 80
"""Characters before the ending in which a name may begin."""
_PARTS = re.compile(r"[^\W_]+")
_LEVELS = {"tuyetmat", "toimat", "topsecret", "secret", "confidential"}
_TAIL = {"final", "ban", "v1", "v2", "v3", "ok", "signed", "scan", "copy", "moi", "cuoi"}


class FileNameMark(Recognizer):
    """Finds levels in names of files."""

    name = "file_name_mark"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._before = frozenset(fold(word) for word in rule.words("not_before"))
        self._after = frozenset(fold(word) for word in rule.words("not_after"))
        self._types = frozenset(fold(word) for word in rule.words("types"))

    def find(self, views: Views) -> Iterator[Hit]:
        """Marks in names, the whole name as the span."""
        for reading in readings(views):
            for found in _ENDING.finditer(reading.folded):
                start = max(0, found.start() - LONGEST)
                stem = _OUTSIDE.split(reading.text[start : found.start()])[-1]
                marked = self._mark(stem)
                if marked is None:
                    continue
                first = found.start() - len(stem) + stem.rfind(" ", 0, marked) + 1
                span = reading.view.span(first, found.end())
                yield Hit(*span, 0.85, "file-name", view=reading.view.name)

    def _mark(self, stem: str) -> int | None:
        """Where the level stands in a file's name."""
        places = [*_PARTS.finditer(stem)]
        written = [each.group() for each in places]
        parts = [fold(part) for part in written]
        for index, part in enumerate(parts):
            two = part in {"tuyet", "toi"} and parts[index + 1 : index + 2] == ["mat"]
            if part in _LEVELS or two or (part == "mat" and self._is_level(written, parts, index)):
                return places[index].start()
        return None

    def _is_level(self, written: list[str], parts: list[str], index: int) -> bool:
        before = parts[index - 1] if index else ""
        after = parts[index + 1] if index + 1 < len(parts) else ""
        if before in self._before or after in self._after:
            return False
        if written[index].lower() not in {"mat", "mật"}:
            return False
        shouted = written[index].isupper() and not "".join(written).isupper()
        last = not after or after in _TAIL or after.isdigit()
        return shouted or written[index].lower() == "mật" or last or before in self._types


RECOGNIZER = FileNameMark
