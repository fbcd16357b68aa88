"""The process that reads one file: its bytes come over standard input, its parts go to output.

Nothing of the file is written anywhere, an error's text goes nowhere. Run by ``reader.py`` only.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from lab.attach.confine import confine
from lab.attach.limits import HEAD, Limits
from lab.attach.parts import Kind, Part, Unit
from lab.attach.refused import RefusedFile
from lab.attach.sniff import kind_of

if TYPE_CHECKING:
    from lab.attach.ocr import Letters


def main(source: IO[bytes], out: IO[bytes]) -> None:
    """Read an order and a file; answer with parts or with a refusal."""
    order = json.loads(source.read(int.from_bytes(source.read(HEAD), "big")))
    limits = Limits(**order["limits"])
    apart = confine(limits)
    try:
        answer = _Reading(order["name"], order["tesseract"], limits).of(source.read())
        answer["apart"] = apart
    except RefusedFile as refused:
        answer = {"refused": refused.code, "values": refused.values}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_heavy", "values": {}}
    except Exception:  # noqa: BLE001 - its text could quote the file
        answer = {"refused": "broken", "values": {}}
    out.write(json.dumps(answer).encode())
    out.flush()


class _Reading:
    """One file being read."""

    def __init__(self, name: str, tesseract: str | None, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._tesseract = tesseract
        self._objects = 0

    @cached_property
    def _letters(self) -> Letters:
        from lab.attach.ocr import Letters  # noqa: PLC0415 - texts need no pictures

        return Letters(self._tesseract, self._limits)

    def of(self, data: bytes) -> dict[str, Any]:
        """The answer about these bytes. Raises ``RefusedFile``."""
        from lab.attach.text import modern, tidy  # noqa: PLC0415 - after the limits are set

        kind = kind_of(self._name, data)
        parts: list[Part] = [Part(Kind.NAME, tidy(self._name))]
        size = 0
        for part in getattr(self, f"_{kind}")(data):
            text = tidy(modern(part.text))
            size += len(text)
            if size > self._limits.chars:
                raise RefusedFile("too_long")
            if text:
                parts.append(Part(part.kind, text, part.unit, part.number))
        if not any(part.kind.leaves for part in parts[1:]):
            seen = kind == "text" or self._tesseract is not None
            raise RefusedFile("no_words" if seen else "no_ocr")
        pictures = 0 if kind == "text" else self._letters.unread
        unread = {"objects": self._objects, "pictures": pictures}
        return {"type": kind, "parts": [part.row() for part in parts], "unread": unread}

    def _text(self, data: bytes) -> Iterator[Part]:
        from lab.attach.text import read_text  # noqa: PLC0415

        yield from read_text(data)

    def _image(self, data: bytes) -> Iterator[Part]:
        from lab.attach.ocr import about_picture, open_picture  # noqa: PLC0415

        picture = open_picture(data, self._limits)
        if self._tesseract is None:
            raise RefusedFile("no_ocr")
        yield Part(Kind.PICTURE, self._letters.of(picture))
        yield from about_picture(picture)

    def _pdf(self, data: bytes) -> Iterator[Part]:
        from lab.attach.pdf import PdfFile  # noqa: PLC0415

        file = PdfFile(data, self._letters, self._limits)
        yield from file.parts()
        self._objects = file.files

    def _docx(self, data: bytes) -> Iterator[Part]:
        from lab.attach.docx import WordFile  # noqa: PLC0415

        package = self._package(data, "docx")
        file = WordFile(package)
        yield from file.parts()
        yield from self._around(package, file.read)

    def _xlsx(self, data: bytes) -> Iterator[Part]:
        from lab.attach.xlsx import Workbook  # noqa: PLC0415

        package = self._package(data, "xlsx")
        book = Workbook(data, package, self._limits)
        yield from book.parts()
        yield from self._around(package, book.read)

    def _package(self, data: bytes, kind: str) -> Any:
        from lab.attach.packages import Budget, Package  # noqa: PLC0415

        self._budget = Budget(self._limits)
        package = Package(data, self._budget)
        package.check_type(kind)
        return package

    def _around(self, package: Any, read: list[str]) -> Iterator[Part]:
        """What office files have in common: pictures, properties, links, the rest, files inside."""
        from lab.attach.packages import Package  # noqa: PLC0415
        from lab.attach.sweep import inner_texts, links, properties, swept  # noqa: PLC0415

        for number, picture in enumerate(package.pictures(), 1):
            yield Part(Kind.PICTURE, self._letters.inside(picture), Unit.PICTURE, number)
        yield from properties(package)
        yield from links(package)
        yield from swept(package, read)
        for number, data in enumerate(package.inner(), 1):
            inner = Package(data, self._budget)
            if next(inner.inner(), None) is not None:
                raise RefusedFile("nested")
            yield from inner_texts(inner, number)
        self._objects = sum(name.endswith(".bin") for name in package.names)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
