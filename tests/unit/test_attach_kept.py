"""Attached files as sessions keep them: masked part by part, shortened in words, fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.assistant.fit import drop_oldest
from lab.attach import Document, Kind, Part, Unit
from lab.errors import AssistantError
from lab.model import Action, Message
from lab.policy.clear import Policy
from lab.policy.vault import Vault
from lab.session.attached import AttachedPart, Attachment, shortened
from lab.session.attaching import TRIES, decide
from lab.session.fitting import Sections, fitted
from lab.settings import ROOT

CCCD, NAME = "040295083617", "Lô Thị Thử Vai"


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The policy as it is shipped, without child processes."""
    return Policy.load(ROOT / "policies", workers=0)


def document(*parts: Part) -> Document:
    """A file with a name and these parts."""
    return Document("docx", (Part(Kind.NAME, "don.docx"), *parts), {})


def attachment(*parts: AttachedPart, most: int = 20_000) -> Attachment:
    """A file as it is kept."""
    named = (AttachedPart(Kind.NAME, Unit.NONE, 0, "don.docx"), *parts)
    return Attachment(1, 0.0, "docx", 9, Action.ALLOW, named, {}, "TT", "v1", most)


async def test_every_part_is_masked_and_knows_its_findings(policy: Policy) -> None:
    """The same value in two parts is one placeholder; offsets are those of the part."""
    file = document(
        Part(Kind.BODY, f"Kính gửi bà {NAME}, số CCCD {CCCD}."),
        Part(Kind.COMMENT, f"Hỏi lại số CCCD {CCCD} của bà {NAME}.", Unit.NUMBER, 1),
    )
    checked = await decide(policy, file, vault=Vault())
    _, body, comment = checked.parts
    assert body.text == "Kính gửi bà [HỌ TÊN 1], số CCCD [SỐ CCCD 1]."
    assert comment.text == "Hỏi lại số CCCD [SỐ CCCD 1] của bà [HỌ TÊN 1]."
    spots = {file.parts[2].text[f.start : f.end] for f in comment.findings}
    assert spots == {CCCD, NAME}


async def test_a_mark_over_two_text_boxes_stops_the_file(policy: Policy) -> None:
    """``TỐI`` in one box and ``MẬT`` in the next make a mark; no text is kept."""
    file = document(
        Part(Kind.BODY, "Báo cáo tuần."),
        Part(Kind.TEXTBOX, "TỐI", Unit.NUMBER, 1),
        Part(Kind.TEXTBOX, "MẬT", Unit.NUMBER, 2),
    )
    checked = await decide(policy, file, vault=Vault())
    assert checked.decision.action is Action.BLOCK
    assert [part.text for part in checked.parts] == [None] * 4


