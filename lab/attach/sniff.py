"""What a file is: by its first bytes, never by its name alone. The two must agree."""

from __future__ import annotations

from pathlib import PurePath

from lab.attach.refused import RefusedFile

TYPES = {
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".pdf": "pdf",
    ".txt": "text",
    ".md": "text",
    ".csv": "text",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".webp": "image",
}
"""What can be read, by the end of the name."""
MACROS = frozenset({".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".pptm"})
OLD = frozenset({".doc", ".xls", ".ppt", ".rtf"})
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PDF_WITHIN = 1024
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
}


def picture_format(data: bytes) -> str | None:
    """``PNG``, ``JPEG`` or ``WEBP``; None for what is no such picture."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _PICTURES.items() if data.startswith(magic)), None)


def kind_of(name: str, data: bytes) -> str:
    """The type of a file, one of ``TYPES``' values.

    Raises:
        RefusedFile: it cannot be read, or is not what its name says.
    """
    ending = PurePath(name).suffix.lower()
    if not data:
        raise RefusedFile("empty")
    if ending in MACROS:
        raise RefusedFile("macros")
    if data.startswith(_OLE):
        raise RefusedFile("encrypted" if _ENCRYPTED in data else "old_office")
    if ending in OLD:
        raise RefusedFile("old_office")
    said = TYPES.get(ending)
    if said is None:
        raise RefusedFile("unsupported")
    found = _by_content(data)
    if {found, said} != {said} and not (found == "zip" and said in {"docx", "xlsx"}):
        raise RefusedFile("wrong_type", ending=ending.removeprefix("."))
    return said


def _by_content(data: bytes) -> str:
    if data.startswith(b"PK"):
        return "zip"
    if picture_format(data):
        return "image"
    return "pdf" if b"%PDF-" in data[:_PDF_WITHIN] else "text"
