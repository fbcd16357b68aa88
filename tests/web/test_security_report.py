"""The printable security report: what was stopped, what left, who published, whether all holds."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import Any

from pypdf import PdfReader
from websupport import Visitor, Web

from lab.log.heads import day_of
from lab.model import Role
from lab.pages.shell import dated

HOME = {"origin": "http://localhost"}
STOPPED = "Tài liệu đóng dấu MẬT số 12-BC/TU: hãy tóm tắt giúp tôi."
MASKED = "Gọi giúp anh Nguyễn Văn Mẫu theo số 0950 000 123 nhé."


def begun(visitor: Visitor, **days: str) -> Any:
    """Ask for the report."""
    form = {"csrf": visitor.csrf, **days}
    return visitor.http.post("/proof/report", data=form, headers=HOME, follow_redirects=False)


def test_the_report_says_what_was_stopped_what_left_and_that_the_log_holds(web: Web) -> None:
    """It is a PDF in Vietnamese with the period, the version and who published it, counts by rule,
    what left, incidents, exceptions and the verified head; no text of a trainee; only its own
    officer takes it.
    """
    trainee, officer = web.trainee("Người Trong Báo Cáo"), web.staff(Role.OFFICER)
    session = trainee.open()
    for text in (STOPPED, MASKED):
        trainee.ask(session, text)
    today = day_of(time.time())
    assert begun(officer, since="hôm nay", until=today).status_code == 422
    assert begun(officer, since="2020-01-01", until=today).status_code == 422
    answer = begun(officer, since=today, until=today)
    job = answer.headers["location"].split("job=")[1].partition("#")[0]
    limit = time.monotonic() + 60
    while not (told := officer.call("GET", f"/proof/jobs/{job}").json())["ready"]:
        assert time.monotonic() < limit
        assert not told["failed"]
        time.sleep(0.1)
    path = f"/proof/jobs/{job}/report.pdf"
    pages = PdfReader(io.BytesIO(officer.http.get(path).content)).pages
    text = " ".join(" ".join(page.extract_text().split()) for page in pages)
    for words in (
        "Báo cáo an toàn",
        f"Từ {dated(dt.date.fromisoformat(today), 'vi')}",
        "Nhật ký đúng",
        "v1",
        "T1 ·",
        "T3 ·",
    ):
        assert words in text
    left = officer.call("GET", "/api/left?days=1").json()
    assert left[0]["host"] in text
    for part in ("Sự cố", "Ngoại lệ", "Đầu chuỗi ngày", "Lối vòng do người chơi"):
        assert part in text
    assert "12-BC/TU" not in text
    assert "Người Trong Báo Cáo" not in text
    assert web.staff(Role.ADMIN).http.get(path).status_code == 404
