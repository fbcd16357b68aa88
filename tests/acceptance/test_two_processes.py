"""Several processes of one lab on one PostgreSQL, behind nginx, as a province would run them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from support import LAB, PASSWORD, Client, environment, events, run_lab, write_people

from bench.postgres import Server
from bench.site import NGINX, free_ports, front_conf
from lab.assistant.testing import Endpoint
from lab.keys import Keys
from lab.log.base import Verification
from lab.log.postgres import PostgresLog
from lab.model import Event
from lab.settings import Settings

pytestmark = pytest.mark.timeout(600)  # several labs are started, one after another
SECONDS = 180
NAME = "Nguyễn Văn Thử"
PROMPT = f"Soạn giúp tôi giấy mời họp gửi ông {NAME}, số điện thoại 0912 345 678."


@dataclass(slots=True)
class Site:
    """Two processes, nginx before them, PostgreSQL behind them, a model beside them."""

    url: str
    ports: tuple[int, int]
    server: Server
    database: str
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    out: Path
    endpoint: Endpoint

    def trainee(self, name: str = "Học viên Thử") -> Client:
        """A trainee who joined the class ``THU``."""
        client = Client(self.url)
        assert client.login(class_code="THU", name=name).status_code == httpx.codes.OK
        return client

    def seat(self, client: Client) -> int:
        """The port of the process that serves this browser."""
        answer = client.call("GET", "/api/me")
        assert answer.status_code == httpx.codes.OK, answer.text
        return int(answer.headers["x-lab-seat"].rsplit(":", 1)[-1])

    def pid(self, port: int) -> int:
        """The process that listens on a port."""
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if b"--leash" in words and str(port).encode() in words:
                    return int(entry.name)
        raise AssertionError(self.out.read_text("utf-8"))

    def kill(self, port: int) -> None:
        """End the process of a port at once, and wait until it is gone with all its threads: until
        then the kernel still takes what is sent on its open connections.
        """
        pid = self.pid(port)
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)

    def wait_ready(self, *ports: int) -> None:
        """Wait until these processes answer."""
        end = time.monotonic() + SECONDS
        for port in ports or self.ports:
            while not _answers(f"http://127.0.0.1:{port}/readyz"):
                told = self.out.read_text("utf-8")
                assert self.process.poll() is None, told
                assert time.monotonic() < end, told
                time.sleep(0.1)

    def events(self, stream: str) -> list[Event]:
        """The rows of a stream, read from the database itself."""

        async def read() -> list[Event]:
            log = self.log()
            try:
                return await log.events(stream)
            finally:
                await log.close()

        return asyncio.run(read())

    def verified(self) -> Verification:
        """What ``lab log verify`` finds."""
        done = run_lab("log", "verify", "--json", env=self.env)
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)
        return Verification(found["streams"], found["events"], found["anchors"], ())

    def log(self) -> PostgresLog:
        """Another reader of the same log."""
        settings = Settings(home=Path(self.env["LAB_HOME"]))
        return PostgresLog(self.database, Keys.load(settings.keys_dir))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@contextmanager
def asking(site: Site, text: str) -> Iterator[tuple[list[tuple[Client, str]], list[str]]]:
    """Four people who ask all the time: them with their sessions, and how each turn ended."""
    people = [site.trainee(f"Người hỏi {number}") for number in range(4)]
    rooms = [(client, client.open()) for client in people]
    ends: list[str] = []
    done = threading.Event()

    def ask(client: Client, session: str) -> None:
        while not done.is_set():
            path = f"/api/sessions/{session}/prompts"
            try:
                answer = client.call("POST", path, {"text": text})
            except httpx.HTTPError as error:
                ends.append(type(error).__name__)
                continue
            told = events(answer.text)
            ends.append(told[-1][1].get("status", "?") if told else f"{answer.status_code}")

    threads = [threading.Thread(target=ask, args=room) for room in rooms]
    for thread in threads:
        thread.start()
    try:
        yield rooms, ends
    finally:
        done.set()
        for thread in threads:
            thread.join(60)


@contextmanager
def nginx(home: Path, conf: Path, port: int) -> Iterator[None]:
    """The file of nginx that the lab wrote, in use on another port and telling who answered."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(program).exists(), NGINX
    front_conf(home, conf, port)
    command = [program, "-e", str(home / "nginx.log"), "-c", str(home / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole of it, started once."""
    home = tmp_path_factory.mktemp("site")
    (home / "tmp").mkdir()
    with ExitStack() as stack:
        server = Server.make()
        stack.callback(server.stop)
        server.start()
        endpoint = stack.enter_context(Endpoint())
        database = server.database()
        env = environment(
            home,
            LAB_DATABASE=database,
            LAB_ASSISTANT="openai",
            LAB_OPENAI_BASE_URL=endpoint.base_url,
            LAB_OPENAI_MODEL="fake",
        )
        write_people(Settings(home=home / "data", database=database))
        first, door = free_ports(2), free_ports(1)
        out, conf = home / "out.txt", home / "front.conf"
        with out.open("ab") as sink:
            command = [LAB, "serve", "--port", str(first), "--workers", "2", "--front", str(conf)]
            process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink)

        def end() -> None:
            process.terminate()
            try:
                process.wait(60)
            finally:
                process.kill()

        stack.callback(end)
        url = f"http://127.0.0.1:{door}"
        made = Site(url, (first, first + 1), server, database, env, process, out, endpoint)
        made.wait_ready()
        stack.enter_context(nginx(home, conf, door))
        yield made


def test_who_signed_in_on_one_process_goes_on_on_the_other(site: Site) -> None:
    """A browser stays with one process; when that one is killed, the next request is served by the
    other: signed in, with the whole conversation and with its own masked names restored. The killed
    one comes back by itself.
    """
    site.endpoint.behave(echo=True)
    client = site.trainee()
    session = client.open()
    first = site.seat(client)
    assert {site.seat(client) for _ in range(5)} == {first}
    told = client.ask(session, PROMPT)
    assert NAME in "".join(row["text"] for name, row in told if name == "delta")
    assert NAME not in site.endpoint.requests[-1].body.decode()

    site.kill(first)
    second = site.seat(client)
    assert second != first
    told = client.ask(session, f"Viết lại ngắn hơn cho ông {NAME}.")
    assert NAME in "".join(row["text"] for name, row in told if name == "delta"), told
    sent = site.endpoint.requests[-1].body.decode()
    assert NAME not in sent
    places = re.findall(r"\[HỌ TÊN \d+\]", json.loads(sent)["messages"][-1]["content"])
    assert places == ["[HỌ TÊN 1]"]  # the same person as before: the map came along
    transcript = client.call("GET", f"/api/sessions/{session}").json()
    assert len(transcript["turns"]) == 2

    site.wait_ready(first)
    assert site.pid(first)
    site.verified()


def test_an_event_of_one_process_is_heard_in_every_other(site: Site) -> None:
    """Whoever watches the log hears of rows of both processes, once each and in order."""

    async def watched() -> list[str]:
        log = site.log()
        await log.start(recover=False)
        heard: list[str] = []
        log.watch(lambda told: heard.extend(f"{e.stream} {e.seq}" for e in told))
        await asyncio.sleep(0.2)
        seats: dict[int, str] = {}
        number = 0
        while len(seats) < 2:
            number += 1
            client = await asyncio.to_thread(site.trainee, f"Người thứ {number}")
            seats[await asyncio.to_thread(site.seat, client)] = await asyncio.to_thread(client.open)
        async with asyncio.timeout(10):
            while {f"{each} 1" for each in seats.values()} - set(heard):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await log.close()
        return heard

    heard = asyncio.run(watched())
    assert len(heard) == len(set(heard))
    numbers = [int(each.split()[1]) for each in heard if each.startswith("system ")]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_who_is_connected_to_one_process_is_there_on_the_boards_of_both(site: Site) -> None:
    """A page of a trainee hangs on one process; within seconds each process's board has them there,
    and once the page is closed none has.
    """
    client = site.trainee("Người Có Mặt")
    client.open()
    helpers = [Client(f"http://127.0.0.1:{port}") for port in site.ports]
    for helper in helpers:
        assert helper.login(name="Test trainer", password=PASSWORD).is_success

    def here(helper: Client) -> int:
        tiles = helper.call("GET", "/api/board").json()["tiles"]
        return sum(int(tile["here"]) for tile in tiles)

    def wait(count: int) -> None:
        end = time.monotonic() + 10
        while [here(helper) for helper in helpers] != [count, count]:
            assert time.monotonic() < end, [here(helper) for helper in helpers]
            time.sleep(0.1)

    wait(0)
    with client.http.stream("GET", "/api/room/stream") as page:
        assert page.status_code == httpx.codes.OK
        wait(1)
    wait(0)


def test_a_turn_of_a_killed_process_is_ended_in_the_log(site: Site) -> None:
    """A process killed in the midst of a reply: what was sent is in the log, and the turn is ended
    as interrupted as soon as the process is back; the person can ask again at once.
    """
    client = site.trainee("Người Bị Ngắt")
    session = client.open()
    site.endpoint.behave(tokens=400, rate=10)
    port = site.seat(client)
    with (
        suppress(httpx.HTTPError),
        client.http.stream(
            "POST",
            f"/api/sessions/{session}/prompts",
            json={"text": "Viết một đoạn giới thiệu về chuyển đổi số ở xã."},
            headers={"X-CSRF-Token": client.csrf},
        ) as answer,
    ):
        for line in answer.iter_lines():
            if line == "event: delta":
                site.kill(port)
    kinds = [event.kind for event in site.events(session)]
    assert kinds == ["session.opened", "turn.decided", "turn.sent"]
    site.endpoint.behave()
    told = client.ask(session, "Viết lại đoạn ấy trong ba câu.")
    assert told[-1][1]["status"] == "answered"
    site.wait_ready(port)
    ended = [e.payload["status"] for e in site.events(session) if e.kind == "turn.ended"]  # type: ignore[index]
    assert sorted(ended) == ["answered", "interrupted"]
    site.verified()


@pytest.mark.long
def test_a_restart_of_each_process_in_turn_loses_no_turn(site: Site) -> None:
    """On SIGHUP the processes restart one after another. A reply under way is written to its end,
    and whoever asks meanwhile is answered, signed in as before.
    """
    before = {port: site.pid(port) for port in site.ports}
    site.endpoint.behave(tokens=60, rate=10)
    with asking(site, "Nêu ba việc cần làm.") as (rooms, ends):
        time.sleep(1)
        site.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 2 * SECONDS
        while any(_pid(site, port) in {0, pid} for port, pid in before.items()):
            assert time.monotonic() < end, site.out.read_text("utf-8")
            time.sleep(0.2)
        site.wait_ready()
    assert set(ends) == {"answered"}, ends
    for _, session in rooms:
        kinds = [event.kind for event in site.events(session)]
        assert kinds.count("turn.decided") == kinds.count("turn.sent") == kinds.count("turn.ended")
    site.verified()


def _pid(site: Site, port: int) -> int:
    try:
        return site.pid(port)
    except AssertionError:
        return 0


@pytest.mark.long
def test_a_killed_database_costs_waiting_and_no_turn(site: Site) -> None:
    """PostgreSQL is killed and started again while people ask: each prompt that reached the model
    is in the log, each is ended once, and both processes go on by themselves.
    """
    site.endpoint.behave(tokens=5)
    site.wait_ready()
    site.endpoint.requests.clear()
    with asking(site, "Nêu ba việc.") as (rooms, ends):
        time.sleep(1)
        site.server.kill()
        time.sleep(1)
        site.server.start()
        time.sleep(2)
    site.wait_ready()
    assert set(ends) <= {"answered", "failed", "503"}, ends
    sent = 0
    for client, session in rooms:
        assert client.ask(session, "Còn đó không?")[-1][1]["status"] == "answered"
        end = time.monotonic() + 30
        while True:  # an end that could not be written is written later
            rows = site.events(session)
            decided, ended = (
                sorted(str((e.payload or {})["turn"]) for e in rows if e.kind == kind)
                for kind in ("turn.decided", "turn.ended")
            )
            if decided == ended:
                break
            assert time.monotonic() < end, (decided, ended)
            time.sleep(0.5)
        sent += sum(event.kind == "turn.sent" for event in rows)
    assert sent >= len(site.endpoint.requests) > 4
    site.verified()
