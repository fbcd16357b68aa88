"""``create_app``: the one place where the parts of the lab are joined."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from lab import __version__
from lab.assistant import make as make_assistant
from lab.assistant.recorded import RecordedAssistant
from lab.assistant.tokens import Tokens
from lab.attach import Limits, Reader
from lab.auth import Auth
from lab.course import Course
from lab.course.shelf import Shelf
from lab.datafile import render
from lab.errors import DataFileError, LabError, Unavailable, where
from lab.keys import Keys
from lab.log import make as make_log
from lab.log.base import SYSTEM
from lab.pages import (
    admin,
    alarms,
    api,
    attachments,
    attack,
    audit,
    board,
    classes,
    desk,
    docs,
    errors,
    health,
    incidents,
    landing,
    lines,
    proof,
    relay,
    reports,
    review,
    review_replay,
    room,
    runbook,
    sending,
    sharing,
    trust,
    work,
    writing,
)
from lab.pages import help as help_pages
from lab.pages import map as course_map
from lab.pages.background import in_background
from lab.pages.headers import SecurityHeaders
from lab.pages.late import LatePages
from lab.pages.officer_api import router as officer_api
from lab.pages.officer_area import router as officer_area
from lab.pages.open_streams import OpenStreams
from lab.session import Lab, LiveTurns, Meters, PolicyHolder
from lab.session.acts import Acts
from lab.session.alarms import Alarms
from lab.session.attack import Attack
from lab.session.certificate import Certificates
from lab.session.contacts import Runbooks
from lab.session.courses import Courses
from lab.session.editions import Editions
from lab.session.erasing import Erasing, keep_to_retention
from lab.session.evidence import Evidence
from lab.session.floor import Floor
from lab.session.heads import Heads
from lab.session.incidents import Incidents
from lab.session.officers import Officers
from lab.session.policy_follow import Follower
from lab.session.policy_watch import watch_policy
from lab.session.proving import Prover
from lab.session.quieting import Quieting
from lab.session.receipts import Receipts
from lab.session.relay import Relays
from lab.session.replay import Typing
from lab.session.report import Reports
from lab.session.reviewing import Reviews
from lab.session.roster import Rosters
from lab.session.security import SecurityReports
from lab.session.sharing import Sharing
from lab.session.writing import Writing
from lab.settings import Settings
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.assistant.base import Assistant
    from lab.log.base import Log
    from lab.policy.clear import Policy

LOGGER = logging.getLogger("lab.app")
ROUTERS = (
    room.router,
    api.router,
    health.router,
    docs.router,
    attachments.router,
    work.router,
    proof.router,
    proof.pages,
    course_map.router,
    course_map.pages,
    admin.router,
    classes.router,
    review.router,
    review_replay.router,
    reports.router,
    sharing.router,
    writing.router,
    writing.pages,
    lines.router,
    board.router,
    board.pages,
    help_pages.router,
    help_pages.pages,
    officer_api,
    officer_area,
    landing.router,
    sending.router,
    sending.pages,
    audit.router,
    audit.pages,
    runbook.router,
    runbook.pages,
    attack.router,
    attack.pages,
    alarms.router,
    alarms.pages,
    incidents.router,
    incidents.pages,
    trust.router,
    relay.router,
)
"""The API, and the pages that need no Gradio; first what is asked for most, since they are searched
in order."""


def create_app(
    settings: Settings,
    *,
    assistant: Assistant | None = None,
    log: Log | None = None,
    policy: Policy | None = None,
) -> FastAPI:
    """The whole lab as one ASGI application. What is not given is made as ``settings`` say.

    Raises:
        DataFileError: the course cannot be read.
        OSError: the keys cannot be read or made.
    """
    keys = Keys.load(settings.keys_dir)
    log = log or make_log(settings, keys)
    lab = Lab(
        settings=settings,
        courses=Courses(Course.load(settings.exercises), settings.home / "course", log),
        policy=PolicyHolder(policy),
        assistant=assistant or make_assistant(settings),
        recorded=RecordedAssistant(settings.recorded_word_seconds),
        log=log,
        keys=keys,
        tokens=Tokens(settings),
        live=LiveTurns(),
        meters=Meters(),
        files=Reader(Limits(seconds=settings.attachment_seconds)),
    )
    auth = Auth(log, keys, settings)
    erasing = Erasing(log, Quieting(lab, auth))
    pages = LatePages(lab)
    officers = Officers(Editions(log, keys, settings), Prover(log))
    floor = Floor.of(lab)

    app = FastAPI(
        title="Thao Trường",
        version=__version__,
        lifespan=lambda _app: _running(lab, pages, officers, floor, erasing),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.lab, app.state.auth, app.state.settings = lab, auth, settings
    _furnish(app, lab, officers, floor)
    app.state.erasing, app.state.relays = erasing, Relays(lab.log, erasing)
    app.state.stop = partial(os.kill, os.getpid(), signal.SIGTERM)
    errors.install(app)
    desk.install(app)
    app.add_middleware(errors.BodyLimit, file_limit=int(settings.attachment_mb * 1_000_000))
    app.add_middleware(errors.Unexpected)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(OpenStreams)
    for router in ROUTERS:
        app.include_router(router)
    pages.mount(app)
    return app


def _furnish(app: FastAPI, lab: Lab, officers: Officers, floor: Floor) -> None:
    """Put what the routes ask for where they find it."""
    log, keys = lab.log, lab.keys
    app.state.shelf = Shelf.load(lab.settings.exercises)
    app.state.officers = officers
    app.state.evidence = Evidence(officers.editions, lab.canaries, lambda: lab.course)
    app.state.receipts = Receipts(log, keys)
    app.state.runbooks = Runbooks(log)
    app.state.attack = Attack(log, keys, lab.policy)
    app.state.alarms = Alarms(log, lab.policy)
    app.state.incidents = Incidents(log, keys, lab.policy)
    app.state.acts, app.state.heads = Acts(log), Heads(log, keys)
    app.state.security = SecurityReports(log, app.state.heads, lab.policy)
    app.state.certificates = Certificates(log, keys, lambda: lab.course)
    app.state.sharing = Sharing(log, lab.policy)
    app.state.writing = Writing(lab.settings.home / "writing", lab.courses, log)
    app.state.floor = floor
    app.state.board, app.state.control, app.state.help = floor.board, floor.control, floor.help
    app.state.reviews, app.state.typing = Reviews(lab), Typing(log)
    app.state.reports = Reports(log)
    app.state.rosters = Rosters(log, keys)


@asynccontextmanager
async def _running(
    lab: Lab, pages: LatePages, officers: Officers, floor: Floor, erasing: Erasing
) -> AsyncIterator[None]:
    """Start the parts, in order; end all turns and log them before anything is stopped."""
    asyncio.get_running_loop().set_exception_handler(_unheard)
    await lab.log.start()
    await lab.halt.look()
    await lab.courses.look()
    await lab.log.append(SYSTEM, "system.started", {"version": __version__})
    lab.tokens.warm()
    await lab.assistant.start()
    background = [
        asyncio.create_task(_warm_up(lab, pages, officers), name="warm-up"),
        asyncio.create_task(_anchor(lab.log, lab.settings.anchor_minutes * 60), name="anchor"),
        asyncio.create_task(Heads(lab.log, lab.keys).run(), name="heads"),
        asyncio.create_task(watch_policy(lab), name="policy-watch"),
        asyncio.create_task(lab.halt.run(), name="halt"),
        asyncio.create_task(lab.courses.run(), name="course-follow"),
        asyncio.create_task(Reviews(lab).follow(), name="review-index"),
        asyncio.create_task(keep_to_retention(erasing, say("erasing.retention")), name="retention"),
        asyncio.create_task(Follower(officers, lab.policy).run(), name="policy-follow"),
    ]
    try:
        async with floor.open():
            yield
    finally:
        await lab.live.close()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await pages.close()
        await lab.assistant.close()
        if lab.policy.loaded:
            lab.policy.current.close()
        with suppress(LabError):
            await lab.log.append(SYSTEM, "system.stopped", {"version": __version__})
        await lab.log.close()


async def _warm_up(lab: Lab, pages: LatePages, officers: Officers) -> None:
    """Import what is slow and load the policy while the sign-in page already answers."""
    if not lab.policy.loaded:
        try:
            await in_background(_import_policy)
            number = await officers.editions.start()
            load = partial(_load_policy, lab.settings, lab.keys, number)
            lab.policy.replace(await in_background(load))
        except Exception as error:  # noqa: BLE001 - without a policy nothing is sent, and we say so
            _without_policy(lab, error)
    await pages.load()
    gc.collect()
    gc.freeze()


def _without_policy(lab: Lab, error: Exception) -> None:
    """Say why there is no policy, here and to all who ask for it."""
    known = error if isinstance(error, LabError) else Unavailable("policy_unreadable")
    lab.policy.fail(known)
    words = explain(known, lab.settings.language)
    if isinstance(error, DataFileError):
        words["help"] += "\n" + render(error.problems)
    elif known is not error:
        words["message"] += f" ({where(error)})"
    LOGGER.critical("%s\n  -> %s", words["message"], words["help"])


def _unheard(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An error that nobody waited for: its kind and lines. asyncio's own report quotes its text."""
    error = context.get("exception")
    told = where(error) if isinstance(error, BaseException) else "no exception"
    LOGGER.error("%s: %s", context.get("message", "unhandled"), told)


def _import_policy() -> None:
    import lab.policy.versions  # noqa: F401, PLC0415 - imports spaCy, which takes seconds


def _load_policy(settings: Settings, keys: Keys, number: int) -> Policy:
    from lab.policy.versions import load  # noqa: PLC0415 - imports spaCy, which takes seconds

    policy = load(settings, number, keys=keys)
    policy.self_test()
    return policy


async def _anchor(log: Log, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await log.anchor()
        except LabError as error:
            LOGGER.error("no anchor was written: %s", error.code)  # noqa: TRY400 - code is all
