"""``lab class ready``: whether a site is ready for its course."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.out import tell
from lab.cli.storage import opened
from lab.errors import NotFound
from lab.words import say

if TYPE_CHECKING:
    from lab.session.readiness import Point, Running

SECONDS = 20.0
"""Longest wait for a running lab."""


def ready(
    site: Annotated[str, typer.Argument(help=say("ready.cli.site"))],
    as_json: Annotated[bool, typer.Option("--json", help=say("ready.cli.json"))] = False,
) -> None:
    """Ten points; exit 1 while one of them is not good."""
    from lab.session.readiness import Readiness
    from lab.settings import Settings

    settings = Settings()

    async def look() -> tuple[Point, ...]:
        async with opened(write=False) as log:
            if all(room.site != site for room in await log.classes()):
                raise NotFound("no_site")
            running = await asyncio.to_thread(_running, settings.port)
            return await Readiness(log, settings.home).of(site, running)

    points = asyncio.run(look())
    if as_json:
        rows = [{"point": p.name, "ok": p.ok, "seen": p.seen("vi")} for p in points]
        tell(json.dumps({"site": site, "points": rows}, ensure_ascii=False))
    else:
        for number, point in enumerate(points, 1):
            tell(f"{'✓' if point.ok else '✗'} {number:>2}. {point.title('vi')}")
            tell(f"       {point.seen('vi')}")
        tell(say("ready.sum", good=sum(point.ok for point in points)))
    raise typer.Exit(0 if all(point.ok for point in points) else 1)


def _running(port: int) -> Running | None:
    """What the lab on this machine says of itself; None where none answers."""
    import httpx2

    from lab.session.readiness import Running

    url = f"http://127.0.0.1:{port}"
    try:
        with httpx2.Client(base_url=url, timeout=SECONDS, trust_env=False) as http:
            said = http.get("/readyz")
            held = said.json()
    except (httpx2.HTTPError, ValueError):
        return None
    return Running(said.is_success, held.get("assistant", ""), held.get("answers", False))
