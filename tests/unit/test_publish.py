"""Publishing: one officer alone never weakens, and what the log says is in force."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from policysupport import publish

from lab.errors import BadRequest, Conflict, DataFileError, Forbidden, NotFound, PolicyError
from lab.keys import Keys
from lab.log import make as make_log
from lab.log.base import SYSTEM, Log
from lab.log.officers import Limit
from lab.model import Person, Role
from lab.policy import rules as rule_files
from lab.policy import versions
from lab.session.editions import Editions
from lab.session.holder import PolicyHolder
from lab.session.officers import NeedsSecond, Officers
from lab.session.policy_follow import Follower
from lab.session.proving import Prover
from lab.settings import Settings

DAY = 86_400
OWN = """rules:
  - id: project
    entity: PROJECT
    recognizer: pattern
    tier: T3
    mode: mask
    title: {vi: Mã dự án, en: Project code}
    why: {vi: Một câu., en: A sentence.}
    advice: {vi: Một câu., en: A sentence.}
    source: quy-che-lop
    placeholder: MÃ DỰ ÁN
    patterns: [{name: code, form: "DA-####"}]
    examples: {catch: ["mã ⟦DA-2026⟧"], pass: ["mã số"]}
  - id: plan
    entity: PLAN
    recognizer: pattern
    tier: T2
    mode: block
    title: {vi: Kế hoạch mật, en: Secret plan}
    why: {vi: Một câu., en: A sentence.}
    advice: {vi: Một câu., en: A sentence.}
    source: quy-che-lop
    patterns: [{name: plan, words: [kế hoạch sao khuê, sao khuê]}]
    examples: {catch: ["theo ⟦kế hoạch sao khuê⟧"], pass: ["sao trời"]}
"""
FILE = """sources:
  quy-che-lop: {title: {vi: Quy chế, en: Rules}, date: 2026-11-01}
"""
CASE = {
    "id": "sao/1",
    "set": "classified",
    "template": "sao",
    "split": "dev",
    "expect": "block",
    "messages": [{"role": "user", "content": "hỏi về sao khuê"}],
}


@dataclass(slots=True)
class Bench:
    """A lab with a small policy, two officers, and a clock two days on."""

    settings: Settings
    log: Log
    keys: Keys
    one: Person
    two: Person

    @property
    def desk(self) -> Officers:
        """As it is after both officers have been there for a day."""
        desk = Officers(Editions(self.log, self.keys, self.settings), Prover(self.log))
        return replace(desk, now=lambda: time.time() + 2 * DAY)

    def edit(self, old: str, new: str) -> None:
        """Change the draft."""
        path = self.settings.policies / "rules/own.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    async def in_force(self) -> int:
        """The number of the version in force."""
        return await self.desk.editions.start()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Version 1 is in force."""
    policies = tmp_path / "policies"
    for name in ("rules", "lists", "corpus"):
        (policies / name).mkdir(parents=True)
    (policies / "policy.yaml").write_text(FILE, "utf-8")
    (policies / "rules/own.yaml").write_text(OWN, "utf-8")
    (policies / "corpus/few.jsonl").write_text(json.dumps(CASE) + "\n", "utf-8")
    settings = Settings(home=tmp_path / "home", policies=policies)
    keys = Keys.load(tmp_path / "keys")
    log = make_log(settings, keys)
    await log.start()
    one, two = [await log.add_person(f"Cán bộ {n}", Role.OFFICER, password="x") for n in "AB"]
    made = Bench(settings, log, keys, one, two)
    assert await made.in_force() == 1
    yield made
    await log.close()


async def test_strengthening_needs_one_officer(bench: Bench) -> None:
    """A stricter draft becomes the next version at once, and the log says who and what."""
    bench.edit("mode: mask", "mode: block")
    version = await bench.desk.publish(bench.one, reason="chặt hơn")
    assert (version.version, version.by, version.weakens) == (2, bench.one.id, False)
    assert await bench.in_force() == 2
    event = (await bench.log.events(SYSTEM))[-1]
    assert event.kind == "policy.published"
    assert event.payload is not None
    assert event.payload["changes"] == [
        {"what": "mode", "rule": "project", "weakens": False, "before": "mask", "after": "block"}
    ]


async def test_weakening_waits_for_another_officer(bench: Bench) -> None:
    """Alone it changes nothing; not by oneself, but by another, it is approved and in force."""
    bench.edit("mode: mask", "mode: warn")
    with pytest.raises(NeedsSecond) as caught:
        await bench.desk.publish(bench.one)
    assert await bench.in_force() == 1
    with pytest.raises(Forbidden) as own:
        await bench.desk.approve(bench.one, caught.value.proposal)
    assert own.value.code == "policy_own"
    version = await bench.desk.approve(bench.two, "draft")
    assert (version.by, version.approved_by) == (bench.one.id, bench.two.id)
    assert await bench.in_force() == 2
    with pytest.raises(NotFound):
        await bench.desk.approve(bench.two, caught.value.proposal)


