"""A course as one file: packed for another machine, and unpacked again only where it is whole.

The file is a zip of ``exercises/`` (YAML and Markdown only) with ``manifest.json`` on top:
``{"format": "thao-truong-course", "version": 1, "files": {path: sha256}}``. The same folder gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from lab.errors import BadRequest

FORMAT = "thao-truong-course"
VERSION = 1
MANIFEST = "manifest.json"
SUFFIXES = (".yaml", ".md")
MOST_FILES = 5_000
MOST_BYTES = 50_000_000
"""All files together, unpacked."""
BROKEN = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError),
    *(ValueError, IndexError, zlib.error),  # an offset before the file, an empty name, no stream
)
"""What ``zipfile`` raises for a file that is broken, or not made by us."""
_DATE = (2026, 1, 1, 0, 0, 0)


def pack(folder: Path) -> bytes:
    """The course of a folder as one file.

    Raises:
        BadRequest: ``bundle_empty``: there is no course in the folder.
    """
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in SUFFIXES and not path.name.startswith(".")
    )
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    if "course.yaml" not in files:
        raise BadRequest("bundle_empty", folder=str(folder))
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    head = {"format": FORMAT, "version": VERSION, "files": sums}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        _put(bundle, MANIFEST, json.dumps(head, ensure_ascii=False, indent=1).encode())
        for name, data in files.items():
            _put(bundle, name, data)
    return made.getvalue()


def _put(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    bundle.writestr(entry, data)


def unpack(data: bytes, folder: Path) -> int:
    """Write the course of a bundle into a folder that does not exist yet; how many files.

    Nothing is written before all of it was read and compared with its manifest.

    Raises:
        BadRequest: ``bundle_unreadable``, ``bundle_foreign``, ``bundle_path``, ``bundle_large``
            or ``bundle_damaged``, with the entry's name.
    """
    files = _read(data)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return len(files)


def _read(data: bytes) -> Mapping[str, bytes]:
    """The files of a bundle, checked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            entries = [entry for entry in bundle.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES or sum(each.file_size for each in entries) > MOST_BYTES:
                raise BadRequest("bundle_large", most=MOST_BYTES // 1_000_000)
            for entry in entries:
                _allowed(entry.filename)
            found = {entry.filename: _content(bundle, entry) for entry in entries}
    except BROKEN as error:
        raise BadRequest("bundle_unreadable") from error
    sums = _manifest(found.pop(MANIFEST, b""))
    for name in sums.keys() | found.keys():
        if hashlib.sha256(found.get(name, b"")).hexdigest() != sums.get(name):
            raise BadRequest("bundle_damaged", name=name)
    return found


def _content(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An entry's bytes, no more than it announces."""
    with bundle.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise BadRequest("bundle_damaged", name=entry.filename)
    return content


def _allowed(name: str) -> None:
    """A name inside the folder, of a kind that a course has."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name
    plain = all(part and not part.startswith(".") and ":" not in part for part in path.parts)
    if not (inside and plain and (path.suffix in SUFFIXES or name == MANIFEST)):
        raise BadRequest("bundle_path", name=name)


def _manifest(content: bytes) -> Mapping[str, str]:
    """Name -> sha256, from the manifest."""
    try:
        head = json.loads(content)
        known = head["format"] == FORMAT and head["version"] == VERSION
        sums = head["files"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest("bundle_foreign") from error
    if not known or not isinstance(sums, dict):
        raise BadRequest("bundle_foreign")
    return sums
