"""Upgrading a database of every earlier form, kept from the lab of that time (``tests/kept``)."""

from __future__ import annotations

import ast
import asyncio
import gzip
import hashlib
import json
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from backupsupport import code_of, killed, people, quiet
from fastapi.testclient import TestClient
from websupport import Visitor, with_endpoint

from lab.app import create_app
from lab.assistant.testing import Endpoint
from lab.errors import LogError
from lab.keys import Keys
from lab.log import migrations, schema
from lab.log.base import SessionFilter
from lab.log.sqlite import SqliteLog
from lab.session.restore import upgrade
from lab.session.transcript import fold
from lab.session.vaults import Vaults
from lab.settings import Settings

KEPT = Path(__file__).parents[1] / "kept"
NAMES = sorted(path.name[7:12] for path in KEPT.glob("schema-*.sqlite.gz"))
TRAINEE = "Nguyễn Văn Mẫu"
PEOPLE = ["Lò Văn An Toàn Mẫu", TRAINEE, "Trần Thị Giảng Mẫu"]
MASKED = "Soạn giấy mời hoà giải gửi ông Vừ Bá Ví Dụ, điện thoại 0950 000 123."
"""A prompt whose personal data were masked, and given back in the reply."""
MIGRATIONS = {
    "m0001_first": "ab9578a178993a52",
    "m0002_people": "77051ef4b6bd6d8e",
    "m0003_review": "c3f3dacdaa5f46e0",
    "m0005_sharing": "98dd3f0d7b01b578",
    "m0006_help": "99d5985a17f2c9bd",
    "m0007_canaries": "7060fdf1bcae3607",
    "m0008_processes": "b8ac0b2debf89b6b",
    "m0009_incidents": "d5b8bee738f6afe9",
    "m0010_proof": "ca1def13c47a204d",
    "m0011_relay": "532e059025890c9a",
    "m0012_review": "9f533b7c6ca7704e",
    "m0013_alarms": "69e2e032d61b2f80",
    "m0014_presence": "8969802d4c9468dd",
}
"""Each migration as it was first used, by the digest of its statements."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a kept database: its trainee's session, and what the browser holds."""

    session: str
    reply: str
    secret: str
    code: str


def kept(home: Path, name: str) -> tuple[Settings, Keys, Kept]:
    """A database that an earlier version wrote, with its keys."""
    settings = Settings(home=home / "data")
    settings.home.mkdir(mode=0o700)
    packed = (KEPT / f"schema-{name}.sqlite.gz").read_bytes()
    settings.database_file.write_bytes(gzip.decompress(packed))
    shutil.copytree(KEPT / "keys", settings.keys_dir)
    known = json.loads((KEPT / "known.json").read_text("utf-8"))[name]
    return settings, Keys.load(settings.keys_dir), Kept(**known)


def applied(database: Path) -> set[str]:
    """Migrations that a database has had."""
    with closing(sqlite3.connect(database)) as db:
        return set(schema.applied(db))


