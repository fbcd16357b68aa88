"""The live check over the API: the mosaic, the rewrite, and how often it may be asked."""

from __future__ import annotations

import json
from typing import Any

from support import events
from websupport import Visitor, Web

from lab.model import Role
from lab.session.pace import BURST

TURNS = (
    "Viết đơn xin hỗ trợ cho một chị 42 tuổi, chồng mất năm ngoái.",
    "Chị ấy là dân tộc Mông, nhà có bốn con nhỏ, thuộc hộ nghèo.",
)
NOTE = "Gửi ông Nguyễn Văn Mẫu, sinh ngày 12/5/1985, căn cước 040295000017."


def checked(visitor: Visitor, session: str, text: str, route: str = "preview") -> Any:
    """What the live check answers."""
    answer = visitor.call("POST", f"/api/sessions/{session}/{route}", {"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_meter_follows_what_is_typed_and_what_was_sent(web: Web) -> None:
    """The preview tells how the mosaic would stand, with words and turns; a reviewer sees kinds."""
    visitor = web.trainee("Người Ghép Khảm")
    session = visitor.open()
    assert checked(visitor, session, "Soạn kế hoạch họp chi bộ.")["mosaic"] is None
    decision = visitor.ask(session, TURNS[0])[0][1]
    assert decision["mosaic"]["level"] == "warn"
    assert all(cue["words"] is None for cue in decision["mosaic"]["cues"])
    mosaic = checked(visitor, session, TURNS[1])["mosaic"]
    assert (mosaic["level"], mosaic["blocks"]) == ("full", False)
    quoted = {cue["kind"]: (cue["now"], cue["words"]) for cue in mosaic["cues"]}
    assert quoted["age"] == (False, "42 tuổi")
    assert quoted["ethnicity"] == (True, "dân tộc Mông")
    assert all(cue["soften"] for cue in mosaic["cues"])
    alone = checked(visitor, session, "")["mosaic"]
    assert alone["share"] < mosaic["share"]
    thread = web.staff(Role.TRAINER).call("GET", f"/api/review/sessions/{session}").json()
    seen = thread["turns"][0]["mosaic"]
    assert {cue["kind"] for cue in seen["cues"]} >= {"age", "sex", "relation"}
    assert all(cue["words"] is None for cue in seen["cues"])


def test_the_log_keeps_kinds_and_no_words(web: Web) -> None:
    """``turn.decided`` says which kinds were drawn together in which turn, and nothing else."""
    visitor = web.trainee("Người Được Ghi")
    session = visitor.open()
    visitor.ask(session, TURNS[0])
    rows = web.portal.call(web.app.state.lab.log.events, session)
    row = next(event.payload for event in rows if event.kind == "turn.decided")
    assert set(row["mosaic"]) == {"picture", "level", "share", "crowd", "kinds"}
    assert all(set(kind) == {"kind", "turn"} for kind in row["mosaic"]["kinds"])
    sent = next(event.payload for event in rows if event.kind == "turn.sent")
    assert sent["trimmed"] == 0


def test_a_rewrite_says_what_changes_and_what_would_leave(web: Web) -> None:
    """``mend`` gives changes at their places; made, they are exactly what would leave."""
    visitor = web.trainee("Người Nhờ Ẩn Danh")
    session = visitor.open()
    before = len(web.endpoint.requests)
    mended = checked(visitor, session, NOTE, "mend")
    assert mended["state"] == "mended"
    text = NOTE
    for change in reversed(mended["changes"]):
        text = text[: change["start"]] + change["text"] + text[change["end"] :]
        assert change["title"]
    assert mended["after"]["outgoing"] == text
    assert "Nguyễn" not in text
    assert len(web.endpoint.requests) == before
    assert web.portal.call(web.app.state.lab.log.events, session)[-1].kind == "session.opened"


def test_what_cannot_be_mended_is_explained(web: Web) -> None:
    """A state secret is not rewritten; the rules that stop it come with their words."""
    visitor = web.trainee("Người Có Dấu Mật")
    mended = checked(visitor, visitor.open(), f"TỐI MẬT. {NOTE}", "mend")
    assert (mended["state"], mended["changes"]) == ("secret", [])
    assert mended["after"]["outgoing"] is None
    assert all(found["why"] for found in mended["after"]["findings"])


def test_live_checks_are_paced_on_the_server(web: Web) -> None:
    """Beyond a few at once, checks of one session wait: 429 with the seconds; others do not."""
    visitor, other = web.trainee("Người Gõ Nhanh"), web.trainee("Người Gõ Chậm")
    session, theirs = visitor.open(), other.open()
    path = f"/api/sessions/{session}/preview"
    answers = [visitor.call("POST", path, {"text": "Xin chào."}) for _ in range(BURST + 2)]
    assert [answer.status_code for answer in answers[:BURST]] == [200] * BURST
    refused = answers[-1]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "preview_too_soon")
    assert int(refused.headers["Retry-After"]) >= 1
    also = visitor.call("POST", f"/api/sessions/{session}/mend", {"text": "Xin chào."})
    assert also.status_code == 429
    assert checked(other, theirs, "Xin chào.")["action"] == "allow"
    assert visitor.ask(session, "Xin chào.")[-1][1]["status"] == "answered"


def test_a_mosaic_that_the_policy_blocks_stops_the_prompt(web: Web) -> None:
    """With ``at_full: block`` the prompt that fills the picture is stopped and says why."""
    meter = web.app.state.lab.policy.current.mosaic
    picture = meter._pictures["person"]
    meter._pictures["person"] = picture.model_copy(update={"at_full": "block"})
    try:
        visitor = web.trainee("Người Bị Khảm Dừng")
        session = visitor.open()
        visitor.ask(session, TURNS[0])
        before = len(web.endpoint.prompts)
        path = f"/api/sessions/{session}/prompts"
        shown = events(visitor.call("POST", path, {"text": TURNS[1]}).text)
        assert [kind for kind, _ in shown] == ["decision", "done"]
        assert (shown[0][1]["action"], shown[0][1]["fault"]) == ("block", None)
        assert shown[0][1]["mosaic"]["blocks"] is True
        assert len(web.endpoint.prompts) == before
        assert "Mông" not in json.dumps(shown, ensure_ascii=False)
    finally:
        meter._pictures["person"] = picture
