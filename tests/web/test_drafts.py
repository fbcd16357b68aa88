"""Drafts over the API: what comes back, to whom, and what is never on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from websupport import Visitor, Web

CLEAR = "Soạn lời mừng hội đò Khe Nháp."
SECRET = "TỐI MẬT. Phương án Sao Khuê tại xã Hòa Lam"
PERSONAL = "Mời ông Nguyễn Văn Mẫu, điện thoại 0950 000 123, tới họp."
PASSWORD = "Tài khoản của tôi có mật khẩu: HoaLam-2099!x, xem giúp."


def write(visitor: Visitor, session: str, text: str, **more: Any) -> Any:
    """Keep a draft as the page does."""
    body = {"text": text, "fields": [text], **more}
    answer = visitor.call("POST", f"/api/sessions/{session}/draft", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(visitor: Visitor, session: str) -> Any:
    """The draft that comes back."""
    return visitor.call("GET", f"/api/sessions/{session}/draft").json()


def on_disk(web: Web) -> bytes:
    """Everything under the lab's home."""
    home: Path = web.app.state.settings.home
    return b"\0".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("text", "disk"),
    [(CLEAR, True), (PERSONAL, True), (SECRET, False), (PASSWORD, False)],
)
def test_a_draft_comes_back_and_is_never_readable_on_disk(web: Web, text: str, disk: bool) -> None:
    """The same browser reads it again; on disk it is sealed, or it is not on disk at all."""
    visitor = web.trainee("Người Viết Nháp")
    session = visitor.open()
    write(visitor, session, text)
    assert read(visitor, session) == {
        "five": False,
        "fields": [text],
        "parent": None,
        "on_disk": disk,
    }
    written = on_disk(web)
    for word in ("Sao Khuê", "0950 000 123", "HoaLam-2099", "hội đò Khe Nháp"):
        assert word.encode() not in written
        assert word.encode("unicode_escape") not in written
    places = web.portal.call(sealed, web, session)
    assert bool(places) is disk


async def sealed(web: Web, session: str) -> list[bytes]:
    """The drafts of a session that are on disk."""

    def rows(db: Any) -> list[bytes]:
        query = "SELECT sealed FROM vaults WHERE place LIKE ? AND length(sealed) > 0"
        return [row for (row,) in db.execute(query, (f"{session}.%.draft",))]

    found: list[bytes] = await web.app.state.lab.log._read(rows)
    return found


def test_a_draft_that_turns_secret_leaves_the_disk(web: Web) -> None:
    """What was kept before the sign was typed is wiped as soon as the sign is there."""
    visitor = web.trainee("Người Gõ Tiếp")
    session = visitor.open()
    write(visitor, session, "Phương án Sao Khuê")
    assert web.portal.call(sealed, web, session)
    write(visitor, session, SECRET)
    assert web.portal.call(sealed, web, session) == []
    assert read(visitor, session)["on_disk"] is False
    write(visitor, session, "")
    assert read(visitor, session) is None


def test_a_text_that_could_not_be_checked_stays_in_memory(web: Web) -> None:
    """Too many checks: 429 as ever, and the draft is held, not written."""
    visitor = web.trainee("Người Gõ Rất Nhanh")
    session = visitor.open()
    path = f"/api/sessions/{session}/draft"
    for nth in range(8):
        body = {"text": f"{SECRET} {nth}", "fields": [f"{SECRET} {nth}"]}
        status = visitor.call("POST", path, body).status_code
    assert status == 429
    kept = read(visitor, session)
    assert (kept["fields"], kept["on_disk"]) == ([f"{SECRET} 7"], False)
    assert web.portal.call(sealed, web, session) == []


def test_a_draft_survives_signing_out(web: Web) -> None:
    """The same person on the same browser has it again; another person there has nothing."""
    visitor = web.trainee("Người Về Sớm")
    code, session = visitor.resume_code or "", visitor.open()
    write(visitor, session, PERSONAL, five=False)
    assert visitor.call("POST", "/api/logout").status_code == 204
    assert visitor.call("GET", f"/api/sessions/{session}/draft").status_code == 401
    assert visitor.login(class_code="THU", name="Người Về Sớm", resume_code=code).is_success
    assert read(visitor, session)["fields"] == [PERSONAL]
    visitor.call("POST", "/api/logout")
    assert visitor.login(class_code="THU", name="Người Ngồi Sau").is_success
    assert visitor.call("GET", f"/api/sessions/{session}/draft").status_code == 404


def test_another_computer_cannot_open_it(web: Web) -> None:
    """Without the cookie there is no key: no draft, and the first computer's stays."""
    visitor, elsewhere = web.trainee("Người Hai Máy"), web.visitor()
    session = visitor.open()
    write(visitor, session, PERSONAL)
    code = visitor.resume_code or ""
    assert elsewhere.login(class_code="THU", name="Người Hai Máy", resume_code=code).is_success
    assert read(elsewhere, session) is None
    write(elsewhere, session, "Câu khác.")
    assert read(visitor, session)["fields"] == [PERSONAL]


def test_only_what_was_checked_is_kept(web: Web) -> None:
    """A field that the checked text does not hold is refused; a stranger's session is not there."""
    visitor = web.trainee("Người Gửi Lệch")
    session = visitor.open()
    path = f"/api/sessions/{session}/draft"
    body = {"text": "Xin chào.", "fields": [SECRET]}
    assert visitor.call("POST", path, body).status_code == 422
    assert read(visitor, session) is None
    other = web.trainee("Người Tò Mò")
    body = {"text": "Xin chào.", "fields": ["Xin chào."]}
    for method, sent in (("GET", None), ("POST", body), ("DELETE", None)):
        assert other.call(method, path, sent).status_code == 404


@pytest.mark.parametrize(("text", "left"), [(PERSONAL, False), (SECRET, True)])
def test_a_prompt_that_was_answered_is_no_draft_any_more(web: Web, text: str, left: bool) -> None:
    """The page need not say so; one that was stopped stays, to be put right."""
    visitor = web.trainee(f"Người Gửi Xong {left}")
    session = visitor.open()
    write(visitor, session, text)
    visitor.ask(session, text)
    assert (read(visitor, session) is not None) is left


def test_what_was_typed_during_a_reply_stays(web: Web) -> None:
    """Only the words that were sent are forgotten; and five boxes keep theirs."""
    visitor = web.trainee("Người Viết Trước")
    session = visitor.open()
    write(visitor, session, "Câu sau.")
    visitor.ask(session, "Câu trước.")
    assert read(visitor, session)["fields"] == ["Câu sau."]
    write(visitor, session, "Câu sau.", five=True)
    visitor.ask(session, "Câu sau.")
    assert read(visitor, session)["fields"] == ["Câu sau."]
