"""``make sbom``: what the lab is made of, as CycloneDX 1.5, with the licence of each package.

    python deploy/sbom.py [FOLDER]

Reads ``uv.lock`` through ``uv export`` (names, versions, hashes of every file) and the licences of
the installed packages from their metadata (PEP 639, else classifiers). Ends with 1 and the names
where a package has no licence that ``ALLOWED`` knows.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ALLOWED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla Public License|ISC|OFL|LGPL"
    r"|Public Domain|CC0|Zlib|Unlicense)\b"
)
"""Families of licences under which a public office may use and pass on the whole. LGPL: those
libraries (fpdf2, psycopg) are used as they are, unchanged, and can be replaced.
"""
LONGEST = 120
"""Characters of what is still the name of a licence and not its text."""


def licence_of(package: str) -> str | None:
    """The licence of an installed package; empty where it names none, None where it is not here."""
    try:
        told = metadata(package)
    except PackageNotFoundError:
        return None
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    rows = told.get_all("Classifier") or []
    named = [row.rpartition(" :: ")[2] for row in rows if row.startswith("License ::")]
    if named and named != ["OSI Approved"]:
        return " OR ".join(named)
    return str(told.get("License") or "").split("\n", 1)[0][:LONGEST]


def refused(licences: dict[str, str]) -> list[str]:
    """Packages whose licence is not among those that we know."""
    return [f"{name}: {words or '?'}" for name, words in licences.items() if not fits(words)]


def fits(words: str) -> bool:
    """Whether a licence is of a family that we know."""
    return ALLOWED.search(words) is not None


def export() -> dict[str, Any]:
    """What the lock file holds for running the lab, as CycloneDX."""
    uv = Path(sys.executable).with_name("uv")
    command = [
        *(str(uv), "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project"),
        *("--format", "cyclonedx1.5", "--preview-features", "sbom-export"),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    bom: dict[str, Any] = json.loads(done.stdout)
    return bom


def main() -> None:
    """Write the two files; refuse what has no licence that we know."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    folder.mkdir(parents=True, exist_ok=True)
    bom, licences = export(), {}
    for component in bom["components"]:
        words = licence_of(component["name"])
        if words is None:
            continue  # for another system or Python than this one
        licences[component["name"]] = words
        component["licenses"] = [{"license": {"name": words}}] if words else []
    (folder / "sbom.cdx.json").write_text(json.dumps(bom, indent=1), "utf-8")
    rows = [f"{name}\t{words}" for name, words in sorted(licences.items())]
    (folder / "licences.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    print(
        f"{len(bom['components'])} components, {len(licences)} licences -> {folder}/sbom.cdx.json"
    )
    wrong = refused(licences)
    if wrong:
        sys.exit("No licence that deploy/sbom.py knows:\n  " + "\n  ".join(wrong))


if __name__ == "__main__":
    main()
