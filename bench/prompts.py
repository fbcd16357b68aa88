"""What the trainees of the conference write: by seed, so that two runs send the same.

People and numbers are fictional; of a hundred prompts about 70 are clean, 26 hold something to
mask and 4 are stopped.
"""

from __future__ import annotations

import math
import random

MEDIAN_TURNS, P95_TURNS = 4, 20
"""Turns that a session has behind it."""

_CLEAN = (
    (
        "Bạn là cán bộ văn phòng Đảng ủy xã. Hãy soạn thông báo mời họp chi bộ xóm {n} "
        "về chuyển đổi số, tối đa {m}0 từ, gạch đầu dòng, chỉ dùng thông tin tôi nêu, "
        "không bịa số liệu."
    ),
    (
        "Tóm tắt giúp tôi {n} ý chính của báo cáo sau thành bảng hai cột, mỗi ý không "
        "quá {m} dòng: tổng thu ngân sách đạt {m},{n} tỷ đồng; {n} km đường bê tông; {m} "
        "hộ thoát nghèo; còn {n} nhà văn hóa chưa đạt chuẩn; đề nghị bổ sung kinh phí "
        "sửa chữa trong quý sau."
    ),
    (
        "Lập kế hoạch tuyên truyền bầu cử ở xã trong {n} tuần, chia theo tuần, người phụ "
        "trách ghi theo chức danh, mỗi việc một dòng, có cột kết quả cần đạt và cột kiểm "
        "tra."
    ),
    (
        "Viết lại đoạn sau cho gọn và lịch sự hơn, giữ nguyên số liệu: Hiện nay trên địa "
        "bàn có {n} nhà văn hóa đã xuống cấp, {m} phòng học cần sửa, kinh phí còn thiếu "
        "{m}{n} triệu đồng."
    ),
    (
        "Hãy đóng vai người dân hỏi về thủ tục cấp lại giấy khai sinh và nêu {n} câu hỏi "
        "hay gặp, mỗi câu kèm trả lời ngắn dễ hiểu, nói rõ chỗ nào cần đối chiếu với văn "
        "bản hiện hành."
    ),
)
_MASKED = (
    (
        "Soạn giấy mời ông {name}, điện thoại {phone}, dự họp lúc {n} giờ ngày mai tại "
        "hội trường xã, giọng trang trọng, không quá {m} dòng, cuối giấy để chỗ ký tên "
        "của Chủ tịch."
    ),
    (
        "Viết thư trả lời đơn của bà {name}, số căn cước {cccd}, về việc hỗ trợ sửa nhà "
        "đợt {n}, nêu rõ hồ sơ còn thiếu gì và khi nào nộp, lời lẽ nhẹ nhàng."
    ),
)
_STOPPED = ("Tóm tắt giúp tôi tài liệu đóng dấu MẬT số {n}{m}/BC về phương án bảo vệ mục tiêu.",)
_NAMES = ("Lê Văn Thử", "Nguyễn Thị Mẫu", "Lô Văn Ví Dụ", "Trần Thị Thí Dụ", "Vi Văn Minh Họa")


def prompt(dice: random.Random) -> str:
    """One prompt."""
    kind = dice.random()
    among = _CLEAN if kind < 0.70 else _MASKED if kind < 0.96 else _STOPPED
    return dice.choice(among).format(
        n=dice.randint(2, 9),
        m=dice.randint(10, 40),
        name=dice.choice(_NAMES),
        phone=f"0950 {dice.randint(100, 999)} {dice.randint(100, 999)}",
        cccd=f"0402{dice.randint(60, 99)}{dice.randint(100000, 999999)}",
    )


def clean_prompt(dice: random.Random) -> str:
    """One that goes out as it is."""
    return dice.choice(_CLEAN).format(n=dice.randint(2, 9), m=dice.randint(10, 40))


def turns(dice: random.Random) -> int:
    """How many turns a session has behind it: log-normal, by its median and 95th percentile."""
    spread = math.log(P95_TURNS / MEDIAN_TURNS) / 1.645
    return max(1, min(40, round(MEDIAN_TURNS * math.exp(dice.gauss(0, spread)))))
