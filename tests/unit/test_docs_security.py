"""What ``docs/security.md`` claims is shown by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGES = (TESTS.parent / "docs/security.md", TESTS.parent / "docs/decisions/bug-table.md")
NAMED = re.compile(r"`((?:unit|web|contract|browser|acceptance)/test_\w+\.py)(?:::(\w+))?`")


def test_every_test_that_a_security_page_names_exists() -> None:
    """A claim whose test was renamed or removed is found here."""
    named = [found for page in PAGES for found in NAMED.findall(page.read_text("utf-8"))]
    assert len(named) > 50
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (TESTS / file).is_file()
        or (name and not re.search(rf"def {name}\(", (TESTS / file).read_text("utf-8")))
    ]
    assert missing == []
