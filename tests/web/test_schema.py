"""The API keeps to its own OpenAPI document, whoever asks and whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from routesupport import Place, place
from schemasupport import fuzz

from bench.fuzz_api import kinds

EXAMPLES = 1
"""Requests of an operation and a person; `bench/fuzz_api.py` asks more."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A lab of its own: what is asked may change anything."""
    with place(tmp_path_factory.mktemp("schema")) as found:
        yield found


@pytest.mark.parametrize("who", ["nobody", "owner", "trainer", "officer", "admin"])
def test_the_api_keeps_to_its_document(there: Place, who: str) -> None:
    """No fault, no answer that the document does not name, nothing repeated of what was sent."""
    assert sum(fuzz(there, who, EXAMPLES).values()) > 70


def test_a_finding_tells_nothing_that_was_sent() -> None:
    """The campaign names what broke by its kind, whatever stands in the error."""
    both = ExceptionGroup("BI-MAT", [KeyError("BI-MAT"), AssertionError("GET /x repeats\nBI-MAT")])
    assert kinds(both) == {"KeyError", "GET /x repeats"}
