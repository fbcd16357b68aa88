"""``lab policy``: check the rules, and try texts against them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from lab.cli import (
    policy_alarms,
    policy_eval,
    policy_file,
    policy_publish,
    policy_shadow,
    policy_train,
)
from lab.cli.out import tell, tell_refusal, tell_text, visible
from lab.errors import DataFileError, LabError
from lab.model import Action, Cleared, Decision, Finding, Message, Speaker
from lab.settings import Settings
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.policy.clear import Policy

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

app.command("eval", help=say("evaluate.help"))(policy_eval.evaluate)
app.command("corpus", help=say("evaluate.corpus.help"))(policy_eval.corpus)
app.command("versions", help=say("publish.cli.help.versions"))(policy_publish.versions)
app.command("draft", help=say("publish.cli.help.draft"))(policy_publish.draft)
app.command("diff", help=say("publish.cli.help.diff"))(policy_publish.diff)
app.command("publish", help=say("publish.cli.help.publish"))(policy_publish.publish)
app.command("approve", help=say("publish.cli.help.approve"))(policy_publish.approve)
app.command("rollback", help=say("publish.cli.help.rollback"))(policy_publish.rollback)
app.command("withdraw", help=say("publish.cli.help.withdraw"))(policy_publish.withdraw)
app.command("shadow", help=say("publish.cli.help.shadow"))(policy_shadow.shadow)
app.command("resolve", help=say("publish.cli.help.resolve"))(policy_shadow.resolve)
app.command("schema", help=say("publish.cli.help.schema"))(policy_shadow.schema)
app.add_typer(policy_alarms.app, name="alarms", help=say("alarms.cli.help"))
app.command("train", help=say("policy.train.help"))(policy_train.train)

ROLES: dict[str, Speaker] = {"system": "system", "user": "user", "assistant": "assistant"}
UNREADABLE = 2
"""Exit code where a line or a file could not be read."""


@app.command("check", help=say("policy.cli.check"))
def check() -> None:
    """Read every data file and run every rule's examples; exit 1 where something is wrong."""
    from lab.datafile import render
    from lab.policy import examples, mosaic, rules

    folder = Settings().policies
    try:
        data = rules.read(folder)
        mosaic.read(folder)
        problems = tuple(examples.problems(data))
    except DataFileError as error:
        problems = error.problems
    if problems:
        tell_text(render(problems))
        tell()
        tell(say("policy.cli.bad", count=len(problems)))
        raise typer.Exit(1)
    count = sum(len(rule.examples.catch) + len(rule.examples.let_pass) for rule in data.rules)
    tell(say("policy.cli.good", rules=len(data.rules), examples=count))


@app.command("scan", help=say("policy.cli.scan"))
def scan(
    text: Annotated[str | None, typer.Argument(help=say("policy.cli.text"))] = None,
    jsonl: Annotated[str | None, typer.Option(help=say("policy.cli.jsonl"))] = None,
    version: Annotated[int | None, typer.Option(min=1, help=say("policy.cli.version"))] = None,
) -> None:
    """Try texts or a file. Exit 0 whatever is blocked, 2 where a line or a file cannot be read."""
    policy = _policy(version)
    path = policy_file.file_named(text) if jsonl is None else None
    if path is not None:
        _file(policy, path)
        return
    if jsonl is None:
        written = sys.stdin.buffer.read().decode("utf-8", "replace") if text is None else text
        asyncio.run(_explain(policy, written))
        return
    if jsonl == "-":
        bad = asyncio.run(_lines(policy, sys.stdin.buffer))
    else:
        with Path(jsonl).open("rb") as lines:
            bad = asyncio.run(_lines(policy, lines))
    if bad:
        raise typer.Exit(UNREADABLE)


def _file(policy: Policy, path: Path) -> None:
    try:
        asyncio.run(policy_file.explain_file(policy, path.name, path.read_bytes()))
    except LabError as error:
        words = explain(error)
        tell_refusal(words)
        raise typer.Exit(UNREADABLE) from None


