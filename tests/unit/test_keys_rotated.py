"""Keys are rotated, and all that older ones made can still be verified and read."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from support import environment, run_lab

from lab.auth.words import hash_resume_code, resume_code_fits
from lab.keys import ROTATIONS, Keys, followed, rotate
from lab.log.sqlite import SqliteLog
from lab.session.vaults import Vaults


def test_a_rotation_replaces_all_keys_and_leads_to_the_new_one(tmp_path: Path) -> None:
    """Three new keys; who trusts the first can follow to the newest, and to no other."""
    first = Keys.load(tmp_path / "k")
    rotate(tmp_path / "k")
    rotate(tmp_path / "k")
    last = Keys.load(tmp_path / "k")
    assert (last.version, len(last.verifiers)) == (3, 3)
    assert not {first.trace, first.vault} & {last.trace, last.vault}
    publics = [key.public_bytes_raw().hex() for key in last.verifiers]
    assert followed([publics[-1]], last.rotations) == set(publics)
    forged = replace(last.rotations[0], key="00" * 32)
    assert followed([publics[-1]], [forged]) == {publics[-1]}
    assert followed([publics[0]], last.rotations) == {publics[0]}
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "k").rglob("*")}
    assert {mode for p, mode in modes.items() if p.is_file()} == {0o600}
    assert {mode for p, mode in modes.items() if p.is_dir()} == {0o700}


def test_what_older_keys_hashed_and_sealed_can_be_found(tmp_path: Path) -> None:
    """Resume codes fit, hashes of every version are at hand, the placeholder map opens."""
    from lab.policy.vault import Vault

    before = Keys.load(tmp_path / "k")
    code, trace = hash_resume_code(before, "123456"), before.hash("trace", "x")
    held = Vault()
    token = held.placeholder("VN_PHONE", "0950 000 123")
    rotate(tmp_path / "k")
    after = Keys.load(tmp_path / "k")
    assert resume_code_fits(after, code, "123 456")
    assert not resume_code_fits(after, code, "123457")
    assert trace in after.hashes("trace", "x")
    assert after.hash_of(1, "trace", "x") == trace != after.hash_of(2, "trace", "x")

    async def reopened() -> str:
        log = SqliteLog(tmp_path / "d/lab.sqlite", before)
        await log.start()
        await Vaults(log, before).save("s", "secret", held)
        found = (await Vaults(log, after).open("s", "secret")).restore(token)
        await log.close()
        return found

    assert asyncio.run(reopened()) == "0950 000 123"


def test_a_crash_in_mid_rotation_leaves_the_old_keys(tmp_path: Path) -> None:
    """A statement whose key never came into use is passed over, and the next rotation holds."""
    before = Keys.load(tmp_path / "k")
    raw = (tmp_path / "k/signing.key").read_bytes()
    rotate(tmp_path / "k")
    (tmp_path / "k/signing.key").write_bytes(raw)
    assert Keys.load(tmp_path / "k").version == before.version == 1
    rotate(tmp_path / "k")
    assert Keys.load(tmp_path / "k").version == 2


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_missing_or_forged_history_is_an_error(tmp_path: Path, harm: str) -> None:
    """An old key that is gone is not made anew, and a forged statement is refused."""
    Keys.load(tmp_path / "k")
    rotate(tmp_path / "k")
    path = tmp_path / "k" / ROTATIONS
    if harm == "gone":
        (tmp_path / "k/old/1.trace.key").unlink()
    else:
        row = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps(row | {"at": row["at"] + 1}), "utf-8")
    with pytest.raises(OSError, match=r"old/1|rotations"):
        Keys.load(tmp_path / "k")


def test_the_log_verifies_across_a_rotation(tmp_path: Path) -> None:
    """`lab keys rotate` is on record, old anchors hold, and an old key signs nothing later."""
    env = environment(tmp_path, LAB_KEYS=str(tmp_path / "keys"))
    (tmp_path / "tmp").mkdir()
    assert run_lab("class", "add", "Lớp", "--code", "THU", env=env).returncode == 0
    old = Keys.load(tmp_path / "keys")
    done = run_lab("keys", "rotate", "--why", "thử", "--json", env=env)
    assert json.loads(done.stdout)["version"] == 2
    assert run_lab("log", "verify", env=env).returncode == 0

    async def late_anchor() -> list[str]:
        log = SqliteLog(tmp_path / "data/lab.sqlite", old)
        await log.append("system", "policy.published", {"version": 1})
        await log.anchor()
        await log.close()
        log = SqliteLog(tmp_path / "data/lab.sqlite", Keys.load(tmp_path / "keys"))
        found = await log.verify()
        await log.close()
        return [fault.code for fault in found.problems]

    assert asyncio.run(late_anchor()) == ["anchor_signature"]
    kinds = run_lab("log", "export", "--format", "jsonl", env=env).stdout
    assert "keys.rotated" in kinds