async def test_a_fault_of_the_check_stops_the_file(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the check cannot be made nothing goes along (fail closed)."""
    monkeypatch.setattr(policy, "_masked", lambda *_: 1 / 0)
    checked = await decide(policy, document(Part(Kind.BODY, NAME)), vault=Vault())
    assert checked.decision.fault == "policy_fault"
    assert {part.text for part in checked.parts} == {None}


async def test_a_long_file_may_take_the_time_of_several_prompts(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that comes too late is tried again, and not for ever."""
    whole, asked = policy.clear, []

    async def late(*rest: object, **more: object) -> object:
        asked.append(1)
        seconds = policy.seconds
        policy.seconds = -1.0 if len(asked) < first_in_time else seconds
        try:
            return await whole(*rest, **more)  # type: ignore[arg-type]
        finally:
            policy.seconds = seconds

    monkeypatch.setattr(policy, "clear", late)
    for first_in_time, fault in ((TRIES, None), (TRIES + 1, "policy_timeout")):
        asked.clear()
        file = document(Part(Kind.BODY, f"Mời họp lần {first_in_time}."))
        checked = await decide(policy, file, vault=Vault())
        assert (len(asked), checked.decision.fault) == (TRIES, fault)


async def test_parts_that_are_not_what_the_gate_let_out_stop_the_file(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our parts, put together, must be the gate's own text: any difference is a fault."""
    whole = policy._masked

    def other(text: str, *rest: object) -> object:
        masked, named = whole(text, *rest)  # type: ignore[arg-type]
        return masked + "!", named

    monkeypatch.setattr(policy, "_masked", other)
    checked = await decide(policy, document(Part(Kind.BODY, "Mời họp.")), vault=Vault())
    assert (checked.decision.action, checked.decision.fault) == (Action.BLOCK, "policy_fault")


async def test_what_goes_around_a_file_is_clean_by_itself(policy: Policy) -> None:
    """The lines that the lab puts around a file are found to be nothing by every rule."""
    kept = attachment(AttachedPart(Kind.PICTURE, Unit.PAGE, 2, "một\n" * 9000), most=1000)
    result = await policy.clear([kept.message(), Message("user", "Chào.")], vault=Vault())
    assert [f.rule for f in result.decision.findings] == []
    assert kept.left_out() > 30_000
    assert "không được gửi kèm" in kept.message().content


def test_only_what_is_on_the_page_goes_along() -> None:
    """Comments, deletions, hidden words and properties are kept, and are not in the message."""
    parts = [AttachedPart(kind, Unit.NONE, 0, f"chữ-{kind}") for kind in Kind if kind != Kind.NAME]
    content = attachment(*parts).message().content
    for kind in Kind:
        if kind != Kind.NAME:
            assert (f"chữ-{kind}" in content) is kind.leaves, kind
    stays = {Kind.COMMENT, Kind.DELETED, Kind.HIDDEN, Kind.PROPERTY, Kind.LINK, Kind.REST}
    assert {kind for kind in Kind if not kind.leaves} == stays


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(["một", "[HỌ TÊN 12]", "\n", "dài" * 9, "[x", "]"]), max_size=60
    ),
    most=st.integers(20, 200),
)
def test_a_shortened_text_is_a_beginning_without_half_a_placeholder(
    words: Sequence[str], most: int
) -> None:
    """What is kept is a beginning of the text, not too long, without half a placeholder."""
    text = " ".join(words)
    kept, left = shortened(text, most)
    assert text.startswith(kept)
    assert len(kept) <= most
    assert left == len(text) - len(kept)
    begun = kept.rfind("[HỌ")
    assert begun < 0 or "]" in kept[begun:] or kept.endswith("[HỌ TÊN 12]")


class Small:
    """An assistant whose context holds so many characters."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    async def fit(
        self, opening: Sequence[Message], history: Sequence[Message], prompt: Message
    ) -> tuple[tuple[Message, ...], int]:
        """As the real ones do, one token a character."""

        async def count(messages: Sequence[Message]) -> int:
            return sum(len(message.content) for message in messages)

        return await drop_oldest(opening, history, prompt, self.limit, count)


SECTIONS = Sections(
    opening=[Message("system", "o" * 100)],
    files=[(1, Message("user", "tệp " * 1000)), (2, Message("user", "ngắn"))],
    history=[
        Message("user", "a" * 500),
        Message("assistant", "b" * 500),
        Message("user", "c" * 100),
        Message("assistant", "d" * 100),
    ],
    prompt=Message("user", "hỏi"),
)


async def test_all_that_fits_is_left_alone() -> None:
    """Where there is room nothing is dropped or cut."""
    fits = await fitted(Small(10_000), SECTIONS)  # type: ignore[arg-type]
    assert (fits.dropped, fits.cuts) == (0, ())
    assert len(fits.messages) == 8


async def test_old_turns_go_before_the_ends_of_files() -> None:
    """A little too long: the oldest turn is dropped, the files are whole."""
    fits = await fitted(Small(4_500), SECTIONS)  # type: ignore[arg-type]
    assert (fits.dropped, fits.cuts) == (1, ())


async def test_the_last_turn_outlives_the_end_of_a_file() -> None:
    """Far too long: the long file is cut, told as cut, and the last turn is still there."""
    fits = await fitted(Small(2_000), SECTIONS)  # type: ignore[arg-type]
    assert fits.dropped == 1
    assert [(cut.number, cut.sent + cut.left) for cut in fits.cuts] == [(1, 4000)]
    assert "không được gửi kèm" in fits.messages[1].content
    assert fits.messages[-3].content == "c" * 100


async def test_what_can_never_fit_is_told() -> None:
    """Where not even the beginnings of files fit the error is that of a full context."""
    with pytest.raises(AssistantError) as raised:
        await fitted(Small(60), SECTIONS)  # type: ignore[arg-type]
    assert raised.value.code == "assistant_full_context"


async def test_without_files_nothing_changes() -> None:
    """A payload without files is fitted as before."""
    bare = replace(SECTIONS, files=[])
    fits = await fitted(Small(400), bare)  # type: ignore[arg-type]
    assert (fits.dropped, fits.cuts) == (1, ())
