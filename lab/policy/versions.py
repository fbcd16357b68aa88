"""Published versions of the policy: a copy of every file with a signed list of their digests.

``<home>/policies/v1/`` holds ``policy.yaml``, ``rules/``, ``lists/``, ``manifest.json`` and
``manifest.sig`` (Ed25519 over the bytes of the manifest). A version is written once and never
changed; one whose files do not fit its manifest is refused. Which version is in force the log says
(``lab.log.officers``): a folder that it does not know of never was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import PolicyError
from lab.keys import Keys
from lab.policy import rules as rule_files
from lab.policy.clear import Policy
from lab.settings import Settings

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
_NAME = re.compile(r"v([1-9]\d*)")


@dataclass(frozen=True, slots=True)
class Staged:
    """A version that is written and signed, but stands where nothing looks for one."""

    number: int
    folder: Path
    manifest: str
    """sha256 (hex) of its manifest: what the log keeps."""

    def put(self) -> None:
        """Give it its name. What stands there is of a publishing that never ended: set aside."""
        final = self.folder.with_name(f"v{self.number}")
        if final.exists():
            final.rename(final.with_name(f".{final.name}.{time.time_ns()}"))
        self.folder.rename(final)

    def drop(self) -> None:
        """It will not be published."""
        shutil.rmtree(self.folder, ignore_errors=True)


def published(settings: Settings) -> list[int]:
    """The numbers of all versions that have a folder, oldest first."""
    folder = settings.home / "policies"
    if not folder.is_dir():
        return []
    found = (_NAME.fullmatch(path.name) for path in folder.iterdir() if path.is_dir())
    return sorted(int(match[1]) for match in found if match)


def stage(
    settings: Settings, source: Path, number: int, *, keys: Keys, about: Mapping[str, Any]
) -> Staged:
    """Write and sign the files of ``source`` as version ``number``, not yet under its name.

    Raises:
        DataFileError: problems in those files.
        PolicyError: a rule does not find its own example.
        OSError: the version cannot be written.

    """
    Policy.load(source, workers=0).self_test()
    home = settings.home / "policies"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = home / f".v{number}.{os.getpid()}.{time.time_ns()}"
    digests = copy(source, draft)
    manifest = {"version": number, "at": int(time.time()), **about, "files": digests}
    raw = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    _write(draft / MANIFEST, raw)
    _write(draft / SIGNATURE, keys.signing.sign(raw))
    return Staged(number, draft, hashlib.sha256(raw).hexdigest())


def copy(source: Path, target: Path) -> dict[str, str]:
    """Copy every file of a policy, durably; the digest of each.

    Raises:
        OSError: it cannot be read or written.

    """
    digests: dict[str, str] = {}
    for path in rule_files.files_of(source):
        name = path.relative_to(source).as_posix()
        raw = path.read_bytes()
        digests[name] = hashlib.sha256(raw).hexdigest()
        _write(target / name, raw)
    return digests


def load(settings: Settings, number: int, *, keys: Keys, workers: int = 1) -> Policy:
    """One published version, after its signature and the digest of every file were compared.

    Raises:
        PolicyError: there is no such version, or it was changed; names the file.

    """
    folder = intact(settings, number, keys=keys)
    return Policy.load(
        folder,
        version=f"v{number}",
        keys=keys,
        seconds=settings.check_seconds,
        workers=workers,
    )


def intact(settings: Settings, number: int, *, keys: Keys, manifest: str | None = None) -> Path:
    """The folder of one published version, every file of it as it was published.

    ``manifest``: the digest that the log keeps; another version of the same number is refused.

    Raises:
        PolicyError: there is no such version, or it was changed; names the file.

    """
    folder = settings.home / "policies" / f"v{number}"
    if not folder.is_dir():
        raise PolicyError("policy_no_version", version=f"v{number}")
    wrong = _changed(folder, keys)
    if wrong is None and manifest not in (None, manifest_digest(folder)):
        wrong = MANIFEST
    if wrong is not None:
        raise PolicyError("policy_changed", version=f"v{number}", file=wrong)
    return folder


def manifest_digest(folder: Path) -> str:
    """sha256 (hex) of the manifest of a version. Raises ``OSError``."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def _changed(folder: Path, keys: Keys) -> str | None:
    """The first file that is not what was published; None where all are."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        if not keys.signed((folder / SIGNATURE).read_bytes(), raw):
            return MANIFEST
        digests: dict[str, Any] = json.loads(raw)["files"]
    except (OSError, ValueError, KeyError):
        return MANIFEST
    there = {path.relative_to(folder).as_posix() for path in rule_files.files_of(folder)}
    for name in sorted(there | set(digests)):
        if name not in there or name not in digests:
            return name
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digests[name]:
            return name
    return None


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
