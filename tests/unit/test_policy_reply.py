"""Replies: the same whatever the chunks, nothing made up gets through, and no needless waiting."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policysupport import a_policy, a_rule, break_detector, chunks, real_policy, words_rule

from lab.errors import PolicyError
from lab.model import Finding
from lab.policy.reply import ReplyGuard
from lab.policy.vault import Vault

REPLY = """Kính gửi bà [HỌ TÊN 1], Ủy ban nhân dân phường Trường Vinh đã nhận được đơn.

1. Bà Trần Thị Thử, số điện thoại 0912 345 678, email thu.tt@example.vn, đề nghị cấp giấy phép.
2. Thời hạn là 15 ngày kể từ ngày 05/9/2026. Liên hệ [HỌ TÊN 9] hoặc [HỌ TÊN 1].
Người ký: đồng chí Lê Văn Mẫu."""


def a_vault() -> Vault:
    """A map with one person in it."""
    vault = Vault()
    vault.placeholder("PERSON", "Nguyễn Thị Mẫu", label="HỌ TÊN")
    return vault


def whole(guard: ReplyGuard, deltas: list[str]) -> tuple[str, str, tuple[Finding, ...]]:
    """Everything that a guard gives for these deltas."""
    pieces = [*map(guard.feed, deltas), guard.finish()]
    shown, logged = (
        "".join(p.shown for p in pieces),
        "".join(p.logged for p in pieces),
    )
    return shown, logged, guard.findings


def test_placeholders_come_back_and_made_up_values_do_not_get_through() -> None:
    """The trainee's value is restored in what is shown, never in the log; what the model made up is
    masked in both; a placeholder that nobody gave out is left alone.
    """
    shown, logged, findings = whole(real_policy().reply(a_vault()), [REPLY])
    assert "Kính gửi bà Nguyễn Thị Mẫu," in shown
    assert "Nguyễn Thị Mẫu" not in logged
    for text in (shown, logged):
        assert not re.search(r"Thị Thử|0912|thu\.tt|Văn Mẫu", text)
        assert "[HỌ TÊN 9]" in text
        assert "phường Trường Vinh" in text
    made_up = {REPLY[f.start : f.end] for f in findings}
    assert {"Trần Thị Thử", "0912 345 678", "thu.tt@example.vn"} <= made_up


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, len(REPLY)), max_size=40))
def test_the_chunks_do_not_matter(cuts: list[int]) -> None:
    """For every chunking the shown text, the logged text and the findings are the same."""
    policy = real_policy()
    expected = whole(policy.reply(a_vault()), [REPLY])
    assert whole(policy.reply(a_vault()), chunks(REPLY, cuts)) == expected


def test_character_by_character_is_the_same_too() -> None:
    """One character at a time gives what the whole reply at once gives."""
    policy = real_policy()
    expected = whole(policy.reply(a_vault()), [REPLY])
    assert whole(policy.reply(a_vault()), [*REPLY]) == expected


ANY = st.lists(
    st.one_of(
        st.sampled_from(
            ("[HỌ TÊN 1]", "[HỌ TÊN 12]", "[HỌ", "DA-2026", "ông An", " ", "\n", "mật", "Số 5. ")
        ),
        st.text("aăbÀ19 .,[]()\n@😀\u0301", max_size=12),
    ),
    max_size=15,
)


@settings(max_examples=300, deadline=None)
@given(ANY, st.data())
def test_the_chunks_of_any_text_do_not_matter(pieces: list[str], data: st.DataObject) -> None:
    """Brackets that never close, emoji, runs without a space: still one answer for all chunkings,
    no character lost, and nothing that a rule finds gets through.
    """
    policy, text = a_policy(), "".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=20))
    shown, logged, findings = whole(policy.reply(a_vault()), [text])
    assert whole(policy.reply(a_vault()), chunks(text, cuts)) == (shown, logged, findings)
    plain = logged.replace("\u0301", "")  # an accent belongs to its word
    assert not re.search(r"(?<!\w)DA-2026(?!\w)", plain)
    if not findings:
        assert logged == text
        assert shown == a_vault().restore(text)


@pytest.mark.parametrize("cut", range(1, len("[HỌ TÊN 1]")))
def test_a_placeholder_is_restored_at_every_split(cut: int) -> None:
    """However a placeholder is split, no part of it is shown, and it comes back the moment its last
    character arrives.
    """
    guard = real_policy().reply(a_vault())
    token = "[HỌ TÊN 1]"
    assert guard.feed("bà " + token[:cut]).shown == "bà "
    assert guard.feed(token[cut:]).shown == "Nguyễn Thị Mẫu"


def test_what_cannot_become_a_placeholder_is_not_held() -> None:
    """A bracket is held only while it is the beginning of a placeholder that is known."""
    guard = a_policy().reply(a_vault())
    assert guard.feed("xem [HỌ TÊN").shown == "xem "
    assert guard.feed(" 2] và ").shown == "[HỌ TÊN 2] và "
    assert guard.feed("[phụ lục] ").shown == "[phụ lục] "
    assert guard.feed("[HỌ").shown == ""
    assert guard.finish().shown == "[HỌ"
    assert guard.finish().shown == ""


def test_plain_words_are_shown_as_they_complete() -> None:
    """An ordinary word is shown with the space after it, and only the last word waits."""
    guard = real_policy().reply(Vault())
    assert guard.feed("xin chào các ").shown == "xin chào các "
    assert guard.feed("anh chị").shown == "anh "
    assert guard.finish().shown == "chị"


def test_a_common_first_word_is_shown_as_it_completes() -> None:
    """Kính begins no name: it is out when the next word begins; Thu may be one and waits."""
    assert real_policy().reply(a_vault()).feed("Kính g").shown == "Kính "
    assert real_policy().reply(a_vault()).feed("Thu g").shown == ""


def test_a_reply_costs_a_bounded_number_of_short_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recognizers never read the reply again from its beginning: each reading is short, and all
    together they are a small multiple of the reply.
    """
    policy = real_policy()
    read: list[int] = []
    signs = policy.signs
    monkeypatch.setattr(policy, "signs", lambda text: (read.append(len(text)), signs(text))[1])
    whole(policy.reply(a_vault()), re.findall(r"\s*\S+", REPLY * 5))
    assert max(read) <= 100 + 300 + 200
    assert sum(read) < 6 * len(REPLY * 5)


