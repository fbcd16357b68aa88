"""The administrator's page and the readiness sheet: figures that are true, and a safe end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from websupport import Visitor, Web

from lab.log.base import SYSTEM
from lab.model import Role
from lab.session.readiness import POINTS, Readiness, Running
from lab.session.roster import WHOLE

HOME = {"origin": "http://localhost"}


def post(visitor: Visitor, path: str, **fields: str) -> Any:
    """Send a form of the page."""
    data = {"csrf": visitor.csrf, **fields}
    return visitor.http.post(path, data=data, headers=HOME, follow_redirects=False)


def fact(page: str, name: str) -> str:
    """What the page says beside a name."""
    found = re.search(rf"<dt>{name}</dt><dd>(.*?)</dd>", page, re.DOTALL)
    assert found, name
    return re.sub(r"<[^>]+>", " ", found[1]).strip()


@pytest.fixture
def stops(web: Web) -> Iterator[list[str]]:
    """How often the lab was ended (a test must not end its own process)."""
    ended: list[str] = []
    before = web.app.state.stop
    web.app.state.stop = lambda: ended.append("stop")
    yield ended
    web.app.state.stop = before


def test_only_an_administrator_opens_the_page(web: Web, stops: list[str]) -> None:
    """Others get a kind refusal, and cannot end the lab."""
    answer = web.visitor().http.get("/admin/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?next=admin")
    for visitor in (
        web.trainee("Lô Thị Xem Máy"),
        web.staff(Role.TRAINER),
        web.staff(Role.OFFICER),
    ):
        assert visitor.http.get("/admin/").status_code == 403
        assert post(visitor, "/admin/stop", sure="1", reason="thử").status_code == 403
    assert stops == []


def test_the_figures_are_those_of_the_log(web: Web) -> None:
    """A person who joins and the session they open are counted the next time it is fetched."""
    admin = web.staff(Role.ADMIN)
    before = admin.http.get("/admin/").text
    someone = web.trainee("Người Được Đếm")
    someone.open()
    after = admin.http.get("/admin/").text
    for name in ("Học viên", "Phiên làm bài"):
        assert int(fact(after, name).split()[0]) == int(fact(before, name).split()[0]) + 1
    assert fact(after, "Sao lưu gần nhất").startswith("chưa có")
    assert "GB" in fact(after, "Đĩa còn trống")
    assert fact(after, "Chính sách đang dùng").startswith("v")


def test_the_lab_ends_only_when_asked_twice_and_the_log_says_why(
    web: Web, stops: list[str]
) -> None:
    """Without a tick or a reason nothing ends; with both the log tells who and why first."""
    admin = web.staff(Role.ADMIN)
    for fields in ({"reason": "bảo trì"}, {"reason": "", "sure": "1"}):
        assert post(admin, "/admin/stop", **fields).status_code == 422
    assert post(admin, "/admin/stop", reason="bảo trì", sure="1", csrf="x").status_code == 403
    assert stops == []
    assert post(admin, "/admin/stop", reason="bảo trì", sure="1").status_code == 200
    assert stops == ["stop"]
    events = web.portal.call(web.app.state.lab.log.events, SYSTEM)
    told = [each.payload for each in events if each.kind == "system.stopping"]
    assert len(told) == 1
    assert told[0]["reason"] == "bảo trì"


def test_the_sheet_of_a_site_says_what_is_missing(web: Web) -> None:
    """Ten points, each from what is there: what is mended turns good."""
    rosters, log = web.app.state.rosters, web.app.state.lab.log
    looks = Readiness(log, web.app.state.settings.home)

    async def bad(running: Running | None) -> set[str]:
        points = await looks.of("Xã Nam Giăng", running)
        assert [point.name for point in points] == list(POINTS)
        assert all(point.seen(language) for point in points for language in ("vi", "en"))
        return {point.name for point in points if not point.ok}

    async def steps() -> list[set[str]]:
        ready = Running(checks=True, assistant="recorded", answers=True)
        seen = [await bad(None), await bad(ready)]
        await rosters.add_room(WHOLE, name="Lớp Nam Giăng", code="NGIANG", site="Xã Nam Giăng")
        seen.append(await bad(ready))
        await log.add_person("Trợ giảng NG", Role.ASSISTANT, password="x", site="Xã Nam Giăng")
        await log.append(SYSTEM, "backup.made", {"file": "b", "size": 1, "faults": 0})
        seen.append(await bad(ready))
        return seen

    first, second, third, fourth = web.portal.call(steps)
    assert first - second == {"checks", "assistant"}
    assert second - third == {"classes"}
    assert third - fourth == {"helpers", "backup"}
    assert fourth == {"people", "tried"}
    someone = web.visitor()
    assert someone.login(class_code="NGIANG", name="Vừ D Thử Máy").is_success
    someone.ask(someone.open(), "Viết lời mời bà con dọn vườn hoa.", assistant="recorded")
    page = web.staff(Role.ADMIN).http.get("/classes/ready?site=Xã Nam Giăng").text
    assert page.count('class="state-clear"') == 10
    assert "10 trên 10" in page
    assert web.staff(Role.ADMIN).http.get("/classes/ready?site=Nơi khác").status_code == 404
