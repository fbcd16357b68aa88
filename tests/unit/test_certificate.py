"""Certificates: whoever changes one letter of them is found out, on any machine."""

from __future__ import annotations

import json
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from coursesupport import scored
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from typer.testing import CliRunner

from lab.cli import app
from lab.course import Course
from lab.errors import Conflict
from lab.keys import Keys
from lab.log import make as make_log
from lab.log.base import SYSTEM, Log
from lab.log.chain import canonical
from lab.model import Person, Role
from lab.pages.certificate import as_pdf, read_pdf
from lab.session.certificate import (
    PREFIX,
    Certificate,
    Certificates,
    Issued,
    NoCertificate,
    key_id,
    sign,
    verify,
)
from lab.settings import Settings

COURSE = Course.load(Path(__file__).parents[2] / "exercises")
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key()
GIVEN = Certificate(
    "thao-truong", "Đỗ Thị Ỷ", "Lớp Hòa Lam", "2026-09-09", 18, "9F3A12BC77D0", key_id(PUBLIC)
)
TEXT = sign(GIVEN, KEY)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_a_certificate_is_read_back() -> None:
    """What was signed comes out again, also from a text that was broken into lines."""
    assert verify(TEXT, PUBLIC) == GIVEN
    assert verify(f" {TEXT[:50]}\r\n{TEXT[50:]} \n", PUBLIC) == GIVEN


@given(name=WORDS, class_name=WORDS, count=st.integers(0, 99))
def test_any_name_survives(name: str, class_name: str, count: int) -> None:
    """Every name and class that Unicode can write is signed and read back."""
    one = replace(GIVEN, name=name, class_name=class_name, count=count)
    assert verify(sign(one, KEY), PUBLIC) == one


@given(place=st.integers(0, len(TEXT) - 1), sign_=st.characters(exclude_categories=["Cs"]))
def test_any_changed_letter_makes_it_invalid(place: int, sign_: str) -> None:
    """Another character anywhere, a space too, is no valid certificate any more."""
    changed = TEXT[:place] + sign_ + TEXT[place + 1 :]
    if changed != TEXT:
        with pytest.raises(NoCertificate):
            verify(changed, PUBLIC)


@given(cut=st.integers(0, len(TEXT) - 1), more=st.text("ABCDEFGH234567=", min_size=1, max_size=9))
def test_a_cut_or_longer_text_is_invalid(cut: int, more: str) -> None:
    """A part of the text, or the text and something more, is no certificate."""
    for other in (TEXT[:cut], TEXT + more, TEXT[:cut] + more):
        if other != TEXT:
            with pytest.raises(NoCertificate):
                verify(other, PUBLIC)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda data: data.hex())))
def test_no_text_is_a_crash(text: str) -> None:
    """Whatever is given, the answer is a refusal and nothing else."""
    for given_text in (text, PREFIX + text, PREFIX + text.upper()):
        with pytest.raises(NoCertificate):
            verify(given_text, PUBLIC)


@pytest.mark.parametrize("field", ["name", "class_name", "date", "serial", "course"])
def test_another_content_under_the_same_signature(field: str) -> None:
    """Fields put in place of others do not fit the signature, and that is what is said."""
    import base64

    other = replace(GIVEN, **{field: "Khác"})
    held = base64.b32decode(TEXT[4:] + "=" * (-len(TEXT[4:]) % 8))[:64] + canonical(astuple(other))
    with pytest.raises(NoCertificate) as found:
        verify(PREFIX + base64.b32encode(held).decode().rstrip("="), PUBLIC)
    assert found.value.code == "changed"


def test_a_key_of_another_lab() -> None:
    """A certificate of another lab is told apart from a changed one; its key's name is no proof."""
    stranger = Ed25519PrivateKey.generate()
    theirs = sign(replace(GIVEN, key=key_id(stranger.public_key())), stranger)
    with pytest.raises(NoCertificate) as found:
        verify(theirs, PUBLIC)
    assert found.value.code == "other_key"
    with pytest.raises(NoCertificate) as found:
        verify(sign(GIVEN, stranger), PUBLIC)
    assert found.value.code == "changed"


def test_an_anchor_is_no_certificate() -> None:
    """What the same key signed for the log cannot be passed off as a certificate."""
    import base64
    import hashlib

    body = canonical(astuple(GIVEN))
    held = KEY.sign(hashlib.sha256(body).digest()) + body
    with pytest.raises(NoCertificate) as found:
        verify(PREFIX + base64.b32encode(held).decode().rstrip("="), PUBLIC)
    assert found.value.code == "changed"


# --- who gets one ---------------------------------------------------------------------------------


async def trainee(log: Log, name: str) -> Person:
    """Somebody of a class."""
    rooms = await log.classes() or [await log.add_class("Lớp Hòa Lam", "HL")]
    return await log.add_person(name, Role.TRAINEE, resume="x", class_id=rooms[0].id)


async def issued(home: Path, name: str = "Đỗ Thị Ỷ") -> tuple[Issued, Settings]:
    """A certificate of a real log."""
    settings = Settings(home=home)
    keys = Keys.load(settings.keys_dir)
    log = make_log(settings, keys)
    await log.start()
    person = await trainee(log, name)
    await scored(log, person, {each.id: [0.4, 0.8] for each in COURSE.exercises})
    found = await Certificates(log, keys, lambda: COURSE).of(person)
    await log.close()
    return found, settings


