"""``lab class simulate``: fictional trainees who work through a running lab, as browsers would.

They sign in by the class code, open exercises in the order of the course, write what the
exercise's own tried files hold (some of it good, some stopped by the policy), answer its questions
and have the work checked. All of it goes through the HTTP API: real sign-ins, checks, turns, marks,
and the event stream of an open page, so that the board shows them as connected.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab.cli.out import tell
from lab.errors import NotFound, Unavailable
from lab.words import number, say

if TYPE_CHECKING:
    import httpx2

    from lab.course import Course, Exercise
    from lab.course.exercise import Tried

FAMILIES = ("Nguyễn", "Trần", "Lô", "Vừ", "Hồ", "Moong", "Lê", "Phan", "Kha", "Cụt")
MIDDLES = ("Văn", "Thị", "Bá", "Y", "Đức", "Thanh")
GIVEN = ("Mẫu", "Thử", "Ví Dụ", "Giả Định", "Minh Họa", "Tập Huấn", "Thí Điểm", "Diễn Tập")
"""Parts of names that are plainly made up."""
GOOD_SHARE = 0.7
"""How often a fictional trainee does the exercise well at once."""
AGAIN_SHARE = 0.6
"""How often one who has not passed works on, and has it checked again."""
TYPED_PER_SECOND = 6.0
"""Characters, of a slow typist."""
SECONDS = 60.0
PATIENCE = 180.0


@dataclass(slots=True)
class Tally:
    """What happened."""

    people: int = 0
    sessions: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    """Prompts, by what was decided."""
    checks: int = 0
    passed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """Codes of errors that were answered."""
    first_ms: list[float] = field(default_factory=list)

    def as_json(self, seconds: float) -> str:
        """One line for programs."""
        ordered = sorted(self.first_ms)
        return json.dumps(
            {
                "people": self.people,
                "sessions": self.sessions,
                "prompts": sum(self.actions.values()),
                "actions": dict(self.actions),
                "checks": self.checks,
                "passed": self.passed,
                "errors": dict(self.refused),
                "decision_ms_median": ordered[len(ordered) // 2] if ordered else None,
                "seconds": round(seconds, 1),
            },
            ensure_ascii=False,
        )


def simulate(
    code: Annotated[str, typer.Argument(help=say("simulate.code"))],
    people: Annotated[int, typer.Option(min=1, max=3200, help=say("simulate.people"))] = 10,
    minutes: Annotated[float, typer.Option(min=0.05, max=480, help=say("simulate.minutes"))] = 5,
    seed: Annotated[int | None, typer.Option(help=say("simulate.seed"))] = None,
    url: Annotated[str | None, typer.Option(help=say("simulate.url"))] = None,
    model: Annotated[bool, typer.Option("--model", help=say("simulate.model"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("simulate.json"))] = False,
) -> None:
    """Fill a class with fictional trainees for some minutes."""
    from lab.cli.resources import many_sockets
    from lab.course import Course
    from lab.settings import Settings

    many_sockets()  # two for each: what they do, and the stream of their page
    settings = Settings()
    course = Course.load(settings.exercises)
    place = url or f"http://127.0.0.1:{settings.port}"
    drawn = seed if seed is not None else random.SystemRandom().randrange(1_000_000)
    if not as_json:
        told = {"people": number(people), "url": place, "seed": drawn}
        tell(say("simulate.begin", "vi", **told))
    crowd = Crowd(course, place, code, drawn, minutes * SECONDS, use_model=model)
    began = time.monotonic()
    tally = asyncio.run(crowd.run(people))
    if as_json:
        tell(tally.as_json(time.monotonic() - began))
    else:
        counts = {
            "people": number(tally.people),
            "sessions": number(tally.sessions),
            "prompts": number(sum(tally.actions.values())),
            "blocked": number(tally.actions["block"]),
            "checks": number(tally.checks),
            "passed": number(tally.passed),
            "errors": number(sum(tally.refused.values())),
        }
        tell(say("simulate.end", "vi", **counts))
        tell(say("simulate.tidy", code=code))
    raise typer.Exit(0 if tally.people == people else 1)


def name_of(seed: int, number_: int) -> str:
    """A name that is plainly made up; another one for each number."""
    draw = random.Random(f"{seed}/{number_}")  # noqa: S311 - no secret
    parts = (draw.choice(FAMILIES), draw.choice(MIDDLES), draw.choice(GIVEN))
    return f"{' '.join(parts)} {_letters(number_)}"


def _letters(number_: int) -> str:
    """A, B, … Z, AA, …: names hold no digits."""
    text = ""
    number_ += 1
    while number_:
        number_, rest = divmod(number_ - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


@dataclass(slots=True)
class Crowd:
    """All fictional trainees of one run."""

    course: Course
    url: str
    code: str
    seed: int
    seconds: float
    use_model: bool
    tally: Tally = field(default_factory=Tally)

    async def run(self, people: int) -> Tally:
        """Let them work until the time is over.

        Raises:
            Unavailable: no lab answers at this address.
            NotFound: no class has this code.
        """
        import httpx2

        async with self._browser() as probe:
            try:
                await probe.get("/healthz")
            except httpx2.HTTPError:
                raise Unavailable("no_lab", url=self.url) from None
        end = time.monotonic() + self.seconds
        try:
            async with asyncio.TaskGroup() as group:
                for number_ in range(people):
                    group.create_task(self._person(number_, end))
        except* NotFound:
            raise NotFound("bad_class_code") from None
        return self.tally

    def _browser(self) -> httpx2.AsyncClient:
        """What asks the lab, and no proxy that the environment names."""
        import httpx2

        return httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE, trust_env=False)

    async def _person(self, number_: int, end: float) -> None:
        import httpx2

        draw = random.Random(f"{self.seed}.{number_}")  # noqa: S311 - no secret
        await asyncio.sleep(draw.uniform(0, min(20.0, self.seconds / 4)))
        async with self._browser() as http:
            someone = Trainee(http, self.tally, draw, use_model=self.use_model)
            try:
                if not await someone.join(self.code, name_of(self.seed, number_)):
                    return
                page = asyncio.create_task(someone.listen())
                try:
                    for exercise in self.course.exercises:
                        if time.monotonic() >= end:
                            return
                        await someone.work(exercise, end)
                finally:
                    page.cancel()
            except httpx2.HTTPError as error:
                self.tally.refused[type(error).__name__] += 1


@dataclass(slots=True)
class Trainee:
    """One of them, with cookies and connections of their own."""

    http: httpx2.AsyncClient
    tally: Tally
    draw: random.Random
    use_model: bool
    csrf: str = ""

    async def join(self, code: str, name: str) -> bool:
        """Sign in. Raises ``NotFound`` for a code that no class has."""
        said = await self._call("POST", "/api/login", {"class_code": code, "name": name})
        if said is None:
            if self.tally.refused["bad_class_code"]:
                raise NotFound("bad_class_code")
            return False
        self.csrf = said["csrf"]
        self.tally.people += 1
        return True

    async def listen(self) -> None:
        """Hold the stream of an open practice page, until this is cancelled or the lab ends it."""
        import httpx2

        with suppress(httpx2.HTTPError):
            async with self.http.stream("GET", "/api/room/stream") as said:
                async for _ in said.aiter_raw():
                    pass

    async def work(self, exercise: Exercise, end: float) -> None:
        """One exercise: prompts, answers, and "check my work"; again, where it was not passed."""
        opened = await self._call("POST", "/api/sessions", {"exercise": exercise.id})
        if opened is None:
            return
        self.tally.sessions += 1
        path = f"/api/sessions/{opened['session']}"
        passed = await self._attempt(path, exercise, end, good=self.draw.random() < GOOD_SHARE)
        if not passed and self.draw.random() < AGAIN_SHARE:
            await self._attempt(path, exercise, end, good=True)

    async def _attempt(self, path: str, exercise: Exercise, end: float, *, good: bool) -> bool:
        """Prompts, answers and a check; whether the exercise is passed."""
        tried = self._chosen(exercise, good=good)
        for prompt, _ in tried.turns if tried else ():
            await self._pause(len(prompt) / TYPED_PER_SECOND, end)
            if time.monotonic() >= end:
                return True  # the time is over: nobody tries again
            await self._ask(path, prompt)
        if tried and tried.answers:
            await self._call("POST", f"{path}/answers", {"answers": dict(tried.answers)})
        await self._pause(self.draw.uniform(2, 10), end)
        score = await self._call("POST", f"{path}/check")
        if score is None:
            return False
        self.tally.checks += 1
        self.tally.passed += bool(score["passed"])
        return bool(score["passed"])

    def _chosen(self, exercise: Exercise, *, good: bool) -> Tried | None:
        fitting = [each for each in exercise.tried if each.good is good]
        return self.draw.choice(fitting or list(exercise.tried)) if exercise.tried else None

    async def _pause(self, seconds: float, end: float) -> None:
        """As long as typing takes, give or take; never beyond the end."""
        left = end - time.monotonic()
        await asyncio.sleep(max(0.0, min(seconds * self.draw.uniform(0.5, 1.5), left)))

    async def _ask(self, path: str, text: str) -> None:
        """A prompt, its stream read to the end."""
        body = {"text": text} if self.use_model else {"text": text, "assistant": "recorded"}
        began, action = time.monotonic(), ""
        headers = {"X-CSRF-Token": self.csrf}
        async with self.http.stream("POST", f"{path}/prompts", json=body, headers=headers) as said:
            if said.is_error:
                await said.aread()
                self._note(said)
                return
            event = ""
            async for line in said.aiter_lines():
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: ") and event == "decision" and not action:
                    action = str(json.loads(line[6:])["action"])
                    self.tally.first_ms.append(round((time.monotonic() - began) * 1000, 1))
        self.tally.actions[action or "none"] += 1

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer; None where it was refused, which is counted."""
        headers = {"X-CSRF-Token": self.csrf}
        said = await self.http.request(method, path, json=body, headers=headers)
        if said.is_error:
            self._note(said)
            return None
        return said.json()

    def _note(self, said: httpx2.Response) -> None:
        try:
            code = str(said.json()["error"]["code"])
        except (ValueError, KeyError, TypeError):
            code = str(said.status_code)
        self.tally.refused[code] += 1
