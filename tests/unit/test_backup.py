"""Backup, restore and upgrade: what comes back, what is refused, and a kill at every step."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from backupsupport import code_of, killed, people, quiet

from lab.errors import BadRequest, Conflict, LabError, NotFound
from lab.keys import Keys, rotate
from lab.log import schema
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.archive import read
from lab.session.backup import back_up
from lab.session.restore import restore, upgrade
from lab.settings import Settings


async def _fill(settings: Settings, names: tuple[str, ...]) -> None:
    log = SqliteLog(settings.database_file, Keys.load(settings.keys_dir))
    await log.start()
    try:
        for name in names:
            person = await log.add_person(name, Role.TRAINEE)
            session = await log.open_session(person, "01-cau-lenh-dau-tien")
            await log.append(session.id, "turn.decided", {"turn": "t", "prompt": "Viết thư mời."})
            await log.append(session.id, "turn.ended", {"turn": "t", "reply": "Kính mời."})
            await log.sign_in(person.id, "token-" + name, "csrf")
        await log.anchor()
    finally:
        await log.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Data with two people and a published file."""
    made = Settings(home=tmp_path / "data")
    asyncio.run(_fill(made, ("Lô Thị Thử", "Vừ Bá Ví Dụ")))
    (made.home / "policies/v1").mkdir(parents=True)
    (made.home / "policies/v1/policy.yaml").write_text("tên: mẫu\n", "utf-8")
    (made.home / "serve.lock").touch()
    return made


@pytest.fixture
def saved(settings: Settings, tmp_path: Path) -> Path:
    """A backup of these data."""
    (tmp_path / "kept").mkdir()
    keys = Keys.load(settings.keys_dir)
    return asyncio.run(back_up(settings, keys, tmp_path / "kept", told=quiet)).path


# --- there and back ------------------------------------------------------------------------------


def test_what_was_backed_up_comes_back(settings: Settings, saved: Path) -> None:
    """After damage the restored data are those of the backup, verified, and signed in is nobody."""
    asyncio.run(_fill(settings, ("Người Đến Sau",)))
    settings.database_file.write_bytes(b"damaged" * 999)
    done = asyncio.run(restore(settings, saved, told=quiet))
    assert people(settings) == ["Lô Thị Thử", "Vừ Bá Ví Dụ"]
    assert (settings.home / "policies/v1/policy.yaml").read_text("utf-8") == "tên: mẫu\n"
    with closing(sqlite3.connect(settings.database_file)) as db:
        assert db.execute("SELECT count(*) FROM signins").fetchone() == (0,)
    assert done.before is not None
    assert (done.before / "lab.sqlite").read_bytes().startswith(b"damaged")
    modes = {path.stat().st_mode & 0o077 for path in [settings.home, *settings.home.rglob("*")]}
    assert modes == {0}


def test_a_backup_holds_no_key_and_no_lock(settings: Settings, saved: Path) -> None:
    """The archive lists the database and published files; no key's bytes are in any of them."""
    keys = Keys.load(settings.keys_dir)
    with tarfile.open(saved) as tar:
        names = tar.getnames()
        held = b"".join(tar.extractfile(name).read() for name in names)  # type: ignore[union-attr]
    expected = ["lab.sqlite", "manifest.json", "manifest.sig", "policies/v1/policy.yaml"]
    assert sorted(names) == expected
    for key in (keys.trace, keys.vault, keys.signing.private_bytes_raw()):
        assert key not in held
    assert saved.stat().st_mode & 0o077 == 0
    (settings.home / "quen.bin").write_bytes(b"x" + keys.vault)
    with pytest.raises(BadRequest) as refused:
        asyncio.run(back_up(settings, keys, saved.with_name("b.tar.gz"), told=quiet))
    assert code_of(refused) == "backup_keys"


def test_a_backup_beside_writers_is_of_one_moment(settings: Settings, tmp_path: Path) -> None:
    """While a lab writes on, the copy verifies: no turn in it is half told."""

    async def both() -> int:
        keys = Keys.load(settings.keys_dir)
        log = SqliteLog(settings.database_file, keys)
        await log.start()
        stop = asyncio.Event()

        async def write() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                await log.append("system", "system.started", {"version": str(number)})

        writer = asyncio.create_task(write())
        await asyncio.sleep(0.05)
        made = await back_up(settings, keys, tmp_path / "live.tar.gz", told=quiet)
        stop.set()
        await writer
        await log.close()
        return made.manifest.faults

    assert asyncio.run(both()) == 0
    assert read(tmp_path / "live.tar.gz", Keys.load(settings.keys_dir)).events > 0


def test_older_keys_of_ours_still_restore(settings: Settings, saved: Path) -> None:
    """A backup that was signed before the keys were rotated is known after it."""
    rotate(settings.keys_dir)
    asyncio.run(restore(settings, saved, told=quiet))
    assert people(settings) == ["Lô Thị Thử", "Vừ Bá Ví Dụ"]


