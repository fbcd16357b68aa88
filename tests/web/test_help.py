"""The help queue: a hand goes up, one helper takes it, answers, hands it over, closes it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.errors import Conflict
from lab.log import help as rows
from lab.model import Role
from lab.session.roster import WHOLE

SECRET = "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi"


@pytest.fixture(scope="module")
def two(web: Web) -> dict[str, str]:
    """Two sites with a class each, and an assistant at each."""
    rosters = web.app.state.rosters

    async def made() -> dict[str, str]:
        one = await rosters.add_room(WHOLE, name="Lớp Bến Sim", code="BSIM", site="Xã Bến Sim")
        other = await rosters.add_room(WHOLE, name="Lớp Đồi Mua", code="DMUA", site="Xã Đồi Mua")
        hashed = await hash_password(PASSWORD)
        add = web.app.state.lab.log.add_person
        await add("Trợ giảng Bến Sim", Role.ASSISTANT, password=hashed, site="Xã Bến Sim")
        await add("Trợ giảng Lớp Sim", Role.ASSISTANT, password=hashed, class_id=one.id)
        await add("Trợ giảng Đồi Mua", Role.ASSISTANT, password=hashed, site="Xã Đồi Mua")
        return {"mine": one.id, "theirs": other.id}

    return web.portal.call(made)


def joined(web: Web, name: str, code: str = "BSIM") -> Visitor:
    """A trainee of the class at hand."""
    return web.trainee(name, code)


def up(visitor: Visitor, word: str = "", severity: str = "task") -> dict[str, Any]:
    """Raise a hand in a new session; what became of the word."""
    body = {"session": visitor.open(), "severity": severity, "word": word}
    answer = visitor.call("POST", "/api/room/hand", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def queue(helper: Visitor, name: str) -> list[dict[str, Any]]:
    """The hands of somebody, as a helper sees them."""
    hands = helper.call("GET", "/api/help").json()
    return [each for each in hands if each["name"] == name]


def test_a_hand_is_taken_answered_handed_over_and_closed(web: Web, two: dict[str, str]) -> None:
    """Each step is seen by the trainee and by the other helpers, and stands in the log."""
    assert two
    trainee, one = joined(web, "Lô Thị Nhờ Giúp"), web.named("Trợ giảng Bến Sim")
    other = web.named("Trợ giảng Lớp Sim")
    assert up(trainee, "Em không thấy nút gửi") == {"word": "kept"}
    assert trainee.call("GET", "/api/room/hand").json()["hand"]["helper"] == ""
    (hand,) = queue(one, "Lô Thị Nhờ Giúp")
    assert (hand["severity"], hand["site"], hand["mine"]) == ("task", "Xã Bến Sim", False)
    assert hand["words"][0]["text"] == "Em không thấy nút gửi"
    path = f"/api/help/{hand['id']}"
    assert one.call("POST", f"{path}/answers", {"text": "Tôi đến"}).status_code == 409
    assert one.call("POST", f"{path}/claim").status_code == 204
    assert one.call("POST", f"{path}/answers", {"text": "Tôi đến ngay."}).status_code == 204
    mine = trainee.call("GET", "/api/room/hand").json()["hand"]
    assert mine["helper"] == "Trợ giảng Bến Sim"
    assert [(each["staff"], each["text"]) for each in mine["words"]][1:] == [
        (True, "Tôi đến ngay.")
    ]
    assert other.call("POST", f"{path}/close", {"reason": "solved"}).status_code == 409
    people = web.portal.call(partial(web.app.state.lab.log.people, role=Role.ASSISTANT))
    ids = {person.name: person.id for person in people}
    stranger = {"to": ids["Trợ giảng Đồi Mua"]}
    assert one.call("POST", f"{path}/hand-over", stranger).status_code == 404
    given = {"to": ids["Trợ giảng Lớp Sim"]}
    assert one.call("POST", f"{path}/hand-over", given).status_code == 204
    assert queue(other, "Lô Thị Nhờ Giúp")[0]["mine"]
    assert one.call("POST", f"{path}/close", {"reason": "solved"}).status_code == 409
    assert other.call("POST", f"{path}/close", {"reason": "solved"}).status_code == 204
    assert queue(other, "Lô Thị Nhờ Giúp") == []
    mine = trainee.call("GET", "/api/room/hand").json()["hand"]
    assert (mine["reason"], mine["closed_at"] is not None) == ("solved", True)
    kinds = ("help.raised", "help.claimed", "help.handed", "help.answered", "help.closed")
    log = web.app.state.lab.log
    events = web.portal.call(partial(log.events_of_kind, kinds, since=0))
    mine_only = [e.kind for e in events if e.payload and e.payload["hand"] == hand["id"]]
    assert sorted(mine_only) == sorted(kinds)


def test_of_two_helpers_who_take_one_hand_one_wins(web: Web, two: dict[str, str]) -> None:
    """However many try at the same time, one has it and the others are told who was faster."""
    assert two
    up(joined(web, "Vừ Bá Hai Người"))
    log = web.app.state.lab.log
    (hand,) = queue(web.named("Trợ giảng Bến Sim"), "Vừ Bá Hai Người")
    found = web.portal.call(
        partial(log.read, partial(rows.hand, watch=rows.Watch("test"), hand_id=hand["id"]))
    )

    async def race() -> list[object]:
        tries = [log.write(partial(rows.claim, found=found, by=f"nguoi-{n}")) for n in range(8)]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    results = web.portal.call(race)
    assert results.count(None) == 1
    lost = [each for each in results if each is not None]
    assert all(isinstance(each, Conflict) and each.code == "hand_taken" for each in lost)


def test_an_assistant_of_another_site_cannot_see_claim_or_answer(
    web: Web, two: dict[str, str]
) -> None:
    """To them the hand does not exist, nor to officers while it is about no secret; a trainee is
    refused.
    """
    assert two
    trainee = joined(web, "Lầu Thị Riêng Điểm")
    up(trainee, "Máy tôi bị treo", "technical")
    (hand,) = queue(web.named("Trợ giảng Bến Sim"), "Lầu Thị Riêng Điểm")
    stranger, path = web.named("Trợ giảng Đồi Mua"), f"/api/help/{hand['id']}"
    assert queue(stranger, "Lầu Thị Riêng Điểm") == []
    bodies = {
        "claim": None,
        "hand-over": {},
        "answers": {"text": "a"},
        "close": {"reason": "solved"},
    }
    for act, body in bodies.items():
        assert stranger.call("POST", f"{path}/{act}", body).status_code == 404
        officer = web.staff(Role.OFFICER)
        assert officer.call("POST", f"{path}/{act}", body).status_code == 404
        assert trainee.call("POST", f"{path}/{act}", body).status_code == 403
    assert queue(officer, "Lầu Thị Riêng Điểm") == []
    assert trainee.call("GET", "/api/help").status_code == 403
    assert queue(web.named("Trợ giảng Lớp Sim"), "Lầu Thị Riêng Điểm")[0]["helper"] == ""
    other_trainee = joined(web, "Lầu Thị Khác Điểm", "DMUA")
    body = {"session": "khong-phai-cua-toi", "severity": "task"}
    assert other_trainee.call("POST", "/api/room/hand", body).status_code == 404


def test_the_word_of_a_hand_passes_the_policy(web: Web, two: dict[str, str]) -> None:
    """A name is kept masked; a word with signs of a secret is kept nowhere, the hand goes up as one
    about a real secret, and stands first in line.
    """
    assert two
    helper = web.named("Trợ giảng Bến Sim")
    assert up(joined(web, "Cụt Văn Che Tên"), "Giúp ông Nguyễn Văn Mẫu, 0950 000 123") == {
        "word": "masked"
    }
    (hand,) = queue(helper, "Cụt Văn Che Tên")
    assert "Nguyễn Văn Mẫu" not in hand["words"][0]["text"]
    assert up(joined(web, "Cụt Văn Lỡ Gõ"), SECRET) == {"word": "stopped"}
    hands = helper.call("GET", "/api/help").json()
    assert hands[0]["name"] == "Cụt Văn Lỡ Gõ"
    assert (hands[0]["severity"], hands[0]["words"][0]["text"]) == ("secret", None)
    log = web.app.state.lab.log
    told = web.portal.call(partial(log.events_of_kind, ("help.raised",), since=0))
    (row,) = [e.payload for e in told if e.payload and e.payload["hand"] == hands[0]["id"]]
    assert (row["severity"], row["action"], row["word"]) == ("secret", "block", None)
    path = f"/api/help/{hands[0]['id']}"
    assert helper.call("POST", f"{path}/claim").is_success
    refused = helper.call("POST", f"{path}/answers", {"text": SECRET})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "words_stopped")


def test_an_officer_sees_and_takes_hands_about_a_possible_secret_only(
    web: Web, two: dict[str, str]
) -> None:
    """Of every site; the trainee sees who helps, the helpers too; other hands are not there."""
    assert two
    officer, page = web.staff(Role.OFFICER), web.staff(Role.OFFICER).http.get("/officer/draft")
    assert 'id="alarm"' in page.text
    assert 'id="alarm"' not in web.staff(Role.TRAINER).http.get("/help/").text
    up(joined(web, "Kha Thị Hỏi Bài"))
    people = web.portal.call(partial(web.app.state.lab.log.people, role=Role.OFFICER))
    (test_officer,) = [each.id for each in people if each.name == "Test officer"]
    helper = web.named("Trợ giảng Bến Sim")
    (task,) = queue(helper, "Kha Thị Hỏi Bài")
    assert helper.call("POST", f"/api/help/{task['id']}/claim").is_success
    over = partial(helper.call, "POST", body={"to": test_officer})
    assert over(path=f"/api/help/{task['id']}/hand-over").status_code == 404
    scared = joined(web, "Kha Thị Lo Lắng", "DMUA")
    up(scared, severity="secret")
    given = joined(web, "Kha Thị Chuyển Giúp")
    up(given, severity="secret")
    (urgent,) = queue(helper, "Kha Thị Chuyển Giúp")
    assert helper.call("POST", f"/api/help/{urgent['id']}/claim").is_success
    assert over(path=f"/api/help/{urgent['id']}/hand-over").status_code == 204
    assert queue(officer, "Kha Thị Chuyển Giúp")[0]["mine"]
    hands = officer.call("GET", "/api/help").json()
    assert {each["severity"] for each in hands} == {"secret"}
    (hand,) = queue(officer, "Kha Thị Lo Lắng")
    path = f"/api/help/{hand['id']}"
    assert officer.call("POST", f"{path}/claim").status_code == 204
    (seen,) = queue(web.named("Trợ giảng Đồi Mua"), "Kha Thị Lo Lắng")
    assert seen["helper"] == "Test officer"
    told = {"text": "Dừng gõ, tôi đến ngay."}
    assert officer.call("POST", f"{path}/answers", told).status_code == 204
    mine = scared.call("GET", "/api/room/hand").json()["hand"]
    assert (mine["helper"], mine["words"][-1]["text"]) == ("Test officer", told["text"])
    assert officer.call("POST", f"{path}/close", {"reason": "on_site"}).status_code == 204
    assert queue(officer, "Kha Thị Lo Lắng") == []


def test_a_hand_goes_up_once_and_its_trainee_may_take_it_down(
    web: Web, two: dict[str, str]
) -> None:
    """A second hand is refused kindly; one that is down can go up again; the line is told."""
    assert two
    first, second = joined(web, "Hờ Thị Một", "DMUA"), joined(web, "Hờ Thị Hai", "DMUA")
    up(first)
    body = {"session": first.open(), "severity": "task"}
    again = first.call("POST", "/api/room/hand", body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "hand_up")
    up(second)
    assert second.call("GET", "/api/room/hand").json()["hand"]["ahead"] == 1
    assert first.call("DELETE", "/api/room/hand").status_code == 204
    assert first.call("GET", "/api/room/hand").json()["hand"] is None
    assert first.call("DELETE", "/api/room/hand").status_code == 404
    assert second.call("GET", "/api/room/hand").json()["hand"]["ahead"] == 0
    up(first)
