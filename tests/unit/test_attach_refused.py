"""Files that must not be read: bombs, macros, locks, lies, and what is broken or hostile."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from files import as_png, as_scan, changed, picture, saved, word, workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.attach import Limits, Reader, Unreadable
from lab.words import explain

READER = Reader()
DOCX = saved(word("Kính gửi các thôn.", "Mời họp."))
XLSX = saved(workbook())
DOCUMENT = "word__document.xml"
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def refused(name: str, data: bytes, reader: Reader = READER) -> str:
    """The code with which a file is refused; empty where it is read."""
    try:
        reader.read_now(name, data)
    except Unreadable as raised:
        error = raised
    else:
        return ""
    words = explain(error)
    assert words["code"] == error.code
    assert "…" not in words["message"] + words["help"]
    return error.code.removeprefix("attach_")


def zipped(**files: bytes) -> bytes:
    """An archive, packed as tight as it goes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, data in files.items():
            out.writestr(name.replace("__", "/"), data)
    return into.getvalue()


def locked_pdf() -> bytes:
    """A PDF with a password."""
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(as_scan(picture("x", (200, 200)))))
    writer.encrypt("mat-khau", algorithm="AES-256")
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


def locked_zip() -> bytes:
    """An archive whose entries say that they are encrypted."""
    data = bytearray(DOCX)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def twice() -> bytes:
    """An archive with two documents of one name: readers would differ on which counts."""
    into = io.BytesIO(DOCX)
    with zipfile.ZipFile(into, "a") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr("word/document.xml", b"<x/>")
    return into.getvalue()


