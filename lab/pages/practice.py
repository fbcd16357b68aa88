"""The practice room: the task and its material in Gradio, the conversation in our own script.

The conversation does not pass through Gradio's queue: ``static/practice.js`` reads the API's
stream. Gradio carries an empty element with the facts that the script begins with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.course.rubric import PromptLine
from lab.course.shapes import MOST_MATERIAL
from lab.model import Language, SessionRow, Who
from lab.pages.gradio_page import who_of
from lab.pages.sheets import as_line
from lab.words import number, say

if TYPE_CHECKING:
    from lab.course import Course, Exercise, Material
    from lab.course.rubric import Line
    from lab.course.widgets import Widget
    from lab.session import Lab

__all__ = ["PracticePage"]
PAGES = 64
"""Open pages whose components Gradio remembers, over 100 kB each. No event here needs them: what
may be picked is the same on every page.
"""


@dataclass(frozen=True, slots=True)
class PracticePage:
    """The trainee's page."""

    lab: Lab
    language: Language

    def build(self) -> gr.Blocks:
        """The page: task, conversation, rail."""
        blocks: gr.Blocks
        title = self._say("practice.title")
        with gr.Blocks(title=title, analytics_enabled=False, fill_width=True) as blocks:
            with gr.Row(elem_id="desk", equal_height=False):
                with gr.Column(elem_id="task-pane", scale=34, min_width=0):
                    with gr.Accordion(
                        self._say("practice.course_list"), open=False, elem_id="course"
                    ) as course:
                        picker = gr.Radio(
                            [self._choice(each, []) for each in self._course.in_order],
                            label=self._say("practice.choose"),
                            container=False,
                            elem_id="picker",
                        )
                    with gr.Tabs(elem_id="papers"):
                        with gr.Tab(self._say("practice.task"), id="task"):
                            task = gr.Markdown(elem_id="task", latex_delimiters=[])
                        tabs, papers = self._papers()
                    again = gr.Button("", elem_id="progress-again")
                with gr.Column(elem_id="chat-pane", scale=46, min_width=0):
                    room = gr.Markdown(sanitize_html=False, latex_delimiters=[])
                with gr.Column(elem_id="rail-pane", scale=20, min_width=0):
                    rail = gr.Markdown(sanitize_html=False, latex_delimiters=[])
                    hints = gr.Markdown(elem_id="hints", latex_delimiters=[])
            shown = [course, picker, task, room, rail, hints, *tabs, *papers]
            quiet: dict[str, Any] = {
                "outputs": shown,
                "api_visibility": "private",
                "show_progress": "hidden",
                "queue": True,
            }
            blocks.load(self.opened, **quiet)
            picker.select(self.chosen, inputs=picker, **quiet)
            again.click(self.scored, **(quiet | {"outputs": [course, picker]}))
        blocks.state_session_capacity = PAGES
        return blocks

    def _papers(self) -> tuple[list[gr.Tab], list[gr.Markdown]]:
        """As many tabs as an exercise may have documents."""
        tabs, papers = [], []
        for index in range(MOST_MATERIAL):
            with gr.Tab(str(index + 1), visible=False, id=f"paper-{index}") as tab:
                papers.append(gr.Markdown(elem_classes="paper", latex_delimiters=[]))
            tabs.append(tab)
        return tabs, papers

    # --- handlers -----------------------------------------------------------------------------

    async def opened(self, request: gr.Request) -> list[Any]:
        """The page was opened: the exercise of its address, else the first not yet passed."""
        who = who_of(request)
        wanted = dict(request.query_params).get("exercise")
        known = {each.id for each in self._course.exercises}
        return await self._show(who, wanted if wanted in known else None)

    async def chosen(self, exercise_id: str, request: gr.Request) -> list[Any]:
        """Another exercise was chosen."""
        shown = await self._show(who_of(request), exercise_id)
        shown[0] = gr.Accordion(label=shown[0].label, open=False)  # its place is the task's now
        return shown

    async def scored(self, request: gr.Request) -> list[Any]:
        """Work was checked: the list of exercises as it stands now."""
        return self._list(await self.lab.my_sessions(who_of(request)))

    def _list(self, rows: list[SessionRow], **chosen: Any) -> list[Any]:
        exercises = self._course.in_order
        passed = {row.exercise for row in rows if row.passed}
        label = self._say("practice.course", passed=len(passed), total=len(exercises))
        choices = [self._choice(each, rows) for each in exercises]
        return [gr.Accordion(label=label), gr.Radio(choices=choices, **chosen)]

    async def _show(self, who: Who, wanted: str | None) -> list[Any]:
        rows = await self.lab.my_sessions(who)
        passed = {row.exercise for row in rows if row.passed}
        exercises = self._course.in_order
        open_ones = [each for each in exercises if each.id not in passed]
        exercise = self.lab.courses.exercise(wanted or (open_ones or list(exercises))[0].id)
        latest = next((row for row in rows if row.exercise == exercise.id), None)
        if exercise.own:  # what is planted is each session's own: it begins with the page
            latest = latest or await self.lab.open(who, exercise.id)
        if latest:
            exercise = await self.lab.exercise_of(latest)
        materials = exercise.material_shown
        spare = MOST_MATERIAL - len(materials)
        labels = [self._paper_label(nth, len(materials)) for nth in range(1, len(materials) + 1)]
        tabs = [gr.Tab(label=label, visible=True) for label in labels]
        papers = [self._paper(each) for each in materials]
        return [
            *self._list(rows, value=exercise.id),
            self._task(exercise),
            self._room(exercise, latest),
            '<section class="rail" data-rail></section>',
            self._hints(exercise),
            *tabs,
            *[gr.Tab(visible=False) for _ in range(spare)],
            *papers,
            *["" for _ in range(spare)],
        ]

    # --- what is shown ------------------------------------------------------------------------

    @property
    def _course(self) -> Course:
        return self.lab.course

    def _say(self, key: str, **gaps: object) -> str:
        return say(key, self.language, **gaps)

    def _choice(self, exercise: Exercise, rows: list[SessionRow]) -> tuple[str, str]:
        """An exercise in the list: its number and title, and below how far one is; and its id."""
        mine = [row for row in rows if row.exercise == exercise.id]
        best = max((row.score for row in mine if row.score is not None), default=None)
        if any(row.passed for row in mine):
            state = self._say("practice.state.passed", share=self._percent(best or 1))
        elif best is not None:
            state = self._say("practice.state.scored", share=self._percent(best))
        elif any(row.turns for row in mine):
            state = self._say("practice.state.begun")
        else:
            state = self._say("practice.state.new", minutes=exercise.minutes)
        return f"{exercise.number}. {exercise.title.read(self.language)}\n{state}", exercise.id

    def _percent(self, share: float) -> str:
        return f"{number(share * 100, self.language)} %"

    def _task(self, exercise: Exercise) -> str:
        head = self._say("practice.of", number=exercise.number, minutes=exercise.minutes)
        title, goal = exercise.title.read(self.language), exercise.goal.read(self.language)
        top = f"<p>{_text(head)}</p><h1>{_text(title)}</h1>"
        return f"{top}<blockquote><p>{_text(goal)}</p></blockquote>{as_line(exercise.task_md)}"

    def _paper_label(self, nth: int, total: int) -> str:
        return (
            self._say("practice.paper") if total == 1 else self._say("practice.paper_of", nth=nth)
        )

    def _paper(self, material: Material) -> str:
        title, notice = material.title.read(self.language), self._course.notice.read(self.language)
        top = f"<p><strong>{_text(title)}</strong> · {_text(notice)}</p>"
        return top + as_line(material.text)

    def _hints(self, exercise: Exercise) -> str:
        total = len(exercise.hints)
        rows = [
            f"<details><summary>{self._say('practice.hint', number=nth, total=total)}</summary>"
            f"{as_line(hint.read(self.language))}</details>"
            for nth, hint in enumerate(exercise.hints, 1)
        ]
        return f"<h2>{self._say('practice.hints')}</h2>" + "".join(rows)

    def _room(self, exercise: Exercise, latest: SessionRow | None) -> str:
        """An empty element that carries what the script begins with; nothing of the trainee's."""
        about = self.lab.assistant.about
        expect = self._say(f"page.assistant.{about.kind}.expect")
        facts = {
            "exercise": exercise.id,
            "number": exercise.number,
            "title": exercise.title.read(self.language),
            "session": latest.id if latest else None,
            "own_values": bool(exercise.own),
            "budget": exercise.token_budget,
            "file_mb": self.lab.settings.attachment_mb,
            "limit": self.lab.settings.prompt_chars,
            "price": self._price(),
            "ai_label": exercise.ai_label.read(self.language),
            "assistant": about.kind,
            "assistant_name": self._say(f"page.assistant.{about.kind}.short"),
            "assistant_expect": expect if about.ready else self._say("page.not_ready"),
            "model": about.model,
            "boxes": [
                {
                    "part": box.part,
                    "title": box.title.read(self.language),
                    "hint": box.hint.read(self.language),
                }
                for box in exercise.boxes
            ],
            "opinion": self.lab.gives_opinions,
            "widgets": [self._widget(exercise, each) for each in exercise.widgets],
            "begins": "chat" if _of_prompts(exercise) else "answer",
        }
        text = escape(json.dumps(facts, ensure_ascii=False), quote=True)
        return f'<section class="room" data-room="{text}"></section>'

    def _price(self) -> dict[str, Any] | None:
        """What a million tokens cost, where somebody said so."""
        settings = self.lab.settings
        if settings.price_sent is None:
            return None
        received = settings.price_received
        return {
            "sent": settings.price_sent,
            "received": settings.price_sent if received is None else received,
            "currency": settings.price_currency,
        }

    def _widget(self, exercise: Exercise, widget: Widget) -> dict[str, Any]:
        """A question, and the general advice of the lines of the rubric that are about it."""
        lines = {
            line.id: line.advice.read(self.language)
            for line in exercise.rubric
            if _about(line) == widget.id
        }
        return widget.shown(self.language) | {"lines": lines}


def _text(words: str) -> str:
    """Words as text of one line."""
    return escape(" ".join(words.split()))


def _about(line: Line) -> str | None:
    """The widget that a line of a rubric looks at."""
    about: str | None = getattr(line, "widget", None) or getattr(line, "of", None)
    return about


def _of_prompts(exercise: Exercise) -> bool:
    """Whether a prompt is asked for, or questions only."""
    return any(isinstance(line, PromptLine) and not _about(line) for line in exercise.rubric)
