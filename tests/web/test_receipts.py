"""Receipts: what left for one prompt, and where that stands in the chain, checked offline."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support import run_lab
from websupport import Visitor, Web

from lab.log.receipts import NoReceipt, checked
from lab.model import Role

STOPPED = "Tài liệu đóng dấu MẬT số 12-BC/TU: hãy tóm tắt giúp tôi."


def receipt(visitor: Visitor, session: str, text: str) -> dict[str, Any]:
    """Ask, and take the receipt."""
    turn = visitor.ask(session, text)[-1][1]["turn"]
    answer = visitor.call("GET", f"/api/sessions/{session}/turns/{turn}/receipt")
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_receipt_proves_the_bytes_that_left(web: Web) -> None:
    """Its digest is that of the body that the endpoint received, and it holds no word of it."""
    visitor = web.trainee("Người Lấy Biên Nhận")
    keys = web.app.state.lab.keys
    text = "Viết lời chào mừng buổi họp xóm, gọi anh Nguyễn Văn Mẫu số 0950 000 123."
    made = receipt(visitor, visitor.open(), text)
    told = checked(made, keys=[keys.signing.public_key()])
    body = web.endpoint.requests[-1].body
    assert [each.digest for each in told.sendings] == [hashlib.sha256(body).hexdigest()]
    assert told.action == "mask"
    assert told.policy == web.app.state.lab.policy.current.version
    assert "chào mừng" not in json.dumps(made, ensure_ascii=False)


def test_a_stopped_prompt_has_a_receipt_that_nothing_left(web: Web) -> None:
    """No sending is in it, and the decision is told."""
    visitor = web.trainee("Người Bị Dừng")
    told = checked(receipt(visitor, visitor.open(), STOPPED), keys=web.app.state.lab.keys.verifiers)
    assert (told.action, told.sendings) == ("block", ())


def test_only_its_trainee_and_officers_get_a_receipt(web: Web) -> None:
    """Another trainee and a trainer are told that there is none; an officer gets the same one."""
    visitor = web.trainee("Chủ Biên Nhận")
    session = visitor.open()
    made = receipt(visitor, session, "Xin chào trợ lý, hôm nay học gì?")
    path = f"/api/sessions/{session}/turns/{made['turn']}/receipt"
    assert web.trainee("Người Khác Hẳn").call("GET", path).status_code == httpx.codes.NOT_FOUND
    assert web.staff(Role.TRAINER).call("GET", path).status_code == httpx.codes.NOT_FOUND
    assert web.staff(Role.OFFICER).call("GET", path).json() == made
    gone = f"/api/sessions/{session}/turns/khong-co/receipt"
    assert visitor.call("GET", gone).status_code == httpx.codes.NOT_FOUND


def _closed(made: dict[str, Any]) -> None:
    for row in made["rows"]:
        row.pop("payload", None)


def _resigned(made: dict[str, Any]) -> None:
    key = Ed25519PrivateKey.generate()
    made["anchor"]["key"] = key.public_key().public_bytes_raw().hex()
    made["anchor"]["signature"] = key.sign(bytes.fromhex(made["anchor"]["digest"])).hex()


def _host(made: dict[str, Any]) -> None:
    next(row for row in made["rows"] if row["kind"] == "turn.sent")["payload"]["host"] = "khác"


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "content": _host,
    "closed": _closed,
    "gap": lambda made: made["rows"].pop(1),
    "unanchored": lambda made: made.update(before="0" * 64),
    "other_key": _resigned,
    "signature": lambda made: made["anchor"].update(signature="00" * 64),
    "anchor_changed": lambda made: made["anchor"].update(at=1),
    "other_turn": lambda made: made.update(turn="khác"),
    "broken": lambda made: made.update(rows=[]),
    "no_receipt": lambda made: made.clear(),
}


@pytest.fixture(scope="module")
def made(web: Web) -> dict[str, Any]:
    """A receipt of an answered prompt."""
    visitor = web.trainee("Người Giữ Biên Nhận")
    return receipt(visitor, visitor.open(), "Hãy gợi ý ba tiêu đề cho bản tin thời tiết của xã.")


@pytest.mark.parametrize("code", FORGERIES)
def test_a_forged_receipt_is_refused(web: Web, made: dict[str, Any], code: str) -> None:
    """Whatever is changed, hidden or signed anew is told by its own reason."""
    forged = copy.deepcopy(made)
    FORGERIES[code](forged)
    with pytest.raises(NoReceipt) as refused:
        checked(forged, keys=web.app.state.lab.keys.verifiers)
    assert refused.value.code == code


def test_the_command_needs_only_the_receipt_and_a_key(
    web: Web, made: dict[str, Any], tmp_path: Path
) -> None:
    """On a machine without the log: right with the issuer's key or kept anchors, else exit 1."""
    paper, pem, kept = tmp_path / "r.json", tmp_path / "k.pem", tmp_path / "a.jsonl"
    paper.write_text(json.dumps(made), "utf-8")
    public = web.app.state.lab.keys.signing.public_key()
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    kept.write_text(json.dumps(made["anchor"]) + "\n", "utf-8")
    env = {"LAB_HOME": str(tmp_path / "no-lab"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = ["log", "verify", "--receipt", str(paper)]
    good = run_lab(*command, "--key", str(pem), "--json", env=env)
    assert (good.returncode, json.loads(good.stdout)["by"]) == (0, "key")
    assert made["rows"][0]["kind"] == "turn.decided"
    good = run_lab(*command, "--anchor", str(kept), "--json", env=env)
    assert (good.returncode, json.loads(good.stdout)["by"]) == (0, "kept")
    spoken = run_lab(*command, "--key", str(pem), env=env)
    assert made["anchor"]["key"][:16] in spoken.stdout
    assert run_lab(*command, env=env).returncode == 1
    forged = copy.deepcopy(made)
    _host(forged)
    paper.write_text(json.dumps(forged), "utf-8")
    bad = run_lab(*command, "--key", str(pem), "--json", env=env)
    assert (bad.returncode, json.loads(bad.stdout)["problem"]) == (1, "content")
    assert not (tmp_path / "no-lab").exists()