async def test_what_is_approved_is_what_was_proposed(bench: Bench) -> None:
    """Edits after the proposal are not part of it; a proposal whose copy was changed is refused."""
    bench.edit("mode: mask", "mode: warn")
    with pytest.raises(NeedsSecond) as caught:
        await bench.desk.publish(bench.one)
    bench.edit("mode: block", "mode: off")
    kept = await bench.desk.editions.folder(caught.value.proposal)
    assert rule_files.read(kept).rules[1].mode.value == "block"
    own = kept / "rules/own.yaml"
    own.write_text(own.read_text("utf-8").replace("mode: block", "mode: off"), "utf-8")
    with pytest.raises(PolicyError):
        await bench.desk.approve(bench.two, caught.value.proposal)
    assert await bench.in_force() == 1


async def test_another_version_in_between_ends_a_proposal(bench: Bench) -> None:
    """A proposal was weighed against the version in force then; after another it is void."""
    bench.edit("mode: mask", "mode: warn")
    with pytest.raises(NeedsSecond):
        await bench.desk.publish(bench.one)
    bench.edit("mode: warn", "mode: block")
    await bench.desk.publish(bench.two)
    with pytest.raises(NotFound):
        await bench.desk.approve(bench.two, "draft")


async def test_a_new_account_does_not_approve_for_a_day(bench: Bench) -> None:
    """Whoever made or reset an account could use it: it takes no part in weakening for 24 hours."""
    bench.edit("mode: mask", "mode: warn")
    today = replace(bench.desk, now=time.time)
    with pytest.raises(Forbidden) as caught:
        await today.publish(bench.one)
    assert caught.value.code == "policy_wait"
    with pytest.raises(NeedsSecond):
        await bench.desk.publish(bench.one)
    with pytest.raises(Forbidden):
        await today.approve(bench.two, "draft")
    assert await bench.in_force() == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.TRAINER, Role.TRAINEE])
async def test_only_officers_publish(bench: Bench, role: Role) -> None:
    """An administrator is no officer: neither publishes nor approves."""
    bench.edit("mode: mask", "mode: block")
    with pytest.raises(Forbidden):
        await bench.desk.publish(Person("x", "Ai đó", role))
    with pytest.raises(Forbidden):
        await bench.desk.approve(Person("x", "Ai đó", role), "draft")


async def test_a_lost_case_of_a_secret_is_named(bench: Bench) -> None:
    """What lowers recall of T1 and T2 by one case is refused until the case is named."""
    bench.edit("words: [kế hoạch sao khuê, sao khuê]", "words: [kế hoạch sao khuê]")
    with pytest.raises(Conflict) as caught:
        await bench.desk.publish(bench.one)
    assert caught.value.values == {"count": 1, "cases": "sao/1"}
    with pytest.raises(NeedsSecond):
        await bench.desk.publish(bench.one, acknowledge=["sao/1", "khác/1"])
    version = await bench.desk.approve(bench.two, "draft")
    assert version.acknowledged == ("sao/1",)


async def test_rolling_back(bench: Bench) -> None:
    """Alone: to what is stricter, or to what two approved. Else it waits for a second officer."""
    bench.edit("mode: mask", "mode: warn")
    with pytest.raises(NeedsSecond):
        await bench.desk.publish(bench.one)
    await bench.desk.approve(bench.two, "draft")  # v2: warn, by two
    assert (await bench.desk.roll_back(bench.one, 1)).restores == 1  # v3: mask again, stricter
    assert (await bench.desk.roll_back(bench.one, 2)).weakens  # v4: two approved it
    bench.edit("mode: warn", "mode: block")
    await bench.desk.publish(bench.one)  # v5: block
    with pytest.raises(NeedsSecond):
        await bench.desk.roll_back(bench.one, 1)  # mask: nobody ever approved it
    assert await bench.in_force() == 5
    assert (await bench.desk.approve(bench.two, "v6")).restores == 1
    assert [v.how for v in await bench.desk.editions.versions()] == [
        "start", "approve", "rollback", "rollback", "publish", "rollback",
    ]  # fmt: skip


async def test_a_restart_publishes_nothing(bench: Bench) -> None:
    """Weaker files in the folder of the draft do not enter force when the lab starts again."""
    bench.edit("mode: mask", "mode: off")
    assert await bench.in_force() == 1
    folder = await bench.desk.editions.folder("v1")
    assert rule_files.read(folder).rules[0].mode.value == "mask"


def _gone(bench: Bench, number: int) -> None:
    shutil.rmtree(bench.settings.home / f"policies/v{number}")


