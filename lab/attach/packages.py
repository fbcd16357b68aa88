"""Office files are zip archives of XML: opened with every limit that a bomb would break."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from lab.attach.limits import Limits
from lab.attach.refused import RefusedFile, broken_unless_told
from lab.attach.sniff import picture_format

_PIECE = 65536
_ENCRYPTED = 0x1
TREES = (".xml", ".rels", ".vml")
_MAIN = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_TYPES = "[Content_Types].xml"
_DTD = tuple(
    word.encode(name)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for name in ("utf-8", "utf-16-le", "utf-16-be")
)


class Budget:
    """What may still be unpacked, over an archive and those inside it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left = limits.unpacked

    def spend(self, size: int) -> None:
        """Raises ``RefusedFile`` where too much was unpacked."""
        self._left -= size
        if self._left < 0:
            raise RefusedFile("bomb")


class Package:
    """One office file, opened."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        """Raises ``RefusedFile``: no archive, encrypted, a bomb."""
        with broken_unless_told():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._budget = budget
        self.main = ""
        """The file of the archive that is the document or the workbook."""
        limits, infos = budget.limits, self._zip.infolist()
        self.names = [info.filename for info in infos]
        if len(infos) > limits.entries:
            raise RefusedFile("bomb")
        if len(set(self.names)) != len(infos):
            raise RefusedFile("broken")  # readers would not agree on which of the two counts
        for info in infos:
            if info.flag_bits & _ENCRYPTED:
                raise RefusedFile("encrypted")
            large = info.file_size > limits.ratio_from
            if large and info.file_size > limits.ratio * max(info.compress_size, 1):
                raise RefusedFile("bomb")
        if sum(info.file_size for info in infos) > limits.unpacked:
            raise RefusedFile("bomb")
        if any(name.lower().endswith("vbaproject.bin") for name in self.names):
            raise RefusedFile("macros")

    def check_type(self, kind: str) -> None:
        """Raise ``RefusedFile`` where this is no ``docx`` or ``xlsx`` (whatever its name says)."""
        if _TYPES not in self.names:
            raise RefusedFile("wrong_type", ending=kind)
        types = {
            each.get("ContentType", ""): each.get("PartName", "") for each in self.tree(_TYPES)
        }
        if any("macroEnabled" in name for name in types):
            raise RefusedFile("macros")
        self.main = types.get(_MAIN[kind], "").removeprefix("/")
        if self.main not in self.names:
            raise RefusedFile("wrong_type", ending=kind)

    def read(self, name: str) -> bytes:
        """One file of the archive, within the budget whatever its header says."""
        got = bytearray()
        with broken_unless_told(), self._zip.open(name) as source:
            while piece := source.read(_PIECE):
                self._budget.spend(len(piece))
                got += piece
        return bytes(got)

    def tree(self, name: str) -> etree._Element:
        """One file as XML. Raises ``RefusedFile``."""
        return parse(self.read(name))

    def trees(self) -> Iterator[tuple[str, etree._Element]]:
        """Every file that is XML."""
        for name in self.names:
            if name.lower().endswith(TREES):
                yield name, self.tree(name)

    def pictures(self) -> Iterator[bytes]:
        """Every picture that can be read."""
        for name in self.names:
            if "/media/" in name:
                data = self.read(name)
                if picture_format(data):
                    yield data

    def inner(self) -> Iterator[bytes]:
        """Office files inside this one. Raises ``RefusedFile`` for archives of other kinds."""
        for name in self.names:
            if name.lower().endswith(TREES) or name.endswith("/"):
                continue
            with broken_unless_told(), self._zip.open(name) as source:
                head = source.read(4)
            if head == b"PK\x03\x04":
                if "/embeddings/" not in name:
                    raise RefusedFile("nested")
                yield self.read(name)


def parse(data: bytes) -> etree._Element:
    """XML without entities, DTDs or anything from elsewhere. Raises ``RefusedFile``."""
    if any(sign in data for sign in _DTD):
        raise RefusedFile("hostile")  # before a parser expands anything
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RefusedFile("broken") from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise RefusedFile("hostile")
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its name without its namespace."""
    for full, value in element.attrib.items():
        if str(full).rpartition("}")[2] == name:
            return str(value)
    return default
