"""Broken and hostile files, and logs that were touched: more targets of ``bench/fuzz.py``."""

from __future__ import annotations

import gzip
import io
import re
import sys
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.fuzz_text import Draw, holds, text
from lab.attach import Reader
from lab.attach.limits import Limits
from lab.course.bundle import pack, unpack
from lab.course.shapes import ExerciseFile
from lab.datafile import decode, loads
from lab.errors import LabError
from lab.keys import Keys
from lab.log import chain
from lab.log.audit import Audit
from lab.log.chain import Anchor, Mark
from lab.policy.rules import RuleFile
from lab.session import archive
from lab.session.roster_file import read as read_roster
from lab.settings import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from files import as_png, as_scan, picture, saved, word, workbook  # type: ignore[import-not-found]


def bitten(draw: Draw, data: bytes) -> bytes:
    """Bytes changed, doubled, cut out or put in."""
    bytes_ = bytearray(data)
    for _ in range(draw.randrange(1, 8)):
        at = draw.randrange(len(bytes_) + 1)
        end = min(len(bytes_), at + draw.randrange(1, 40))
        kind = draw.randrange(5)
        if kind == 0 and at < len(bytes_):
            bytes_[at] = draw.randrange(256)
        elif kind == 1:
            del bytes_[at:end]
        elif kind == 2:
            bytes_[at:at] = bytes_[at:end] * draw.randrange(1, 4)
        elif kind == 3:
            bytes_[at:at] = draw.choice(BITES)
        else:
            bytes_[at:end] = draw.randbytes(end - at)
        bytes_ = bytes_ or bytearray(b"\0")
    return bytes(bytes_)


BITES = (
    b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"&a *a", b"<<: *x", b"!!python/object:os.system", b"\t",
    b"{{", b"]]", b"---\n", b"%YAML 9.9\n", b"'", b'"', b"\xed\xa0\x80", b": ", b"\n- ", b"1e999",
    b"<!ENTITY a 'b'>", b"%PDF-1.7", b"PK\x03\x04", b"2026-13-45", b"0x" + b"f" * 40, b"../", b"\r",
)  # fmt: skip


@cache
def _files() -> tuple[tuple[str, bytes, Any], ...]:
    rules = [(path, RuleFile) for path in sorted((ROOT / "policies/rules").glob("*.yaml"))]
    course = [(path, ExerciseFile) for path in sorted((ROOT / "exercises").glob("*/*.yaml"))]
    return tuple((path.name, path.read_bytes(), shape) for path, shape in rules + course)


def datafiles(draw: Draw) -> None:
    """A broken data file is read or named with its places, never more."""
    name, data, shape = draw.choice(_files())
    with suppress(LabError):
        loads(decode(bitten(draw, data[:6000]), name), name, shape)


@cache
def _course() -> bytes:
    return pack(ROOT / "exercises")


def bundles(draw: Draw) -> None:
    """A hostile course writes nothing beside its folder."""
    with tempfile.TemporaryDirectory() as home:
        target = Path(home) / "a" / "course"
        data = bitten(draw, _zip(draw)) if draw.random() < 0.7 else bitten(draw, _course())
        with suppress(LabError):
            unpack(data, target)
        outside = [path for path in Path(home).rglob("*") if path.is_file()]
        holds(all(path.is_relative_to(target) for path in outside), "a file beside the folder")


NAMES = (
    *("../x.yaml", "/etc/x.md", "a/../../x.md", "C:\\x.md", "a\\..\\x.yaml", ".x.yaml", "x.yaml"),
    *("a/b.md", "manifest.json", "x.py", "a/./b.md", "con:x.md", "a\0.md", "x" * 300 + ".md"),
)