def rows(database: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything that a database holds, by table, but for its record of migrations."""
    with closing(sqlite3.connect(database)) as db:
        db.row_factory = sqlite3.Row
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [str(row["name"]) for row in found if row["name"] != "_sqlite_migrations"]
        return {
            table: [dict(row) for row in db.execute(f'SELECT * FROM "{table}"')]  # noqa: S608
            for table in tables
        }


async def reply(settings: Settings, keys: Keys, known: Kept) -> str:
    """The first reply of the session that the trainee has, as this browser may read it."""
    log = SqliteLog(settings.database_file, keys)
    try:
        (trainee,) = [each for each in await log.people() if each.name == TRAINEE]
        (row,) = await log.sessions(SessionFilter(person_id=trainee.id))
        assert (row.id, row.masked, row.blocked) == (known.session, 1, 1)
        vault = await Vaults(log, keys).open(row.id, known.secret)
        turns = fold(await log.events(row.id)).turns
        assert len(turns) == 4
        assert "0950" not in turns[0].reply
        return vault.restore(turns[0].reply)
    finally:
        await log.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_earlier_form_is_upgraded(tmp_path: Path, name: str) -> None:
    """A trial changes nothing; then every row is there with all that it held, the chain verifies,
    sessions open, own values come back, and the old file stays beside the new one.
    """
    settings, keys, known = kept(tmp_path, name)
    whole, before = settings.database_file.read_bytes(), rows(settings.database_file)
    missing = sorted(set(schema.known()) - applied(settings.database_file))
    tried = asyncio.run(upgrade(settings, keys, told=quiet, dry_run=True))
    assert settings.database_file.read_bytes() == whole
    done = asyncio.run(upgrade(settings, keys, told=quiet))
    assert list(done.steps) == list(tried.steps) == missing
    assert done.before is not None
    assert rows(done.before) == before
    after = rows(settings.database_file)
    for table, held in before.items():
        now = [{field: row[field] for field in held[0]} for row in after[table] if held]
        assert not [row for row in held if row not in now], table
        assert len(now) >= len(held), table
    assert people(settings) == PEOPLE
    assert asyncio.run(reply(settings, keys, known)) == known.reply == MASKED
    assert asyncio.run(upgrade(settings, keys, told=quiet)).steps == ()


def test_an_interrupted_upgrade_leaves_the_old_state_whole(tmp_path: Path) -> None:
    """Killed at each step the database stays the old one, byte for byte; then it is upgraded."""
    settings, keys, _ = kept(tmp_path, "m0001")
    whole = settings.database_file.read_bytes()
    for step in ("copy", "migrate", "place"):
        killed(settings, "upgrade", step, "")
        assert settings.database_file.read_bytes() == whole
    asyncio.run(upgrade(settings, keys, told=quiet))
    assert people(settings) == PEOPLE
    with closing(sqlite3.connect(settings.database_file)) as db:
        assert db.execute("SELECT name FROM sites").fetchall() == [("Xã Ví Dụ",)]


def test_work_goes_on_after_the_longest_upgrade(tmp_path: Path) -> None:
    """A lab serves what the first form held: its trainee comes back, reads, and writes on."""
    settings, keys, known = kept(tmp_path, "m0001")
    asyncio.run(upgrade(settings, keys, told=quiet))
    with Endpoint() as endpoint:
        app = create_app(with_endpoint(tmp_path, endpoint))
        with TestClient(app, base_url="http://localhost") as client:
            assert client.portal is not None
            limit = time.monotonic() + 60
            while not client.get("/readyz").is_success:
                assert time.monotonic() < limit
                time.sleep(0.1)
            visitor = Visitor(app, client.portal)
            visitor.http.cookies.set("lab_vault", known.secret)
            entered = visitor.login(class_code="THU", name=TRAINEE, resume_code=known.code)
            assert entered.is_success, entered.text
            path = f"/api/sessions/{known.session}"
            turns = visitor.call("GET", path).json()["turns"]
            assert (len(turns), turns[0]["reply"]) == (4, MASKED)
            visitor.ask(known.session, "Viết tiếp lời chào.")
            assert len(visitor.call("GET", path).json()["turns"]) == 5
    assert people(settings) == PEOPLE


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    """A database of a newer version is neither upgraded nor changed."""
    settings, keys, _ = kept(tmp_path, "m0001")
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm9999_later'")
    with pytest.raises(LogError) as refused:
        asyncio.run(upgrade(settings, keys, told=quiet))
    assert code_of(refused) == "log_newer"


# --- what keeps this true ------------------------------------------------------------------------


def test_every_form_but_the_last_is_kept(tmp_path: Path) -> None:
    """Each form differs from the next by one migration: before a new one, keep the form of now."""
    forms = []
    for name in NAMES:
        (tmp_path / name).mkdir()
        forms.append(applied(kept(tmp_path / name, name)[0].database_file))
    forms = sorted([*forms, set(schema.known())], key=len)
    steps = {len(later - earlier) for earlier, later in pairwise(forms)}
    assert steps == {1}, "run: python tests/kept/make.py NAME HEAD"


def statements(path: Path) -> str:
    """The digest of a module, comments and sentences left out."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef):
            node.body = [each for each in node.body if not _is_sentence(each)]
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:16]


def _is_sentence(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_no_migration_is_edited() -> None:
    """A migration that a database may have had stays as it was: what is to change needs another."""
    folder = Path(migrations.__path__[0])
    assert {name: statements(folder / f"{name}.py") for name in schema.known()} == MIGRATIONS
