"""Every way into the application, asked by staff of another place about what is not theirs.

Ids, names and places of one trainee stand wherever a request may name something: in the path, in
the address, in forms and in bodies. Nothing is listed by hand: gaps and bodies come from FastAPI's
own tables, names of fields from the sources of the pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlencode

from routesupport import BODIES, CLEAN, Answer, Place, Walker, Way, ways
from support import PASSWORD
from websupport import Visitor

import lab.pages
from lab.auth import hash_password
from lab.log.base import Db
from lab.model import Role

DOORS = {"/sign-in", "/sign-out", "/api/login", "/api/logout"}
"""Ways by which anybody becomes somebody else: what they may do then is not this question."""
NAMES = re.compile(
    r'(?:query_params|fields|form|query)\.get\("(\w+)"|text_of\(\w+, "(\w+)"|"(\w+)": "\w+_id"'
)
MARK = "hội Hoa Ban bản Riêng"
"""Words that stand in the trainee's work and nowhere else."""
WORD = "Máy của em ở góc Riêng bị treo."


@dataclass(frozen=True, slots=True)
class Theirs:
    """What belongs to one trainee and their place."""

    session: str
    turn: str
    class_id: str
    site: str
    person: str
    hand: str
    notice: str
    job: str
    marks: tuple[str, ...]
    """Words of the trainee, which nobody may read but staff of the place."""
    room: tuple[str, ...]
    """Words of their class."""

    @property
    def ids(self) -> tuple[str, ...]:
        """By which the log's tables name it."""
        return self.session, self.class_id, self.person, self.hand, self.notice

    def named(self) -> dict[str, str]:
        """What a field of this name holds, in whatever request."""
        return {
            "session": self.session,
            "turn": self.turn,
            "class": self.class_id,
            "class_id": self.class_id,
            "into": self.class_id,
            "site": self.site,
            "place": f"site:{self.site}",
            "person": self.person,
            "person_id": self.person,
            "to": self.person,
            "hand": self.hand,
            "notice": self.notice,
            "job": self.job,
            "back": urlencode({"class": self.class_id, "session": self.session}),
            "view": "all",
            "q": "hoa ban",
            "reason": "cần đến tận chỗ để giúp",
            "text": CLEAN,
            "comment": "Tốt.",
            "format": "jsonl",
            "kind": "notice",
            "exercise": "01-cau-lenh-dau-tien",
            "days": "30",
            "sure": "1",
            "number": "1",
        }


def field_names(there: Place) -> set[str]:
    """Names that our pages read from addresses and forms, and that the API declares; without those
    of numbers.
    """
    sources = Path(lab.pages.__file__).parent.glob("*.py")
    found = [NAMES.findall(file.read_text("utf-8")) for file in sources]
    declared = {
        each["name"]
        for path in there.web.app.openapi()["paths"].values()
        for asked in path.values()
        for each in asked.get("parameters", ())
        if each["in"] == "query" and each["schema"].get("type") != "integer"
    }
    return declared | {name for rows in found for row in rows for name in row if name}


def outsiders(there: Place, theirs: Theirs) -> Iterator[tuple[str, Walker, tuple[str, ...]]]:
    """Staff of another site, of a class there, and of another class of the same site; a trainee of
    another class, and one of the same. Each with the words that they may not read.
    """
    room = (*theirs.marks, *theirs.room)
    yield "trainee, another class", there.people["other"], (*room, theirs.site)
    yield "trainee, same class", Walker(there.web, "", _classmate(there, theirs)), theirs.marks
    for title, walker in _staff(there, theirs.site).items():
        yield title, walker, room if "beside" in title else (*room, theirs.site)


def _classmate(there: Place, theirs: Theirs) -> Callable[[Visitor], None]:
    first = there.web.trainee("Người Cùng Lớp", theirs.room[1])
    body = {"class_code": theirs.room[1], "name": "Người Cùng Lớp"}
    code = first.resume_code or ""

    def login(visitor: Visitor) -> None:
        assert visitor.login(**body, resume_code=code).is_success

    return login


def _staff(there: Place, site: str) -> dict[str, Walker]:
    log, call = there.web.app.state.lab.log, there.web.portal.call
    password = call(hash_password, PASSWORD)
    beside = call(partial(log.add_class, "Lớp Kề Bên", "KEBEN", site=site))
    far = call(partial(log.add_class, "Lớp Nơi Khác", "NOIKHAC", site="Xã Nơi Khác"))
    kinds: dict[str, tuple[Role, dict[str, str]]] = {
        "assistant, other site": (Role.ASSISTANT, {"site": "Xã Nơi Khác"}),
        "trainer, other site": (Role.TRAINER, {"site": "Xã Nơi Khác"}),
        "trainer, class of another site": (Role.TRAINER, {"class_id": far.id}),
        "trainer, class beside": (Role.TRAINER, {"class_id": beside.id}),
    }
    made = {}
    for number, (title, (role, reach)) in enumerate(kinds.items()):
        name = f"Người ngoài {number}"
        call(partial(log.add_person, name, role, password=password, **reach))

        def login(visitor: Visitor, name: str = name) -> None:
            assert visitor.login(name=name, password=PASSWORD).is_success

        made[title] = Walker(there.web, title, login)
    return made


def asked(there: Place, who: Walker, theirs: Theirs) -> Iterator[tuple[Way, Answer]]:
    """Every way in that is not Gradio's own, with all that is the trainee's named in it."""
    names = theirs.named() | dict.fromkeys(
        field_names(there) - theirs.named().keys(), theirs.session
    )
    query = urlencode({name: value for name, value in names.items() if name != "next"})
    for way in ways(there.web.app):
        if way.path in DOORS or way.kind in {"route", "event"}:
            continue
        path = re.sub(r"{(\w+)[^}]*}", lambda gap: names.get(gap[1], theirs.session), way.path)
        token = {"x_csrf_token": who.visitor.csrf}
        if way.kind == "form":
            form = urlencode(names | {"csrf": who.visitor.csrf}).encode()
            kind = "application/x-www-form-urlencoded"
            yield way, who.ask("POST", path, form, content_type=kind, **token)
            continue
        for body in _bodies(way, names):
            sent = json.dumps(body).encode()
            yield way, who.ask(way.method, f"{path}?{query}", sent, **token)


def _bodies(way: Way, names: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """The whole body of a request; where it may name a class or a site, each alone too."""
    if way.body is None:
        return [{}]
    simple = {int: 5, bool: False, dict: {}, list: []}
    body: dict[str, Any] = {}
    for name, each in way.body.model_fields.items():
        kind = get_origin(each.annotation) or each.annotation
        if kind is Literal:
            body[name] = get_args(each.annotation)[0]
        elif kind in simple:
            body[name] = BODIES.get(name, simple[kind])
        elif name in names or each.is_required():
            body[name] = names.get(name, BODIES.get(name, "khong-co"))
    if {"class_id", "site"} <= body.keys():
        return [body, body | {"site": None}, body | {"class_id": None}]
    return [body]


def rows_of(db: Db, ids: Sequence[str]) -> dict[str, list[str]]:
    """All rows of the log that name one of these ids, by table; of sign-ins none."""
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    held = {}
    for (table,) in tables.fetchall():
        if table != "signins":
            rows = map(str, db.execute(f'SELECT * FROM "{table}"'))  # noqa: S608 - its own names
            held[table] = sorted(row for row in rows if any(each in row for each in ids))
    return {table: rows for table, rows in held.items() if rows}
