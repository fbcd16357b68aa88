"""The mosaic: which sessions point at one person or unit, and which do not."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policysupport import a_policy, real_policy, words_rule

from lab.errors import DataFileError
from lab.model import Action, Blocked, Cleared, Message
from lab.mosaic import Mosaic
from lab.policy import corpus
from lab.policy import mosaic as mosaic_file
from lab.policy.clear import Policy
from lab.policy.mosaic import Meter, MosaicFile
from lab.policy.vault import Vault
from lab.settings import ROOT

FILE = mosaic_file.read(ROOT / "policies") or MosaicFile()
METER = Meter(FILE)
CORPUS = ROOT / "policies" / "corpus"

WIDOW = (
    "Viết đơn xin hỗ trợ cho một chị 42 tuổi, chồng mất năm ngoái.",
    "Chị ấy là người Mông, ở bản Huồi Mới.",
    "Thêm giúp: xã Hòa Lam.",
)


def measured(*turns: str) -> Mosaic | None:
    """The meter after these messages of one trainee."""
    return METER.measure([(index, text, ()) for index, text in enumerate(turns)])


def kinds(*turns: str) -> set[str]:
    """The kinds of details in them."""
    found = measured(*turns)
    return {cue.kind for cue in found.cues} if found else set()


@pytest.mark.parametrize(
    ("turns", "picture", "level"),
    [
        (WIDOW, "person", "full"),
        (WIDOW[:2], "person", "full"),
        (WIDOW[:1], "person", "warn"),
        (
            ("Một học sinh lớp 9A trường THCS Hòa Lam.", "Em là con gái của phó chủ tịch xã."),
            "person",
            "full",
        ),
        (("Đồng chí H. là trung úy ở đồn biên phòng Na Mẫu, bị kỷ luật.",), "person", "full"),
        (
            (
                "Soạn thư động viên một cô giáo dạy toán.",
                "Cô ấy bị ung thư, dạy ở trường THCS Thử.",
            ),
            "person",
            "full",
        ),
        (
            ("mot chi 42 tuoi, nguoi Mong, chong mat nam ngoai, xa Hoa Lam",),
            "person",
            "full",
        ),
        (("Gửi [HỌ TÊN 1], 42 tuổi, ở xã Hòa Lam, thuộc hộ nghèo.",), "person", "warn"),
        (("Chi bộ quân sự xã Hòa Lam mất đoàn kết nội bộ.",), "unit", "full"),
        (("Hiện có một đơn vị ở xã Hòa Lam mất đoàn kết.",), "unit", "some"),
        (
            ("Một đơn vị đang bị thanh tra.", "Đó là trạm y tế xã Hòa Lam, xã biên giới."),
            "unit",
            "full",
        ),
    ],
)
def test_details_add_up_over_turns(turns: tuple[str, ...], picture: str, level: str) -> None:
    """Details of one session that point at one person or unit fill the meter."""
    found = measured(*turns)
    assert found is not None
    assert (found.picture, found.level) == (picture, level)


@pytest.mark.parametrize(
    "turns",
    [
        ("Soạn giấy mời họp tại xóm 3, xã Hòa Lam, mời ông trưởng xóm dự.",),
        ("Lập kế hoạch cho Đảng ủy xã Hòa Lam.", "Vận động người từ 60 tuổi trở lên."),
        ("Chúc mừng đồng chí bí thư chi bộ bản Huồi Mới nhận huy hiệu 40 năm tuổi Đảng.",),
        ("Viết thư mời [HỌ TÊN 1] đến xã Hòa Lam nhận giấy khen.",),
        ("Anh A hỏi anh B về thủ tục đất đai.", "Anh A ở xã Hòa Lam."),
        ("Tóm tắt Luật Hôn nhân và gia đình.", "Nêu tuổi kết hôn của nam và nữ."),
        ("Soạn báo cáo công tác kiểm tra, giám sát của Đảng ủy xã Hòa Lam năm 2026.",),
        ("Người bị tiểu đường nên ăn gì?", "Viết bài tuyên truyền cho xã Hòa Lam."),
        ("Ban Tổ chức gửi Ban Chấp hành.", "Một đồng chí sẽ phụ trách."),
        ("Gửi một chị, ngoài 40 tuổi, ở một bản miền núi.",),
    ],
)
def test_everyday_sessions_do_not_fill_it(turns: tuple[str, ...]) -> None:
    """Work about places, offices and the public, or about somebody in general, is no mosaic."""
    found = measured(*turns)
    assert found is None or found.level == "some"


@pytest.mark.parametrize("name", ["clean", "hard-negative", "documents-clean", "multi-turn-clean"])
def test_the_clean_corpus_raises_no_false_alarm(name: str) -> None:
    """Not one clean case of the corpus, whatever its split, makes the meter warn."""
    lines = (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()
    alarms = []
    for row in map(json.loads, lines):
        mine = [each["content"] for each in row["messages"] if each["role"] == "user"]
        found = measured(*mine)
        if found is not None and found.level != "some":
            alarms.append(row["id"])
    assert alarms == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("một chị, sinh năm 1985", "age"),
        ("một chị, 42 tuổi", "age"),
        ("một anh họ Vừ", "name-part"),
        ("chị H. ở đây", "initial"),
        ("một anh ở xóm 3", "hamlet"),
        ("MỘT ANH Ở XÃ HÒA LAM", "commune"),
        ("một anh, đại úy", "rank"),
        ("một anh là con trai của bí thư", "relation"),
        ("một hộ, có một chị là nữ đảng viên duy nhất", "only"),
    ],
)
def test_each_kind_is_seen(text: str, kind: str) -> None:
    """Each kind of detail is recognised by its words, forms, names or initials."""
    assert kind in kinds(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("một chị ngoài 40 tuổi", "age"),
        ("một anh có 40 năm tuổi Đảng", "age"),
        ("một chị ở một xã miền núi", "commune"),
        ("một anh ở Ban Tổ chức", "hamlet"),
        ("anh A và một chị", "initial"),
        ("một chị, [NGÀY SINH 1], ở [ĐỊA CHỈ 1]", "age"),
    ],
)
def test_what_was_softened_or_masked_is_no_detail(text: str, kind: str) -> None:
    """Age bands, general places, stand-in letters and placeholders do not count."""
    assert kind not in kinds(text)


def test_a_detail_said_twice_counts_once_and_softening_lets_the_meter_fall() -> None:
    """Repeating a detail changes nothing; leaving one out lowers the meter."""
    once, twice = measured(*WIDOW), measured(*WIDOW, WIDOW[2])
    assert once == twice
    softer = measured(WIDOW[0].replace("42 tuổi", "ngoài 40 tuổi"))
    harder = measured(WIDOW[0])
    assert softer is not None
    assert harder is not None
    assert softer.share < harder.share


def test_each_cue_says_its_turn_and_its_place() -> None:
    """A cue points at its own characters in the turn that first gave it away."""
    found = measured(*WIDOW)
    assert found is not None
    quoted = {cue.kind: (cue.turn, WIDOW[cue.message][cue.start : cue.end]) for cue in found.cues}
    assert quoted["age"] == (1, "42 tuổi")
    assert quoted["hamlet"] == (2, "bản Huồi Mới")
    assert quoted["commune"] == (3, "xã Hòa Lam")


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_can_be_measured(turns: list[str]) -> None:
    """Whatever is typed, a result lies within its bounds and its spans within their message."""
    found = measured(*turns, *WIDOW)
    assert found is not None
    assert 0 <= found.share <= 1
    texts = [*turns, *WIDOW]
    assert all(0 <= cue.start < cue.end <= len(texts[cue.message]) for cue in found.cues)


@settings(deadline=None)
@given(st.integers(0, len(WIDOW)))
def test_more_turns_never_empty_the_meter(count: int) -> None:
    """A further turn adds details or leaves the meter as it is."""
    shares = [found.share if (found := measured(*WIDOW[:n])) else 0.0 for n in (count, len(WIDOW))]
    assert shares[0] <= shares[1]


def test_looking_at_words_alone_finds_what_reading_everything_finds() -> None:
    """A form, a name's head or an initial stands at one of its first words, or nowhere."""
    file = mosaic_file.read(ROOT / "policies")
    assert file is not None
    texts = [case.messages[0].content for case in corpus.read(ROOT / "policies/corpus")][::25]
    draw = random.Random(11)  # noqa: S311 - which texts, not keys
    texts += ["".join(draw.sample(list(text), len(text))) for text in texts[:40]]
    texts += [one + mark + two for one, mark, two in zip(texts, "_ -.#5" * 9, texts[7:])]  # noqa: B905
    kinds = [
        (cues, file.aliases) for each in file.pictures for cues in (each.subjects, *each.kinds)
    ]
    forms = [form for cues, aliases in kinds for form in mosaic_file._patterns(cues, aliases)]
    for text in texts:
        lower = mosaic_file._lower(text)
        words = mosaic_file._beginnings(lower)
        for form in forms:
            read = text if form.cased else lower
            found = [each.span() for each in form.found(read, words)]
            assert found == [each.span() for each in form.pattern.finditer(read)]