def _zip(draw: Draw) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in draw.sample(NAMES, draw.randrange(1, 6)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = draw.choice((0o644, 0o120777, 0o40755)) << 16
            packed.writestr(entry, draw.choice((b"x", b"\0" * 100_000, b'{"format": 1}')))
    return made.getvalue()


@cache
def _keys() -> Keys:
    return Keys.load(Path(tempfile.mkdtemp(prefix="fuzz-keys-")) / "keys")


@cache
def _backup() -> bytes:
    home = Path(tempfile.mkdtemp(prefix="fuzz-backup-"))
    (home / "lab.sqlite").write_bytes(b"SQLite format 3\0" + bytes(500))
    with (home / "lab.sqlite").open("rb") as source:
        listed = {"lab.sqlite": archive.digest_of(source)}
    manifest = archive.Manifest("1", 1_700_000_000, ("m0001",), 3, 0, listed)
    archive.write(home / "b.tar.gz", home, ["lab.sqlite"], manifest, _keys())
    return (home / "b.tar.gz").read_bytes()


def backups(draw: Draw) -> None:
    """A backup that was touched is refused; nothing is written beside its folder."""
    with tempfile.TemporaryDirectory() as home:
        raw = gzip.decompress(_backup())
        data = gzip.compress(bitten(draw, raw), 1) if draw.random() < 0.5 else _extra(draw, raw)
        path, into = Path(home) / "b.tar.gz", Path(home) / "into"
        path.write_bytes(data if draw.random() < 0.8 else bitten(draw, _backup()))
        into.mkdir()
        with suppress(LabError):
            archive.read(path, _keys(), into=into)
            holds((into / "lab.sqlite").stat().st_size == 516, "another file than was saved")
        outside = [one for one in Path(home).rglob("*") if one.is_file() and one != path]
        holds(all(one.is_relative_to(into) for one in outside), "a file beside the folder")


def _extra(draw: Draw, raw: bytes) -> bytes:
    """The backup with an entry more: a way out, a link, a device."""
    made = io.BytesIO(raw)
    with tarfile.open(fileobj=made, mode="a") as tar:
        entry = tarfile.TarInfo(draw.choice(("../x", "/tmp/x", "lab.sqlite", "a/../../x")))  # noqa: S108
        entry.type = draw.choice(
            (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE)
        )
        entry.linkname = "/etc/passwd"
        tar.addfile(entry)
    return gzip.compress(made.getvalue(), 1)


LIST = "Họ tên,Mã lớp,Điện thoại\nNguyễn Thị Mẫu,THU,0912345678\n=1+1,THU,\n".encode()


def rosters(draw: Draw) -> None:
    """A broken list of people is read or refused."""
    book = workbook()
    book.active.append(["Họ tên", "Mã lớp"])
    book.active.append(["Nguyễn Thị Mẫu", "THU"])
    data = LIST if draw.random() < 0.8 else saved(book)
    with suppress(LabError):
        read_roster(text(draw, 20) or "a.csv", bitten(draw, data))


@cache
def _attachments() -> tuple[tuple[str, bytes], ...]:
    book = workbook()
    book.active.append(["Họ tên", "=1+1"])
    whole = (
        ("a.docx", saved(word("Độ mật: TUYỆT MẬT", "Một."))),
        ("a.xlsx", saved(book)),
        ("a.pdf", as_scan(picture("Mot", (120, 60)))),
        ("a.png", as_png(picture("Mot", (120, 60)))),
        ("a.txt", "Một hai ba.".encode()),
    )
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"<a>" + b" " * 40_000_000)
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        packed.writestr("word/embeddings/a.docx", whole[0][1])
        packed.writestr(
            "word/document.xml", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        )
    return (*whole, ("bomb.docx", bomb.getvalue()), ("nested.docx", nested.getvalue()))


READERS = (
    Reader(Limits(seconds=20.0), program=""),
    Reader(Limits(seconds=20.0)),
)
"""Without and with the system's Tesseract."""


