"""Keep a database of each earlier form: the lab of that time runs, and a small class works in it.

    python tests/kept/make.py                  all of STATES again
    python tests/kept/make.py m0013 HEAD       one more, of the lab as it is committed now

Before a migration is added, keep the form that it will change. Each form becomes
``schema-NAME.sqlite.gz``, named by the migration that came last in time; what its people know of it
goes to ``known.json``. The keys in ``keys/`` are all forms' own.

Not kept: the form of commit 0224cff, sixteen minutes of 23 November 2026, whose ``m0013_alarms``
was edited afterwards. Since then a test refuses such an edit.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

KEPT = Path(__file__).resolve().parent
ROOT = KEPT.parents[1]
KNOWN = KEPT / "known.json"
STATES = {
    "m0001": ("71c6c39", ""),
    "m0002": ("959c100", ""),
    "m0008": ("33a8211", ""),
    "m0005": ("33a8211", "3ead499"),
    "m0003": ("33a8211", "8efdced"),
    "m0006": ("33a8211", "00fb243"),
    "m0007": ("377bcd2", ""),
    "m0010": ("569ad03", ""),
    "m0012": ("0fd877b", ""),
    "m0011": ("a562df5", ""),
    "m0014": ("d9b05b4", ""),
    "m0009": ("430c742", ""),
}
"""The last commit of each form, in the order of time. A second commit gives the migrations: at
those three no lab could start (a module was not committed yet), so the one before them writes into
tables of their form, and the tables that it does not know stay empty."""


def main() -> None:
    """Keep all forms, or the one that is named."""
    asked = {sys.argv[1]: (sys.argv[2], "")} if len(sys.argv) > 1 else STATES
    for name, (commit, migrations) in asked.items():
        with tempfile.TemporaryDirectory() as folder:
            keep(name, Path(folder), commit, migrations)


def keep(name: str, folder: Path, commit: str, migrations: str) -> None:
    """Check a commit out into a folder, run it there, and keep its database."""
    there = folder / "lab"
    there.mkdir()
    _unpack(commit, there)
    if migrations:
        _unpack(migrations, there, "lab/log/migrations")
    shutil.copytree(KEPT / "keys", folder / "keys")
    env = {k: v for k, v in os.environ.items() if not k.startswith("LAB_")}
    told = subprocess.run(
        [sys.executable, KEPT / "fill.py", folder],
        cwd=there,
        env=env | {"PYTHONPATH": str(there), "LAB_CACHE": str(folder / "cache")},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    database = folder / "data/lab.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("DELETE FROM signins")
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
        db.execute("VACUUM")
    packed = gzip.compress(database.read_bytes(), 9, mtime=0)
    (KEPT / f"schema-{name}.sqlite.gz").write_bytes(packed)
    known = json.loads(KNOWN.read_text("utf-8")) if KNOWN.exists() else {}
    known[name] = json.loads(told.splitlines()[-1])
    KNOWN.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _unpack(commit: str, into: Path, *paths: str) -> None:
    packed = subprocess.run(
        ["git", "archive", commit, *paths], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    subprocess.run(["tar", "x", "-C", str(into)], input=packed, check=True)


if __name__ == "__main__":
    main()
