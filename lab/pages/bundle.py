"""Our scripts as browsers get them: a page's module and all that it imports in one file.

The sources are ordinary modules, one matter a file; fifty requests for a page are too many for
three thousand people who open it in the same minutes. No tool is needed: our modules import by name
from relative addresses, export declarations, and never in a circle. What is written in another way
is refused when the page is made, not in a browser.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(
    r'^import (?:\{ (?P<names>[^}]+) \}|\* as (?P<all>\w+)) from "(?P<place>\.[\w./]+\.js)";$',
    re.MULTILINE,
)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import\b|export\b|await\b).*$|\bimport\(", re.MULTILINE)


def bundled(entry: Path) -> str:
    """One script that does what the module ``entry`` does.

    Raises:
        OSError: it, or one that it imports, is not there.
        ValueError: a module imports or exports in a way that is not read here, or in a circle.
    """
    if not _IMPORT.search(entry.read_text("utf-8")):
        return entry.read_text("utf-8")
    done: dict[Path, str] = {}
    parts: list[str] = []
    _add(entry, done, (), parts)
    return "\n".join(parts) + "\n"


def _add(file: Path, done: dict[Path, str], above: tuple[Path, ...], parts: list[str]) -> str:
    """Put a module and what it imports into ``parts``; the name under which it stands there."""
    if file in above:
        raise ValueError(f"{file.name} imports itself by way of others")
    if file in done:
        return done[file]
    text = file.read_text("utf-8")

    def taken(found: re.Match[str]) -> str:
        other = _add((file.parent / found["place"]).resolve(), done, (*above, file), parts)
        if found["all"]:
            return f"const {found['all']} = {other};"
        return f"const {{ {found['names'].replace(' as ', ': ')} }} = {other};"

    text = _IMPORT.sub(taken, text)
    names = _EXPORT.findall(text)
    text = _EXPORT.sub("", text)
    other = _OTHER.search(text)
    if other:
        raise ValueError(f"{file.name} has a line that is not read here: {other[0]}")
    name = done[file] = f"module{len(done)}_{file.stem}"
    made = ", ".join(names)
    parts.append(f"const {name} = (() => {{\n{text}\nreturn {{ {made} }};\n}})();")
    return name