def attachments(draw: Draw) -> None:
    """A broken or hostile file is read or refused with a reason, in its child, in time."""
    name, data = draw.choice(_attachments())
    other = draw.choice(_attachments())[0] if draw.random() < 0.1 else name
    reader, way = READERS[0], draw.random()
    if way < 0.6 and name.endswith(("docx", "xlsx")):
        data = _within(draw, data)
    elif way < 0.3:
        said = text(draw, 30) or "Mot"
        image = picture(said, (draw.randrange(1, 400), draw.randrange(1, 200)))
        data = as_png(image) if name == "a.png" else as_scan(image)
        name, reader = ("a.png" if name == "a.png" else "a.pdf"), READERS[1]
        other = name
    else:
        data = bitten(draw, data)
    with suppress(LabError):
        found = reader.read_now(other, data)
        holds("root:x:" not in " ".join(part.text for part in found.parts), "a file of the server")


def _within(draw: Draw, data: bytes) -> bytes:
    """An office file one part of which was bitten: its packing is whole, so it is read on."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        victim = draw.choice(names)
        for each in names:
            part = old.read(each)
            if each == victim:
                part = _xml(draw, part) if draw.random() < 0.5 else bitten(draw, part)
            new.writestr(each, part)
    return made.getvalue()


def _xml(draw: Draw, part: bytes) -> bytes:
    """XML that stays well formed: an element doubled, dropped, nested, or its text changed."""
    pieces = re.split(rb"(?=<)", part)
    at = draw.randrange(len(pieces))
    kind = draw.randrange(4)
    if kind == 0:
        pieces[at:at] = [b"<!-- x -->"]
    elif kind == 1:
        pieces[at] += text(draw, 40).encode("utf-8", "ignore").replace(b"<", b"").replace(b"&", b"")
    elif kind == 2:
        pieces[at] = pieces[at].replace(b'"', b'"' + b"9" * draw.randrange(1, 30), 1)
    else:
        pieces[at:at] = [b"<w:p>" * 3 + b"x" + b"</w:p>" * 3]
    return b"".join(pieces)


# --- the log ----------------------------------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def chains(draw: Draw) -> None:
    """Whatever is done to a row or an anchor, the audit names it and does not break."""
    rows: list[chain.Row] = []
    heads: dict[str, chain.Head] = {}
    for number in range(draw.randrange(2, 12)):
        stream = draw.choice(("system", "a", "b"))
        head = heads.get(stream, chain.genesis(stream))
        payload = chain.canonical({"text": text(draw, 30), "n": draw.random()})
        row = chain.link(head, stream, 1_700_000_000_000_000 + number, "k", payload)
        heads[stream] = chain.Head(row.seq, row.hash)
        rows.append(row)
    marks = [Mark(stream, head.seq, head.hash) for stream, head in heads.items()]
    anchor = chain.sign(KEY, None, 1_700_000_000_000_100, marks)
    rows.sort(key=lambda row: (row.stream, row.seq))
    holds(not Audit(KEY.public_key()).run(rows, [anchor]).problems, "a whole log has a fault")
    at = draw.randrange(len(rows))
    field = draw.choice(
        ("stream", "seq", "at", "kind", "payload", "salt", "digest", "hash", "gone")
    )
    if field == "gone":
        changed = [*rows[:at], *rows[at + 1 :]]
    else:
        old = getattr(rows[at], field)
        new = _other(draw, old)
        changed = [*rows[:at], replace(rows[at], **{field: new}), *rows[at + 1 :]]
    changed.sort(key=lambda row: (row.stream, row.seq))
    holds(
        Audit(KEY.public_key()).run(changed, [anchor]).problems, f"a change was not named: {field}"
    )
    line = bitten(draw, anchor.line().encode()).decode("utf-8", "replace")
    with suppress(ValueError):
        read = Anchor.read(line)
        if chain.signed_by(read, KEY.public_key()):
            Audit(KEY.public_key()).run(rows, [read])


def _other(draw: Draw, old: Any) -> Any:
    if isinstance(old, int):
        return old + draw.choice((1, -1, 1000))
    if isinstance(old, bytes):
        return bitten(draw, old) + b"."
    return draw.choice((old + "0", old[:-1], text(draw, 20) + "x"))