def test_a_dry_run_changes_nothing(settings: Settings, saved: Path, tmp_path: Path) -> None:
    """Trials of all three leave every file as it was, and no file behind."""
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    keys = Keys.load(settings.keys_dir)
    asyncio.run(back_up(settings, keys, tmp_path / "x.tar.gz", told=quiet, dry_run=True))
    asyncio.run(restore(settings, saved, told=quiet, dry_run=True))
    asyncio.run(upgrade(settings, keys, told=quiet, dry_run=True))
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    fresh = {path.name for path in set(after) - set(before)}
    assert fresh <= {"lab.serving"}
    assert all(after[path] == held for path, held in before.items())


# --- what is refused -----------------------------------------------------------------------------


def test_a_running_lab_is_never_restored_over(settings: Settings, saved: Path) -> None:
    """While a process serves the data, restore and upgrade refuse, and nothing changes."""
    for place in (settings.home / "serve.lock", settings.database_file.with_suffix(".serving")):
        held = schema.claim(place)
        assert held is not None
        for work in (
            restore(settings, saved, told=quiet),
            upgrade(settings, Keys.load(settings.keys_dir), told=quiet),
        ):
            with pytest.raises(Conflict) as refused:
                asyncio.run(work)
            assert code_of(refused) == "lab_running"
        os.close(held)
    assert len(people(settings)) == 2


def test_other_keys_or_none_are_told(settings: Settings, saved: Path) -> None:
    """Without keys nothing is made up; with other keys the signature does not fit."""
    shutil.rmtree(settings.keys_dir)
    with pytest.raises(NotFound) as refused:
        asyncio.run(restore(settings, saved, told=quiet))
    assert code_of(refused) == "backup_no_keys"
    assert not settings.keys_dir.exists()
    Keys.load(settings.keys_dir)
    with pytest.raises(BadRequest) as other:
        asyncio.run(restore(settings, saved, told=quiet))
    assert code_of(other) == "backup_other_key"


def test_every_damage_is_found_before_anything_changes(settings: Settings, saved: Path) -> None:
    """A byte turned or an end cut off anywhere: refused, and the data are as before.

    A turned bit that only fills up the last byte of the compressed stream changes nothing that is
    read: what is read is then compared with what was signed.
    """
    whole = saved.read_bytes()
    places = [*range(20, len(whole) - 8, max(1, len(whole) // 60)), 0, 1]
    damaged = [whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in places]
    damaged += [whole[: len(whole) * part // 7] for part in range(7)]
    keys, unharmed = Keys.load(settings.keys_dir), 0
    manifest = read(saved, keys)
    for data in damaged:
        saved.write_bytes(data)
        try:
            assert read(saved, keys) == manifest
        except BadRequest:
            continue
        unharmed += 1
    assert unharmed <= 2
    saved.write_bytes(damaged[3])
    with pytest.raises(BadRequest):
        asyncio.run(restore(settings, saved, told=quiet))
    assert len(people(settings)) == 2


def test_a_backup_does_not_go_where_it_would_be_lost(settings: Settings, saved: Path) -> None:
    """Not among the data, not among the keys, not over another backup."""
    keys = Keys.load(settings.keys_dir)
    for target, code in (
        (settings.home / "b.tar.gz", "backup_inside"),
        (settings.keys_dir, "backup_inside"),
        (saved, "backup_exists"),
        (saved.parent / "khong-co/b.tar.gz", "backup_no_folder"),
    ):
        with pytest.raises(LabError) as refused:
            asyncio.run(back_up(settings, keys, target, told=quiet))
        assert code_of(refused) == code


# --- killed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["compare", "unpack", "verify", "place"])
def test_a_killed_restore_leaves_the_old_state_whole(
    settings: Settings, saved: Path, step: str
) -> None:
    """Killed at any step, the data are the old ones and verify; a second try succeeds."""
    asyncio.run(_fill(settings, ("Người Đến Sau",)))
    killed(settings, "restore", step, str(saved))
    assert "Người Đến Sau" in people(settings)
    asyncio.run(restore(settings, saved, told=quiet))
    assert "Người Đến Sau" not in people(settings)


@pytest.mark.parametrize("step", ["copy", "pack", "place"])
def test_a_killed_backup_leaves_no_file_that_looks_like_one(
    settings: Settings, tmp_path: Path, step: str
) -> None:
    """Killed at any step there is no backup under its name, and the data are as before."""
    (tmp_path / "out").mkdir()
    killed(settings, "backup", step, str(tmp_path / "out"))
    assert [p.name for p in (tmp_path / "out").iterdir() if not p.name.startswith(".")] == []
    assert len(people(settings)) == 2
