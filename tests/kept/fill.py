"""A small class at work in whatever lab is on the path: what ``make.py`` lets each earlier one do.

    python tests/kept/fill.py FOLDER

``FOLDER/keys`` holds the keys. The database is left in ``FOLDER/data``; what its people know of it
goes to the standard output as JSON. Only what the lab of the time has a route for is done; what is
done must succeed.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from lab.app import create_app
from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.model import Role
from lab.settings import Settings

SITE, CODE, PASSWORD = "Xã Ví Dụ", "THU", "mat-khau-thu-nghiem"
TRAINEE, TRAINER, OFFICER = "Nguyễn Văn Mẫu", "Trần Thị Giảng Mẫu", "Lò Văn An Toàn Mẫu"
MASKED = "Soạn giấy mời hoà giải gửi ông Vừ Bá Ví Dụ, điện thoại 0950 000 123."
STOPPED = "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi."
CLEAN = "Gợi ý lời mở đầu buổi họp thôn về rác thải."
READY_SECONDS = 120


@dataclass(slots=True)
class Person:
    """One browser, signed in."""

    app: FastAPI
    portal: Any
    http: TestClient = field(init=False)
    csrf: str = ""
    code: str | None = None

    def __post_init__(self) -> None:
        self.http = TestClient(self.app, base_url="http://localhost")
        self.http.portal = self.portal

    def enter(self, **body: str) -> None:
        """Sign in."""
        told = self.call("POST", "/api/login", body)
        self.csrf, self.code = told["csrf"], told["resume_code"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request that must succeed; its JSON where it has any."""
        answer = self.http.request(method, path, json=body, headers={"X-CSRF-Token": self.csrf})
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        kind = answer.headers.get("content-type", "")
        return answer.json() if answer.content and kind.startswith("application/json") else None

    def send(self, path: str, **fields: str) -> None:
        """A form of a page that must be taken."""
        answer = self.http.post(
            path,
            data={"csrf": self.csrf, **fields},
            headers={"origin": "http://localhost"},
            follow_redirects=False,
        )
        assert answer.status_code in {200, 303}, (path, answer.status_code, answer.text)


def routes(app: FastAPI) -> set[str]:
    """Paths that this lab serves."""
    found: set[str] = set()
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        found.add(getattr(route, "path", ""))
        waiting += getattr(getattr(route, "original_router", None), "routes", [])
    return found


def write(trainee: Person, there: set[str]) -> dict[str, Any]:
    """A trainee's hour: prompts of each outcome, a draft, a complaint, a raised hand."""
    exercise = trainee.call("GET", "/api/exercises")[0]["id"]
    session = trainee.call("POST", "/api/sessions", {"exercise": exercise})["session"]
    path = f"/api/sessions/{session}"
    for text in (MASKED, STOPPED, CLEAN, CLEAN):
        trainee.call("POST", f"{path}/prompts", {"text": text})
    turns = trainee.call("GET", path)["turns"]
    rule = turns[0]["findings"][0]["rule"]
    trainee.call("POST", f"{path}/turns/{turns[0]['turn']}/disputes", {"rule": rule})
    trainee.call("POST", f"{path}/draft", {"text": MASKED, "fields": [MASKED]})
    trainee.call("POST", f"{path}/check")
    if "/api/room/hand" in there:
        hand = {"session": session, "severity": "task", "word": "Em không thấy nút gửi"}
        trainee.call("POST", "/api/room/hand", hand)
    if "/sharing/post" in there:
        trainee.send("/sharing/post", title="Họp chi bộ", text=CLEAN)
    return {"session": session, "reply": trainee.call("GET", path)["turns"][0]["reply"]}


def review(app: FastAPI, staff: dict[str, Person], session: str, there: set[str]) -> None:
    """What a trainer and an officer do with it."""
    trainer, officer = staff[TRAINER], staff[OFFICER]
    if "/review/mark" in there:
        trainer.portal.call(app.state.reviews.catch_up)
        trainer.send("/review/claim", session=session)
        trainer.send("/review/mark", session=session, mark_sent="2", comment="Che tên rất tốt")
    if "/api/help" in there:
        trainer.call("POST", f"/api/help/{trainer.call('GET', '/api/help')[0]['id']}/claim")
    if "/api/board/notices" in there:
        trainer.call("POST", "/api/board/notices", {"text": "Còn mười phút."})
    if "/api/incidents" in there:
        for each in officer.call("GET", "/api/incidents")["incidents"]:
            officer.call("POST", f"/api/incidents/{each['id']}/take", {})


def main() -> None:
    """Fill a folder's data."""
    home = Path(sys.argv[1])
    with Endpoint() as endpoint:
        endpoint.behave(echo=True)
        settings = Settings(
            home=home / "data",
            keys=home / "keys",
            assistant="openai",
            openai_base_url=endpoint.base_url,
            openai_api_key="khoa-thu",
            openai_model="fake",
        )
        app = create_app(settings)
        with TestClient(app, base_url="http://localhost") as client:
            assert client.portal is not None
            told = _at_work(app, client)
            client.portal.call(app.state.lab.log.anchor)
    sys.stdout.write(json.dumps(told, ensure_ascii=False))


def _at_work(app: FastAPI, client: TestClient) -> dict[str, Any]:
    assert client.portal is not None
    log, call = app.state.lab.log, client.portal.call
    limit = time.monotonic() + READY_SECONDS
    while not client.get("/readyz").is_success:
        assert time.monotonic() < limit
        time.sleep(0.1)
    call(partial(log.add_class, "Lớp thử", CODE, site=SITE))
    password = call(hash_password, PASSWORD)
    staff = {}
    for name, role in ((TRAINER, Role.TRAINER), (OFFICER, Role.OFFICER)):
        call(partial(log.add_person, name, role, password=password, site=SITE))
        staff[name] = Person(app, client.portal)
        staff[name].enter(name=name, password=PASSWORD)
    trainee = Person(app, client.portal)
    trainee.enter(class_code=CODE, name=TRAINEE)
    there = routes(app)
    told = write(trainee, there)
    review(app, staff, told["session"], there)
    call(_erase_last, app, told["session"])
    secret = trainee.http.cookies["lab_vault"]
    return {**told, "secret": secret, "code": trainee.code}


async def _erase_last(app: FastAPI, session: str) -> None:
    """The last answer's content is erased: its row stays in the chain without it."""
    log = app.state.lab.log
    ends = [event for event in await log.events(session) if event.kind == "turn.ended"]
    await log.erase(session, [ends[-1].seq], by="test", reason="kept database")


if __name__ == "__main__":
    main()
