"""``mend``: what is rewritten, how, and what never is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policysupport import a_policy, break_detector, real_policy, words_rule

from lab.model import Action, Message
from lab.policy.clear import Policy
from lab.policy.mend import Change, Mended, _Draft, mend
from lab.policy.vault import Vault

TIGHT = {"VN_CCCD": Action.BLOCK, "VN_PHONE": Action.BLOCK}


async def mended(
    text: str,
    *,
    policy: Policy | None = None,
    vault: Vault | None = None,
    tighten: Mapping[str, Action] | None = None,
    history: tuple[Message, ...] = (),
) -> Mended:
    """The rewrite of a text."""
    return await mend(
        policy or real_policy(),
        text,
        history=history,
        vault=vault or Vault(),
        tighten=tighten or {},
    )


def applied(text: str, changes: tuple[Change, ...]) -> str:
    """The text with the changes made, from the back."""
    for change in reversed(changes):
        text = text[: change.start] + change.text + text[change.end :]
    return text


async def test_a_stopped_note_becomes_one_that_leaves_as_it_is() -> None:
    """What exercise 5 stops is rewritten with typed placeholders, and the rewrite passes whole."""
    text = (
        "Ông Nguyễn Văn Mẫu, sinh ngày 12/5/1985, căn cước 040295000017, điện thoại "
        "0950 000 123, nhà ở xóm 3, xã Hòa Lam. Ông Nguyễn Văn Mẫu được 5.400.000 đồng."
    )
    result = await mended(text, tighten=TIGHT)
    assert result.state == "mended"
    assert result.outgoing == result.text == applied(text, result.changes)
    assert result.text.count("Ông [HỌ TÊN 1]") == 2
    assert "trong độ tuổi" in result.text
    assert "căn cước [SỐ CCCD 1], điện thoại [SỐ ĐIỆN THOẠI 1], nhà ở một xã." in result.text
    assert "5.400.000 đồng" in result.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ngày sinh: 12/5/1985, ông Nguyễn Văn Mẫu", "Ngày sinh: [NGÀY SINH 1], ông [HỌ TÊN 1]"),
        ("Bà Lô Thị Thử sinh năm 2095.", "Bà [HỌ TÊN 1] sinh năm [NGÀY SINH 1]."),
        ("Chị Lô Thị Thử trú tại số 12 đường Trần Mẫu, phường Bến Mới.", "trú tại một phường."),
    ],
)
async def test_a_rewrite_reads_as_a_sentence(text: str, expected: str) -> None:
    """Labels keep placeholders, sentences get age bands and general places, titles stay."""
    assert expected in (await mended(text)).text


async def test_placeholders_are_numbered_as_the_lab_would() -> None:
    """Known values keep their number, new ones come after what was seen; the vault is as before."""
    vault = Vault()
    vault.placeholder("PERSON", "Lô Thị Thử", label="HỌ TÊN")
    vault.note_seen("[HỌ TÊN 4]")
    known = vault.known()
    result = await mended("Gửi bà Lô Thị Thử và ông Nguyễn Văn Mẫu.", vault=vault)
    assert result.text == "Gửi bà [HỌ TÊN 1] và ông [HỌ TÊN 5]."
    assert vault.known() == known


async def test_an_internal_mark_stays_and_is_told() -> None:
    """Beside an internal mark personal values are replaced; the mark is not, and still stops."""
    text = "LƯU HÀNH NỘI BỘ. Gửi bà Lô Thị Thử, CCCD 040395000024."
    result = await mended(text)
    assert result.state == "part"
    assert result.text.startswith("LƯU HÀNH NỘI BỘ. Gửi bà [HỌ TÊN 1]")
    assert [found.rule for found in result.kept] == ["internal-circulation"]
    assert result.outgoing is None


async def test_a_state_secret_is_not_rewritten_at_all() -> None:
    """Where a sign of a state secret stands, nothing is changed, not even the personal data."""
    text = "TỐI MẬT. Gửi bà Lô Thị Thử, CCCD 040395000024."
    result = await mended(text)
    assert (result.state, result.text, result.changes) == ("secret", text, ())
    assert result.outgoing is None


@pytest.mark.parametrize(
    ("text", "state"),
    [("Soạn kế hoạch họp chi bộ.", "clean"), ("LƯU HÀNH NỘI BỘ", "stuck")],
)
async def test_where_nothing_can_be_changed_nothing_is(text: str, state: str) -> None:
    """A clean text and one that only a mark stops come back as they were."""
    result = await mended(text)
    assert (result.state, result.changes) == (state, ())


async def test_a_broken_check_rewrites_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the check fails, the text stays and nothing of it would leave."""
    policy = a_policy(words_rule("word", "XYZ"))

    def broken() -> None:
        raise ValueError

    break_detector(monkeypatch, policy, broken)
    result = await mended("XYZ", policy=policy)
    assert (result.state, result.changes, result.outgoing) == ("fault", (), None)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["Bà Lô Thị Thử ", "số 040395000024 ", "😀 ", "họp ", "é "]), max_size=8
    )
)
async def test_changes_point_at_the_text_as_typed(parts: list[str]) -> None:
    """Whatever stands around, the changes made to the typed text give the rewrite, disjoint."""
    text = "".join(parts)
    result = await mended(text)
    assert applied(text, result.changes) == result.text
    ends = [0, *(change.end for change in result.changes)]
    assert all(change.start >= end for change, end in zip(result.changes, ends, strict=False))


@given(st.data())
def test_a_draft_knows_where_every_change_stood(data: st.DataObject) -> None:
    """After any rewrites of rewrites, the changes made to the first text give the last one."""
    text = data.draw(st.text("abcdé😀 ", min_size=1, max_size=30))
    draft = _Draft(text)
    for _ in range(data.draw(st.integers(0, 4))):
        size = len(draft.text)
        if not size:
            break
        start = data.draw(st.integers(0, size - 1))
        end = data.draw(st.integers(start + 1, size))
        new = data.draw(st.text("XY", max_size=3))
        expected = draft.text[:start] + new + draft.text[end:]
        before = draft.text
        draft.replace([Change(start, end, new, ("rule",))])
        assert draft.text == expected, before
        assert applied(text, draft.changes) == draft.text
