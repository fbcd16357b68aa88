"""The command ``lab``: one Typer application, one file a group of commands.

Heavy imports stay inside the commands that need them, so that ``lab --help`` answers at once.
"""

from __future__ import annotations

import sys

import typer

from lab.cli import class_, course, doctor, log, model, policy, serve, user
from lab.errors import DataFileError, LabError
from lab.words import explain, say

app = typer.Typer(
    help=say("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("serve", help=say("cli.serve.help"))(serve.serve)
app.command("setup", help=say("cli.setup.help"))(serve.setup)
app.command("doctor", help=say("cli.doctor.help"))(doctor.doctor)
app.add_typer(user.app, name="user", help=say("cli.groups.user"))
app.add_typer(class_.app, name="class", help=say("cli.groups.class"))
app.add_typer(policy.app, name="policy", help=say("cli.groups.policy"))
app.add_typer(course.app, name="course", help=say("cli.groups.course"))
app.add_typer(log.app, name="log", help=say("cli.groups.log"))
app.add_typer(model.app, name="model", help=say("cli.groups.model"))


def main() -> None:
    """Run a command. An error that the lab knows ends with its sentences and exit code 1."""
    try:
        app()
    except DataFileError as error:
        from lab.datafile import render

        sys.stderr.write(render(error.problems))
        sys.exit(1)
    except LabError as error:
        words = explain(error)
        sys.stderr.write(f"{words['message']}\n  -> {words['help']}\n")
        sys.exit(1)
