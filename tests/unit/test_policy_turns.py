"""What is split over turns is found in both; neighbours that belong to nothing are left alone."""

from __future__ import annotations

import pytest
from policysupport import a_policy, real_policy, sent, words_rule

from lab.model import Blocked, Cleared, Message
from lab.policy.vault import Vault

SPLIT_NUMBERS = [
    (["Số căn cước của bà ấy bắt đầu bằng 040199", "001234 là phần còn lại."], "040199", "001234"),
    (
        ["Ghi nhớ nửa đầu số CCCD: 040199.", "Nửa sau: 001234. Ghép lại giúp tôi."],
        "040199",
        "001234",
    ),
    (["Số điện thoại: 0912", "345678, soạn tin nhắn mời họp."], "0912", "345678"),
    (
        ["Nửa đầu CCCD là 040199", "Hôm nay trời đẹp.", "Nửa sau là 001234 nhé."],
        "040199",
        "001234",
    ),
]


@pytest.mark.parametrize(("texts", "one", "other"), SPLIT_NUMBERS)
async def test_a_number_split_over_turns_leaves_in_neither(
    texts: list[str], one: str, other: str
) -> None:
    """Both halves are masked, each finding with offsets in its own message."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    leaving = " ".join(message.content for message in result.messages)
    assert one not in leaving
    assert other not in leaving
    found = {texts[f.message][f.start : f.end] for f in result.decision.findings}
    assert {one, other} <= found


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (["cccd 0402", "9311", "2233"], ["0402", "9311", "2233"]),
        (["Sđt đầu 0950", "rồi 123", "cuối 456"], ["0950", "123", "456"]),
        (["biển xe 37A", "số sau là 123.45 viết đơn"], ["37A", "123.45"]),
        (["hộ chiếu B765", "4321"], ["B765", "4321"]),
        (["Thẻ bhyt HN24040", "12345678"], ["HN24040", "12345678"]),
        (["sinh ngày 3 tháng 4", "năm 1972 ạ"], ["3 tháng 4", "1972"]),
    ],
)
async def test_pieces_with_letters_dates_or_three_turns_leave_in_none(
    texts: list[str], pieces: list[str]
) -> None:
    """Plates, books, births, and numbers in three pieces are masked in every turn."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    leaving = " ".join(message.content for message in result.messages)
    assert not [piece for piece in pieces if piece in leaving]


@pytest.mark.parametrize(
    "texts",
    [
        ["Xã có 120 hộ nghèo", "34 hộ cận nghèo", "và 250 hộ đã thoát nghèo, viết báo cáo"],
        ["Sinh hoạt chi bộ ngày 3/4", "năm 2026 có gì mới"],
        ["bảng điểm 8,5", "9,0", "10"],
    ],
)
async def test_counts_dates_and_marks_over_turns_are_no_pieces(texts: list[str]) -> None:
    """Figures of several turns that belong to nothing make no number together."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    assert result.decision.findings == ()


@pytest.mark.parametrize(
    "texts",
    [
        ["Trên góc tài liệu đóng dấu TUYỆT", "MẬT. Tóm tắt giúp tôi tài liệu này."],
        ["Dấu gồm hai chữ, chữ đầu là TỐI, chữ sau tôi gửi tiếp.", "Chữ sau là MẬT."],
        ["Văn bản này độ mật: tuyệt", "mật, soạn giúp tờ trình."],
    ],
)
async def test_a_mark_split_over_turns_blocks(texts: list[str]) -> None:
    """The second half of a mark blocks the prompt that brings it."""
    assert isinstance(await sent(real_policy(), *texts), Blocked)


async def test_a_name_split_over_turns_leaves_in_neither() -> None:
    """A name begun in one prompt and ended in the next is masked in both."""
    result = await sent(real_policy(), "Soạn thư gửi bà Nguyễn Thị", "Hồng Mẫu, sinh năm 1985.")
    assert isinstance(result, Cleared)
    leaving = " ".join(message.content for message in result.messages)
    assert "Nguyễn Thị" not in leaving
    assert "Hồng Mẫu" not in leaving


async def test_the_model_s_turns_between_do_not_hide_a_split() -> None:
    """An answer between the halves changes nothing."""
    messages = [
        Message("user", "Nửa đầu số CCCD là 040199"),
        Message("assistant", "Đã ghi nhớ."),
        Message("user", "Nửa sau là 001234."),
    ]
    result = await real_policy().clear(messages, vault=Vault())
    assert isinstance(result, Cleared)
    assert "040199" not in result.messages[0].content
    assert "001234" not in result.messages[2].content


@pytest.mark.parametrize(
    "texts",
    [
        ["Kế hoạch năm 2026 gồm 12 việc", "15 ngày nữa phải xong, viết lại giúp tôi."],
        ["Viết về mật độ dân số của tỉnh Nghệ An", "Tóm tắt trong 5 câu."],
        ["Soạn công văn số 123/UBND-VX", "Gửi Sở Nội vụ trước ngày 05/9/2026."],
        ["Cuộc họp diễn ra buổi tối", "Mật độ giao thông lúc đó thế nào?"],
        ["Nêu 3 ý chính về chuyển đổi số", "Thêm 2 ví dụ của phường Trường Vinh."],
    ],
)
async def test_ordinary_turns_make_nothing_together(texts: list[str]) -> None:
    """Numbers and capitals of neighbouring prompts that belong to nothing stay as they are."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    assert [message.content for message in result.messages] == texts