def _edited(bench: Bench, number: int) -> None:
    path = bench.settings.home / f"policies/v{number}/rules/own.yaml"
    path.write_text(path.read_text("utf-8").replace("mode: block", "mode: off"), "utf-8")


def _older(bench: Bench, number: int) -> None:
    _gone(bench, number)
    home = bench.settings.home / "policies"
    shutil.copytree(home / f"v{number - 1}", home / f"v{number}")


@pytest.mark.parametrize("harm", [_gone, _edited, _older])
async def test_files_of_a_version_cannot_be_taken_back(
    bench: Bench, harm: Callable[[Bench, int], None]
) -> None:
    """A version that the log tells of, deleted, edited or replaced by an older one: nothing starts,
    and the version before does not come back.
    """
    bench.edit("mode: mask", "mode: block")
    await bench.desk.publish(bench.one)
    harm(bench, 2)
    with pytest.raises(PolicyError) as caught:
        await bench.in_force()
    assert caught.value.code in {"policy_gone", "policy_changed"}
    assert caught.value.values["version"] == "v2"


async def test_a_folder_that_the_log_does_not_know_is_not_in_force(bench: Bench) -> None:
    """A version signed with the lab's own key, but never published, is set aside by the next."""
    bench.edit("mode: mask", "mode: off")
    assert publish(bench.settings, bench.keys) == 2
    assert await bench.in_force() == 1
    bench.edit("mode: off", "mode: block")
    await bench.desk.publish(bench.one)
    folder = await bench.desk.editions.folder("v2")
    assert rule_files.read(folder).rules[0].mode.value == "block"


async def test_two_officers_at_once(bench: Bench) -> None:
    """Of two publications of the same draft at the same time one is in force, the other refused."""
    bench.edit("mode: mask", "mode: block")
    found = await asyncio.gather(
        bench.desk.publish(bench.one), bench.desk.publish(bench.two), return_exceptions=True
    )
    assert sum(isinstance(each, Conflict) for each in found) == 1
    assert [v.version for v in await bench.desk.editions.versions()] == [1, 2]


async def test_a_broken_draft_is_told_by_line(bench: Bench) -> None:
    """A draft that the loader refuses is not published; problems name file and line."""
    bench.edit("mode: mask", "mode: mild")
    with pytest.raises(DataFileError) as caught:
        await bench.desk.publish(bench.one)
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("rules/own.yaml", 6)


async def _disputes(bench: Bench, people: int, version: str, rule: str) -> None:
    for nth in range(people):
        person = await bench.log.add_person(f"Học viên {rule} {nth}", Role.TRAINEE, resume="x")
        row = await bench.log.open_session(person, "01")
        for turn in ("a", "b"):
            payload = {"turn": turn, "rule": rule, "policy": version}
            await bench.log.append(row.id, "finding.disputed", payload)


async def test_false_alarms_undo_only_what_two_agreed_on(bench: Bench) -> None:
    """A limit needs two officers; below it, and by rules that did not change, nothing happens; at
    it the version before comes back by itself.
    """
    bench.edit("mode: mask", "mode: block")
    with pytest.raises(NeedsSecond):
        await bench.desk.publish(bench.one, limit=Limit(people=3, hours=24))
    await bench.desk.approve(bench.two, "draft")
    now = replace(bench.desk, now=time.time)
    await _disputes(bench, 2, "v2", "project")
    await _disputes(bench, 5, "v2", "plan")
    await _disputes(bench, 5, "v1", "project")
    assert await now.heed_disputes() is None
    await _disputes(bench, 1, "v2", "project")
    found = await now.heed_disputes()
    assert found is not None
    assert (found.how, found.restores, found.by) == ("automatic", 1, "")


async def test_a_flood_of_false_alarms_never_weakens_a_secret(bench: Bench) -> None:
    """No limit can be agreed where a rule of T1 or T2 differs."""
    bench.edit("sao khuê, sao khuê]", "sao khuê, sao khuê, sao mai]")
    with pytest.raises(BadRequest) as caught:
        await bench.desk.publish(bench.one, limit=Limit(people=2, hours=24))
    assert caught.value.code == "policy_limit_secret"


async def test_a_running_lab_takes_the_version_that_the_log_tells_of(bench: Bench) -> None:
    """A process follows the log; where the newest version cannot be read it sends nothing more."""
    holder = PolicyHolder(versions.load(bench.settings, 1, keys=bench.keys, workers=0))
    follower = Follower(bench.desk, holder)
    bench.edit("mode: mask", "mode: block")
    await bench.desk.publish(bench.one)
    await follower.look()
    assert holder.current.version == "v2"
    bench.edit("sao khuê, sao khuê]", "sao khuê, sao khuê, sao mai]")
    await bench.desk.publish(bench.one)
    _gone(bench, 3)
    await follower.look()
    assert not holder.loaded
    assert holder.error is not None
    assert holder.error.code == "policy_gone"
