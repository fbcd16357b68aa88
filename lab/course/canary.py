"""Canaries: every session gets fictional people, numbers, communes and documents of its own.

They are derived from a seed, so that nothing about them is stored and they can be made again. What
is planted is replaced by its like wherever the exercise says it: in material, widgets, recorded
replies, model answer and marking. Numbers stay in ranges that nobody holds: birth years to come,
``0950 xxx xxx``, cards of 9704 00, tax codes of prefix 99; communes have names that no place has.
``words`` (an illness, an aside) have no like and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from lab.course.exercise import Exercise
from lab.course.shapes import PlantedValue, SettingValue

T = TypeVar("T")
Draw = Callable[[str, int], int]
"""``draw(name, n)``: a number below n that depends on the seed and the name alone."""

SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phan",
    "Hồ",
    "Võ",
    "Hoàng",
    "Đặng",
    "Bùi",
    "Cao",
    "Thái",
    "Đậu",
    "Phạm",
    "Trương",
    "Ngô",
    "Dương",
    "Chu",
    "Đinh",
    "Lô",
    "Vi",
    "Lương",
    "Kha",
    "Ngân",
    "Lữ",
    "Hà",
    "Vừ",
    "Lầu",
    "Và",
    "Moong",
    "Cụt",
]
GIVEN = [
    "Mẫu",
    "Thử",
    "Tạm",
    "Nháp",
    "Phỏng",
    "Dụ",
    "Thảo",
    "Họa",
    "Phác",
    "Tập",
    "Diễn",
    "Luyện",
    "Ướm",
    "Tượng",
    "Khuôn",
    "Sách",
    "Bút",
    "Phấn",
    "Trang",
    "Vần",
    "Soạn",
    "Trích",
    "Chép",
    "Vẽ",
    "Nét",
    "Tranh",
    "Hình",
]
"""Words for what is tried, drawn or written: nobody is called so, and every reader sees it."""
_FIRST = (
    "Hòa",
    "Yên",
    "Xuân",
    "Bình",
    "Đông",
    "An",
    "Long",
    "Sơn",
    "Quang",
    "Thịnh",
    "Ngọc",
    "Kim",
)
_SECOND = ("Bút", "Phấn", "Nét", "Họa", "Mực", "Thước", "Tranh", "Vở", "Lều", "Nón", "Diều", "Gốm")
COMMUNES = tuple(f"{one} {two}" for one in _FIRST for two in _SECOND)
"""Communes that are nowhere: things of writing and play stand for a place."""
_SECRECY = frozenset({"MẬT", "TỐI MẬT", "TUYỆT MẬT"})
_CCCD = re.compile(r"0\d{11}")
_PHONE = re.compile(r"0950\d{6}")
_CARD = re.compile(r"970400\d{10}")
_TAX = re.compile(r"99\d{8}")
_APART = r"[ .\-]?"
"""What may stand between two digits of a number."""
_MONTHS, _FIRST_MONTH = 7, 3
_DAYS, _FIRST_DAY = 19, 10


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted value, and what stands for it in one session."""

    planted: PlantedValue | SettingValue
    """As the exercise has it."""
    value: PlantedValue | SettingValue
    """As the session has it."""

    @property
    def entity(self) -> str:
        """The kind by which the policy should find it; empty where it need not."""
        return entity_of(self.planted)


def entity_of(value: PlantedValue | SettingValue) -> str:
    """The entity type of a planted value; empty where no rule looks for it by itself."""
    if isinstance(value, SettingValue):
        if value.mark is None:
            return ""
        return "SECRECY_MARK" if value.mark in _SECRECY else "UNPUBLISHED"
    if not value.by_policy or value.kind == "words":
        return ""
    if value.kind == "number":
        digits = _digits(value.value)
        kinds = {
            "VN_CCCD": _CCCD,
            "VN_PHONE": _PHONE,
            "BANK_CARD": _CARD,
            "VN_TAX_CODE": _TAX,
        }
        return next((name for name, form in kinds.items() if form.fullmatch(digits)), "")
    return {"name": "PERSON", "date": "DATE_OF_BIRTH"}[value.kind]


