"""What was learnt of texts that were read before: an unchanged history costs one hash a message."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from typing import Generic, TypeVar

Learnt = TypeVar("Learnt")


class Memory(Generic[Learnt]):
    """A bounded map from texts to what was learnt of them.

    Holds no text: its keys are keyed hashes, the key lives and dies with the process.
    """

    def __init__(self, size: int) -> None:
        """The texts asked for least recently are forgotten beyond ``size``."""
        self._size = size
        self._salt = os.urandom(32)
        self._kept: OrderedDict[bytes, Learnt] = OrderedDict()

    def _key(self, texts: tuple[str, ...]) -> bytes:
        total = hashlib.blake2b(digest_size=16, key=self._salt)
        for text in texts:
            raw = text.encode("utf-8", "surrogatepass")
            total.update(len(raw).to_bytes(8, "big"))
            total.update(raw)
        return total.digest()

    def get(self, *texts: str) -> Learnt | None:
        """What was learnt of these texts together; None where nothing was."""
        key = self._key(texts)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, learnt: Learnt, *texts: str) -> None:
        """Remember it."""
        self._kept[self._key(texts)] = learnt
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
