"""``lab policy train``: the table of weights of secret and unpublished matters, made anew."""

from __future__ import annotations

from typing import Annotated

import typer

from lab.cli.out import tell
from lab.settings import Settings
from lab.words import say


def train(
    check: Annotated[bool, typer.Option("--check", help=say("policy.train.check"))] = False,
) -> None:
    """Write the table, or say whether it is that of the present sentences."""
    from lab.policy import train as trainer

    policies = Settings().policies
    if check:
        current = trainer.is_current(policies)
        tell(say("policy.train.current") if current else say("policy.train.stale"))
        raise typer.Exit(0 if current else 1)
    text = trainer.table(policies)
    (policies / "lists" / "topic-weights.txt").write_text(text, "utf-8")
    count = len(trainer.sentences(policies))
    tell(say("policy.train.written", signs=text.count("\t") // 3, count=count))
