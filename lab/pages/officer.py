"""The officer's page: the policy in force in words, a text to try, what was found over time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.errors import Forbidden, LabError
from lab.model import Language, Role, Who
from lab.pages.gradio_page import who_of
from lab.pages.plot import DAY, Counts, by_day, picture
from lab.pages.render import finding_shape, pieces, trouble_shape
from lab.pages.shell import ROOMS, one_line, render
from lab.policy.figures import wilson
from lab.policy.rules import plain_example
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.policy.rules import Rule
    from lab.session import Lab

SPANS = (7, 30, 90)
"""Days that the plot can cover."""


@dataclass(frozen=True, slots=True)
class OfficerPage:
    """The page of security officers."""

    lab: Lab
    language: Language

    def build(self) -> gr.Blocks:
        """Three tabs: try a text, the rules, events over time."""
        blocks: gr.Blocks
        title = self._say("officer.title")
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        with gr.Blocks(title=title, analytics_enabled=False, fill_width=True) as blocks:
            with gr.Column(elem_id="office", min_width=0):
                head = gr.Markdown(sanitize_html=False, latex_delimiters=[])
                with gr.Tabs():
                    with gr.Tab(self._say("officer.tab.rules")), gr.Row(elem_id="rules-row"):
                        with gr.Column(elem_id="list-pane", scale=1, min_width=0):
                            rules = gr.Radio(
                                [],
                                label=self._say("officer.rules"),
                                container=False,
                                elem_id="rows",
                            )
                        with gr.Column(elem_id="text-pane", scale=2, min_width=0):
                            rule = gr.Markdown(sanitize_html=False, latex_delimiters=[])
                    with gr.Tab(self._say("officer.tab.try")), gr.Row(elem_id="try-row"):
                        with gr.Column(scale=1, min_width=0):
                            text = gr.Textbox(
                                label=self._say("officer.text"),
                                info=self._say("officer.text_info"),
                                lines=9,
                                max_lines=24,
                                max_length=self.lab.settings.prompt_chars,
                            )
                            go = gr.Button(self._say("officer.try"), variant="primary")
                        with gr.Column(scale=1, min_width=0):
                            seen = gr.Markdown(
                                f"<p class='nothing'>{self._say('officer.try_first')}</p>",
                                sanitize_html=False,
                                latex_delimiters=[],
                            )
                    with gr.Tab(self._say("officer.tab.events")) as events:
                        span = gr.Radio(
                            [(self._say("officer.days", days=days), days) for days in SPANS],
                            value=SPANS[1],
                            label=self._say("officer.span"),
                            elem_id="span",
                        )
                        plot = gr.Markdown(sanitize_html=False, latex_delimiters=[])
            blocks.load(self.opened, outputs=[head, rules, rule], **quiet)
            rules.select(self.chosen, inputs=rules, outputs=rule, **quiet)
            go.click(self.tried, inputs=text, outputs=seen, **quiet)
            gr.on([events.select, span.select], self.counted, inputs=span, outputs=plot, **quiet)
        return blocks

    # --- handlers -----------------------------------------------------------------------------

    async def opened(self, request: gr.Request) -> list[Any]:
        """The page was opened: the policy in force, its first rule."""
        _officer(request)
        try:
            policy = self.lab.policy.current
        except LabError as error:
            return [self._refusal(error), gr.Radio(choices=[]), ""]
        about = self.lab.assistant.about
        head = render(
            "officer_head.html",
            self.language,
            version=policy.version,
            count=len(policy.rules),
            assistant=about,
            trouble=trouble_shape(self.lab, self.language),
        )
        first = policy.rules[0]
        choices = [(self._label(rule), rule.id) for rule in policy.rules]
        return [one_line(head), gr.Radio(choices=choices, value=first.id), self._rule(first)]

    async def chosen(self, rule_id: str, request: gr.Request) -> str:
        """One rule was chosen."""
        _officer(request)
        try:
            return self._rule(self.lab.policy.current.rule(rule_id))
        except LabError as error:
            return self._refusal(error)
        except KeyError:  # the policy was replaced since the page was opened
            return self._refusal(LabError("not_found"))

    async def tried(self, text: str, request: gr.Request) -> str:
        """A text was tried: the same check as of a prompt; nothing of it is kept."""
        _officer(request)
        try:
            self._check_length(text)
            policy = self.lab.policy.current
            decision, outgoing = await policy.inspect(text)
        except LabError as error:
            return self._refusal(error)
        findings = [each for each in decision.findings if each.end > each.start]
        shapes = [finding_shape(each, policy, self.language, full=True) for each in findings]
        html = render(
            "officer_try.html",
            self.language,
            decision=decision,
            outgoing=outgoing,
            pieces=pieces(text, findings),
            findings=[(shape, text[shape.start : shape.end]) for shape in shapes],
        )
        return one_line(html)

    async def counted(self, days: int, request: gr.Request) -> str:
        """What was found in the last ``days`` days, as a picture and as a table."""
        _officer(request)
        days = days if days in SPANS else SPANS[0]
        try:
            events = await self.lab.log.events_of_kind(
                ["turn.decided"], since=time.time() - days * DAY
            )
            counts = by_day(events, days, time.time())
            planted = await self.lab.canaries.recall(time.time() - days * DAY)
        except LabError as error:
            return self._refusal(error)
        titles = {rule: self._title(rule) for rule in counts.rules}
        html = render(
            "officer_events.html",
            self.language,
            days=days,
            turns=counts.turns,
            blocked=counts.blocked,
            masked=counts.masked,
            rows=[(titles[rule], sum(row), row) for rule, row in counts.rules.items()],
            dates=counts.dates,
            planted=[[(each, wilson(each.found, each.typed)) for each in some] for some in planted],
            pictures=await asyncio.to_thread(self._pictures, counts, titles),
        )
        return one_line(html)

    # --- what is shown ------------------------------------------------------------------------

    def _say(self, key: str, **gaps: object) -> str:
        return say(key, self.language, **gaps)

    def _refusal(self, error: LabError) -> str:
        return one_line(render("refusal.html", self.language, error=explain(error, self.language)))

    def _check_length(self, text: str) -> None:
        if not text.strip():
            raise LabError("prompt_empty")
        if len(text) > self.lab.settings.prompt_chars:
            raise LabError("prompt_too_long", limit=self.lab.settings.prompt_chars)

    def _title(self, rule_id: str) -> str:
        try:
            return self.lab.policy.current.rule(rule_id).title.read(self.language)
        except KeyError:  # a rule of an earlier version
            return rule_id

    def _label(self, rule: Rule) -> str:
        tier = self._say(f"officer.tier.{rule.tier}")
        return (
            f"{rule.title.read(self.language)}\n{tier} · {self._say(f'officer.mode.{rule.mode}')}"
        )

    def _rule(self, rule: Rule) -> str:
        html = render(
            "officer_rule.html",
            self.language,
            rule=rule,
            title=rule.title.read(self.language),
            why=rule.why.read(self.language),
            advice=rule.advice.read(self.language),
            source=self.lab.policy.current.source(rule, self.language),
            catch=[plain_example(each) for each in rule.examples.catch],
            let_pass=[plain_example(each) for each in rule.examples.let_pass],
        )
        return one_line(html)

    def _pictures(self, counts: Counts, titles: dict[str, str]) -> dict[str, str]:
        """The plot for light and for dark pages; empty where nothing happened."""
        if not counts.rules:
            return {}
        return {name: picture(counts, titles, dark=name == "dark") for name in ("light", "dark")}


def _officer(request: gr.Request) -> Who:
    """Who asks, from the server's own row. Raises ``Forbidden`` for any other role."""
    who = who_of(request)
    role: Role = who.person.role
    if role not in ROOMS["officer"]:
        raise Forbidden
    return who
