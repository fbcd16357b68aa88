"""The command ``lab``: one Typer application, one file a group of commands.

Heavy imports stay inside the commands that need them, so that ``lab --help`` answers at once.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from lab.cli import (
    backup,
    class_,
    course,
    doctor,
    incident,
    keys,
    log,
    model,
    policy,
    sending,
    serve,
    site,
    user,
)
from lab.cli.out import tell, tell_refusal, tell_text
from lab.errors import DataFileError, LabError, where
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
app.command("backup", help=say("backup.cli.backup"))(backup.backup)
app.command("restore", help=say("backup.cli.restore"))(backup.restore)
app.command("upgrade", help=say("backup.cli.upgrade"))(backup.upgrade)
app.add_typer(user.app, name="user", help=say("cli.groups.user"))
app.add_typer(class_.app, name="class", help=say("cli.groups.class"))
app.add_typer(policy.app, name="policy", help=say("cli.groups.policy"))
app.add_typer(course.app, name="course", help=say("cli.groups.course"))
app.add_typer(keys.app, name="keys", help=say("cli.groups.keys"))
app.add_typer(sending.app, name="sending", help=say("sending.cli.help"))
app.add_typer(incident.app, name="incident", help=say("incidents.cli.help"))
app.add_typer(log.app, name="log", help=say("cli.groups.log"))
app.add_typer(site.app, name="site", help=say("push.site.help"))
app.add_typer(model.app, name="model", help=say("cli.groups.model"))


def main() -> None:
    """Run a command. An error that the lab knows ends with its sentences and exit code 1."""
    try:
        app()
    except DataFileError as error:
        from lab.datafile import render

        tell_text(render(error.problems).rstrip("\n"), err=True)
        sys.exit(1)
    except LabError as error:
        tell_refusal(explain(error))
        sys.exit(1)
    except OSError as error:
        _end(
            "cli.fault.file", path=error.filename or "?", why=error.strerror or type(error).__name__
        )
    except Exception as error:  # noqa: BLE001 - its text could quote what was read
        names = _settings_named(error)
        if names:
            _end("cli.fault.setting", names=names)
        _end("cli.fault.internal", where=where(error))


def _end(key: str, **gaps: object) -> NoReturn:
    tell(say(key, "vi", **gaps), err=True)
    sys.exit(1)


def _settings_named(error: Exception) -> str:
    """The environment variables that hold what a setting cannot be; empty for another error."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or error.title != "Settings":
        return ""
    return ", ".join(sorted({f"LAB_{row['loc'][0]}".upper() for row in error.errors()}))