def _policy(version: int | None) -> Policy:
    settings = Settings()
    if version is None:
        from lab.policy.clear import Policy

        return Policy.load(settings.policies, seconds=settings.check_seconds, workers=0)
    from lab.keys import Keys
    from lab.policy import versions

    return versions.load(settings, version, keys=Keys.load(settings.keys_dir), workers=0)


async def _lines(policy: Policy, lines: Iterable[bytes]) -> bool:
    """Answer every line; True where one could not be read."""
    bad = False
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            row_id, messages, listed = _read(raw)
        except (ValueError, TypeError, KeyError, RecursionError):
            bad = True
            tell(say("policy.cli.unreadable", line=number), err=True)
            continue
        answer = await _answer(policy, messages, listed=listed)
        _print_row(sys.stdout, {"id": row_id, **answer})
    return bad


def _read(raw: bytes) -> tuple[Any, list[Message], bool]:
    """One line: its id, its messages, and whether it was a list of them."""
    row = json.loads(raw.decode("utf-8"))
    if not isinstance(row, dict) or ("text" in row) == ("messages" in row):
        raise ValueError
    if "text" in row:
        return row["id"], [Message("user", _string(row["text"]))], False
    messages = [Message(ROLES[each["role"]], _string(each["content"])) for each in row["messages"]]
    if not messages:
        raise ValueError
    return row["id"], messages, True


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


async def _answer(policy: Policy, messages: list[Message], *, listed: bool) -> dict[str, Any]:
    """What the policy says of one row. Where an old turn may not leave, nothing of it does."""
    from lab.policy.vault import Vault

    result = await policy.clear(messages, vault=Vault())
    decision = result.decision
    outgoing: str | list[dict[str, str]] | None = None
    action = decision.action
    if isinstance(result, Cleared) and not result.left_out:
        rows = [{"role": each.role, "content": each.content} for each in result.messages]
        outgoing = rows if listed else result.messages[-1].content
    else:
        action = Action.BLOCK
    return {
        "action": str(action),
        "outgoing": outgoing,
        "findings": [_finding(found, listed=listed) for found in _acting(decision)],
        "policy": decision.policy,
    }


def _acting(decision: Decision) -> Iterator[Finding]:
    """Findings that count: rules in shadow only watch."""
    return (finding for finding in decision.findings if finding.action is not Action.ALLOW)


def _finding(finding: Finding, *, listed: bool) -> dict[str, Any]:
    where: dict[str, Any] = {"message": finding.message} if listed else {}
    return where | {
        "entity": finding.entity,
        "rule": finding.rule,
        "tier": str(finding.tier),
        "start": finding.start,
        "end": finding.end,
        "score": round(finding.score, 4),
    }


def _print_row(out: IO[str], row: dict[str, Any]) -> None:
    """One JSON line. Half a surrogate pair, which UTF-8 cannot hold, is an escape too."""
    line = visible(json.dumps(row, ensure_ascii=False))
    out.buffer.write(line.encode() + b"\n")  # type: ignore[attr-defined]


async def _explain(policy: Policy, text: str) -> None:
    """For people: what was found, why, and what would leave."""
    decision, outgoing = await policy.inspect(text)
    tell(say(f"policy.action.{decision.action}") + f"  ({policy.version})")
    if decision.fault:
        tell(say("policy.cli.fault", code=decision.fault))
    for finding in decision.findings:
        rule = policy.rule(finding.rule)
        piece = text[finding.start : finding.end].replace("\n", " ")
        tell()
        tell(f"«{piece}»  {rule.title.vi} [{finding.entity}, {finding.tier}]")
        tell_text("  " + rule.why.vi)
        tell_text("  → " + rule.advice.vi)
        tell(
            "  "
            + say(
                "policy.cli.how",
                rule=rule.id,
                pattern=finding.pattern,
                context=finding.context or "-",
                view=finding.view,
                score=f"{finding.score:.2f}",
            )
        )
        tell("  " + policy.source(rule))
    if outgoing is not None:
        tell()
        tell(say("policy.cli.outgoing"))
        tell_text(outgoing)
