"""The server's keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lab.keys import Keys


def test_keys_are_made_once_and_read_again(tmp_path: Path) -> None:
    """The second load gives the same keys."""
    first, second = Keys.load(tmp_path / "k"), Keys.load(tmp_path / "k")
    assert (first.trace, first.vault) == (second.trace, second.vault)
    assert first.signing.private_bytes_raw() == second.signing.private_bytes_raw()


def test_only_the_owner_can_read_keys(tmp_path: Path) -> None:
    """Files have mode 0600, their folder 0700."""
    Keys.load(tmp_path / "k")
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "k").iterdir()} == {0o600}


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    """A key of another length is refused, and the file is named."""
    Keys.load(tmp_path / "k")
    (tmp_path / "k/trace.key").write_bytes(b"short")
    with pytest.raises(OSError, match=r"trace\.key"):
        Keys.load(tmp_path / "k")


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    """The keys' bytes are in no repr."""
    keys = Keys.load(tmp_path / "k")
    assert keys.trace.hex() not in repr(keys)
    assert "trace" not in repr(keys)


def test_a_vault_key_needs_secret_and_session(tmp_path: Path) -> None:
    """Another secret, another session or another server give another key."""
    keys, other = Keys.load(tmp_path / "a"), Keys.load(tmp_path / "b")
    made = {
        keys.vault_key("s", "1"),
        keys.vault_key("t", "1"),
        keys.vault_key("s", "2"),
        other.vault_key("s", "1"),
    }
    assert len(made) == 4
    assert keys.hash("a", "x") != keys.hash("b", "x")
