"""The map of the course and the certificate at its end, from sign-in on."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browsersupport import Visitor, accessible
from coursesupport import scored
from playwright.sync_api import expect
from pypdf import PdfReader
from support import LabProcess

from lab.course import Course
from lab.keys import Keys
from lab.log import make as make_log
from lab.model import Role
from lab.settings import Settings

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
COURSE = Course.load(Path(__file__).parents[2] / "exercises")
LONG = "Công Tằng Tôn Nữ Hoàng Phủ Ngọc Quỳnh Hương Giang"


def results(lab: LabProcess, name: str, of: Mapping[str, list[float]]) -> None:
    """Results of a trainee, written beside the running lab as another process would."""

    async def write() -> None:
        settings = Settings(home=lab.home / "data")
        log = make_log(settings, Keys.load(settings.keys_dir))
        await log.start(recover=False)
        people = await log.people(role=Role.TRAINEE)
        await scored(log, next(each for each in people if each.name == name), of)
        await log.close()

    with ThreadPoolExecutor(1) as pool:  # Playwright keeps a loop running in this thread
        pool.submit(asyncio.run, write()).result()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_map_shows_the_way(visit: Visit, lab: LabProcess, width: int, *, dark: bool) -> None:
    """From the room's header to the map: what is done, what is next, and back into the exercise."""
    name = f"{LONG} {width}"
    someone = visit(width, dark=dark)
    page = someone.page
    someone.join(name)
    first, second, third = COURSE.exercises[:3]
    results(lab, name, {first.id: [0.5, 0.9], second.id: [0.45]})
    page.get_by_role("link", name="Lộ trình").click()
    stops = page.locator(".way li")
    expect(stops).to_have_count(len(COURSE.exercises))
    expect(stops.nth(0)).to_contain_text("90 %")
    expect(stops.nth(0)).to_contain_text("lần đầu 50 %, 2 lần")
    following = page.locator(".way [aria-current=step]")
    expect(following).to_have_count(1)
    expect(following).to_contain_text(second.title.vi)
    expect(stops.nth(2)).to_contain_text("Chưa làm")
    assert accessible(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    page.locator(".sizes [data-size='150']").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name=third.title.vi).press("Enter")
    someone.room()
    expect(page.locator("#task h1")).to_have_text(third.title.vi)


def test_the_certificate_is_on_the_map(visit: Visit, lab: LabProcess) -> None:
    """Once all is passed the map gives the certificate, which names the trainee."""
    name = "Nguyễn Thị Ánh Tuyết"
    someone = visit(1280)
    page = someone.page
    someone.join(name)
    someone.go("/map/")
    expect(page.locator(".map-next")).to_contain_text("Bắt đầu bài 1")
    results(lab, name, {each.id: [0.8] for each in COURSE.exercises})
    page.reload()
    assert accessible(page) == []
    with page.expect_download() as got:
        page.get_by_role("link", name="Tải giấy chứng nhận").click()
    data = Path(got.value.path()).read_bytes()
    assert name in PdfReader(io.BytesIO(data)).pages[0].extract_text()


def test_the_map_fits_on_paper(visit: Visit) -> None:
    """All exercises fit on one sheet, without the bar and without buttons."""
    someone = visit(1280)
    someone.join("Người In Lộ Trình")
    someone.go("/map/")
    paper = PdfReader(io.BytesIO(someone.page.pdf(format="A4", print_background=True)))
    assert len(paper.pages) == 1
    text = "".join(paper.pages[0].extract_text().split())
    assert "NgườiInLộTrình" in text
    assert "".join(COURSE.exercises[-1].title.vi.split()) in text
    assert "Inhtrangnày" not in text
    assert "Đăngxuất" not in text