async def test_one_certificate_a_person(tmp_path: Path) -> None:
    """Asked for again, also after better scores and at the same time, it is the same; one event."""
    import asyncio

    settings = Settings(home=tmp_path / "data")
    keys = Keys.load(settings.keys_dir)
    log = make_log(settings, keys)
    await log.start()
    one, other = await trainee(log, "Người Một"), await trainee(log, "Người Hai")
    desk = Certificates(log, keys, lambda: COURSE)
    all_but_last = {each.id: [0.8] for each in COURSE.exercises[:-1]}
    await scored(log, one, all_but_last | {COURSE.exercises[-1].id: [0.6]})
    with pytest.raises(Conflict) as early:
        await desk.of(one)
    assert early.value.values == {"count": 1, "numbers": "18"}
    await scored(log, one, {COURSE.exercises[-1].id: [0.75]})
    first, again = await asyncio.gather(desk.of(one), desk.of(one))
    await scored(log, one, {COURSE.exercises[0].id: [1.0]})
    later = await Certificates(log, keys, lambda: COURSE).of(one)
    assert first.text == again.text == later.text
    assert as_pdf(first, COURSE, "vi") == as_pdf(later, COURSE, "vi")
    assert verify(first.text, keys.signing.public_key()).name == "Người Một"
    await scored(log, other, {each.id: [0.8] for each in COURSE.exercises})
    assert (await desk.of(other)).certificate.serial != first.certificate.serial
    rows = [row for row in await log.events(SYSTEM) if row.kind == "certificate.issued"]
    assert [row.payload for row in rows] == [
        {"person": one.id, "serial": first.certificate.serial},
        {"person": other.id, "serial": (await desk.of(other)).certificate.serial},
    ]
    await log.close()


# --- on paper, and the command --------------------------------------------------------------------


def lab(settings: Settings, *command: str) -> tuple[int, str]:
    """A command on that lab's data: exit code and what it printed."""
    env = {"LAB_HOME": str(settings.home)}
    result = CliRunner().invoke(app, ["course", *command], env=env)
    return result.exit_code, result.output


async def test_the_paper_says_all_and_is_checked(tmp_path: Path) -> None:
    """Name, class, exercises and scores are on one page, and the command finds it valid."""
    found, settings = await issued(tmp_path / "data")
    file = tmp_path / "giay.pdf"
    for language in ("vi", "en"):
        file.write_bytes(as_pdf(found, COURSE, language))
        reader = PdfReader(file)
        assert len(reader.pages) == 1
        words = "".join(reader.pages[0].extract_text().split())
        titles = [each.title.read(language) for each in COURSE.exercises]
        for told in ("Đỗ Thị Ỷ", "Lớp Hòa Lam", COURSE.title.read(language), *titles):
            assert "".join(told.split()) in words
        assert words.count("80%") == len(COURSE.exercises)
        assert lab(settings, "verify", str(file))[0] == 0
    code, told = lab(settings, "verify", found.text, "--json")
    assert code == 0
    assert json.loads(told)["certificate"]["name"] == "Đỗ Thị Ỷ"
    (tmp_path / "qr.txt").write_text(found.text + "\n", encoding="utf-8-sig")
    assert lab(settings, "verify", str(tmp_path / "qr.txt"))[0] == 0


async def test_a_name_printed_over_is_found(tmp_path: Path) -> None:
    """A page with another name that carries somebody's valid text does not pass."""
    found, settings = await issued(tmp_path / "data")
    other = replace(found, certificate=replace(found.certificate, name="Trần Văn Khác"))
    file = tmp_path / "khac.pdf"
    file.write_bytes(as_pdf(other, COURSE, "vi"))
    code, told = lab(settings, "verify", str(file), "--json")
    assert (code, json.loads(told)["problem"]) == (1, "printed")


async def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    """Each way of being no certificate has its own reason, and exit code 1."""
    found, settings = await issued(tmp_path / "data")
    bare = tmp_path / "bare.pdf"
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(bare)
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 none")
    swapped = found.text[:9] + ("A" if found.text[9] != "A" else "B") + found.text[10:]
    for given_text, code in (
        (str(bare), "pdf_empty"),
        (str(broken), "pdf_unreadable"),
        (str(tmp_path / "none.pdf"), "file"),
        ("x" * 5000, "file"),
        (swapped, "changed"),
        (found.text[:-8], "broken"),
    ):
        exit_code, told = lab(settings, "verify", given_text, "--json")
        assert (exit_code, json.loads(told)["problem"]) == (1, code)


async def test_another_machine_checks_with_the_public_key(tmp_path: Path) -> None:
    """With the exported key any machine can check; without one it says so, and makes none."""
    found, settings = await issued(tmp_path / "data")
    key, other = tmp_path / "khoa.pem", Settings(home=tmp_path / "elsewhere")
    assert lab(settings, "key", "--out", str(key))[0] == 0
    assert b"PRIVATE" not in key.read_bytes()
    assert lab(other, "verify", found.text, "--key", str(key))[0] == 0
    code, told = lab(other, "verify", found.text, "--json")
    assert (code, json.loads(told)["problem"]) == (1, "no_key")
    assert not other.keys_dir.exists()
    key.write_bytes(PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    code, told = lab(other, "verify", found.text, "--key", str(key), "--json")
    assert (code, json.loads(told)["problem"]) == (1, "other_key")
    key.write_text("no key", encoding="utf-8")
    assert "khoa.pem" in lab(other, "verify", found.text, "--key", str(key))[1]


async def test_long_names_stay_on_the_page(tmp_path: Path) -> None:
    """Eighty letters of a name are all printed, and found again."""
    name = ("Công Tằng Tôn Nữ Ngọc Quỳnh " * 3)[:80].strip()
    found, _ = await issued(tmp_path / "data", name)
    data = as_pdf(found, COURSE, "vi")
    assert read_pdf(data).agrees(found.certificate)