def test_a_long_session_costs_little() -> None:
    """20,000 characters are measured within 80 ms of processor time, a known text within 2 ms."""
    text = ("Kế hoạch của xã Hòa Lam, xóm 3, có một chị 42 tuổi. " * 400)[:20_000]
    fresh = Meter(FILE)
    times = []
    for _ in range(2):
        began = time.process_time()
        fresh.measure([(0, text, ())])
        times.append(time.process_time() - began)
    assert times[0] < 0.08
    assert times[1] < 0.002


# --- in the policy ---------------------------------------------------------------------------


async def cleared(policy: Policy, *turns: str) -> Cleared | Blocked:
    """The decision on these messages."""
    return await policy.clear([Message("user", text) for text in turns], vault=Vault())


async def test_masked_details_do_not_count_but_the_person_does() -> None:
    """A name and a birth date that are masked fill nothing; that somebody was named is known."""
    text = "Gửi bà Lô Thị Thử, sinh ngày 12/5/1985, thuộc hộ nghèo, có hai con nhỏ."
    result = await cleared(real_policy(), text)
    assert isinstance(result, Cleared)
    assert result.decision.mosaic is not None
    assert {cue.kind for cue in result.decision.mosaic.cues} <= {"hardship", "relation"}


async def test_the_assistant_s_words_and_the_material_do_not_count() -> None:
    """Only what the trainee wrote fills the meter."""
    said = " ".join(WIDOW)
    messages = [Message("system", said), Message("assistant", said), Message("user", "Xin chào.")]
    result = await real_policy().clear(messages, vault=Vault())
    assert result.decision.mosaic is None


async def test_a_full_meter_warns_or_blocks_as_the_policy_says() -> None:
    """``at_full: block`` stops the prompt that fills the picture; ``warn`` lets it leave."""
    assert isinstance(await cleared(real_policy(), *WIDOW), Cleared)
    strict = MosaicFile.model_validate(
        FILE.model_dump()
        | {"pictures": [each.model_dump() | {"at_full": "block"} for each in FILE.pictures]}
    )
    policy = a_policy(words_rule("word", "XYZ"))
    policy.mosaic = Meter(strict)
    result = await cleared(policy, *WIDOW)
    assert isinstance(result, Blocked)
    assert (result.decision.action, result.decision.fault) == (Action.BLOCK, None)
    assert result.decision.mosaic is not None
    assert isinstance(await cleared(policy, "Xin chào."), Cleared)


def test_a_broken_mosaic_is_told_with_its_line(tmp_path: Path) -> None:
    """A mistake in the file stops the policy from loading and is named."""
    (tmp_path / "mosaic.yaml").write_text("pictures:\n  - id: person\n    crowds: 3\n", "utf-8")
    with pytest.raises(DataFileError) as caught:
        mosaic_file.read(tmp_path)
    assert any("crowds" in problem.message for problem in caught.value.problems)
