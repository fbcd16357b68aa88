"""Who comes in, who stays in, who is kept out, below HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.auth import Auth, Joined, clean_name, first_accounts, hash_password
from lab.auth import words as auth_words
from lab.auth.limits import Failures, Pacing
from lab.errors import BadRequest, LogError, NotFound, NotSignedIn, TooMany
from lab.keys import Keys
from lab.log.base import SYSTEM
from lab.log.sqlite import SqliteLog
from lab.model import Person, Role, Who
from lab.settings import Settings

PASSWORD = "bốn-từ-ghép-lại"


@pytest.fixture
async def auth(tmp_path: Path) -> AsyncIterator[Auth]:
    """Signing in on a real log, with a class A1 and a trainer."""
    settings = Settings(home=tmp_path / "data", signin_idle_minutes=10, signin_hours=2)
    keys = Keys.load(settings.keys_dir)
    log = SqliteLog(settings.database_file, keys, commit_ms=0.1)
    await log.start()
    await log.add_class("Lớp một", "A1", site="Xã A")
    await log.add_person("Trần Giảng", Role.TRAINER, password=await hash_password(PASSWORD))
    yield Auth(log, keys, settings)
    await log.close()


async def everything_logged(auth: Auth) -> str:
    """All payloads of the system's stream, as text."""
    return str([event.payload for event in await auth.log.events(SYSTEM)])


def failures_logged(events: list[Any]) -> list[Any]:
    """Payloads of failures."""
    return [event.payload for event in events if event.kind == "signin.failed"]


# --- trainees ------------------------------------------------------------------------------------


async def test_a_first_join_makes_a_person_and_a_code(auth: Auth) -> None:
    """A class code and a name give a trainee of that class and site, and six digits once."""
    joined = await auth.join(" a1 ", "  Lê   Thử ")
    assert joined.who.person.name == "Lê Thử"
    assert (joined.who.person.role, joined.who.person.site) == (Role.TRAINEE, "Xã A")
    assert joined.resume_code is not None
    assert (len(joined.resume_code), joined.resume_code.isdigit()) == (6, True)
    assert (await auth.who(joined.token)) == joined.who


async def test_the_code_brings_the_same_person_back(auth: Auth) -> None:
    """With the code, however it is spaced, it is the same person; the code is not shown again."""
    first = await auth.join("A1", "Lê Thử")
    code = first.resume_code or ""
    again = await auth.join("A1", "lê thử", f" {code[:3]} {code[3:]} ")
    assert again.who.person == first.who.person
    assert again.resume_code is None
    assert again.token != first.token
    wide = code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert (await auth.join("A1", "Lê Thử", wide)).who.person == first.who.person


async def test_the_name_without_the_code_is_another_person(auth: Auth) -> None:
    """Nobody becomes somebody else by knowing the name."""
    first, second = await auth.join("A1", "Lê Thử"), await auth.join("A1", "Lê Thử", " ")
    assert first.who.person.id != second.who.person.id
    assert first.resume_code != second.resume_code
    for joined in (first, second):
        back = await auth.join("A1", "Lê Thử", joined.resume_code)
        assert back.who.person.id == joined.who.person.id


async def test_a_wrong_class_or_code_is_refused(auth: Auth) -> None:
    """An unknown class and a code that does not fit are refused, each with its sentence."""
    with pytest.raises(NotSignedIn) as caught:
        await auth.join("B9", "Lê Thử")
    assert caught.value.code == "bad_class_code"
    first = await auth.join("A1", "Lê Thử")
    await auth.log.add_class("Lớp hai", "B2")
    for place, name in (("A1", "Lê Khác"), ("B2", "Lê Thử")):
        with pytest.raises(NotSignedIn) as caught:
            await auth.join(place, name, first.resume_code)
        assert caught.value.code == "bad_resume_code"


async def test_guesses_of_a_code_are_slowed_down_for_that_name_only(auth: Auth) -> None:
    """After five wrong codes a name waits, right code or not; other names do not."""
    first, other = await auth.join("A1", "Lê Thử"), await auth.join("A1", "Vũ Thử")
    wrong = f"{(int(first.resume_code or 0) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await auth.join("A1", "Lê Thử", wrong)
    with pytest.raises(TooMany) as caught:
        await auth.join("A1", "Lê Thử", first.resume_code)
    assert 1 <= int(caught.value.values["seconds"]) <= 300
    assert (await auth.join("A1", "Vũ Thử", other.resume_code)).who.person == other.who.person
    assert (await auth.join("A1", "Lê Thử")).resume_code


