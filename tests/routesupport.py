"""Every way into the application, walked as every kind of person: what each one is answered.

Nothing is listed by hand: routes come from FastAPI's own tables, those of Gradio from the pages
that are mounted, and page events from their Blocks. ``python tests/routesupport.py`` writes
``docs/security-routes.md`` anew; ``tests/web/test_routes.py`` says when it has to be.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from support import PASSWORD
from websupport import Visitor, Web, running, with_endpoint

from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.log.report import Span
from lab.model import Role
from lab.pages.late import LatePages
from lab.pages.shell import ROOMS

PAGE = Path(__file__).parents[1] / "docs" / "security-routes.md"
PEOPLE = {
    "nobody": "nobody",
    "owner": "trainee, own",
    "other": "other trainee",
    "elsewhere": "assistant, other site",
    "trainer": "trainer",
    "officer": "officer",
    "admin": "administrator",
}
"""Who walks, and what the table calls them. What has an owner belongs to the first trainee."""
YES, SIGN_IN, REFUSED, ABSENT = "yes", "sign in", "403", "404"
CLEAN = "Hãy nêu ba việc cần làm để chuẩn bị một cuộc họp chi bộ."
BODIES: Mapping[str, Any] = {
    "text": CLEAN,
    "exercise": "khong-co",
    "answers": {},
    "fields": [],
    "rule": "khong-co",
    "severity": "task",
    "reason": "solved",
    "language": "vi",
    "name": "Người Qua Đường",
    "class_code": "THU",
}
"""What fields of bodies hold where a route needs a whole one to come to the question of owners."""
FORM = {
    "text": CLEAN,
    "target": "story",
    "answer": "khong-co",
    "act": "show",
    "format": "csv",
    "name": "Người Qua Đường",
    "class_code": "THU",
}
"""What every form holds, so that each comes to the question of who sent it."""
WHOLE = ("{session}", "{hand}", "/language", "/login", "{draft}")
"""Routes that are asked with a whole body; the others with an empty one, which must not get far."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in."""

    method: str
    path: str
    kind: str
    """``api``, ``page``, ``form``, or what of Gradio's it is: ``route`` or ``event``."""
    body: type[BaseModel] | None = None
    event: int | None = None
    """Number of the page event."""

    @property
    def title(self) -> str:
        """As the table shows it."""
        return f"{self.method} `{self.path}`"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody got."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def seen(self) -> str:
        """In the words of the table."""
        to_door = self.headers.get("location", "").startswith("/?next=")
        if self.status == 401 or (self.status == 303 and to_door):
            return SIGN_IN
        return {403: REFUSED, 404: ABSENT}.get(self.status, YES)


STREAM_SECONDS = 0.05
"""How long a stream is heard: what it begins with."""
SLOW = ("/bundle", "/check")
"""What takes seconds for a draft that is there: walked with one that is not."""


def stream_of(who: str) -> str:
    """The name of a person's own stream of Gradio's queue."""
    return f"luong-cua-{who}"


def ways(app: FastAPI) -> list[Way]:
    """Every way in, in the order of paths."""
    found = [way for route in iter_route_contexts(app.routes) for way in _own(route)]
    return sorted(found, key=lambda way: (way.path, way.method)) + list(_gradio(app))


def _own(route: Any) -> Iterator[Way]:
    assert isinstance(route.original_route, APIRoute), route.path
    field_ = route.body_field
    body = field_.field_info.annotation if field_ is not None else None
    for method in sorted(route.methods):
        if route.path.startswith("/api"):
            yield Way(method, route.path, "api", body)
        else:
            yield Way(method, route.path, "form" if method == "POST" else "page")


def late(app: FastAPI) -> LatePages:
    """The pages that are mounted last."""
    pages = app.router.default
    assert isinstance(pages, LatePages)
    return pages


def _gradio(app: FastAPI) -> Iterator[Way]:
    """Gradio's own routes in each room, and the events of its page."""
    for room in ROOMS:
        mounted = late(app)._pages[room, "vi"].app
        inner = next(each for each in mounted.routes if getattr(each, "path", "") == f"/{room}").app
        rows = {
            (each.path, method)
            for each in iter_route_contexts(inner.routes)
            for method in each.methods
        }
        for path, method in sorted(rows):
            yield Way(method, f"/{room}{path}", "route")
        for number, event in inner.get_blocks().fns.items():
            path = f"/{room}/gradio_api/queue/join: {event.fn.__name__}"
            yield Way("POST", path, "event", event=number)


# --- one request ------------------------------------------------------------------------------


