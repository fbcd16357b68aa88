"""The review page: sessions by class, trainee, exercise and outcome, and one as a transcript.

The list is a group of radio buttons: the arrow keys go through sessions, the transcript follows.
What is shown is what the log holds: masked, under a pseudonym.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.errors import Forbidden, LabError
from lab.log.base import SessionFilter
from lab.model import Language, Role, SessionRow, Who
from lab.pages.gradio_page import who_of
from lab.pages.render import attachment_shape, review_row, turn_shape
from lab.pages.shell import ROOMS, moment, one_line, render
from lab.words import explain, number, say

if TYPE_CHECKING:
    from lab.auth import Auth
    from lab.session import Lab

OUTCOMES = ("open", "passed", "blocked", "masked", "failed")
PAGE = 50
MOST = 500
ANY = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The page of trainers and their assistants."""

    lab: Lab
    language: Language
    auth: Auth

    def build(self) -> gr.Blocks:
        """Filters and the list on the left, the transcript beside it."""
        blocks: gr.Blocks
        title = self._say("review.title")
        with gr.Blocks(title=title, analytics_enabled=False, fill_width=True) as blocks:
            count = gr.State(PAGE)
            with gr.Row(elem_id="reading", equal_height=False):
                with gr.Column(elem_id="list-pane", scale=1, min_width=0):
                    gr.Markdown(f"# {title}", latex_delimiters=[])
                    with gr.Row(elem_classes="filters"):
                        filters = [
                            gr.Dropdown([], label=self._say(f"review.filter.{name}"), min_width=0)
                            for name in ("class", "person", "exercise", "outcome")
                        ]
                    total = gr.Markdown(elem_id="total", latex_delimiters=[])
                    rows = gr.Radio(
                        [], label=self._say("review.sessions"), container=False, elem_id="rows"
                    )
                    more = gr.Button(self._say("review.more"), visible=False)
                    with gr.Accordion(self._say("review.lost.title"), open=False, elem_id="lost"):
                        lost = gr.Dropdown([], label=self._say("review.lost.who"))
                        anew = gr.Button(self._say("review.lost.do"))
                        code = gr.Markdown(sanitize_html=False, latex_delimiters=[])
                with gr.Column(elem_id="text-pane", scale=2, min_width=0):
                    text = gr.Markdown(self._empty(), sanitize_html=False, latex_delimiters=[])
            quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
            listed = [total, rows, more, count]
            blocks.load(self.opened, outputs=[*filters, *listed, lost, text], **quiet)
            gr.on(
                [each.input for each in filters],
                self.filtered,
                inputs=filters,
                outputs=listed,
                **quiet,
            )
            more.click(self.further, inputs=[count, *filters], outputs=listed, **quiet)
            rows.select(self.chosen, inputs=rows, outputs=text, **quiet)
            anew.click(self.code_lost, inputs=lost, outputs=code, **quiet)
        return blocks

    # --- handlers -----------------------------------------------------------------------------

    async def opened(self, request: gr.Request) -> list[Any]:
        """The page was opened: what there is to filter by, the newest sessions."""
        who = who_of(request)
        wanted = dict(request.query_params).get("session")
        found = await self._rows(who, SessionFilter(limit=MOST))
        shown = await self._choices(found)
        text = await self._text(who, wanted) if wanted else self._empty()
        return [*shown, *await self._listed(who, PAGE), await self._trainees(who), text]

    async def filtered(
        self, class_id: str, person: str, exercise: str, outcome: str, request: gr.Request
    ) -> list[Any]:
        """Other sessions are wanted."""
        return await self._listed(who_of(request), PAGE, class_id, person, exercise, outcome)

    async def further(
        self,
        count: int,
        class_id: str,
        person: str,
        exercise: str,
        outcome: str,
        request: gr.Request,
    ) -> list[Any]:
        """More sessions of the same kind."""
        more = min(count + PAGE, MOST)
        return await self._listed(who_of(request), more, class_id, person, exercise, outcome)

    async def chosen(self, session: str, request: gr.Request) -> str:
        """One session was chosen."""
        return await self._text(who_of(request), session)

    async def code_lost(self, person: str | None, request: gr.Request) -> str:
        """A trainee lost the code to come back with: another one, shown here once."""
        who = who_of(request)
        try:
            made = await self.auth.reset_resume(_reviewer(who), person or "")
        except LabError as error:
            return self._refusal(error)
        said = self._say("review.lost.done", code=f"{made[:3]} {made[3:]}")
        return f'<p class="notice clear">{said}</p>'

    # --- what is shown ------------------------------------------------------------------------

    def _say(self, key: str, **gaps: object) -> str:
        return say(key, self.language, **gaps)

    async def _rows(self, who: Who, wanted: SessionFilter) -> list[SessionRow]:
        return await self.lab.sessions(who, wanted)

    async def _choices(self, found: list[SessionRow]) -> list[gr.Dropdown]:
        """What the four filters offer: only what this reviewer's sessions have."""
        classes = {row.class_id for row in found}
        names = [(each.name, each.id) for each in await self.lab.log.classes()]
        people = sorted({(row.pseudonym, row.person_id) for row in found})
        exercises = [(self._title(each.id), each.id) for each in self.lab.course.exercises]
        outcomes = [(self._say(f"review.outcome.{each}"), each) for each in OUTCOMES]
        offered = [[each for each in names if each[1] in classes], people, exercises, outcomes]
        anything = (self._say("review.any"), ANY)
        return [gr.Dropdown(choices=[anything, *each], value=ANY) for each in offered]

    async def _trainees(self, who: Who) -> gr.Dropdown:
        """Trainees of this reviewer's class or site, by name: people say their names, not codes."""
        own = who.person
        people = await self.lab.log.people(role=Role.TRAINEE, class_id=own.class_id)
        seen = [each for each in people if own.site in (None, each.site)]
        return gr.Dropdown(choices=[(each.name, each.id) for each in seen], value=None)

    def _refusal(self, error: LabError) -> str:
        words = explain(error, self.language)
        return one_line(render("refusal.html", self.language, error=words))

    async def _listed(self, who: Who, count: int, *chosen: str) -> list[Any]:
        class_id, person, exercise, outcome = (each or None for each in (*chosen, *[""] * 4)[:4])
        wanted = SessionFilter(
            class_id=class_id,
            person_id=person,
            exercise=exercise,
            outcome=outcome,
            limit=count,
        )
        found = await self._rows(who, wanted)
        total = self._say("review.total", count=number(len(found), self.language))
        choices = [(self._label(row), row.id) for row in found]
        full = len(found) == count < MOST
        return [total, gr.Radio(choices=choices, value=None), gr.Button(visible=full), count]

    def _title(self, exercise_id: str) -> str:
        try:
            exercise = self.lab.exercise(exercise_id)
        except LabError:  # an exercise of an earlier course
            return exercise_id
        return f"{exercise.number}. {exercise.title.read(self.language)}"

    def _label(self, row: SessionRow) -> str:
        """A session in two lines: who and what, then how it went."""
        parts = [moment(row.last_at, self.language), self._say("review.turns", count=row.turns)]
        counts = {"blocked": row.blocked, "masked": row.masked, "failed": row.failed}
        parts += [self._say(f"review.{name}", count=n) for name, n in counts.items() if n]
        if row.score is not None:
            share = number(row.score * 100, self.language)
            parts.append(self._say("review.passed" if row.passed else "review.scored", share=share))
        return f"{row.pseudonym} · {self._title(row.exercise)}\n{' · '.join(parts)}"

    def _empty(self) -> str:
        return f"<p class='nothing'>{self._say('review.choose')}</p>"

    async def _text(self, who: Who, session: str) -> str:
        """The transcript of a session that this reviewer may see; else why not."""
        try:
            row, transcript = await self.lab.review(who, session)
            policy = self.lab.policy.current
        except LabError as error:
            return self._refusal(error)
        names = {each.id: each.name for each in await self.lab.log.classes()}
        html = render(
            "transcript.html",
            self.language,
            row=review_row(row),
            title=self._title(row.exercise),
            class_name=names.get(row.class_id or "", ""),
            turns=[turn_shape(turn, policy, self.language) for turn in transcript.turns],
            scores=transcript.scores,
            attachments=[
                attachment_shape(each, policy, self.language) for each in transcript.attachments
            ],
        )
        return one_line(html)


def _reviewer(who: Who) -> Who:
    """Raises ``Forbidden`` for a role that does not review."""
    if who.person.role not in ROOMS["review"]:
        raise Forbidden
    return who