async def test_codes_are_kept_as_keyed_hashes(auth: Auth) -> None:
    """The database holds no code, and without the server's keys a code cannot be found out."""
    joined = await auth.join("A1", "Lê Thử")
    code, class_id = joined.resume_code or "", joined.who.person.class_id or ""
    (held,) = await auth.log.trainees_named(class_id, "Lê Thử")
    assert held.resume is not None
    assert code not in held.resume
    assert auth_words.resume_code_fits(auth.keys, held.resume, code)
    stranger = Keys(auth.keys.signing, b"x" * 32, b"y" * 32)
    assert not auth_words.resume_code_fits(stranger, held.resume, code)
    assert not auth_words.resume_code_fits(auth.keys, None, code)


async def test_a_trainer_gives_a_new_code(auth: Auth) -> None:
    """The new code works, the old one does not, and the trainee's sign-ins ended at once."""
    first = await auth.join("A1", "Lê Thử")
    trainer = (await auth.login("Trần Giảng", PASSWORD)).who
    assert await auth.who(first.token)
    code = await auth.reset_resume(trainer, first.who.person.id)
    assert await auth.who(first.token) is None
    with pytest.raises(NotSignedIn):
        await auth.join("A1", "Lê Thử", first.resume_code)
    assert (await auth.join("A1", "Lê Thử", code)).who.person == first.who.person


@pytest.mark.parametrize(
    "helper",
    [
        Person("x", "X", Role.OFFICER),
        Person("x", "X", Role.TRAINEE),
        Person("x", "X", Role.TRAINER, class_id="another"),
        Person("x", "X", Role.ADMIN, site="Xã B"),
    ],
)
async def test_only_the_trainee_s_own_trainers_give_codes(auth: Auth, helper: Person) -> None:
    """Other roles, classes and sites are told that there is no such person."""
    joined = await auth.join("A1", "Lê Thử")
    with pytest.raises(NotFound):
        await auth.reset_resume(Who(helper, "s", "c"), joined.who.person.id)
    assert await auth.who(joined.token)


async def test_people_with_a_password_have_no_resume_code(auth: Auth) -> None:
    """A trainer's account cannot be opened through a class."""
    trainer = (await auth.login("Trần Giảng", PASSWORD)).who
    with pytest.raises(NotFound):
        await auth.reset_resume(trainer, trainer.person.id)


# --- passwords -----------------------------------------------------------------------------------


async def test_a_password_opens_whatever_the_input_method(auth: Auth) -> None:
    """Name and password fit in composed and decomposed letters alike."""
    import unicodedata

    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "TRẦN Giảng")  # type: ignore[arg-type]
        password = unicodedata.normalize(form, PASSWORD)  # type: ignore[arg-type]
        assert (await auth.login(name, password)).who.person.role is Role.TRAINER


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Trần Giảng", "sai-mật-khẩu"),
        ("Trần Giảng", ""),
        ("Trần Giảng", PASSWORD + " " * 300),
        ("Không Ai", PASSWORD),
        ("a\ud800", "b\ud800"),
        ("", ""),
    ],
)
async def test_what_does_not_fit_is_refused_alike(auth: Auth, name: str, password: str) -> None:
    """A wrong password and an unknown name give one and the same answer."""
    with pytest.raises(NotSignedIn) as caught:
        await auth.login(name, password)
    assert caught.value.code == "bad_login"


async def test_a_trainee_has_no_password_to_guess(auth: Auth) -> None:
    """Signing in as a trainee with a password is refused, an empty one too."""
    await auth.join("A1", "Lê Thử")
    for password in ("", "None", PASSWORD):
        with pytest.raises(NotSignedIn):
            await auth.login("Lê Thử", password)