async def ask(app: FastAPI, method: str, path: str, headers: Any, body: bytes = b"") -> Answer:
    """A request to the application; of a stream that never ends, its beginning."""
    address, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
    }
    gone, asked = asyncio.Event(), False
    status, got, pieces = 0, {}, []

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, got
        if message["type"] == "http.response.start":
            status = message["status"]
            got = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            if "event-stream" in got.get("content-type", ""):
                asyncio.get_running_loop().call_later(STREAM_SECONDS, gone.set)
        elif len(pieces) < 100:
            pieces.append(message.get("body", b""))

    task = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait({task}, timeout=20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return Answer(status, got, b"".join(pieces).decode("utf-8", "replace"))


@dataclass(slots=True)
class Walker:
    """One person on the way: signed in again wherever a route signed them out."""

    web: Web
    name: str
    login: Callable[[Visitor], None] | None
    visitor: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.enter()

    def enter(self) -> None:
        """Sign in."""
        self.visitor = self.web.visitor()
        if self.login is not None:
            self.login(self.visitor)

    def ask(self, method: str, path: str, body: bytes = b"", **more: str) -> Answer:
        """One request with this person's cookies; ``more`` are headers with ``_`` for ``-``."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.visitor.http.cookies.items())
        sent = {"cookie": cookies, "content_type": "application/json"} | more
        headers = [
            (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
        ]
        answer = self.web.portal.call(partial(ask, self.web.app, method, path, headers, body))
        if "lab_signin" in answer.headers.get("set-cookie", ""):
            self.enter()
        return answer


# --- what there is to reach -------------------------------------------------------------------


@dataclass(slots=True)
class Place:
    """A lab with people in it, and things that belong to the first trainee (or to nobody)."""

    web: Web
    people: dict[str, Walker]
    session: str
    turn: str
    story: str
    class_id: str
    person: str
    job: str
    made: int = 0

    def fill(self, path: str, who: str) -> str:
        """A path with its gaps filled by what is really there."""
        fixed = {
            "session": self.session,
            "turn": self.turn,
            "story": self.story,
            "class_id": self.class_id,
            "person": self.person,
            "job": self.job,
            "session_hash": stream_of(who),
            "exercise": "01-cau-lenh-dau-tien",
            "kind": "txt",
            "number": "999" if "versions" in path else "1",
            "name": "swagger-ui.css",
        }
        fresh = {"draft": self._draft, "hand": self._hand, "notice": self._notice}

        def filled(gap: re.Match[str]) -> str:
            name, _, convertor = gap.group(1).partition(":")
            if convertor == "path":
                return "../../etc/passwd" if "gradio" in path else "base.css"
            if name in fresh and not path.endswith(SLOW):
                return fresh[name]()
            return fixed.get(name, "khong-co")

        return re.sub(r"{([^}]+)}", filled, path.partition(": ")[0])

    def _draft(self) -> str:
        self.made += 1
        name = f"{self.made:02}-ban-nhap"
        who = self.web.portal.call(self.web.app.state.auth.who, self._token("trainer"))
        self.web.portal.call(self.web.app.state.writing.begin, who, name, "Bản nháp")
        return name

    def _hand(self) -> str:
        owner, trainer = self.people["owner"].visitor, self.people["trainer"].visitor
        owner.call("DELETE", "/api/room/hand")
        body = {"session": self.session, "severity": "task", "word": ""}
        assert owner.call("POST", "/api/room/hand", body).status_code == 201
        return str(trainer.call("GET", "/api/help").json()[0]["id"])

    def _notice(self) -> str:
        trainer = self.people["trainer"].visitor
        made = trainer.call("POST", "/api/board/notices", {"text": "Còn mười phút."})
        return str(made.json()["id"])

    def _token(self, name: str) -> str:
        return str(self.people[name].visitor.http.cookies["lab_signin"])

    def request(self, who: str, way: Way, csrf: str | None = None, **more: str) -> Answer:
        """What somebody is answered on one way in, with a token of their own or another."""
        walker = self.people[who]
        path, token = self.fill(way.path, who), walker.visitor.csrf if csrf is None else csrf
        more["x_csrf_token"] = token
        if way.path.endswith(("/attachments", "/try-file", "/officer/file")):
            body = CLEAN.encode()
            return walker.ask(way.method, path, body, x_file_name="ghi-chu.txt", **more)
        if way.kind == "form":
            more["content_type"] = "application/x-www-form-urlencoded"
            form = FORM | {"csrf": token, "session": self.session}
            return walker.ask(way.method, path, urlencode(form).encode(), **more)
        if way.kind in {"route", "event"}:
            stream = stream_of(who)
            sent = {"session_hash": stream, "fn_index": way.event or 0, "data": []}
            return walker.ask(way.method, f"{path}?session_hash={stream}", _json(sent), **more)
        return walker.ask(way.method, path, _json(_body(way)), **more)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _body(way: Way) -> dict[str, Any]:
    if way.body is None or not any(gap in way.path for gap in WHOLE):
        return {}
    needed = [name for name, each in way.body.model_fields.items() if each.is_required()]
    needed += ["class_code"] if "class_code" in way.body.model_fields else []
    return {name: BODIES[name] if name != "file" else "exercise.yaml" for name in needed}


@contextmanager
def place(home: Path) -> Iterator[Place]:
    """A running lab with its people and things."""
    with Endpoint() as endpoint:
        settings = with_endpoint(home, endpoint)
        with running(settings, endpoint) as web:
            limit = time.monotonic() + 90
            while not late(web.app)._pages:
                assert time.monotonic() < limit
                time.sleep(0.2)
            web.app.state.stop = lambda: None
            yield _furnished(web)


def _furnished(web: Web) -> Place:
    log, call = web.app.state.lab.log, web.portal.call
    password = call(hash_password, PASSWORD)
    far = partial(log.add_person, "Trợ giảng Nơi Xa", Role.ASSISTANT, password=password, site="Xa")
    call(far)
    people = {
        "nobody": Walker(web, "nobody", None),
        "owner": Walker(web, "owner", _trainee(web, "Người Có Phiên")),
        "other": Walker(web, "other", _trainee(web, "Người Bên Cạnh")),
        "elsewhere": Walker(web, "elsewhere", _staff("Trợ giảng Nơi Xa")),
        **{
            role: Walker(web, role, _staff(f"Test {role}"))
            for role in ("trainer", "officer", "admin")
        },
    }
    owner = people["owner"].visitor
    session = owner.open()
    owner.ask(session, CLEAN)
    turn = owner.call("GET", f"/api/sessions/{session}").json()["turns"][0]["turn"]
    named = {"X-File-Name": "ghi-chu.txt", "X-CSRF-Token": owner.csrf}
    owner.http.post(f"/api/sessions/{session}/attachments", content=b"Mot.", headers=named)
    form = {"csrf": owner.csrf, "title": "Họp chi bộ", "text": CLEAN}
    posted = owner.http.post("/sharing/post", data=form, follow_redirects=False)
    room = call(log.class_by_code, "THU")
    third = web.trainee("Người Thứ Ba")
    person = call(log.trainees_named, room.id, "Người Thứ Ba")[0].person.id
    assert third.csrf
    trainer = call(
        web.app.state.auth.who, str(people["trainer"].visitor.http.cookies["lab_signin"])
    )
    draw = lambda _figures, _language, _told: b"%PDF-"  # noqa: E731 - not the drawing is walked
    job = call(web.app.state.reports.begin, trainer, Span(None, None), draw)
    story = posted.headers["location"].rpartition("/")[2]
    return Place(web, people, session, turn, story, room.id, person, job.id)


def _trainee(web: Web, name: str) -> Callable[[Visitor], None]:
    first = web.trainee(name)
    code = first.resume_code or ""

    def login(visitor: Visitor) -> None:
        assert visitor.login(class_code="THU", name=name, resume_code=code).is_success

    return login


def _staff(name: str) -> Callable[[Visitor], None]:
    def login(visitor: Visitor) -> None:
        assert visitor.login(name=name, password=PASSWORD).is_success

    return login


# --- the table --------------------------------------------------------------------------------


def walk(there: Place) -> dict[Way, dict[str, Answer]]:
    """Every way in, as everybody."""
    walked = {}
    for way in ways(there.web.app):
        row = {"nobody": there.request("nobody", way), "admin": there.request("admin", way)}
        if way.kind != "route" or row["admin"].seen != ABSENT:  # else it is there for nobody
            row = {who: row.get(who) or there.request(who, way) for who in PEOPLE}
        walked[way] = row
    return walked


def table(walked: Mapping[Way, Mapping[str, Answer]]) -> str:
    """The page of the documentation."""
    closed = [way for way, row in walked.items() if len(row) < len(PEOPLE)]
    rows = [
        f"| {way.title} | " + " | ".join(row[who].seen for who in PEOPLE) + " |"
        for way, row in walked.items()
        if len(row) == len(PEOPLE)
    ]
    names = sorted({f"`{way.path.partition('/')[2].partition('/')[2]}`" for way in closed})
    head = "| way in | " + " | ".join(PEOPLE.values()) + " |"
    requests = sum(map(len, walked.values()))
    return (
        HEAD.format(ways=len(walked), requests=requests)
        + "\n".join([head, "|---" * (len(PEOPLE) + 1) + "|", *rows])
        + TAIL
        + ", ".join(names)
        + ".\n"
    )


HEAD = """# Every way in, and who is let through

Made by `python tests/routesupport.py`, which walks the running application; do not edit it.
`tests/web/test_routes.py` walks it again in every test run and compares.
{ways} ways in, {requests} requests.

*yes*: let through (the request itself may still be wrong); *sign in*: asked to sign in;
*403*: known, and not allowed; *404*: not there for this person.

- A session, its turns and files, a raised hand and a situation belong to the first trainee; a
  report to the trainer. What names a plot, a proposal, a rule or a version, and a draft's check and
  bundle, names one that does not exist.
- The last part of `queue/join` is the page event; each person uses a stream of their own.
- Whatever changes something also wants the token of the sign-in, or, where that is Gradio's,
  a request of our own page: tested for each of them in the same file.

"""
TAIL = """

## Gradio's other routes

Each page made with Gradio brings routes of its own that none of our pages needs. They answer 404
to strangers and to administrators, who may open every page:

"""


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as home, place(Path(home)) as there:
        walked = walk(there)
    PAGE.write_text(table(walked), "utf-8")


if __name__ == "__main__":
    main()
