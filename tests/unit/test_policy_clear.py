"""``Policy.clear``: masks, blocks, leaves out, tightens; and nothing escapes it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policysupport import a_policy, a_rule, real_policy, sent, words_rule

from lab.model import Action, Blocked, Cleared, Message, Mode, payload_digest
from lab.policy.reference import ALPHABET
from lab.policy.vault import Vault

PROMPT = "Soạn giấy mời gửi bà Nguyễn Thị Mẫu, CCCD 040199001234, điện thoại 0912 345 678."


async def test_personal_data_leave_masked() -> None:
    """Every value is replaced by a typed placeholder; the digest is that of what leaves."""
    result = await sent(real_policy(), PROMPT)
    assert isinstance(result, Cleared)
    assert result.messages[-1].content == (
        "Soạn giấy mời gửi bà [HỌ TÊN 1], CCCD [SỐ CCCD 1], điện thoại [SỐ ĐIỆN THOẠI 1]."
    )
    assert result.digest == payload_digest(result.messages)
    assert result.decision.action is Action.MASK
    for finding in result.decision.findings:
        assert PROMPT[finding.start : finding.end] in {
            "Nguyễn Thị Mẫu",
            "040199001234",
            "0912 345 678",
        }


async def test_masking_is_undone_by_restoring_and_leaves_nothing_to_find() -> None:
    """restore(mask(x)) is x, and a second check of the masked text finds nothing."""
    vault = Vault()
    result = await sent(real_policy(), PROMPT, vault=vault)
    assert isinstance(result, Cleared)
    masked = result.messages[-1].content
    assert vault.restore(masked) == PROMPT
    again = await sent(real_policy(), masked, vault=vault)
    assert isinstance(again, Cleared)
    assert again.decision.findings == ()
    assert again.messages[-1].content == masked


VALUES = ("DA-1234", "DA-9876", "DA-5555", "kho Đông", "[MÃ DỰ ÁN 1]", "[...]")
PIECES = st.lists(
    st.one_of(st.sampled_from(VALUES), st.text("abc ,.\nđ😀\u0301[]", max_size=8)), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(PIECES)
async def test_masking_round_trips_for_any_text(pieces: list[str]) -> None:
    """Whatever the text (emoji, combining marks, brackets, typed placeholders): what the rules find
    does not leave, a second check finds nothing, and restoring gives the text back.
    """
    policy = a_policy(a_rule(), words_rule("store", "kho Đông", entity="STORE", placeholder="KHO"))
    text, vault = " ".join(pieces), Vault()
    result = await sent(policy, text, vault=vault)
    assert isinstance(result, Cleared)
    masked = result.messages[-1].content
    spans = [(f.start, f.end) for f in result.decision.findings]
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert vault.restore(masked) == text
    assert (await sent(policy, masked, vault=vault)).decision.findings == ()


async def test_a_mark_blocks_and_nothing_is_kept() -> None:
    """A stamped text is blocked: no payload, no placeholder added, no trace and no shape."""
    vault = Vault()
    result = await sent(real_policy(), "TUYỆT MẬT\nSố 15-BC/TU\n" + PROMPT, vault=vault)
    assert isinstance(result, Blocked)
    assert result.decision.action is Action.BLOCK
    assert not vault.tokens
    secret = [f for f in result.decision.findings if f.tier.value == "T1"]
    assert secret
    assert all(f.trace == "" and f.shape == "" for f in secret)


async def test_every_role_is_checked() -> None:
    """Personal data in the system message and in the model's old answers leave masked too."""
    messages = [
        Message("system", "Tài liệu: điện thoại 0912 345 678."),
        Message("user", "Tóm tắt giúp tôi."),
        Message("assistant", "Người liên hệ có số điện thoại 0987 654 321."),
        Message("user", "Viết ngắn hơn."),
    ]
    result = await real_policy().clear(messages, vault=Vault())
    assert isinstance(result, Cleared)
    assert [m.role for m in result.messages] == [m.role for m in messages]
    assert "0912" not in result.messages[0].content
    assert "0987" not in result.messages[2].content
    assert {f.message for f in result.decision.findings} == {0, 2}


async def test_an_old_turn_that_may_no_longer_leave_stays_behind_with_its_answer() -> None:
    """A turn that a tightened policy blocks is left out of the payload, and counted."""
    policy = a_policy(words_rule("plan", "kế hoạch K"))
    messages = [
        Message("system", "Chào."),
        Message("user", "Nói về kế hoạch K."),
        Message("assistant", "Vâng."),
        Message("user", "Nói về việc khác."),
        Message("assistant", "Được."),
        Message("user", "Cảm ơn."),
    ]
    result = await policy.clear(messages, vault=Vault(), tighten={"plan": Action.BLOCK})
    assert isinstance(result, Cleared)
    assert result.left_out == 1
    assert [m.content for m in result.messages] == [
        "Chào.",
        "Nói về việc khác.",
        "Được.",
        "Cảm ơn.",
    ]
    assert result.decision.action is Action.ALLOW
    assert [f.message for f in result.decision.findings] == [1]


@pytest.mark.parametrize("place", [0, 3])
async def test_a_mark_in_the_system_message_or_the_prompt_blocks(place: int) -> None:
    """What cannot be left out (the system message, the prompt itself) blocks the whole payload."""
    policy = a_policy(words_rule("plan", "kế hoạch K", mode="block"))
    roles = ("system", "user", "assistant", "user")
    messages = [
        Message(role, "kế hoạch K" if index == place else "Vâng.")  # type: ignore[arg-type]
        for index, role in enumerate(roles)
    ]
    assert isinstance(await policy.clear(messages, vault=Vault()), Blocked)