async def test_an_unknown_name_takes_as_long(auth: Auth) -> None:
    """A hash is verified for unknown names too, so that the time tells nothing."""
    await auth_words.password_fits(None, "x")

    async def seconds(name: str) -> float:
        begun = time.process_time()
        with pytest.raises(NotSignedIn):
            await auth.login(name, "sai-mật-khẩu")
        return time.process_time() - begun

    known = sorted([await seconds("Trần Giảng") for _ in range(3)])[1]
    unknown = sorted([await seconds(f"Không Ai {n}") for n in range(3)])[1]
    assert unknown > known / 3


async def test_failures_of_an_account_are_slowed_down(auth: Auth) -> None:
    """After five failures the account waits, even with the right password; others do not."""
    await auth.log.add_person("Phạm Khác", Role.OFFICER, password=await hash_password(PASSWORD))
    tries = (auth.login("trần  giảng", f"sai-{n}") for n in range(9))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(error) for error in found] == [NotSignedIn] * 5 + [TooMany] * 4
    with pytest.raises(TooMany):
        await auth.login("Trần Giảng", PASSWORD)
    assert await auth.login("Phạm Khác", PASSWORD)
    assert len(failures_logged(await auth.log.events(SYSTEM))) == 5


async def test_a_success_forgets_failures(auth: Auth) -> None:
    """Four mistakes, the right password, four mistakes again: nobody waits."""
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(NotSignedIn):
                await auth.login("Trần Giảng", "sai-mật-khẩu")
        await auth.login("Trần Giảng", PASSWORD)


@pytest.mark.parametrize("password", ["ngắn", "x" * 257, ""])
async def test_passwords_have_a_length(password: str) -> None:
    """A password that is too short or endless is not hashed."""
    with pytest.raises(BadRequest):
        await hash_password(password)


# --- being in and leaving ------------------------------------------------------------------------


async def test_each_sign_in_has_a_token_of_its_own(auth: Auth) -> None:
    """Two sign-ins of a person share neither token nor CSRF token, and end apart."""
    one, two = [await auth.login("Trần Giảng", PASSWORD) for _ in range(2)]
    assert one.token != two.token
    assert one.who.csrf != two.who.csrf
    await auth.logout(one.who)
    assert await auth.who(one.token) is None
    assert await auth.who(two.token) == two.who


async def test_a_token_is_only_in_the_browser(auth: Auth, tmp_path: Path) -> None:
    """No file of the lab holds a token, a resume code or a password."""
    joined = await auth.join("A1", "Lê Thử")
    await auth.login("Trần Giảng", PASSWORD)
    secrets = [joined.token.encode(), PASSWORD.encode()]
    for file in files_under(tmp_path):
        assert not any(secret in file.read_bytes() for secret in secrets), file
    assert joined.token not in repr(joined)
    assert (joined.resume_code or "") not in repr(joined)


