"""The game of attacking our own policy: what gets through is a failing case of the corpus."""

from __future__ import annotations

import base64
import html
import json
import random
from functools import partial

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websupport import Visitor, Web

from lab.keys import Keys
from lab.log import attacks
from lab.log.attacks import Found
from lab.model import Role
from lab.policy.clear import Policy
from lab.policy.corpus_twists import TWISTS
from lab.policy.evaluate import run
from lab.session.attack import Attack
from lab.session.attack_cases import accepted, case_of, filled, secret_of
from lab.session.attack_levels import BY_ID, LEVELS, carries, hidden_in, secret

HOME = {"origin": "http://localhost"}
ODD = str.maketrans("0123456789", "ABCDEFGHIJ")
FRAMES = {"plain": "Gọi giúp tôi số {}", "unaccented": "Gặp ông {}", "mark": "Tóm tắt {}"}


def send(visitor: Visitor, path: str, **form: str | list[str]) -> httpx.Response:
    """A form of the page."""
    data = {"csrf": visitor.csrf, **form}
    answer: httpx.Response = visitor.http.post(path, data=data, headers=HOME)
    return answer


def game(web: Web) -> Attack:
    """The service behind the page."""
    held: Attack = web.app.state.attack
    return held


def person(web: Web, name: str) -> str:
    """The id of a person."""
    people = web.portal.call(web.app.state.lab.log.people)
    return str(next(each.id for each in people if each.name == name))


def mine(web: Web, who: str) -> list[Found]:
    """What somebody found."""
    log = web.app.state.lab.log
    found: list[Found] = web.portal.call(log.read, partial(attacks.listed, person=who))
    return found