def wide_png(width: int, height: int) -> bytes:
    """A PNG whose header promises more pixels than there is memory for."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = b""
    for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + name + body
        chunks += struct.pack(">I", zlib.crc32(name + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


def old_office(*, locked: bool) -> bytes:
    """The head of a compound file of older Office versions."""
    word = "EncryptedPackage" if locked else "WordDocument"
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + word.encode("utf-16-le") + bytes(600)


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><w>&c;</w>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<w:document " + NAMESPACE.encode() + b"><w:t>&x;</w:t></w:document>"
)
CASES = {
    "empty": ("a.txt", b"", "empty"),
    "unknown": ("a.exe", b"MZ\x90\0", "unsupported"),
    "no ending": ("README", b"xin", "unsupported"),
    "program as text": ("a.txt", bytes(range(1, 32)) * 20, "wrong_type"),
    "picture as text": ("a.txt", as_png(picture("x", (60, 60))), "wrong_type"),
    "text as word": ("a.docx", b"xin", "wrong_type"),
    "zip as word": ("a.docx", zipped(a=b"x"), "wrong_type"),
    "excel as word": ("a.docx", XLSX, "wrong_type"),
    "word as excel": ("a.xlsx", DOCX, "wrong_type"),
    "word as pdf": ("a.pdf", DOCX, "wrong_type"),
    "pdf as picture": ("a.png", locked_pdf(), "wrong_type"),
    "old word": ("a.doc", old_office(locked=False), "old_office"),
    "old word by another name": ("a.docx", old_office(locked=False), "old_office"),
    "locked word": ("a.docx", old_office(locked=True), "encrypted"),
    "locked zip": ("a.docx", locked_zip(), "encrypted"),
    "locked pdf": ("a.pdf", locked_pdf(), "encrypted"),
    "macro by name": ("a.docm", DOCX, "macros"),
    "macro inside": ("a.docx", changed(DOCX, **{"word__vbaProject.bin": b"x"}), "macros"),
    "cut word": ("a.docx", DOCX[: len(DOCX) // 2], "broken"),
    "cut pdf": ("a.pdf", b"%PDF-1.7\n1 0 obj\n<<", "broken"),
    "cut picture": ("a.png", as_png(picture("x"))[:900], "broken"),
    "no xml": ("a.docx", changed(DOCX, **{DOCUMENT: b"<w:document"}), "broken"),
    "two of a name": ("a.docx", None, "broken"),
    "entities": ("a.docx", changed(DOCX, **{DOCUMENT: LAUGHS}), "hostile"),
    "outside": ("a.docx", changed(DOCX, **{DOCUMENT: OUTSIDE}), "hostile"),
    "outside, wide": (
        "a.docx",
        changed(DOCX, **{DOCUMENT: OUTSIDE.decode().encode("utf-16")}),
        "hostile",
    ),
    "outside in a part that is only swept": (
        "a.xlsx",
        changed(XLSX, **{"xl__charts__c.xml": OUTSIDE}),
        "hostile",
    ),
    "bomb": ("a.docx", changed(DOCX, **{"word__x.xml": b" " * 60_000_000}), "bomb"),
    "many small": ("a.docx", changed(DOCX, **{f"w{n}": b"" for n in range(3100)}), "bomb"),
    "nested": ("a.docx", changed(DOCX, **{"word__media__x.zip": zipped(a=b"x")}), "nested"),
    "nested twice": (
        "a.docx",
        changed(
            DOCX,
            **{
                "word__embeddings__a.xlsx": changed(
                    XLSX, **{"xl__embeddings__b.docx": changed(DOCX)}
                )
            },
        ),
        "nested",
    ),
    "pixels": ("a.png", wide_png(60_000, 60_000), "pixels"),
    "nothing to read": ("a.png", as_png(picture("")), "no_words"),
    "long": ("a.txt", b"chu " * 90_000, "too_long"),
    "many pages": (
        "a.pdf",
        None,
        "too_long",
    ),
}


def many_pages() -> bytes:
    """A PDF of more pages than are read."""
    writer = pypdf.PdfWriter()
    for _ in range(Limits().pages + 1):
        writer.add_blank_page(100, 100)
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_what_must_not_be_read_is_refused_and_says_why(case: str) -> None:
    """Each is refused with its own reason, in words without a gap left open."""
    name, data, code = CASES[case]
    if data is None:
        data = twice() if case == "two of a name" else many_pages()
    assert refused(name, data) == code


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    """A file that would unpack to gigabytes costs no more time than any other."""
    into = io.BytesIO()
    with (
        zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as out,
        out.open("word/document.xml", "w", force_zip64=True) as entry,
    ):
        for _ in range(64):
            entry.write(bytes(16_000_000))
    started = time.monotonic()
    assert refused("a.docx", into.getvalue()) == "bomb"
    assert time.monotonic() - started < 10


def test_a_header_that_lies_about_its_size_is_found_out() -> None:
    """What really comes out counts, not what the archive says of itself."""
    data = bytearray(changed(DOCX, **{"word__x.xml": b"<x>" + b" " * 3_000_000 + b"</x>"}))
    place = data.find(b"PK\x01\x02", data.rfind(b"word/x.xml") - 60)
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    limits = replace(Limits(), unpacked=1_000_000)
    assert refused("a.docx", bytes(data), Reader(limits)) in {"bomb", "broken"}


def test_office_files_inside_one_another_share_one_budget() -> None:
    """A workbook in a document is read, and counts with it."""
    inner = changed(DOCX, **{"word__embeddings__a.xlsx": XLSX})
    document = READER.read_now("a.docx", inner)
    assert any("Lô Thị Thử Một" in part.text for part in document.parts)
    tight = Reader(replace(Limits(), unpacked=len(DOCX) * 4))
    assert refused("a.docx", inner, tight) == "bomb"


def test_without_tesseract_pictures_are_refused_and_say_what_to_do() -> None:
    """No Tesseract: pictures and scans are refused, all else is read."""
    bare = Reader(program="")
    assert refused("a.png", as_png(picture("Xin chào")), bare) == "no_ocr"
    assert refused("a.pdf", as_scan(picture("Xin chào")), bare) == "no_ocr"
    assert bare.read_now("a.docx", DOCX).parts[1].text == "Kính gửi các thôn.\nMời họp."
    assert "tesseract-ocr-vie" in explain(Unreadable("attach_no_ocr"))["help"]


def test_more_pictures_than_are_read_are_counted() -> None:
    """Pictures over the limit stay unread, and the document says how many."""
    few = Reader(replace(Limits(), scans=1))
    document = few.read_now("a.pdf", as_scan(*[picture("Trang")] * 3))
    assert document.unread == {"pictures": 2}


def children(of: int) -> set[int]:
    """Processes of a process group."""
    found = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in found.splitlines())
    return {int(pid) for pid, group, state in rows if int(group) == of and state[0] != "Z"}


def test_a_late_reader_is_killed_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Tesseract that hangs is ended with the process that waits for it, soon after the limit."""
    program = tmp_path / "tesseract"
    program.write_text('#!/bin/sh\n[ "$1" = --list-langs ] && echo vie && exit\nexec sleep 600\n')
    program.chmod(0o755)
    groups: list[int] = []
    real = subprocess.Popen

    def noted(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
        process = real(*args, **kwargs)  # type: ignore[call-overload]
        groups.append(process.pid)
        return process  # type: ignore[no-any-return]

    monkeypatch.setattr("lab.attach.reader.subprocess.Popen", noted)
    slow = Reader(replace(Limits(), seconds=3), program=str(program))
    started = time.monotonic()
    assert refused("a.png", as_png(picture("Xin chào")), slow) == "slow"
    assert time.monotonic() - started < 8
    assert groups
    assert [children(group) for group in groups[-1:]] == [set()]


def test_memory_is_limited() -> None:
    """A file that needs more memory than is allowed is refused; the lab's own process has none."""
    tight = Reader(replace(Limits(), memory=230_000_000))
    assert refused("a.png", as_png(picture("x", (7000, 8000))), tight) in {"too_heavy", "broken"}


def test_processor_time_is_limited() -> None:
    """A file that keeps the processor busy is given up."""
    tight = Reader(replace(Limits(), cpu_seconds=1))
    book = workbook()
    for row in range(30_000):
        book.active.append([f"hàng {row}", row, f"cột {row}"])
    assert refused("a.xlsx", saved(book), tight) == "slow"


def test_nothing_is_written_to_any_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a scan leaves no file in any folder for temporary files, and can make none."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = {*os.listdir("/tmp"), *os.listdir("/dev/shm")}  # noqa: PTH208, S108 - names only
    assert refused("a.pdf", as_scan(picture("Giấy mời"))) == ""
    after = {*os.listdir("/tmp"), *os.listdir("/dev/shm")}  # noqa: PTH208, S108
    assert list(tmp_path.iterdir()) == []
    assert not [name for name in after - before if "tess" in name or "lept" in name]


def test_the_reading_process_cannot_write() -> None:
    """After ``confine`` no file can grow: the kernel refuses."""
    code = (
        "import tempfile\nfrom lab.attach.confine import confine\n"
        "from lab.attach.limits import Limits\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with tempfile.TemporaryFile() as f:\n    confine(Limits())\n"
        "    try:\n        f.write(b'x'); f.flush()\n"
        "    except OSError as e: print(e.errno)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "27", done.stderr  # EFBIG


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_files_are_read_or_refused_never_more(data: st.DataObject) -> None:
    """Whatever bytes are changed, the answer is a document or a reason."""
    name, whole = data.draw(st.sampled_from([("a.docx", DOCX), ("a.xlsx", XLSX), ("a.pdf", PDF)]))
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 12))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    refused(name, bytes(damaged))


PDF = as_scan(picture("", (120, 120)))
