"""What stands in a request about allergies and problems: nobody is told that none are known unless somebody said so."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.clinical_lists import ListKind, read_list
from app.ui.areas.requests.detail import names_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not asked"),
        ({"noneKnown": True, "by": "Dana", "at": "2026-11-01T10:00:00Z"}, "none known"),
        ([], "not recorded"),
        ([{"display": "Latex", "status": "entered-in-error"}], "not recorded"),
        ([{"display": "Latex", "status": "resolved"}], "nothing at present"),
        ("none", "unreadable"),
        ({"noneKnown": "maybe"}, "unreadable"),
        ([{"display": "Latex", "status": "active"}, 7], "Latex, unreadable"),
        ([f"Thing {n}" for n in range(40)], None),
    ],
)
def test_a_list_on_one_line(value: Any, text: str | None) -> None:
    said = names_of(read_list({} if value is None else {"allergies": value}, ListKind.ALLERGIES))
    assert said == text if text else said.startswith("Thing 0, ") and said.endswith(" …")
