"""The API keeps to its own OpenAPI document, whoever asks and whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from routesupport import Place, place
from schemasupport import fuzz

EXAMPLES = 1
"""Requests of an operation and a person; `bench/fuzz.py` asks more of everything else."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A lab of its own: what is asked may change anything."""
    with place(tmp_path_factory.mktemp("schema")) as found:
        yield found


@pytest.mark.parametrize("who", ["nobody", "owner", "trainer", "officer", "admin"])
def test_the_api_keeps_to_its_document(there: Place, who: str) -> None:
    """No fault, no answer that the document does not name, nothing repeated of what was sent."""
    assert sum(fuzz(there, who, EXAMPLES).values()) > 70
