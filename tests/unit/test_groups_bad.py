"""What is wrong with groups and exceptions is told by file, line and kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from policysupport import real_policy

from lab.errors import DataFileError
from lab.policy.groups import read

EXCEPTION = """exceptions:
  - id: tam-thoi
    rule: {rule}
    mode: {mode}
    owner: Lò Thị Mẫu
    reason: Thử nghiệm một tuần
    since: 2026-11-01
    until: {until}
"""
GROUP = """groups:
  - id: nhom-thu
    title: {vi: Nhóm thử, en: A trial}
    tighten: {khong-co: block}
"""


def _exception(**values: str) -> str:
    return EXCEPTION.format(**({"rule": "phone", "mode": "warn", "until": "2026-11-08"} | values))


@pytest.mark.parametrize(
    ("name", "text", "said", "line"),
    [
        ("groups.yaml", GROUP, "không có quy tắc hay loại thông tin nào", 4),
        ("exceptions.yaml", _exception(rule="khong-co"), "không có quy tắc ấy", 2),
        ("exceptions.yaml", _exception(rule="secret-matter"), "T1 và T2 không có ngoại lệ", 2),
        ("exceptions.yaml", _exception(until="2030-11-08"), "phải kết thúc sau ngày bắt đầu", 2),
        ("exceptions.yaml", _exception(until="2026-10-08"), "phải kết thúc sau ngày bắt đầu", 2),
    ],
)
def test_a_wrong_group_or_exception_is_named_with_its_line(
    name: str, text: str, said: str, line: int, tmp_path: Path
) -> None:
    """An unknown rule, one of a secret, or an end that is no end is refused before it counts."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(DataFileError) as caught:
        read(tmp_path, real_policy().rules)
    assert [(Path(each.file).name, each.line) for each in caught.value.problems] == [(name, line)]
    assert said in caught.value.problems[0].message