def canaries(values: Sequence[PlantedValue | SettingValue], draw: Draw) -> tuple[Canary, ...]:
    """What each value becomes; one whose form is not known stays as it is."""
    surnames, given, numbers = list(SURNAMES), list(GIVEN), [*range(11, 1000)]
    others: Mapping[str, Callable[[Any], str]] = {
        "date": lambda old: _day(old, draw),
        "number": lambda old: _number(old, draw),
        "commune": lambda old: _commune(old, draw),
        "document": lambda old: _document(old, draw, numbers),
        "words": lambda old: str(old.value),
    }
    made = []
    for planted in values:
        value: PlantedValue | SettingValue
        if isinstance(planted, PlantedValue) and planted.kind == "name":
            value = _person(planted, draw, surnames, given)
        else:
            value = planted.model_copy(update={"value": others[planted.kind](planted)})
        if value != planted:
            made.append(Canary(planted, value))
    return tuple(made)


def plant(exercise: Exercise, made: Sequence[Canary]) -> Exercise:
    """The exercise as one session has it."""
    if not made:
        return exercise
    values = {canary.planted.name: canary.value for canary in made}
    said = Spoken.of(made)
    kept = {"lexicon", "forms", "folder", "tighten", "boxes", "ai_label", "planted", "setting"}
    changed: dict[str, Any] = {
        each.name: _walk(getattr(exercise, each.name), said.tell)
        for each in fields(exercise)
        if each.name not in kept
    }
    own: dict[str, Any] = {
        name: tuple(values.get(each.name, each) for each in getattr(exercise, name))
        for name in ("planted", "setting")
    }
    return replace(exercise, **changed, **own)


@dataclass(frozen=True, slots=True)
class Spoken:
    """All ways in which planted values are said, and what is said in their place."""

    numbers: Mapping[str, str]
    """Digits -> digits."""
    days: Mapping[tuple[int, int, int], tuple[int, int]]
    """Day, month and year -> day and month (the year stays)."""
    names: Mapping[str, str]
    """Lower case -> as it is written."""
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, made: Sequence[Canary]) -> Spoken:
        """From canaries."""
        numbers: dict[str, str] = {}
        days: dict[tuple[int, int, int], tuple[int, int]] = {}
        names: dict[str, str] = {}
        for canary in made:
            old, new = canary.planted, canary.value
            if old.kind == "number":
                numbers[_digits(old.value)] = _digits(new.value)
            elif old.kind == "date":
                day, month, year = map(int, old.value.split("/"))
                to_day, to_month, _ = map(int, new.value.split("/"))
                days[day, month, year] = (to_day, to_month)
            else:
                pairs = zip(_forms(old), _forms(new), strict=True)
                names |= {one.lower(): other for one, other in pairs}
        longest = sorted(names, key=len, reverse=True)
        ways = [rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)"] if longest else []
        ways += [rf"(?<!\d){_APART.join(digits)}(?!\d)" for digits in numbers]
        ways += [
            rf"(?<!\d)0?{d}(?:[/.\-]| tháng )0?{m}(?:[/.\-]|,? năm ){y}(?!\d)" for d, m, y in days
        ]
        return cls(numbers, days, names, re.compile("|".join(ways), re.IGNORECASE))

    def tell(self, text: str) -> str:
        """A text with each planted value replaced, in the form in which it is written there."""
        return self.pattern.sub(self._instead, text)

    def _instead(self, match: re.Match[str]) -> str:
        text = match.group()
        name = self.names.get(text.lower())
        if name is not None:
            if text.isupper():
                return name.upper()
            return name if text[0].islower() else name[0].upper() + name[1:]
        digits = self.numbers.get(_digits(text))
        if digits is not None:
            rest = iter(digits)
            return re.sub(r"\d", lambda _: next(rest), text)
        day, month, year = (int(part) for part in re.findall(r"\d+", text))
        to_day, to_month = self.days[day, month, year]
        written = iter((to_day, to_month))

        def other(part: re.Match[str]) -> str:
            return f"{next(written):0{len(part.group())}}"

        return re.sub(r"\d+", other, text, count=2)


def _forms(value: PlantedValue | SettingValue) -> tuple[str, ...]:
    """All ways in which a name is said."""
    return (value.value, *value.also) if isinstance(value, PlantedValue) else (value.value,)


