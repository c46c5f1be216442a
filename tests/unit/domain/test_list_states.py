"""What a list of allergies says where none is shown: not asked, not recorded, none known, all ended: four things."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.clinical_list_words import none_active
from app.domain.clinical_lists import ListKind, read_list
from app.domain.demographics import read_demographics
from app.domain.list_status import is_over, is_withdrawn

SAID = {"at": "2026-05-01T10:00:00+00:00", "by": "Dana", "items": [], "noneKnown": True}


def marked(listed: Any, **mark: Any) -> dict[str, Any]:
    return {"allergies": listed, "listsConfirmed": {"allergies": SAID | mark}}


def latex(status: str) -> dict[str, str]:
    return {"display": "Latex", "status": status}


@pytest.mark.parametrize(
    ("demographics", "said"),
    [
        (None, "Allergies not asked"),
        ({"allergies": None}, "Allergies not asked"),
        ({"listsConfirmed": {"allergies": SAID}}, "Allergies not asked"),
        ({"allergies": []}, "Allergies not recorded"),
        ({"allergies": [latex("entered-in-error")]}, "Allergies not recorded"),
        (marked([], noneKnown="yes"), "Allergies not recorded"),
        (marked([], items=7), "Allergies not recorded"),
        (marked([]), "No known allergies"),
        (marked([latex("entered-in-error")]), "No known allergies"),
        ({"allergies": {"noneKnown": True}}, "No known allergies"),
        ({"allergies": [latex("resolved"), latex("Inactive"), latex("entered-in-error")]},
         "Allergies: 2 ended, none active"),
        (marked([latex("resolved")]), "Allergies: 1 ended, none active"),
        (marked([latex("active")]), ""),
        (marked([latex("a word of others")]), ""),
        (marked([7]), ""),
        ({"allergies": "none"}, ""),
        (["x"], ""),
        ("x", ""),
        (False, ""),
        ({"allergies": {"noneKnown": "yes"}}, ""),
    ],
)  # fmt: skip
def test_four_things_are_never_mistaken_for_each_other(demographics: Any, said: str) -> None:
    found = read_list(demographics, ListKind.ALLERGIES)
    assert none_active(found) == said
    card = read_demographics(demographics).allergies
    assert (card.unreadable, said != "") in ((found.unreadable, not found.active and not found.unreadable),)
    assert (card.none_known, card.asked, bool(card.active)) == (found.none_known, found.asked, bool(found.active))


@pytest.mark.parametrize("status", ["", "active", "Active", "unknown", "on-hold", "relapse", "confirmed", "¿?"])
def test_what_nobody_knows_hides_nothing(status: str) -> None:
    assert not is_over(status)
    assert [one.name for one in read_list({"allergies": [latex(status)]}, ListKind.ALLERGIES).active] == ["Latex"]


@pytest.mark.parametrize("status", ["resolved", " Resolved", "STOPPED", "entered_in_error", "Entered in error"])
def test_what_is_over_is_so_however_it_is_written(status: str) -> None:
    assert is_over(status)
    assert is_withdrawn(status) == ("error" in status)


def test_a_name_turns_nothing_beside_it_round() -> None:
    """Controls of direction would draw the words after a name in front of it; what joins letters stays."""
    entry = {"display": "Latex\u202e kcohs \u2066", "reactions": ["\u200fHives"], "severity": "می\u200cخواهم"}
    (item,) = read_list({"allergies": [entry]}, ListKind.ALLERGIES).items
    assert (item.name, item.reaction, item.severity) == ("Latex kcohs ", "Hives", "می\u200cخواهم")
    (shown,) = read_demographics({"allergies": [entry]}).allergies.active
    assert shown.display == "Latex kcohs "
