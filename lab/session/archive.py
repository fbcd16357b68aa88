"""The file of a backup: a signed list of what is in it, then the files, in a compressed tar.

Keys are never in it. The list (``manifest.json``) holds the SHA-256 of every file and is signed by
the server's key (``manifest.sig``), so that a backup that was changed is known before it is used.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from lab.errors import BadRequest
from lab.keys import Keys

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
DATABASE = "lab.sqlite"
FORMAT = 1
_CHUNK = 1 << 20
_LIST_BYTES = 20_000_000
Told = Callable[[str], None]
"""Hears of every step as it begins."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    """Of the lab that made it."""
    at: int
    """Unix time."""
    migrations: tuple[str, ...]
    events: int
    faults: int
    """Rows of the log that did not verify when it was made."""
    files: Mapping[str, Packed]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files.values())


def digest_of(source: IO[bytes]) -> Packed:
    """Size and SHA-256 of what is left to read."""
    found, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        found.update(chunk)
        size += len(chunk)
    return Packed(size, found.hexdigest())


def write(target: Path, root: Path, names: list[str], manifest: Manifest, keys: Keys) -> None:
    """Write a backup of these files below ``root``; on disk when this returns."""
    body = {"format": FORMAT, **asdict(manifest)}
    listed = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True).encode()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as sink:
        with tarfile.open(fileobj=sink, mode="w:gz", compresslevel=6) as tar:
            for name, raw in ((MANIFEST, listed), (SIGNATURE, keys.signing.sign(listed))):
                tar.addfile(_entry(name, len(raw), manifest.at), io.BytesIO(raw))
            for name in names:
                with (root / name).open("rb") as source:
                    tar.addfile(_entry(name, manifest.files[name].size, manifest.at), source)
        sink.flush()
        os.fsync(sink.fileno())


def _entry(name: str, size: int, at: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, at, 0o600
    return entry


def read(path: Path, keys: Keys, *, into: Path | None = None) -> Manifest:
    """Check every byte of a backup; with ``into``, write its files there, each on disk.

    Raises:
        BadRequest: ``backup_broken``, ``backup_other_key`` or ``backup_changed``.
        OSError: it cannot be read, or ``into`` cannot be written.
    """
    with _opened(path) as (packed, tar):
        manifest = _manifest(tar, keys)
        left = dict(manifest.files)
        while (entry := tar.next()) is not None:
            due = left.pop(entry.name, None)
            source = tar.extractfile(entry) if entry.isreg() else None
            if due is None or source is None or not _safe(entry.name):
                raise BadRequest("backup_changed", name=_printable(entry.name))
            found = _extract(source, into / entry.name) if into else digest_of(source)
            if found != due:
                raise BadRequest("backup_changed", name=_printable(entry.name))
        if left:
            raise BadRequest("backup_changed", name=_printable(min(left)))
        while packed.read(_CHUNK):  # to its end, where the checksum of the whole stands
            pass
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tuple[gzip.GzipFile, tarfile.TarFile]]:
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r:") as tar:
            yield packed, tar
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadRequest("backup_broken") from error
    except OSError as error:
        if error.errno is None:  # gzip says so of a file that is none
            raise BadRequest("backup_broken") from error
        raise
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise BadRequest("backup_broken") from error
        raise


def _manifest(tar: tarfile.TarFile, keys: Keys) -> Manifest:
    raw: list[bytes] = []
    for name in (MANIFEST, SIGNATURE):
        entry = tar.next()
        source = tar.extractfile(entry) if entry and entry.isreg() else None
        if entry is None or source is None or entry.name != name or entry.size > _LIST_BYTES:
            raise BadRequest("backup_broken")
        raw.append(source.read())
    if not keys.signed(raw[1], raw[0]):
        raise BadRequest("backup_other_key")
    body = json.loads(raw[0])
    if body.pop("format") != FORMAT:
        raise BadRequest("backup_broken")
    files = {name: Packed(**each) for name, each in body.pop("files").items()}
    return Manifest(files=files, **{**body, "migrations": tuple(body["migrations"])})


def _extract(source: IO[bytes], target: Path) -> Packed:
    make_folder(target.parent)
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "r+b") as sink:
        while chunk := source.read(_CHUNK):
            sink.write(chunk)
        sink.flush()
        os.fsync(sink.fileno())
        sink.seek(0)
        return digest_of(sink)


def make_folder(folder: Path) -> None:
    """A folder and those above it that are missing, each for its owner only."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700)


def _safe(name: str) -> bool:
    """Whether a name stays below its folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _printable(name: str) -> str:
    return "".join(sign for sign in name[:80] if sign.isprintable())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
