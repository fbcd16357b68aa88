"""``lab policy check`` and ``lab policy scan``, run as commands in their own process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.settings import ROOT

PROMPT = "Gửi bà Nguyễn Thị Mẫu, điện thoại 0912 345 678."


def lab(
    *arguments: str, home: Path, stdin: bytes = b"", policies: Path = ROOT / "policies"
) -> subprocess.CompletedProcess[bytes]:
    """Run ``lab policy ...`` with a home that does not exist yet."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LAB_")}
    environment |= {"LAB_HOME": str(home / "none"), "LAB_POLICIES": str(policies)}
    code = "from lab.cli.policy import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        env=environment,
        check=False,
    )


def rows(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """Every line of standard output, as JSON."""
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def as_lines(*values: object) -> bytes:
    """JSON lines."""
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[bytes]:
    """One run over lines of every kind, two of them unreadable."""
    home = tmp_path_factory.mktemp("scan")
    lines = as_lines(
        {"id": "masked", "text": PROMPT},
        {"id": 2, "text": "Độ mật: Tuyệt mật\n" + PROMPT},
        {"id": "clean", "text": "Viết lời chào mừng hội nghị."},
        {
            "id": "talk",
            "messages": [
                {"role": "system", "content": "Bạn là trợ lý."},
                {"role": "user", "content": "Nửa đầu số CCCD là 040199"},
                {"role": "assistant", "content": "Vâng."},
                {"role": "user", "content": "Nửa sau là 001234."},
                {"role": "assistant", "content": "Đã ghép."},
            ],
        },
        {
            "id": "old",
            "messages": [
                {"role": "user", "content": "Độ mật: Tối mật"},
                {"role": "assistant", "content": "Vâng."},
                {"role": "user", "content": "Cảm ơn."},
            ],
        },
        {"id": "empty", "text": ""},
    )
    lines += b'{"id": "half", "text": "\\ud83d ' + b"DA 0912 345 678" + b'"}\n'
    lines += b"\n{broken\n\xff\xfe\n"
    lines += as_lines({"id": "no text"}, {"id": "role", "messages": [{"role": "x", "content": ""}]})
    lines += as_lines({"id": "emoji", "text": "😀 gọi 0912 345 678 nhé"})
    return lab("scan", "--jsonl", "-", home=home, stdin=lines)


def row(done: subprocess.CompletedProcess[bytes], row_id: object) -> dict[str, Any]:
    """The answer to one line."""
    return next(each for each in rows(done) if each["id"] == row_id)


def test_every_readable_line_is_answered(scanned: subprocess.CompletedProcess[bytes]) -> None:
    """Lines that cannot be read are named on stderr and end with code 2; all others are answered,
    with nothing but JSON on stdout.
    """
    assert scanned.returncode == 2
    assert [each["id"] for each in rows(scanned)] == [
        "masked",
        2,
        "clean",
        "talk",
        "old",
        "empty",
        "half",
        "emoji",
    ]
    named = scanned.stderr.decode("utf-8").splitlines()
    assert [next(word for word in line.split() if word[:-1].isdigit()) for line in named] == [
        "9:",
        "10:",
        "11:",
        "12:",
    ]


def test_a_masked_line(scanned: subprocess.CompletedProcess[bytes]) -> None:
    """A masked text: what would leave is a string, findings carry the documented fields only."""
    found = row(scanned, "masked")
    assert found["action"] == "mask"
    assert found["outgoing"] == "Gửi bà [HỌ TÊN 1], điện thoại [SỐ ĐIỆN THOẠI 1]."
    assert found["policy"].startswith("draft-")
    for finding in found["findings"]:
        assert set(finding) == {"entity", "rule", "tier", "start", "end", "score"}
    spans = [PROMPT[f["start"] : f["end"]] for f in found["findings"]]
    assert spans == ["Nguyễn Thị Mẫu", "0912 345 678"]


def test_a_blocked_and_a_clean_line(scanned: subprocess.CompletedProcess[bytes]) -> None:
    """A blocked text has no outgoing text; a clean one leaves as it came."""
    blocked, clean = row(scanned, 2), row(scanned, "clean")
    assert (blocked["action"], blocked["outgoing"]) == ("block", None)
    assert clean == {
        "id": "clean",
        "action": "allow",
        "outgoing": "Viết lời chào mừng hội nghị.",
        "findings": [],
        "policy": clean["policy"],
    }


def test_a_conversation(scanned: subprocess.CompletedProcess[bytes]) -> None:
    """A list of messages may end in any role; a value split over turns has a span in each."""
    found = row(scanned, "talk")
    assert found["action"] == "mask"
    assert [each["role"] for each in found["outgoing"]] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
    ]
    assert [(f["message"], f["start"], f["end"]) for f in found["findings"]] == [
        (1, 19, 25),
        (3, 11, 17),
    ]


