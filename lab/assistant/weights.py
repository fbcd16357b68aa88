"""The weights of the embedded model: which there are, where they lie, and whether they are whole.

``weights.yaml`` pins them; ``pull.py`` fetches them. A file is hashed once, and a marker beside it
remembers size, time of change and hash, so that a start of the lab does not read a gigabyte.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from lab.assistant.registry import Wheel, digest
from lab.datafile import load
from lab.settings import Settings

CATALOGUE = Path(__file__).with_name("weights.yaml")
MAGIC = b"GGUF"
"""First bytes of every GGUF file."""
Sha256 = Field(pattern=r"^[0-9a-f]{64}$")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Publisher(_Shape):
    """Where the publisher itself offers the file."""

    repository: str
    file: str


class Registry(_Shape):
    """The wheels of the package registry that carry the file in parts."""

    package: str
    version: str
    member: str
    part_size: int = Field(gt=0)
    """Bytes of each part but the last."""
    parts: tuple[str, ...] = Field(min_length=1)
    """sha256 of each wheel, in order."""

    def wheel(self, part: int) -> Wheel:
        """The wheel of a part, from 1."""
        return Wheel(self.package.format(part=part), self.version, self.parts[part - 1])

    def member_of(self, part: int) -> str:
        """Name of the data inside that wheel."""
        return self.member.format(part=part)


class Weights(_Shape):
    """One file of weights, pinned."""

    title: str
    size: int = Field(gt=0)
    sha256: str = Sha256
    publisher: Publisher
    registry: Registry


class Catalogue(_Shape):
    """All weights that the lab knows."""

    models: dict[str, Weights]


@cache
def catalogue(path: Path = CATALOGUE) -> Catalogue:
    """The weights that the lab knows, by name. Raises ``DataFileError``."""
    return load(path, Catalogue)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one model's weights live in the cache."""

    folder: Path
    name: str

    @classmethod
    def of(cls, settings: Settings, name: str | None = None) -> Place:
        """Of the model named, or of the one in the settings."""
        return cls(settings.cache / "models", name or settings.model)

    @property
    def file(self) -> Path:
        """The weights."""
        return self.folder / f"{self.name}.gguf"

    @property
    def marker(self) -> Path:
        """What is remembered of the last check of their hash."""
        return self.folder / f"{self.name}.gguf.verified"

    @property
    def parts(self) -> Path:
        """Folder of the parts fetched so far."""
        return self.folder / f"{self.name}.parts"

    def verified(self, weights: Weights) -> bool:
        """Whether the file was hashed, was what the publisher released, and is unchanged."""
        try:
            seen = json.loads(self.marker.read_text("utf-8"))
            return bool(seen == self._marks(weights.sha256)) and self._size() == weights.size
        except (OSError, ValueError):
            return False

    def verify(self, weights: Weights) -> bool:
        """Hash the file now (seconds), and remember the result where it is right."""
        self.marker.unlink(missing_ok=True)
        if not self.file.is_file() or self._size() != weights.size:
            return False
        if digest(self.file) != weights.sha256:
            return False
        self.remember(weights)
        return True

    def remember(self, weights: Weights) -> None:
        """Note that the file has just been hashed and is right."""
        self.marker.write_text(json.dumps(self._marks(weights.sha256)), "utf-8")

    def _size(self) -> int:
        return self.file.stat().st_size

    def _marks(self, sha256: str) -> dict[str, int | str]:
        stat = self.file.stat()
        return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}


def find(settings: Settings) -> Path | None:
    """The weights to use: ``LAB_MODEL_PATH`` where it is set and a GGUF file, else the pulled and
    verified ones; None where there are none.
    """
    if settings.model_path is not None:
        return settings.model_path if is_gguf(settings.model_path) else None
    place = Place.of(settings)
    return place.file if place.verified(catalogue().models[place.name]) else None


def is_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF files do."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
