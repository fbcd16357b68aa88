"""Placeholders: one-to-one, stable, sealed, and never for what must not be kept."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import PolicyError
from lab.policy.vault import Vault, canonical, shape

NAME = "Nguyễn Thị Mẫu"
LETTERS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyAĐ Ệ0123456789.-@", min_size=1, max_size=20)


def named(vault: Vault, value: str = NAME) -> str:
    """The placeholder of a person's name."""
    return vault.placeholder("PERSON", value, label="HỌ TÊN")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0912345678", "0912 345 678"),
        ("0912345678", "0912.345.678"),
        ("0912345678", "+84 912 345 678"),
        ("040199001234", "0401-9900-1234"),
        ("Nguyễn Thị Mẫu", "NGUYỄN THỊ MẪU"),
        ("Nguyễn Thị Mẫu", "Nguyễn  Thị Mẫu".replace("ẫ", "a\u0302\u0303")),
        ("Lê Văn Hoà", "Lê Văn Hòa"),
    ],
)
def test_spellings_of_one_value_share_a_placeholder(one: str, other: str) -> None:
    """The same value in another spelling, where that is sure, gets the same placeholder."""
    vault = Vault()
    assert named(vault, one) == named(vault, other) == "[HỌ TÊN 1]"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Mẫu", "Nguyen Thi Mau"),
        ("0912345678", "0912345679"),
        ("Lê Hòa", "Lê Hóa"),
        ("Hoàng", "Hoáng"),
    ],
)
def test_different_values_never_share_a_placeholder(one: str, other: str) -> None:
    """Two values that may be two people have two placeholders."""
    vault = Vault()
    assert named(vault, one) != named(vault, other)


@given(st.lists(LETTERS, max_size=12))
def test_the_map_is_one_to_one(values: list[str]) -> None:
    """Two values share a placeholder exactly where their canonical forms are equal."""
    vault = Vault()
    tokens = {value: named(vault, value) for value in values}
    for one in values:
        for other in values:
            assert (tokens[one] == tokens[other]) == (canonical(one) == canonical(other))


@given(st.lists(st.tuples(LETTERS, LETTERS), max_size=6))
def test_restore_undoes_the_map_only(pairs: list[tuple[str, str]]) -> None:
    """Restoring gives back the first spelling of each value, and leaves all other text alone."""
    vault = Vault()
    text, expected = "", ""
    first: dict[str, str] = {}
    for before, value in pairs:
        first.setdefault(canonical(value), value)
        text += before + named(vault, value)
        expected += before + first[canonical(value)]
    assert vault.restore(text) == expected


def test_a_typed_placeholder_is_left_alone_and_its_number_is_not_reused() -> None:
    """``[HỌ TÊN 1]`` typed by a person is nobody's: it is not restored, and numbering goes on."""
    vault = Vault()
    vault.note_seen("Soạn thư cho [HỌ TÊN 1] và [HỌ TÊN 4].")
    assert vault.restore("[HỌ TÊN 1]") == "[HỌ TÊN 1]"
    assert named(vault) == "[HỌ TÊN 5]"
    assert vault.restore("[HỌ TÊN 4] và [HỌ TÊN 5]") == f"[HỌ TÊN 4] và {NAME}"


def test_what_must_not_be_restored_is_not_stored() -> None:
    """A password has a placeholder, but neither the map nor the sealed map holds it."""
    vault, key = Vault(), os.urandom(32)
    token = vault.placeholder("PASSWORD", "Mau@2026x", label="MẬT KHẨU", restore=False)
    again = vault.placeholder("PASSWORD", "Mau@2026x", label="MẬT KHẨU", restore=False)
    assert token == again == "[MẬT KHẨU 1]"
    assert vault.restore(token) == token
    opened = Vault.unseal(vault.seal(key), key)
    assert opened.restore(token) == token
    assert "Mau@2026x" not in repr(vars(vault)) + repr(vars(opened))
    assert opened.placeholder("PASSWORD", "khac", label="MẬT KHẨU", restore=False) == "[MẬT KHẨU 2]"


def test_a_value_found_to_be_secret_later_is_forgotten() -> None:
    """A number stored as harmless and then found to be a card is taken out of the map."""
    vault = Vault()
    token = vault.placeholder("ACCOUNT", "9704000000000018", label="SỐ")
    assert vault.placeholder("CARD", "9704 0000 0000 0018", label="THẺ", restore=False) == token
    assert vault.restore(token) == token


def test_a_sealed_vault_opens_with_its_key_only() -> None:
    """Another key, a changed byte or rubbish is a ``PolicyError``; the right key gives all back."""
    vault, key = Vault(), os.urandom(32)
    token = named(vault)
    sealed = vault.seal(key)
    assert NAME.encode() not in sealed
    assert Vault.unseal(sealed, key).restore(token) == NAME
    assert named(Vault.unseal(sealed, key), "Lê Văn Thử") == "[HỌ TÊN 2]"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong, with_key in ((sealed, os.urandom(32)), (changed, key), (b"", key), (b"x" * 9, key)):
        with pytest.raises(PolicyError) as caught:
            Vault.unseal(wrong, with_key)
        assert caught.value.code == "policy_vault"


def test_a_copy_grows_alone() -> None:
    """What is added to a copy (the live check) does not reach the vault."""
    vault = Vault()
    twin = vault.copy()
    named(twin)
    assert not vault.tokens
    assert not vault.changed
    assert twin.changed


def test_a_vault_shows_no_value() -> None:
    """Printing a vault shows how many values it holds, and none of them."""
    vault = Vault()
    named(vault)
    assert NAME not in f"{vault} {vault!r}"


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("0912 345 678", "0ddd ddd ddd"),
        ("+84912345678", "+ddddddddddd"),
        ("272.34-5", "ddd.dd-d"),
        (NAME, ""),
        ("37A-123.45", ""),
        ("an@example.vn", ""),
    ],
)
def test_shapes_are_for_numbers_only(value: str, form: str) -> None:
    """The shape of a number hides its digits; anything with letters has no shape."""
    assert shape(value) == form