@pytest.mark.parametrize(
    ("mode", "tighter", "action"),
    [
        ("mask", Action.BLOCK, Action.BLOCK),
        ("mask", Action.ALLOW, Action.MASK),
        ("block", Action.WARN, Action.BLOCK),
        ("warn", Action.MASK, Action.MASK),
        ("shadow", Action.BLOCK, Action.BLOCK),
        ("shadow", Action.ALLOW, Action.ALLOW),
    ],
)
@pytest.mark.parametrize("name", ["project", "PROJECT"])
async def test_an_exercise_may_only_tighten(
    mode: str, tighter: Action, action: Action, name: str
) -> None:
    """``tighten`` makes a rule stricter, by its id or its entity type, and never milder."""
    result = await sent(a_policy(a_rule(mode=mode)), "Mã DA-2026.", tighten={name: tighter})
    assert result.decision.action is action


async def test_a_rule_in_shadow_is_counted_and_changes_nothing() -> None:
    """Shadow findings are reported with the action allow, even beside a rule that masks."""
    policy = a_policy(a_rule(), a_rule("trial", mode=Mode.SHADOW))
    result = await sent(policy, "Mã DA-2026.")
    assert isinstance(result, Cleared)
    assert {(f.rule, f.action) for f in result.decision.findings} == {
        ("project", Action.MASK),
        ("trial", Action.ALLOW),
    }
    assert result.messages[-1].content == "Mã [MÃ DỰ ÁN 1]."


async def test_a_warning_changes_nothing_in_the_text() -> None:
    """A rule that warns reports its finding, and the text leaves as it is."""
    result = await sent(a_policy(a_rule(mode="warn")), "Mã DA-2026.")
    assert isinstance(result, Cleared)
    assert result.decision.action is Action.WARN
    assert result.messages[-1].content == "Mã DA-2026."


async def test_what_was_masked_once_is_masked_again_without_its_context() -> None:
    """A value known to the session's map is masked wherever it is typed again."""
    policy = a_policy(a_rule("name", patterns=[{"name": "n", "words": ["bà Lê Thử"]}]))
    vault = Vault()
    vault.placeholder("PROJECT", "Lê Văn Thử", label="HỌ TÊN")
    result = await sent(policy, "Gửi Lê Văn Thử, không phải Lê Văn Thửa.", vault=vault)
    assert isinstance(result, Cleared)
    assert result.messages[-1].content == "Gửi [HỌ TÊN 1], không phải Lê Văn Thửa."


async def test_typed_placeholders_keep_their_numbers() -> None:
    """A placeholder that the trainee typed is no finding, and its number is not given away."""
    result = await sent(a_policy(), "[MÃ DỰ ÁN 1] và DA-2026.")
    assert isinstance(result, Cleared)
    assert result.messages[-1].content == "[MÃ DỰ ÁN 1] và [MÃ DỰ ÁN 2]."


async def test_the_live_check_changes_nothing() -> None:
    """``inspect`` tells what would leave and where, in the text; the vault does not change."""
    vault = Vault()
    history = [Message("user", "Mã DA-1111."), Message("assistant", "Vâng.")]
    decision, outgoing = await a_policy().inspect("Mã DA-2026.", history=history, vault=vault)
    assert outgoing == "Mã [MÃ DỰ ÁN 2]."
    assert [(f.message, f.start, f.end) for f in decision.findings] == [(0, 3, 10)]
    assert decision.action is Action.MASK
    assert not vault.tokens
    blocked, nothing = await a_policy(a_rule(mode="block")).inspect("Mã DA-2026.")
    assert nothing is None
    assert blocked.action is Action.BLOCK


async def test_references_can_be_read_out() -> None:
    """A reference is TT-XXXX-XXXX in letters that nobody mistakes, new for every decision."""
    found = {(await sent(a_policy(), "Chào.")).decision.reference for _ in range(20)}
    assert len(found) == 20
    for each in found:
        head, one, two = each.split("-")
        assert head == "TT"
        assert set(one + two) <= set(ALPHABET)


async def test_an_unchanged_history_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second check of a conversation reads no old message, only what the new prompt adds."""
    policy = a_policy()
    history = [Message("user", f"Lượt {n}, mã DA-100{n}.") for n in range(6)]
    await policy.clear([*history, Message("user", "Một.")], vault=Vault())
    read: list[str] = []
    find = policy._detector.find
    monkeypatch.setattr(policy._detector, "find", lambda text: (read.append(text), find(text))[1])
    result = await policy.clear([*history, Message("user", "Hai.")], vault=Vault())
    assert "Hai." in read
    assert not {message.content for message in history} & set(read)
    assert all("Hai." in text for text in read)
    assert len(result.decision.findings) == 6


async def test_traces_are_keyed_and_blind() -> None:
    """With keys, the same value has the same trace however it is written; another has another."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from lab.keys import Keys

    policy = a_policy(words_rule("phone", "0912 345 678", "0912345678", "0912345679"))
    policy._keys = Keys(Ed25519PrivateKey.generate(), b"t" * 32, b"v" * 32)
    result = await sent(policy, "0912 345 678, 0912345678, 0912345679")
    traces = [f.trace for f in result.decision.findings]
    assert traces[0] == traces[1] != traces[2]
    assert all(len(trace) == 64 for trace in traces)


def test_a_policy_tests_itself() -> None:
    """The shipped policy finds its own examples; so does a reload of it."""
    real_policy().self_test()