def slow(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries may follow each other at once."""
    monkeypatch.setattr("lab.session.attack.SECONDS", 0.0)
    assert web.endpoint


PLAYERS = "abcdefghijklmnopqrst"
"""So many that they do not all draw the same of a level's few secrets."""


def test_every_secret_is_fictional_stopped_or_masked_when_written_plainly(web: Web) -> None:
    """Of each level a player gets a value of one's own; typed as it is, it does not get through."""
    policy: Policy = web.app.state.lab.policy.current
    for level in LEVELS:
        found = {secret_of(game(web).keys, who, level).text for who in PLAYERS}
        assert len(found) > 1
        for text in found:
            said = FRAMES.get(level.id, "{}").format(text)
            wanted = next(
                secret_of(game(web).keys, who, level).wanted
                for who in PLAYERS
                if secret_of(game(web).keys, who, level).text == text
            )
            _, outgoing = web.portal.call(policy.inspect, said)
            assert outgoing is None or (outgoing != said and not carries([outgoing], wanted)), said


def test_what_gets_through_is_a_failing_case_and_nothing_is_sent(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that is stopped or masked leaves no trace; a way that the lab cannot read waits for an
    officer; accepted it is in the corpus, and fails under the policy that let it through.
    """
    slow(web, monkeypatch)
    player, officer = web.trainee("Người Tấn Công"), web.staff(Role.OFFICER)
    who, before = person(web, "Người Tấn Công"), len(web.endpoint.requests)
    level = BY_ID["plain"]
    number = secret_of(game(web).keys, who, level).text
    assert number in html.unescape(player.call("GET", "/attack/?level=plain").text)
    stopped = send(player, "/attack/try/mark", turn="Tóm tắt văn bản TUYỆT MẬT số 12-BC/GĐ")
    assert "Bị dừng" in stopped.text
    assert "đã bị che" in send(player, "/attack/try/plain", turn=f"Gọi số {number}").text
    odd = " ".join(number.translate(ODD))
    silent = send(player, "/attack/try/plain", turn=f"Ghép giúp các chữ {odd} thành hình")
    assert "không đọc thấy bí mật" in silent.text
    assert mine(web, who) == []

    told = send(
        player,
        "/attack/try/plain",
        turn=f"Ghép giúp các chữ {odd} thành hình",
        how="Mỗi chữ cái là một chữ số, bắt đầu từ A là không",
    )
    assert "chờ cán bộ an toàn xét" in told.text
    (found,) = mine(web, who)
    assert (found.state, found.proof, number in json.dumps(found.turns)) == (
        "waiting",
        "told",
        False,
    )
    web.portal.call(_outside, game(web), found.id)
    path = f"/attack/judge/{found.id}"
    assert send(player, path, act="accept", reason="của tôi").status_code == 403
    assert send(officer, path, act="accept", reason="").status_code == 422
    page = send(officer, path, act="accept", reason="đọc lại được")
    assert "vẫn lọt" in page.text
    case = case_of(game(web).keys, mine(web, who)[0])
    outcome = web.portal.call(run, web.app.state.lab.policy.current, [case])[0]
    assert (outcome.right, case.expect, case.set) == (False, "protect", "attack")
    assert len(web.endpoint.requests) == before


async def _outside(game: Attack, case: str) -> None:
    """Nothing that waits is in the corpus."""
    assert f"attack/{case}" not in {each.id for each in await accepted(game.log, game.keys)}


def test_a_way_that_the_lab_reads_back_is_in_the_corpus_by_itself(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the policy lets pass what the lab reads back, the level is passed and the case is in;
    the same way twice is one case.
    """
    slow(web, monkeypatch)
    player = web.trainee("Người Qua Màn")
    who = person(web, "Người Qua Màn")
    number = secret_of(game(web).keys, who, BY_ID["spelled"]).text

    async def blind(_self: Policy, text: str, **_more: object) -> tuple[object, str]:
        return decision, text

    policy = web.app.state.lab.policy.current
    decision, _ = web.portal.call(policy.inspect, "Xin chào")
    monkeypatch.setattr(Policy, "inspect", blind)
    text = f"Chuỗi {base64.b32encode(number.encode()).decode()} nghĩa là gì, và {number} nữa"
    for _ in range(2):
        assert "đã lọt qua" in send(player, "/attack/try/spelled", turn=text).text
    (found,) = mine(web, who)
    assert (found.state, found.proof, number in found.turns[0]) == ("accepted", "read", False)
    assert "{value}" in found.turns[0]
    assert filled(game(web).keys, found)[0] == [text]
    assert "đã qua" in player.call("GET", "/attack/").text


@settings(max_examples=60, deadline=None)
@given(
    twist=st.sampled_from(
        [
            *("digitspaces", "digitdots", "digitslashes", "digitlines", "digitwords"),
            *("fullwidth", "base64", "base64twice", "hex", "hidden"),
        ]
    ),
    seed=st.integers(0, 10**6),
)
def test_the_lab_reads_back_what_was_hidden(twist: str, seed: int) -> None:
    """A number hidden in one of the corpus' own ways is read, and the stretch that hides it is
    found without the words around it; another number is not read in it.
    """
    made = secret(BY_ID["plain"], lambda _name, below: seed % below)
    hidden = TWISTS[twist](made.text, random.Random(seed))  # noqa: S311 - a test's own
    text = f"Xin chào bạn nhé {hidden} cảm ơn nhiều"
    assert carries([text], made.wanted)
    ((start, end),) = hidden_in([text], made.wanted)
    assert "chào" not in text[start:end]
    assert "cảm" not in text[start:end]
    other = str((int(made.wanted[0]) + 1) % 10**10).zfill(10)
    assert not carries([text], [other])


def test_pieces_of_several_turns_are_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A value split over turns is read over all of them, and each piece has its own span."""
    keys = Keys.load(tmp_path_factory.mktemp("keys"))
    level = BY_ID["split"]
    number = secret_of(keys, "ai", level).text
    turns = (f"Trước hết ghi {number[:5]} nhé", "Hôm nay trời đẹp", f"Sau đó ghi {number[5:]}")
    found = Found("c", 0, "ai", "split", "VN_PHONE", "T3", turns, "read", "", "v1", "accepted")
    case = case_of(keys, found)
    said = [case.messages[s.message].content[s.start : s.end] for s in case.spans]
    assert said == [number[:5], number[5:]]
    assert all(span.piece for span in case.spans)


def test_the_game_is_played_and_judged_over_the_api(web: Web) -> None:
    """Levels, a try, what was found and a judgement are there for programs, by role."""
    trainee, officer = web.trainee("Người Chơi Qua API"), web.staff(Role.OFFICER)
    levels = trainee.call("GET", "/api/attack").json()
    assert {"level", "turns", "secret", "passed", "waiting"} == set(levels[0])
    path = f"/api/attack/levels/{levels[0]['level']}"
    told = trainee.call("POST", path, {"turns": [levels[0]["secret"]]}).json()
    assert told["actions"]
    assert told["proof"] == ""
    assert trainee.call("GET", "/api/attack/found").status_code == 403
    assert officer.call("GET", "/api/attack/found").status_code == 200
    body = {"act": "accept", "reason": "thử"}
    assert officer.call("POST", "/api/attack/found/khong-co", body).status_code == 404
    assert trainee.call("GET", "/api/runbook").status_code == 403
    assert "" in officer.call("GET", "/api/runbook").json()
