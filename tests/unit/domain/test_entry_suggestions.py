"""What is offered while an entry is typed."""

from __future__ import annotations

import re

import pytest

from app.domain.clinical_lists import ListKind, read_list
from app.domain.entry_suggestions import ICD_10_CM, common, matching, together, used_in


@pytest.mark.parametrize("kind", ListKind)
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_tables_can_be_read(kind: ListKind, language: str) -> None:
    found = common(kind, language)
    assert len(found) > 20
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.name.strip() == one.name != ""
        assert bool(one.code) == (one.system == ICD_10_CM)
        assert not one.code or re.fullmatch(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?", one.code), one


@pytest.mark.parametrize(
    ("text", "first"),
    [("diabetes type 2", "Type 2 diabetes mellitus"), ("e11.9", "Type 2 diabetes mellitus"), ("gerd", "K21.9"),
     ("hyperten", "I10"), ("", ""), ("zzz", "")],
)  # fmt: skip
def test_words_in_any_order_codes_and_other_names_find_it(text: str, first: str) -> None:
    found = matching(text, common(ListKind.CONDITIONS, "en"))
    assert (first in (found[0].name, found[0].code)) if first else not found


def test_spanish_names_are_found_by_the_english_ones_too() -> None:
    assert matching("asthma", common(ListKind.CONDITIONS, "es"))[0].name == "Asma"


def test_what_is_used_here_comes_first_and_once() -> None:
    lists = [read_list({"conditions": items}, ListKind.CONDITIONS) for items in (
        [{"display": "Sjögren syndrome", "code": "M35.00"}, {"display": "Asthma, mild", "code": "J45.909"}],
        [{"display": "Sjögren syndrome", "code": "M35.00"}, {"display": "Wrong", "status": "entered-in-error"}],
    )]  # fmt: skip
    used = used_in(lists)
    assert [(one.name, one.used) for one in used] == [("Sjögren syndrome", 2), ("Asthma, mild", 1)]
    offers = together(used, common(ListKind.CONDITIONS, "en"))
    assert offers[:2] == used
    assert [one.name for one in matching("asthma", offers)] == ["Asthma, mild"], "the same code isn't offered twice"