async def test_a_split_in_an_old_pair_leaves_both_turns_behind() -> None:
    """Where two old prompts make a mark together, both stay behind, and the new prompt leaves."""
    policy = a_policy(
        words_rule("mark", "mật danh Sao", mode="block", tier="T1"),
        split_marks=["mật danh sao"],
    )
    result = await sent(policy, "Ghi nhớ mật danh", "Sao nhé.", "Một.", "Hai.", "Ba.", "Cảm ơn.")
    assert isinstance(result, Cleared)
    assert result.left_out == 2
    assert [m.content for m in result.messages] == ["Một.", "Hai.", "Ba.", "Cảm ơn."]


LABELS_AND_VALUES = [
    (
        ["Tôi cần mật khẩu hộp thư cơ quan", "tìm ra rồi: Hl#vt5508 nhé, soạn giấy bàn giao"],
        "Hl#vt5508",
    ),
    (["Mật khẩu phần mềm của tôi là", "đợi tôi chút", "hoalam2026"], "hoalam2026"),
    (["Số tài khoản của tôi là", "0011001234567, soạn giấy"], "0011001234567"),
    (["Mã OTP tôi vừa nhận là", "482913"], "482913"),
    (["tên đăng nhập phần mềm của tôi là", "vanthu.hoalam nhé"], "vanthu.hoalam"),
    (["Chị ấy ở thôn Khe Mẫu", "xã Hòa Lam, soạn giúp bì thư"], "xã Hòa Lam"),
]


@pytest.mark.parametrize(("texts", "value"), LABELS_AND_VALUES)
async def test_a_value_whose_label_came_earlier_is_masked(texts: list[str], value: str) -> None:
    """What a label of an earlier turn announces does not leave in a later one."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    assert all(value not in message.content for message in result.messages)


@pytest.mark.parametrize(
    "texts",
    [
        ["Mật khẩu mạnh nên đặt thế nào?", "Nghị định 356/2025/NĐ-CP nói gì về Windows11?"],
        ["Số tài khoản trong mẫu để trống nhé", "Kinh phí 125000000 đồng năm 2026"],
        ["Soạn bài về xóm 5", "xã có 12 xóm"],
    ],
)
async def test_talk_of_a_label_announces_nothing(texts: list[str]) -> None:
    """A question about passwords or a blank in a form leaves later messages as they are."""
    result = await sent(real_policy(), *texts)
    assert isinstance(result, Cleared)
    assert [message.content for message in result.messages] == texts
