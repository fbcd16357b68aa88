"""The token count that trainees see: tiktoken with ranks from our own cache, never the network.

tiktoken fetches its ranks at run time. A wheel of the package registry carries the same files;
``lab setup`` takes them out of it, checks them against the hashes that tiktoken itself holds, and
keeps them in the cache. Where they are missing, no count is shown.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lab.assistant.registry import Wheel, digest, extract, fetch
from lab.settings import Settings

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "o200k_base"
"""The encoding of current models; the budgets of exercises are in its tokens."""
CARRIER = Wheel(
    "llama-index-core",
    "0.14.25",
    "caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1",
)
_FOLDER = "llama_index/core/_static/tiktoken_cache/"
RANKS = {
    # o200k_base
    "fb374d419588a4632f3f557e76b4b70aebbca790": (
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    ),
    # cl100k_base
    "9b5ad71b2ce5302211f9c61530b329a4922fc6a4": (
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
    ),
}
"""Name in tiktoken's cache → sha256, as ``tiktoken_ext.openai_public`` pins it."""
_LOADING = threading.Lock()


def ranks_folder(settings: Settings) -> Path:
    """Where the ranks live."""
    return settings.cache / "tiktoken"


def ranks_there(settings: Settings) -> bool:
    """Whether all ranks are in the cache and whole."""
    folder = ranks_folder(settings)
    return all(_whole(folder / name, sha256) for name, sha256 in RANKS.items())


def fetch_ranks(settings: Settings) -> None:
    """Put the ranks into the cache, if they are not there.

    Raises:
        FetchError: they could not be fetched, or are not what tiktoken expects.
        OSError: the disk.
    """
    if ranks_there(settings):
        return
    folder = ranks_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        carrier = Path(scratch) / "carrier.whl"
        fetch(CARRIER, carrier)
        for name in RANKS:
            extract(carrier, _FOLDER + name, Path(scratch) / name)
            (Path(scratch) / name).replace(folder / name)


def _whole(path: Path, sha256: str) -> bool:
    return path.is_file() and digest(path) == sha256


class Tokens:
    """Counts tokens. The ranks take half a second to load: at the first count, or by ``warm``."""

    def __init__(self, settings: Settings, encoding: str = ENCODING) -> None:
        """``encoding``: a name that tiktoken knows."""
        self._settings = settings
        self._name = encoding
        self._encoding: Encoding | None = None
        self._missing = False
        self._warming: threading.Thread | None = None

    def warm(self) -> None:
        """Load in a thread; until that is done, counts are None."""
        if self._warming is None:
            self._warming = threading.Thread(target=self._load, name="tokens", daemon=True)
            self._warming.start()

    def count(self, text: str) -> int | None:
        """Tokens of ``text``; None where the ranks are missing or still being loaded."""
        if self._encoding is None and not self._missing:
            if self._warming is not None and self._warming.is_alive():
                return None
            self._load()
        if self._encoding is None:
            return None
        return len(self._encoding.encode_ordinary(text))

    def _load(self) -> None:
        # tiktoken deletes a file that does not match its hash and fetches it from the network, so
        # it is asked only once both are known to be whole.
        if not ranks_there(self._settings):
            self._missing = True
            return
        import tiktoken  # noqa: PLC0415 - slow to import, and used here only

        with _LOADING, _cache_folder(ranks_folder(self._settings)):
            self._encoding = tiktoken.get_encoding(self._name)


@contextmanager
def _cache_folder(folder: Path) -> Iterator[None]:
    """Tell tiktoken where its ranks are; it asks the environment, and only while loading."""
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before
