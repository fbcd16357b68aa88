"""Backup, restore and upgrade of a lab on PostgreSQL: the same file, the same promises."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from postgressupport import shared
from pydantic import SecretStr

from lab.errors import Conflict, LogError, NotFound
from lab.keys import Keys
from lab.log import postgres_copy, review
from lab.log.base import SYSTEM
from lab.log.postgres import PostgresLog
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.archive import DATABASE, read
from lab.session.backup import back_up
from lab.session.erasing import Erasing
from lab.session.restore import restore, upgrade
from lab.settings import Settings

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from lab.log import postgres_copy
from lab.session.restore import restore
from lab.settings import Settings
at, path = sys.argv[1:]
def die(*_a, **_k):
    os.kill(os.getpid(), signal.SIGKILL)
if at == "verify":
    postgres_copy.audited = die
else:
    postgres_copy.copy_in = die
asyncio.run(restore(Settings(), Path(path), told=lambda _: None))
"""
OLD = "m0014_presence"


def quiet(_step: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lab on PostgreSQL, with a published file."""
    made = Settings(home=tmp_path / "data", database=SecretStr(shared().database()))
    (made.home / "policies/v1").mkdir(parents=True)
    (made.home / "policies/v1/policy.yaml").write_text("tên: mẫu\n", "utf-8")
    return made


def url_of(settings: Settings) -> str:
    """Its database."""
    assert settings.database is not None
    return settings.database.get_secret_value()


async def worked(settings: Settings, *names: str) -> list[str]:
    """Trainees have worked; ids of them."""
    log = PostgresLog(url_of(settings), Keys.load(settings.keys_dir))
    await log.start(recover=False)
    people = []
    for name in names:
        person = await log.add_person(name, Role.TRAINEE)
        session = await log.open_session(person, "01-cau-lenh-dau-tien")
        told = {"turn": "t", "action": "allow", "prompt": "Viết thư 👍 mời.", "findings": []}
        await log.append(session.id, "turn.decided", told)
        await log.append(session.id, "turn.ended", {"turn": "t", "reply": "a\0b\ud800"})
        await log.save_vault(session.id, bytes(range(256)))
        await log.sign_in(person.id, "token-" + name, "csrf")
        people.append(person.id)
    await log.write(review.catch_up)
    await log.anchor()
    await log.close()
    return people


async def names(settings: Settings) -> list[str]:
    """Who is there, once the whole chain was found to verify."""
    log = PostgresLog(url_of(settings), Keys.load(settings.keys_dir))
    await log.start(recover=False)
    try:
        assert (await log.verify()).problems == ()
        return sorted(person.name for person in await log.people())
    finally:
        await log.close()


async def saved(settings: Settings, folder: Path) -> Path:
    """A backup."""
    await asyncio.to_thread(folder.mkdir)
    keys = Keys.load(settings.keys_dir)
    return (await back_up(settings, keys, folder, told=quiet)).path


async def test_what_was_backed_up_comes_back(settings: Settings, tmp_path: Path) -> None:
    """After damage the data are those of the backup, verified; nobody is signed in; the tables of
    before are kept; new rows follow, and reviewers find the old words.
    """
    await worked(settings, "Lô Thị Thử", "Vừ Bá Ví Dụ")
    backup = await saved(settings, tmp_path / "kept")
    await worked(settings, "Người Đến Sau")
    with psycopg.connect(url_of(settings), autocommit=True) as db:
        db.execute("UPDATE events SET kind = 'x' WHERE id = 3")
    (settings.home / "policies/v1/policy.yaml").write_text("tên: hỏng\n", "utf-8")
    done = await restore(settings, backup, told=quiet)
    assert await names(settings) == ["Lô Thị Thử", "Vừ Bá Ví Dụ"]
    assert (settings.home / "policies/v1/policy.yaml").read_text("utf-8") == "tên: mẫu\n"
    with psycopg.connect(url_of(settings)) as db:
        query = f"SELECT count(*) FROM {done.tables}.people"  # noqa: S608 - made by us
        assert db.execute(query.encode()).fetchone() == (3,)
        assert db.execute("SELECT count(*) FROM signins").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM vaults").fetchone() == (2,)
    log = PostgresLog(url_of(settings), Keys.load(settings.keys_dir))
    await log.start(recover=False)
    await log.append(SYSTEM, "system.started", {})
    assert await log.write(review.catch_up) > 0
    assert (await log.verify()).problems == ()
    await log.close()


async def test_a_backup_is_of_one_moment_and_stands_alone(
    settings: Settings, tmp_path: Path
) -> None:
    """Made while the lab writes, it verifies by itself, holds no key, and opens on SQLite too."""
    await worked(settings, "Lô Thị Thử")
    keys = Keys.load(settings.keys_dir)
    log = PostgresLog(url_of(settings), keys)
    await log.start(recover=False)

    async def write() -> None:
        while True:
            await log.append(SYSTEM, "system.started", {})

    writing = asyncio.create_task(write())
    backup = await saved(settings, tmp_path / "kept")
    writing.cancel()
    await log.close()
    manifest = read(backup, keys, into=tmp_path / "out")
    assert manifest.faults == 0
    copy = SqliteLog(tmp_path / "out" / DATABASE, keys)
    assert [person.name for person in await copy.people()] == ["Lô Thị Thử"]
    await copy.close()


async def test_who_was_erased_since_stays_erased(settings: Settings, tmp_path: Path) -> None:
    """A restore does not bring back whom the present log says was erased."""
    (gone, _) = await worked(settings, "Người Đã Xóa", "Lô Thị Thử")
    backup = await saved(settings, tmp_path / "kept")
    log = PostgresLog(url_of(settings), Keys.load(settings.keys_dir))
    await log.start(recover=False)
    await Erasing(log).person(gone, by="cli:thu", reason="theo yêu cầu")
    await log.close()
    await restore(settings, backup, told=quiet)
    assert await names(settings) == ["Lô Thị Thử"]


def killed(settings: Settings, at: str, backup: Path) -> None:
    """A restore in a process that kills itself (SIGKILL) at a step."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    env |= {"LAB_HOME": str(settings.home), "LAB_DATABASE": url_of(settings)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, at, str(backup)], env=env, check=False, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("at", ["copy", "verify"])
async def test_a_killed_restore_leaves_the_old_state_whole(
    settings: Settings, tmp_path: Path, at: str
) -> None:
    """Killed before the end, database and files are the old ones; a second try succeeds."""
    await worked(settings, "Lô Thị Thử")
    backup = await saved(settings, tmp_path / "kept")
    await worked(settings, "Người Đến Sau")
    (settings.home / "policies/v1/policy.yaml").write_text("tên: mới\n", "utf-8")
    killed(settings, at, backup)
    assert await names(settings) == ["Lô Thị Thử", "Người Đến Sau"]
    assert (settings.home / "policies/v1/policy.yaml").read_text("utf-8") == "tên: mới\n"
    await restore(settings, backup, told=quiet)
    assert await names(settings) == ["Lô Thị Thử"]


async def test_a_dry_run_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    """Both are tried to the end, and nothing is written or put in place."""
    await worked(settings, "Lô Thị Thử")
    backup = await saved(settings, tmp_path / "kept")
    await worked(settings, "Người Đến Sau")
    keys = Keys.load(settings.keys_dir)
    tried = await back_up(settings, keys, tmp_path / "kept" / "x.tar.gz", told=quiet, dry_run=True)
    assert not tried.path.exists()
    done = await restore(settings, backup, told=quiet, dry_run=True)
    assert done.before is None
    assert await names(settings) == ["Lô Thị Thử", "Người Đến Sau"]


async def test_nothing_is_replaced_under_a_running_lab(settings: Settings, tmp_path: Path) -> None:
    """While a process serves the database, restore and upgrade are refused; keys must be there."""
    await worked(settings, "Lô Thị Thử")
    backup = await saved(settings, tmp_path / "kept")
    keys = Keys.load(settings.keys_dir)
    serving = PostgresLog(url_of(settings), keys, place="máy này")
    await serving.start()
    with pytest.raises(Conflict, match="lab_running"):
        await restore(settings, backup, told=quiet)
    with pytest.raises(Conflict, match="lab_running"):
        await upgrade(settings, keys, told=quiet)
    await serving.close()
    apart = settings.model_copy(update={"keys": tmp_path / "no-keys"})
    with pytest.raises(NotFound, match="backup_no_keys"):
        await restore(apart, backup, told=quiet)


async def test_an_earlier_form_is_upgraded_and_then_backed_up(
    settings: Settings, tmp_path: Path
) -> None:
    """A backup asks for the present form; ``lab upgrade`` brings it there, all or nothing."""
    await worked(settings, "Lô Thị Thử")
    with psycopg.connect(url_of(settings), autocommit=True) as db:
        db.execute("DROP TABLE presence")
        db.execute("DELETE FROM lab_migrations WHERE name = %s", (OLD,))
    with pytest.raises(LogError, match="backup_form"):
        await saved(settings, tmp_path / "early")
    keys = Keys.load(settings.keys_dir)
    assert (await upgrade(settings, keys, told=quiet, dry_run=True)).steps == (OLD,)
    assert (await upgrade(settings, keys, told=quiet)).steps == (OLD,)
    assert (await upgrade(settings, keys, told=quiet)).steps == ()
    await saved(settings, tmp_path / "kept")
    assert postgres_copy.size_of(url_of(settings)) > 0