def _walk(value: Any, tell: Callable[[str], str]) -> Any:
    """A value of an exercise with all its texts told anew."""
    if isinstance(value, str):
        return tell(value)
    if isinstance(value, tuple | list):
        return type(value)(_walk(each, tell) for each in value)
    if isinstance(value, Mapping):
        return {name: _walk(each, tell) for name, each in value.items()}
    if isinstance(value, BaseModel):
        names = (*type(value).model_fields, *(value.model_extra or ()))
        told = {name: _walk(getattr(value, name), tell) for name in names}
        return value.model_copy(update=told)
    if is_dataclass(value) and not isinstance(value, type):
        told = {each.name: _walk(getattr(value, each.name), tell) for each in fields(value)}
        return replace(value, **told)
    return value


# --- what stands for a value --------------------------------------------------------------------


def _person(
    planted: PlantedValue, draw: Draw, surnames: list[str], given: list[str]
) -> PlantedValue:
    """Another name of as many syllables; what stands between surname and given name stays, since
    it tells man from woman. No two people of an exercise share a word of theirs.
    """
    old = planted.value.split()
    first = surnames.pop(draw(f"{planted.name}/surname", len(surnames)))
    new = [first, *old[1:2]]
    words = range(len(old) - len(new))
    new += [given.pop(draw(f"{planted.name}/given{nth}", len(given))) for nth in words]
    also = tuple(_like(each, old, new) for each in planted.also)
    return planted.model_copy(update={"value": " ".join(new), "also": also})


def _like(form: str, old: Sequence[str], new: Sequence[str]) -> str:
    """``N.V. Mẫu`` of another name: words and initials are read from the right."""
    words = [*re.finditer(r"\w+", form)]
    at, edits = len(old) - 1, []
    for word in reversed(words):
        said = word.group()
        found = next((n for n in range(at, -1, -1) if said in (old[n], old[n][0])), None)
        if found is not None:
            instead = new[found] if said == old[found] else new[found][0]
            edits.append((word.start(), word.end(), instead))
            at = found - 1
    for start, end, instead in edits:
        form = form[:start] + instead + form[end:]
    return form


def _day(planted: PlantedValue, draw: Draw) -> str:
    """Another day of the same year: an identity number beside it says the year too."""
    day, month, year = planted.value.split("/")
    to_month = _FIRST_MONTH + draw(f"{planted.name}/month", _MONTHS)
    to_day = _FIRST_DAY + draw(f"{planted.name}/day", _DAYS)
    return f"{to_day:0{len(day)}}/{to_month:0{len(month)}}/{year}"


def _number(planted: PlantedValue, draw: Draw) -> str:
    """A number of the same kind that nobody holds; as it is where its kind is not known."""
    digits = _digits(planted.value)
    if _CCCD.fullmatch(digits):  # province, sex and century, year of birth stay
        return f"{digits[:6]}{1 + draw(planted.name, 999_999):06}"
    if _PHONE.fullmatch(digits):
        return f"0950{draw(planted.name, 1_000_000):06}"
    if _CARD.fullmatch(digits):
        body = f"970400{draw(planted.name, 10**9):09}"
        return body + _luhn(body)
    if _TAX.fullmatch(digits):
        return _tax(draw, planted.name)
    return planted.value


def _commune(setting: SettingValue, draw: Draw) -> str:
    """Another commune that does not exist."""
    others = [each for each in COMMUNES if each != setting.value]
    return others[draw(f"{setting.name}/commune", len(others))]


def _document(setting: SettingValue, draw: Draw, numbers: list[int]) -> str:
    """Another number of the same kind of document; no two of an exercise share one."""
    number, _, symbol = setting.value.partition("-")
    drawn = numbers.pop(draw(f"{setting.name}/document", len(numbers)))
    return f"{drawn:0{len(number)}}-{symbol}"


def _luhn(body: str) -> str:
    """The check digit of a card number."""
    doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(body))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)  # noqa: PLR2004 - two digits


def _tax(draw: Draw, name: str) -> str:
    """A tax code of prefix 99; one serial in eleven has no check digit, and is passed over."""
    serial = draw(name, 10**7)
    while True:
        body = f"99{serial:07}"
        weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
        check = 10 - sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11
        if check != 10:  # noqa: PLR2004 - no digit
            return f"{body}{check}"
        serial = (serial + 1) % 10**7


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
