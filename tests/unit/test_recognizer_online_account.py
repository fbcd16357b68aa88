"""Accounts of a person on networks."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("ig @lan.mau95 hỏi thủ tục", ["@lan.mau95"]),
    ("đề nghị xóa bình luận do người dùng tuanbo_1986 đăng", ["tuanbo_1986"]),
    ("kênh youtube @namchannuoi_thu đăng lại", ["@namchannuoi_thu"]),
    ("tk ketoan_mau / mật khẩu: Thu!2096", ["ketoan_mau"]),
    ("Tên đăng nhập hệ thống QLVB: nv.mauthu / mật khẩu: Thu!2096", ["nv.mauthu"]),
    ("insta của em lan_mau.99", ["lan_mau.99"]),
    ("để lại t.me/vanmau_na", ["t.me/vanmau_na"]),
    ("facebook.com/lan.mau.1990 bình luận", ["facebook.com/lan.mau.1990"]),
    (
        "https://www.facebook.com/profile.php?id=100012345678",
        [
            "https://www.facebook.com/profile.php?id=100012345678",
        ],
    ),
    ("fb của anh Mẫu: facebook.com/mau.nguyen.95", ["facebook.com/mau.nguyen.95"]),
    ("zalo: mau_nguyen95", ["mau_nguyen95"]),
    ("telegram @maunguyen", ["@maunguyen"]),
    ("fb của bạn Mẫu là fb.com/mau.nguyen.99", ["fb.com/mau.nguyen.99"]),
    ("đăng nhập bằng tài khoản ketoan_thon3 giúp em", ["ketoan_thon3"]),
    ("tên đăng nhập: quantri.hl / ...", ["quantri.hl"]),
    ('USER = "truonghoc_hl"', ["truonghoc_hl"]),
    ("tên đăng nhập là nguyenvanmau", ["nguyenvanmau"]),
    ("tài khoản @mau.nguyen", ["@mau.nguyen"]),
]

PASS = [
    "facebook.com/ubndxahoalam2 là trang của xã",
    "theo dõi fanpage facebook.com/hoalam.official",
    "Fanpage facebook.com/hoalam.official",
    "facebook.com/hoalam.official",
    "Zalo: ..........",
    "nhóm Zalo xóm 3",
    "TIKTOKEN_CACHE_DIR",
    "đăng nhập bằng tài khoản VNeID",
    "user = request.user",
    "username: string",
    "tài khoản dichvucong.gov.vn",
    "tài khoản 112.1 và 331",
    "đăng lên Facebook, TikTok và YouTube",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("online-account", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("online-account", text) == []