def test_a_conversation_with_a_blocked_old_turn(
    scanned: subprocess.CompletedProcess[bytes],
) -> None:
    """Where any message may not leave, the whole row is blocked."""
    found = row(scanned, "old")
    assert (found["action"], found["outgoing"]) == ("block", None)
    assert {f["message"] for f in found["findings"]} == {0}


def test_offsets_are_code_points(scanned: subprocess.CompletedProcess[bytes]) -> None:
    """Offsets count code points, also after an emoji; half a surrogate pair survives the round."""
    finding = row(scanned, "emoji")["findings"][0]
    assert "😀 gọi 0912 345 678 nhé"[finding["start"] : finding["end"]] == "0912 345 678"
    assert row(scanned, "half")["outgoing"].startswith("\ud83d ")


def test_scanning_prepares_nothing(tmp_path: Path) -> None:
    """No prepared home is needed, and none is made; exit 0 whatever is blocked."""
    file = tmp_path / "in.jsonl"
    file.write_bytes(as_lines({"id": 1, "text": "TỐI MẬT"}))
    done = lab("scan", "--jsonl", str(file), home=tmp_path)
    assert done.returncode == 0
    assert rows(done)[0]["action"] == "block"
    assert not (tmp_path / "none").exists()


def test_people_read_an_explanation(tmp_path: Path) -> None:
    """A text given as an argument is answered in words: what, why, what to do, what would leave."""
    said = lab("scan", PROMPT, home=tmp_path).stdout.decode("utf-8")
    for part in ("Che rồi gửi", "«0912 345 678»", "→ ", "Nghị định", "[SỐ ĐIỆN THOẠI 1]"):
        assert part in said


def test_the_shipped_policy_passes_its_check(tmp_path: Path) -> None:
    """Every data file reads well and every example of every rule is as it says."""
    done = lab("check", home=tmp_path)
    assert done.returncode == 0, done.stdout.decode("utf-8")


def test_a_wrong_example_fails_the_check(tmp_path: Path) -> None:
    """A rule that misses its example ends with code 1 and names file, line and rule."""
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies)
    (policies / "rules/own.yaml").write_text(
        "rules:\n"
        "  - id: own\n    entity: OWN\n    recognizer: pattern\n    tier: T2\n    mode: block\n"
        "    title: {vi: Mã, en: Code}\n    why: {vi: Một., en: One.}\n"
        "    advice: {vi: Một., en: One.}\n    source: quy-che-lop\n"
        "    patterns: [{name: code, form: 'DA-####'}]\n"
        "    examples:\n      catch:\n        - mã ⟦DA-12⟧\n      pass:\n        - DA-2026\n",
        "utf-8",
    )
    done = lab("check", home=tmp_path, policies=policies)
    said = done.stdout.decode("utf-8")
    assert done.returncode == 1
    assert "own.yaml:14:" in said
    assert "own.yaml:16:" in said