def test_a_mark_of_the_model_is_masked() -> None:
    """A stamp that the model writes is not shown, and is a finding."""
    policy = a_policy(words_rule("mark", "TUYỆT MẬT", mode="block", tier="T1", placeholder="DẤU"))
    shown, logged, findings = whole(policy.reply(Vault()), ["Độ: TUYỆT", " MẬT\nNội dung."])
    assert shown == logged == "Độ: [DẤU 1]\nNội dung."
    assert [(f.rule, f.trace, f.shape) for f in findings] == [("mark", "", "")]


def test_the_trainee_s_own_value_keeps_its_placeholder() -> None:
    """Where the model writes a value of the trainee, it is logged as the trainee's placeholder, and
    the map still restores it.
    """
    policy = a_policy(words_rule("name", "Nguyễn Thị Mẫu", placeholder="HỌ TÊN"))
    vault = a_vault()
    shown, logged, _ = whole(policy.reply(vault), ["Chào bà Nguyễn Thị Mẫu."])
    assert logged == "Chào bà [HỌ TÊN 1]."
    assert shown == "Chào bà Nguyễn Thị Mẫu."
    assert vault.restore("[HỌ TÊN 1]") == "Nguyễn Thị Mẫu"


def test_a_failing_check_shows_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the recognizers raise, what was held is never shown, and the guard stays shut."""
    policy = a_policy(a_rule())

    def fail() -> None:
        raise ValueError("DA-2026")

    break_detector(monkeypatch, policy, fail)
    guard = policy.reply(Vault())
    assert guard.feed("mã là ").shown == "mã là "
    with pytest.raises(PolicyError) as caught:
        guard.feed("DA-2026 rồi ")
    assert caught.value.code == "policy_reply"
    assert "DA-2026" not in repr(caught.value.__cause__) + str(caught.value)
    for call in (lambda: guard.feed(" thêm "), guard.finish):
        with pytest.raises(PolicyError):
            call()
