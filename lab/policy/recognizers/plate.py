"""Number plates: civil, central agencies, foreign missions, army; fishing boats.

Format: two digits for the province (11-99; 80 for central agencies), a series of one or two letters
or a letter and a digit, four or five digits (37A-123.45, 37-B1 123.45); NG, QT, NN for foreigners;
two letters and four digits for the army (TM-12-34); letters of the province, five digits and TS for
a fishing boat (NA-90123-TS). Sources: Thông tư 79/2024/TT-BCA; Thông tư 169/2021/TT-BQP for army
plates; Thông tư 23/2018/TT-BNNPTNT for boats; series letters as in package biensoxe 0.8.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.digits import spelled
from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Labels
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_CIVIL = re.compile(
    r"(?<![\w.,/\-])(?:1[124-9]|[2-9]\d)[ .\-]{0,3}"
    r"(?P<series>LD|DA|KT|MK|MĐ\d?|TĐ|HC|NG|QT|NN|CD|[A-HK-NPS-VXYZ][A-HK-NPS-VXYZ1-9]?)"
    r"[ .\-]{0,3}(?P<serial>\d[ ]?\d[ .]?\d[ .\-]?\d(?:[ ]?\d)?)(?![\w/]|[.,\-]\d)",
    re.IGNORECASE,
)
_MISSION = re.compile(r"(?<![\w.,/\-])\d{2}[ \-]?\d{3}[ \-]?(?:NG|QT|NN)[ \-]?\d{2}(?![\w/])")
_ARMY = re.compile(r"(?<![\w/\-.])[ABCDHKPQTVN][A-Z][ \-]{0,2}\d{2}[ .\-]?\d{2}(?![\w/]|[.,\-]\d)")
_BOAT = re.compile(
    r"(?<![\w/\-.])[A-ZĐ]{1,3}[ .\-]{0,2}\d{4,5}[ .\-]{0,2}TS(?![\w/\-])", re.IGNORECASE
)
_SPOKEN = re.compile(
    r"(?<![^\W_])(?P<region>[1-9]\d)\s*[,.\-]?\s*(?P<letter>a|be|b|xe|c|de|d|e|ep|f|gio|giep|g|hat|h"
    r"|ca|k|lo|el|l|mo|em|m|no|en|n|pe|p|et|s|te|t|u|ve|v|ich|x|y|zet|z)"
    r"(?:\s*(?P<series>\d))?\s*[,.\-]?\s*(?:cham\s+|gach\s+|ngang\s+|,\s*)?"
    r"(?P<serial>\d{3}\s*(?:[.,]|cham)?\s*\d{2}|\d{4})(?!\d)"
)
"""A plate read aloud, its digits put together: ``37 bê 123 chấm 45``."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_SERIAL = re.compile(r"\d{3}[ .\-]?\d{2}|\d{4}")
_FULL = 5


class PlateRecognizer(Recognizer):
    """Plates by their form; short, odd or army ones need a label such as xe or biển số."""

    name = "plate"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._labels = Labels(rule.context, rule.words("other"))

    def find(self, views: Views) -> Iterator[Hit]:
        """Plates in every reading, with digit words too where something speaks of a plate."""
        readings = [*views.everything()]
        said = spelled(views.plain)
        if said is not views.plain and self._labels.anywhere(views):
            readings.append(said)
        if said in readings:
            for found in _SPOKEN.finditer(said.folded):
                yield from self._hit(said, found, "spoken", alone=False)
        for view in readings:
            for found in _CIVIL.finditer(view.text):
                yield from self._hit(view, found, "civil", alone=_typical(found))
            for found in _MISSION.finditer(view.text):
                yield from self._hit(view, found, "mission", alone=True)
            for found in _BOAT.finditer(view.text):
                yield from self._hit(view, found, "boat", alone=True)
            for found in _ARMY.finditer(view.text):
                yield from self._hit(view, found, "army", alone=False)

    def _hit(self, view: View, found: re.Match[str], pattern: str, *, alone: bool) -> Iterator[Hit]:
        label = self._labels.of(view, found.start(), found.end())
        if label.other or not (alone or label.own):
            return
        score = CERTAIN if label.own else LIKELY
        yield Hit(*view.span(found.start(), found.end()), score, pattern, label.own, view.name)


def _typical(found: re.Match[str]) -> bool:
    """Whether the form alone says plate: capitals, and five digits or a hyphen."""
    series, serial = found["series"], found["serial"]
    digits = sum(char.isdigit() for char in serial)
    if not series.isupper() or _SERIAL.fullmatch(serial) is None:
        return False
    if digits == _FULL:
        return True
    return "-" in found[0] and not _YEAR.fullmatch(serial)


RECOGNIZER = PlateRecognizer
