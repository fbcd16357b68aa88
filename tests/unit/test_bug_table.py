"""Bugs that bit the users of comparable systems, each by its symptom (docs/decisions/bug-table.md).

Only what no other test shows is here; the table names the tests of all rows.
"""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policysupport import a_policy, a_rule, chunks, real_policy, sent, words_rule

from lab.model import Action, Cleared, Message
from lab.policy.vault import Vault

NAME, OTHER = "Lô Thị Thử", "Nguyễn Văn Mẫu"
CCCDS = ("040295083617", "040395000024", "040295000017", "040199000123", "040300000456")


async def outgoing(*texts: str, vault: Vault) -> str:
    """The last message as it leaves."""
    result = await sent(real_policy(), *texts, vault=vault)
    assert isinstance(result, Cleared)
    return result.messages[-1].content


@given(st.lists(st.integers(0, 120), max_size=12))
@settings(max_examples=60, deadline=None)
def test_restoring_in_the_stream_is_restoring_at_once(cuts: list[int]) -> None:
    """Row 3, "restored map empty when streaming": the streamed reply, however it is cut, is the
    whole reply restored at once.
    """
    vault = Vault()
    first = vault.placeholder("PERSON", NAME, label="HỌ TÊN")
    second = vault.placeholder("VN_CCCD", CCCDS[0], label="SỐ CCCD")
    reply = f"Gửi {first}, số {second}. Còn [HỌ TÊN 7] và [CẦN BỔ SUNG] giữ nguyên; chào {first}!"
    guard = real_policy().reply(vault)
    shown = "".join(guard.feed(piece).shown for piece in chunks(reply, cuts)) + guard.finish().shown
    assert shown == vault.restore(reply)


async def test_two_people_and_one_number_keep_their_own_placeholders() -> None:
    """Row 4, "same number, two people in one request": messages checked at the same time in one
    session give one number one placeholder, and two names two.
    """
    vault = Vault()
    texts = [
        f"Bà {NAME}, CCCD {CCCDS[0]}.",
        f"Ông {OTHER}, CCCD {CCCDS[0]}.",
        f"Ông {OTHER} và bà {NAME}.",
    ]
    results = await asyncio.gather(*(outgoing(text, vault=vault) for text in texts))
    assert "[SỐ CCCD 1]" in results[0]
    assert "[SỐ CCCD 1]" in results[1]
    known = {value: token for value, _, token in vault.known()}
    assert len(set(known.values())) == len(known) == 3
    assert results[2] == f"Ông {known[OTHER]} và bà {known[NAME]}."


async def test_what_an_earlier_turn_named_can_be_quoted_later() -> None:
    """Row 5, "turn-2 token not resolvable": a quoted placeholder, the same value typed again and a
    map opened after a restart all mean the same person.
    """
    vault, key = Vault(), b"k" * 32
    first = await outgoing(f"Viết thư cho bà {NAME}.", vault=vault)
    token = first.split("bà ")[1].rstrip(".")
    again = Vault.unseal(vault.seal(key), key)
    later = await outgoing(first, f"Sửa câu về {token}, và bà {NAME}.", vault=again)
    assert later == f"Sửa câu về {token}, và bà {token}."
    guard = real_policy().reply(again)
    assert guard.feed(f"Kính gửi {token}, ").shown + guard.finish().shown == f"Kính gửi {NAME}, "


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_what_stands_around_a_value_does_not_move_its_mask(form: str) -> None:
    """Row 7, "length-based offset error": emoji, accents apart and several masks of other lengths
    leave every other character where it was.
    """
    text = unicodedata.normalize(
        form, f"👨‍👩‍👧 Ðây: bà {NAME} 🙂, CCCD {CCCDS[0]}; ông {OTHER}: é 🙂 hết."
    )
    vault = Vault()
    masked = await outgoing(text, vault=vault)
    assert unicodedata.normalize("NFC", vault.restore(masked)) == unicodedata.normalize("NFC", text)
    for kept in ("👨‍👩‍👧 ", " 🙂, CCCD ", "; ông ", ": "):
        assert unicodedata.normalize(form, kept) in masked
    assert masked.count("[") == 3


async def test_five_numbers_on_one_line_are_five_findings() -> None:
    """Row 8, "space-separated entities skipped": each number of a line is masked by itself."""
    masked = await outgoing("Số CCCD: " + " ".join(CCCDS), vault=Vault())
    assert not [number for number in CCCDS if number in masked]
    assert [f"[SỐ CCCD {nth}]" in masked for nth in range(1, 6)] == [True] * 5


@pytest.mark.parametrize(
    "text",
    [
        "Căn cứ Báo cáo số 123/BC-UBND và Tờ trình 45/TTr-VP của TP Vinh.",
        "Theo QĐ 217-QĐ/TW, NQ 57-NQ/TW và CV 19130-CV/VPTW, phòng CĐS phối hợp UBMTTQ.",
        "Dùng S3, EKS, C4, RAG, GPT-4 và API để làm CSDL.",
    ],
)
async def test_codes_of_offices_and_machines_are_nobody(text: str) -> None:
    """Row 9, "false positive on technical tokens": document numbers and short forms leave as they
    are.
    """
    assert await outgoing(text, vault=Vault()) == text


async def test_old_answers_and_material_leave_masked_too() -> None:
    """Row 11, "history, assistant and tool roles never redacted": every role is masked, with one
    placeholder for one value.
    """
    messages = [
        Message("system", f"Tài liệu: bà {NAME}, CCCD {CCCDS[0]}."),
        Message("user", "Xin chào."),
        Message("assistant", f"Chào, bà {NAME} có CCCD {CCCDS[0]}."),
        Message("user", f"Nhắc lại số {CCCDS[0]}."),
    ]
    result = await real_policy().clear(messages, vault=Vault())
    assert isinstance(result, Cleared)
    whole = "\n".join(message.content for message in result.messages)
    assert NAME not in whole
    assert CCCDS[0] not in whole
    assert whole.count("[SỐ CCCD 1]") == 3


async def test_what_is_only_watched_changes_no_answer() -> None:
    """Row 16, "log-only mode changes the answer": with a rule in shadow the payload is the same,
    byte for byte, as without it.
    """
    text = "Mã DA-2026 của bà."
    other = words_rule("word", "XYZ")
    watched = await sent(a_policy(a_rule(mode="shadow"), other), text)
    off = await sent(a_policy(a_rule(mode="off"), other), text)
    assert isinstance(watched, Cleared)
    assert isinstance(off, Cleared)
    assert (watched.digest, watched.messages) == (off.digest, off.messages)
    assert [found.action for found in watched.decision.findings] == [Action.ALLOW]


async def test_a_value_never_takes_the_place_of_another() -> None:
    """Row 24, "fixed placeholder, last value wins": as many values as one likes, each comes back as
    itself, and a token that was typed is given to none.
    """
    vault = Vault()
    values = [f"04029508{number:04}" for number in range(40)]
    vault.note_seen("[SỐ CCCD 3]")
    tokens = [vault.placeholder("VN_CCCD", value, label="SỐ CCCD") for value in values]
    assert len(set(tokens)) == len(values)
    assert "[SỐ CCCD 3]" not in tokens
    assert [vault.restore(token) for token in tokens] == values
