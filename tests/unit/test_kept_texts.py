"""A text that is kept is said in the language of who reads it, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.kernel.i18n import language, later, said, set_language


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    before = language()
    yield
    set_language(before)


def test_it_is_said_in_the_language_of_the_reader() -> None:
    set_language("es")
    kept = later("Visit note of {name}", name="Ana {Ruiz}")
    assert said(kept) == "Nota de visita de Ana {Ruiz}"
    set_language("en")
    assert said(kept) == "Visit note of Ana {Ruiz}"


@pytest.mark.parametrize(
    "kept",
    [
        "Visit note of Ana",
        "",
        '{"say": "cut of',
        '{"say": 3}',
        '{"say": "{name} is left out", "other": "x"}',
        '{"say": ["x"]}',
    ],
)
def test_what_was_not_made_for_it_stays_as_it_is(kept: str) -> None:
    assert said(kept) == kept


def test_a_long_name_leaves_it_whole_where_300_characters_are_kept() -> None:
    kept = later("Visit note of {name}", name="A" * 400)
    assert len(kept) < 300
    assert said(kept).startswith("Visit note of AAA")
    assert said(kept).endswith("A…")