async def test_an_idle_sign_in_ends(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a request for the set minutes the sign-in is over, and its row is gone."""
    joined = await auth.join("A1", "Lê Thử")
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 11 * 60)
    assert await auth.who(joined.token) is None
    assert await auth.log.signed_in(auth.keys.hash("signin", joined.token)) is None


async def test_a_sign_in_in_use_lasts_until_its_hours_are_over(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests keep a sign-in alive beyond the idle minutes, but not beyond the set hours."""
    joined = await auth.join("A1", "Lê Thử")
    start = time.time()
    for minutes in (9, 18, 27):
        monkeypatch.setattr("time.time", lambda m=minutes: start + m * 60)
        assert await auth.who(joined.token)
        await asyncio.gather(*auth._touches)
    auth._known.clear()  # another process: it reads what was written
    assert await auth.who(joined.token)
    monkeypatch.setattr("time.time", lambda: start + 2 * 3600 + 1)
    assert await auth.who(joined.token) is None


async def test_a_sign_in_ended_elsewhere_is_noticed(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new password set by a command ends sign-ins in a running lab within seconds."""
    joined = await auth.login("Trần Giảng", PASSWORD)
    await auth.log.set_password(joined.who.person.id, await hash_password("mật-khẩu-mới"))
    monkeypatch.setattr("lab.auth.service.CACHE_SECONDS", 0)
    assert await auth.who(joined.token) is None


async def test_reading_who_is_there_spares_the_database(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within seconds the same cookie is not read twice."""
    joined = await auth.join("A1", "Lê Thử")
    await auth.who(joined.token)

    async def no_read(_: str) -> None:
        raise AssertionError

    monkeypatch.setattr(auth.log, "signed_in", no_read)
    assert await auth.who(joined.token) == joined.who


async def test_what_is_remembered_is_bounded(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory of sign-ins has a size; who fell out is read again."""
    monkeypatch.setattr("lab.auth.service.CACHE_SIZE", 2)
    joined = [await auth.join("A1", f"Người {n}") for n in range(4)]
    for one in (*joined, *joined):
        assert await auth.who(one.token) == one.who
    assert len(auth._known) == 2


async def test_nobody_comes_in_while_the_log_cannot_be_written(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a failure cannot be logged the answer is an error, not a sign-in."""

    async def refuse(*_: Any, **__: Any) -> None:
        raise LogError

    monkeypatch.setattr(auth.log, "append", refuse)
    with pytest.raises(LogError):
        await auth.login("Trần Giảng", "sai-mật-khẩu")


# --- what the log tells --------------------------------------------------------------------------


async def test_the_log_tells_of_failures_without_what_was_typed(auth: Auth) -> None:
    """A password in the field of names, or any code, is in no event."""
    joined = await auth.join("A1", "Lê Thử")
    wrong = f"{(int(joined.resume_code or 0) + 1) % 1_000_000:06d}"
    for attempt in (
        auth.login("mật-khẩu-gõ-nhầm-ô", "x"),
        auth.login("Trần Giảng", "mật-khẩu-gõ-nhầm-ô"),
        auth.join("mật-khẩu-gõ-nhầm-ô", "Lê Thử"),
        auth.join("A1", "mật-khẩu-gõ-nhầm-ô", wrong),
    ):
        with pytest.raises(NotSignedIn):
            await attempt
    logged = failures_logged(await auth.log.events(SYSTEM))
    assert [row["way"] for row in logged] == ["password", "password", "class", "class"]
    assert [row.get("person") is not None for row in logged] == [False, True, False, False]
    text = await everything_logged(auth)
    assert "gõ-nhầm" not in text
    assert wrong not in text
    assert "Lê Thử" not in text


# --- names and limits ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u200bb", "a\u202eb", "a\ud800"])
def test_unreadable_names_are_refused(name: str) -> None:
    """Empty, endless and invisible names are refused."""
    with pytest.raises(BadRequest):
        clean_name(name)


@given(st.text(max_size=100))
def test_a_clean_name_is_clean(name: str) -> None:
    """What passes is in NFC, has no outer or double spaces, and passes again unchanged."""
    try:
        clean = clean_name(name)
    except BadRequest:
        return
    assert clean == clean.strip() == clean_name(clean)
    assert "  " not in clean


async def test_waits_double_up_to_a_limit_and_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each failure beyond the free ones doubles the wait; after a quiet time all is forgotten."""
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    failures = Failures(free=2, longest=8, forget=900)
    waits = []
    for _ in range(7):
        now += max(0.0, failures.wait("k"))
        with pytest.raises(NotSignedIn):
            async with failures.attempt("k"):
                raise NotSignedIn
        waits.append(failures.wait("k"))
    assert waits == [0, 1, 2, 4, 8, 8, 8]
    now += 901
    with pytest.raises(NotSignedIn):
        async with failures.attempt("k"):
            raise NotSignedIn
    assert failures.wait("k") == 0


async def test_the_memory_of_failures_is_bounded() -> None:
    """Many names fill no memory: the one that failed longest ago is forgotten first."""
    failures = Failures(free=1, longest=60, size=3)
    for key in "abcd":
        with pytest.raises(NotSignedIn):
            async with failures.attempt(key):
                raise NotSignedIn
    assert [failures.wait(key) > 0 for key in "abcd"] == [False, True, True, True]
    assert len(failures._locks) == 0


async def _guess(auth: Auth, code: str, place: str) -> None:
    with pytest.raises(NotSignedIn):
        await auth.join(code, "Kẻ Đoán", place=place)


async def test_guesses_of_class_codes_come_one_after_another(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty wrong codes a minute are free; after them a place has two tries a second, right ones
    too, and another place waits for nobody.
    """
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("lab.auth.limits.asyncio.sleep", sleep)
    for nth in range(40):
        await _guess(auth, f"X{nth}", "10.0.0.1")
    assert len(waited) == 19
    assert waited == sorted(waited)
    assert waited[-1] == pytest.approx(9, abs=0.5)
    await auth.join("A1", "Lê Thử", place="10.0.0.1")
    assert len(waited) == 20
    await auth.join("A1", "Vũ Thử", place="10.0.0.2")
    assert len(waited) == 20


async def test_a_guesser_keeps_nobody_out_of_a_class_that_has_begun(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once somebody came in by the class's code from an address, the others there wait for nobody;
    the same code from elsewhere, and a code that nobody there has used, wait as before.
    """
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("lab.auth.limits.asyncio.sleep", sleep)
    first = await auth.join("A1", "Lê Thử", place="10.0.0.1")
    for place in ("10.0.0.1", "10.0.0.2"):
        for nth in range(100):
            await _guess(auth, f"X{nth}", place)
    waited.clear()
    for nth in range(30):
        await auth.join(" a1", f"Học viên {nth}", place="10.0.0.1")
    await auth.join("A1", "Lê Thử", first.resume_code, place="10.0.0.1")
    assert waited == []
    await auth.join("A1", "Vũ Thử", place="10.0.0.2")
    await _guess(auth, "X0", "10.0.0.1")
    assert len(waited) == 2


async def test_a_whole_site_behind_one_address_comes_in(auth: Auth) -> None:
    """Three hundred right sign-ins, and a typing error in each twentieth, wait for nobody."""
    began = time.monotonic()
    for nth in range(300):
        if nth % 20 == 0:
            await _guess(auth, f"A1{nth}", "10.0.0.3")
        await auth.join("A1", f"Học viên {nth}", place="10.0.0.3")
    assert auth._pacing._next == {}
    assert time.monotonic() - began < 60


async def test_wrong_resume_codes_of_one_name_keep_nobody_else_of_the_class_out(auth: Auth) -> None:
    """However many codes are guessed in a class, the others come back at once."""
    other = await auth.join("A1", "Vũ Thử")
    for nth in range(150):
        with pytest.raises((NotSignedIn, TooMany)):
            await auth.join("A1", f"Tên {nth}", "000000")
    assert (await auth.join("A1", "Vũ Thử", other.resume_code)).who.person == other.who.person


async def test_nobody_waits_for_ever_and_a_minute_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who would wait longer than a minute is told so; after a quiet minute there is no pace."""
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)

    async def sleep(_seconds: float) -> None:
        return

    monkeypatch.setattr("lab.auth.limits.asyncio.sleep", sleep)
    pacing = Pacing(free=2, every=1.0, longest=3.0, size=2)
    for _ in range(4):
        pacing.failed("a")
    for _ in range(4):
        await pacing.turn("a", "X")
    with pytest.raises(TooMany):
        await pacing.turn("a", "X")
    now += 61
    await pacing.turn("a", "X")
    assert pacing._next == {}
    for place in "bcd":
        pacing.failed(place)
    assert set(pacing._levels) == {"c", "d"}


# --- the first start -----------------------------------------------------------------------------


async def test_the_first_accounts_are_made_once(tmp_path: Path) -> None:
    """An admin, a trainer, an officer and a class whose words work; none on a second start."""
    settings = Settings(home=tmp_path / "data")
    keys = Keys.load(settings.keys_dir)
    log = SqliteLog(settings.database_file, keys)
    await log.start()
    made = await first_accounts(log)
    assert made is not None
    assert [person.role for person, _ in made.people] == [Role.ADMIN, Role.TRAINER, Role.OFFICER]
    auth = Auth(log, keys, settings)
    for person, password in made.people:
        joined: Joined = await auth.login(person.name, password)
        assert joined.who.person == person
        assert password not in repr(made)
    assert await auth.join(made.classroom.code, "Lê Thử")
    assert await first_accounts(log) is None
    await log.close()


def files_under(folder: Path) -> list[Path]:
    """All files, of all folders in it."""
    return [file for file in folder.rglob("*") if file.is_file()]
