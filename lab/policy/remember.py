"""What was learnt of texts that were read before: an unchanged history costs one hash a message."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from typing import Generic, TypeVar

Learnt = TypeVar("Learnt")


_SALT = os.urandom(32)


class Prints(dict[str, bytes]):
    """Keyed hashes of texts, each made once; lives as long as one check. The key lives and dies
    with the process.
    """

    def __missing__(self, text: str) -> bytes:
        """The hash (16 bytes) of a text that was not asked for before."""
        raw = text.encode("utf-8", "surrogatepass")
        made = self[text] = hashlib.blake2b(raw, digest_size=16, key=_SALT).digest()
        return made


class Memory(Generic[Learnt]):
    """A bounded map from texts to what was learnt of them. Holds no text: texts are named by their
    ``Prints``.
    """

    def __init__(self, size: int) -> None:
        """The texts asked for least recently are forgotten beyond ``size``."""
        self._size = size
        self._kept: OrderedDict[bytes, Learnt] = OrderedDict()

    def get(self, *prints: bytes) -> Learnt | None:
        """What was learnt of these texts together; None where nothing was."""
        key = b"".join(prints)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, learnt: Learnt, *prints: bytes) -> None:
        """Remember it."""
        self._kept[b"".join(prints)] = learnt
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
