"""A session replayed over HTTP."""

from __future__ import annotations

import time

from websupport import Web

from lab.model import Role


def test_a_session_is_replayed_masked_and_only_to_reviewers(web: Web) -> None:
    """Typing, a stop, the edited prompt and the answer stand in order; no value and no name."""
    trainee = web.trainee("Lô Thị Thử Diễn")
    session = trainee.open()
    for text in ("Soạn thư", "Soạn thư gửi ông Nguyễn"):
        trainee.call("POST", f"/api/sessions/{session}/preview", {"text": text})
        time.sleep(web.app.state.settings.preview_seconds)
    trainee.ask(session, "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi")
    trainee.ask(session, "Soạn thư gửi ông Nguyễn Văn Mẫu, 0950 000 123.", parent="")
    path = f"/review/replay/{session}"
    page = web.staff(Role.TRAINER).http.get(path)
    assert page.status_code == 200
    text = page.text.split("<main", 1)[1]
    order = [text.index(each) for each in ("Gõ tới 23 ký tự", "được dừng", "[HỌ TÊN 1]")]
    assert order == sorted(order)
    for secret in ("Nguyễn Văn Mẫu", "0950", "Sao Khuê", "Lô Thị Thử Diễn"):
        assert secret not in text
    assert trainee.http.get(path).status_code == 403
    assert web.visitor().http.get(path, follow_redirects=False).status_code == 303
    assert web.staff(Role.TRAINER).http.get("/review/replay/khong-co").status_code == 404
