"""Problems, medicines and allergies one by one: what others wrote stays, and each step goes back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from app.commands.clinical_lists import AddListItem, ChangeListItem, ConfirmList, EndListItem, RestoreList
from app.commands.core import Command, Outcome
from app.commands.list_replacing import ReplaceList
from app.commands.patients import FieldChange
from app.db.models import Patient, PatientDetail
from app.domain.clinical_lists import KEYS, ClinicalList, ListKind, lost_entries, read_list
from app.domain.demographics import read_demographics
from app.domain.import_merge import ORIGIN
from app.domain.none_known import CONFIRMED
from app.kernel.errors import Conflict, Refused
from tests.support.desk import NOW, Desk, local_desk

LIS = "pat-lis"
CONDITIONS, MEDICATIONS, ALLERGIES = ListKind.CONDITIONS, ListKind.MEDICATIONS, ListKind.ALLERGIES
THEIRS: list[Any] = [
    "Hay fever",
    {
        "display": "Asthma",
        "code": "195967001",
        "status": "active",
        "onset": "2009",
        ORIGIN: "x|Condition|1",
        "weird": [1],
    },
    17,
    {"id": "own", "display": "Hypertension", "status": "active", "theirs": {"a": None}},
]


def demographics(desk: Desk, patient: str = LIS) -> Any:
    return desk.rows(select(Patient.demographics).where(Patient.id == patient))[0].demographics


def put(desk: Desk, value: Any, patient: str = LIS) -> None:
    desk.write(update(Patient).where(Patient.id == patient).values(demographics=value))


def shown(desk: Desk, kind: ListKind = CONDITIONS) -> ClinicalList:
    return read_list(demographics(desk), kind)


def change(item_id: str, *changes: tuple[str, Any, Any], kind: ListKind = CONDITIONS) -> ChangeListItem:
    return ChangeListItem(
        patient_id=LIS, list=kind, item_id=item_id, changes=tuple(FieldChange(*one) for one in changes)
    )


def add(name: str, kind: ListKind = CONDITIONS, **fields: str) -> AddListItem:
    return AddListItem(patient_id=LIS, list=kind, fields={"name": name, **fields}, item_id=f"new-{name}")


def test_an_item_is_added_beside_what_is_there(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS, "ring": 1})
    done = desk.okafor.run(add("Gout", code="M10.9", system="http://hl7.org/fhir/sid/icd-10-cm", since="2024-05"))
    assert demographics(desk)["conditions"][:4] == THEIRS
    assert demographics(desk)["ring"] == 1
    gout = shown(desk).items[-1]
    assert (gout.id, gout.name, gout.code, gout.since, gout.status) == (
        "new-Gout",
        "Gout",
        "M10.9",
        "2024-05",
        "active",
    )
    assert demographics(desk)["conditions"][4]["recorded"] == NOW.isoformat(timespec="seconds")
    assert (shown(desk).unreadable, len(shown(desk).items)) == (1, 4)
    assert done.undo is not None
    desk.okafor.run(done.undo)
    assert demographics(desk) == {"conditions": THEIRS, "ring": 1}


def test_an_item_of_others_keeps_what_only_they_know(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS})
    asthma = shown(desk).items[1]
    done = desk.okafor.run(change(asthma.id, ("severity", "", "mild"), ("since", "2009", "2009-04")))
    now = demographics(desk)["conditions"]
    assert now[1] == THEIRS[1] | {"id": asthma.id, "severity": "mild", "onset": "2009-04"}
    assert [now[0], now[2], now[3]] == [THEIRS[0], THEIRS[2], THEIRS[3]]
    assert shown(desk).items[1].id == asthma.id, "the id stays the one it went by"
    assert done.undo is not None
    desk.okafor.run(done.undo)
    assert demographics(desk)["conditions"] == THEIRS


def test_a_word_becomes_an_item_when_it_is_edited(desk: Desk) -> None:
    put(desk, {"allergies": ["Nuts"]})
    nuts = shown(desk, ALLERGIES).items[0]
    desk.desk.run(change(nuts.id, ("reaction", "", "hives, wheeze"), ("severity", "", "severe"), kind=ALLERGIES))
    assert demographics(desk)["allergies"] == [
        {"id": nuts.id, "display": "Nuts", "reactions": ["hives", "wheeze"], "severity": "severe"}
    ]


def test_two_people_change_different_fields(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS})
    desk.chen.run(change("own", ("note", "", "Since the move")))
    desk.okafor.run(change("own", ("severity", "", "mild")))
    entry = demographics(desk)["conditions"][3]
    assert (entry["note"], entry["severity"], entry["theirs"]) == ("Since the move", "mild", {"a": None})


def test_the_same_field_conflicts_with_all_three_sides(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS})
    desk.chen.run(change("own", ("severity", "", "severe")))
    with pytest.raises(Conflict) as problem:
        desk.okafor.run(change("own", ("severity", "", "mild"), ("note", "", "x")))
    assert problem.value.data["fields"] == {"severity": {"base": "", "mine": "mild", "server": "severe"}}
    assert "note" not in demographics(desk)["conditions"][3]


def test_ending_keeps_the_item_and_goes_back(desk: Desk) -> None:
    put(desk, {"medications": [{"id": "m", "display": "Ibuprofen", "dose": "400 mg", "status": "active"}]})
    done = desk.okafor.run(
        EndListItem(patient_id=LIS, list=MEDICATIONS, item_id="m", until="2026-05-01", expected="active")
    )
    entry = demographics(desk)["medications"][0]
    assert (entry["status"], entry["ended"], entry["dose"]) == ("stopped", "2026-05-01", "400 mg")
    assert shown(desk, MEDICATIONS).active == ()
    with pytest.raises(Conflict, match="same field"):
        desk.chen.run(EndListItem(patient_id=LIS, list=MEDICATIONS, item_id="m", status="on-hold", expected="active"))
    assert done.undo is not None
    desk.okafor.run(done.undo)
    assert shown(desk, MEDICATIONS).active[0].name == "Ibuprofen"


def test_a_list_is_confirmed_and_tells_what_came_since(desk: Desk) -> None:
    put(desk, {"medications": [{"display": "Metformin", "status": "active"}, {"display": "Old", "status": "stopped"}]})
    seen = tuple(item.id for item in shown(desk, MEDICATIONS).active)
    confirm = ConfirmList(patient_id=LIS, list=MEDICATIONS, seen=seen)
    done = desk.okafor.run(confirm)
    now = shown(desk, MEDICATIONS)
    assert (now.confirmed_at, now.confirmed_by, now.new_since) == (NOW, "Ngozi Okafor", ())
    desk.okafor.run(add("Ibuprofen", MEDICATIONS, dose="400 mg"))
    assert [item.name for item in shown(desk, MEDICATIONS).new_since] == ["Ibuprofen"]
    with pytest.raises(Conflict, match="changed since you saw it"):
        desk.chen.run(confirm)
    assert done.undo is not None
    with pytest.raises(Conflict, match="changed this list"):
        desk.okafor.run(done.undo)


def test_none_known_is_said_and_taken_back(desk: Desk) -> None:
    done = desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, none_known=True))
    now = shown(desk, ALLERGIES)
    assert (now.none_known, now.confirmed_by, now.confirmed_at) == (True, "Dana Whitfield", NOW)
    added = desk.desk.run(add("Latex", ALLERGIES))
    assert [item.name for item in shown(desk, ALLERGIES).items] == ["Latex"]
    with pytest.raises(Refused, match="Some are known"):
        desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, seen=("new-Latex",), none_known=True))
    assert added.undo is not None
    desk.desk.run(added.undo)
    assert shown(desk, ALLERGIES).none_known
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert not shown(desk, ALLERGIES).asked


OLD_NONE = {"noneKnown": True, "by": "Dana Whitfield", "at": "2026-01-05T10:00:00+00:00"}


def test_none_known_leaves_a_list_where_others_expect_one(desk: Desk) -> None:
    """The backend and the phones read a list: the statement stands beside it, and goes when it isn't true any more."""
    said = {"at": NOW.isoformat(timespec="seconds"), "by": "Dana Whitfield", "items": [], "noneKnown": True}
    put(desk, {"mrn": "7"})
    desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, none_known=True))
    assert demographics(desk) == {"mrn": "7", "allergies": [], CONFIRMED: {"allergies": said}}
    added = desk.desk.run(add("Latex", ALLERGIES))
    assert CONFIRMED not in demographics(desk), "an allergy is known"
    assert added.undo is not None
    desk.desk.run(added.undo)
    assert demographics(desk) == {"mrn": "7", "allergies": [], CONFIRMED: {"allergies": said}}


def test_what_another_program_adds_takes_none_known_back(desk: Desk) -> None:
    desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, none_known=True))
    put(desk, demographics(desk) | {"allergies": [{"display": "Latex", "status": "active"}]})
    now = shown(desk, ALLERGIES)
    assert (now.none_known, [item.name for item in now.new_since]) == (False, ["Latex"])
    details = read_demographics(demographics(desk)).allergies
    assert (details.none_known, [item.display for item in details.items]) == (False, ["Latex"])
    desk.desk.run(change(now.items[0].id, ("severity", "", "mild"), kind=ALLERGIES))
    assert "noneKnown" not in demographics(desk)[CONFIRMED]["allergies"], "the next edit doesn't leave it standing"


def test_the_object_of_earlier_rows_is_read_and_becomes_a_list_with_an_edit(desk: Desk) -> None:
    old = {"allergies": OLD_NONE, "conditions": OLD_NONE}
    put(desk, old)
    assert all(shown(desk, kind).none_known for kind in (ALLERGIES, CONDITIONS))
    assert shown(desk, ALLERGIES).confirmed_by == "Dana Whitfield"
    done = desk.desk.run(add("Latex", ALLERGIES))
    assert [entry["display"] for entry in demographics(desk)["allergies"]] == ["Latex"]
    assert demographics(desk)["conditions"] == OLD_NONE, "a list that an assistant may not write stays as it is"
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert demographics(desk)["allergies"] == []
    assert (shown(desk, ALLERGIES).none_known, shown(desk, ALLERGIES).confirmed_by) == (True, "Dana Whitfield")


def test_a_step_kept_from_before_still_goes_back(desk: Desk) -> None:
    """A workstation may send an undo that an earlier version made, with the object in it."""
    put(desk, {"allergies": OLD_NONE})
    desk.desk.run(RestoreList(patient_id=LIS, list=ALLERGIES, expected=OLD_NONE, before=None))
    assert demographics(desk) == {}
    desk.desk.run(RestoreList(patient_id=LIS, list=ALLERGIES, expected=None, before=OLD_NONE))
    assert (demographics(desk)["allergies"], shown(desk, ALLERGIES).none_known) == ([], True)


def test_none_known_after_an_entry_made_in_error(desk: Desk) -> None:
    put(desk, {"allergies": [{"id": "a", "display": "Latex", "status": "active"}]})
    desk.desk.run(EndListItem(patient_id=LIS, list=ALLERGIES, item_id="a", status="entered-in-error"))
    done = desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, none_known=True))
    assert shown(desk, ALLERGIES).none_known
    assert [entry["id"] for entry in demographics(desk)["allergies"]] == ["a"]
    assert read_demographics(demographics(desk)).allergies.none_known
    desk.desk.run(change("a", ("status", "entered-in-error", "active"), kind=ALLERGIES))
    assert not shown(desk, ALLERGIES).none_known
    assert done.undo is not None


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ([{"id": "a", "display": "Latex", "status": "active"}], "Some are known"),
        ([{"id": "a", "display": "Latex", "status": "resolved"}], "Ended entries stand here"),
        ([{"id": "a", "display": "Latex", "status": "entered-in-error"}, 17], "can't be read"),
        ("none", "can't be read"),
    ],
)
def test_none_known_is_refused_where_something_stands(desk: Desk, listed: Any, said: str) -> None:
    put(desk, {"allergies": listed})
    seen = tuple(item.id for item in shown(desk, ALLERGIES).active)
    with pytest.raises(Refused, match=said):
        desk.desk.run(ConfirmList(patient_id=LIS, list=ALLERGIES, seen=seen, none_known=True))
    assert demographics(desk) == {"allergies": listed}


def test_a_merged_record_gets_no_entries(desk: Desk) -> None:
    desk.write(insert(PatientDetail).values(patient_id=LIS, merged_into="pat-roux", updated_at=NOW))
    for command in (add("Gout"), ConfirmList(patient_id=LIS, list=CONDITIONS, none_known=True)):
        with pytest.raises(Conflict) as problem:
            desk.okafor.run(command)
        assert (problem.value.code, problem.value.data["into"]) == ("Merged", "pat-roux")


def test_who_may_edit_what(desk: Desk) -> None:
    desk.desk.run(add("Latex", ALLERGIES))
    for kind in (CONDITIONS, MEDICATIONS):
        with pytest.raises(Refused) as problem:
            desk.desk.run(add("Gout", kind))
        assert problem.value.code == "NotAllowed"
    with pytest.raises(Refused):
        desk.admin.run(add("Pollen", ALLERGIES))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"note": "nobody knows of what"}, "name"),
        ({"name": "x\x00"}, "name"),
        ({"name": "Gout", "since": "2026-13"}, "since"),
        ({"name": "Gout", "since": "2027"}, "since"),
        ({"name": "Gout", "since": "last year"}, "since"),
        ({"name": "Gout", "since": "2020", "until": "2019-12"}, "until"),
        ({"name": "Gout", "severity": "awful"}, "severity"),
        ({"name": "Gout", "status": "over"}, "status"),
        ({"name": "Gout", "dose": "1 mg"}, "dose"),
        ({"name": "Gout", "note": "x" * 2_001}, "note"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(desk: Desk, fields: dict[str, str], named: str) -> None:
    before = demographics(desk)
    with pytest.raises(Refused) as problem:
        desk.okafor.run(AddListItem(patient_id=LIS, list=CONDITIONS, fields=fields))
    assert problem.value.field == named
    assert demographics(desk) == before


@pytest.mark.parametrize("whole", ["text", 5, ["x"]])
def test_an_unreadable_record_is_left_alone(desk: Desk, whole: Any) -> None:
    put(desk, whole)
    with pytest.raises(Refused, match="can't be read"):
        desk.okafor.run(add("Gout"))
    assert demographics(desk) == whole
    put(desk, {"conditions": {"a": 1}})
    assert shown(desk).unreadable == 1
    with pytest.raises(Refused, match="can't be read"):
        desk.okafor.run(add("Gout"))


@pytest.mark.parametrize("lost", ["none", {"a": [1]}, 7, False], ids=str)
def test_a_list_that_cannot_be_read_is_begun_anew_and_comes_back(desk: Desk, lost: Any) -> None:
    marks = {"allergies": {"at": "2026-01-01T00:00:00+00:00", "by": "x", "items": ["a"]},
             "medications": {"at": "2026-01-01T00:00:00+00:00", "by": "x", "items": []}}  # fmt: skip
    before = {"allergies": lost, "ring": 1, "listsConfirmed": marks}
    put(desk, before)
    with pytest.raises(Refused, match="can't be read"):
        desk.okafor.run(add("Latex", ALLERGIES))
    done = desk.okafor.run(ReplaceList(patient_id=LIS, list=ALLERGIES, seen=lost))
    assert demographics(desk) == {"ring": 1, "listsConfirmed": {"medications": marks["medications"]}}
    assert not shown(desk, ALLERGIES).asked
    assert done.undo is not None
    desk.okafor.run(done.undo)
    assert demographics(desk) == before
    desk.okafor.run(ReplaceList(patient_id=LIS, list=ALLERGIES, seen=lost))
    desk.okafor.run(add("Latex", ALLERGIES))
    assert [one.name for one in shown(desk, ALLERGIES).active] == ["Latex"]
    with pytest.raises(Conflict):  # an entry stands there since
        desk.okafor.run(done.undo)


def test_only_what_was_seen_and_cannot_be_read_is_replaced_and_by_a_provider(desk: Desk) -> None:
    for value, who, code in (
        ("none", desk.desk, "NotAllowed"), ("other", desk.okafor, "ListChanged"), ([7], desk.okafor, "Readable"),
        ({"noneKnown": True, "by": "x"}, desk.okafor, "Readable"), (None, desk.okafor, "Readable"),
    ):  # fmt: skip
        put(desk, {"allergies": value})
        with pytest.raises((Refused, Conflict)) as problem:
            who.run(ReplaceList(patient_id=LIS, list=ALLERGIES, seen="none"))
        assert problem.value.code == code
        assert demographics(desk) == {"allergies": value}


def test_an_undo_meets_a_later_change(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS})
    done = desk.okafor.run(change("own", ("severity", "", "mild")))
    desk.pass_time(timedelta(seconds=5))
    desk.chen.run(change("own", ("note", "", "x")))
    assert done.undo is not None
    with pytest.raises(Conflict, match="changed this entry"):
        desk.okafor.run(done.undo)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abé ~", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé ~", max_size=5), inner, max_size=3),
    max_leaves=6,
)
ITEM = JSON | st.fixed_dictionaries(
    {"display": st.sampled_from(["Gout", "Asthma", ""])},
    optional={"id": st.sampled_from(["a", "b"]) | JSON, "status": st.sampled_from(["active", "resolved"]) | JSON,
              "onset": JSON, "severity": JSON, "extra": JSON, ORIGIN: JSON},
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from(["add", "change", "end", "confirm", "undo"]), st.integers(0, 5), st.sampled_from(["mild", "severe"])
)
OURS = {"id", "recorded", *KEYS[CONDITIONS].values(), "criticality"}


def _command(kind: str, which: int, word: str, now: ClinicalList) -> Command | None:
    if kind == "add":
        return add(f"{word}{which}")
    if kind == "confirm":
        return ConfirmList(patient_id=LIS, list=CONDITIONS, seen=tuple(item.id for item in now.active))
    if not now.items:
        return None
    item = now.items[which % len(now.items)]
    if kind == "end":
        return EndListItem(patient_id=LIS, list=CONDITIONS, item_id=item.id, until="2026")
    return change(item.id, ("severity", item.severity, word))


def _foreign(value: Any) -> list[Any]:
    """What an edit has no business with: the entries without the keys that are ours, those we made left out."""
    items = value if isinstance(value, list) else []
    return [
        {k: v for k, v in entry.items() if k not in OURS}
        if isinstance(entry, dict)
        else {}
        if isinstance(entry, str)
        else entry
        for entry in items
        if not (isinstance(entry, dict) and str(entry.get("id", "")).startswith("new-"))
    ]


@pytest.fixture(scope="module")
def store() -> Iterator[Desk]:
    """One workstation's store for many examples."""
    made = local_desk()
    yield made
    made.close()


@settings(max_examples=30, deadline=None)
@given(items=st.lists(ITEM, max_size=4), other=JSON, steps=st.lists(STEP, max_size=6))
def test_edits_never_lose_what_others_wrote(
    store: Desk, items: list[Any], other: Any, steps: list[tuple[str, int, str]]
) -> None:
    start = {"conditions": items, "other": other}
    put(store, start)
    done: list[Outcome] = []
    straight = True
    for kind, which, word in steps:
        if kind == "undo" and not done:
            continue
        command = done.pop().undo if kind == "undo" else _command(kind, which, word, shown(store))
        if command is None:
            continue
        try:
            outcome = store.okafor.run(command)
        except (Refused, Conflict):
            done, straight = [], False
            continue
        if kind != "undo" and outcome.undo is not None:
            done.append(outcome)
    now = demographics(store)
    assert {k: v for k, v in now.items() if k not in ("conditions", CONFIRMED)} == {"other": other}
    assert _foreign(now.get("conditions")) == _foreign(items)
    while done:
        back = done.pop().undo
        assert back is not None
        store.okafor.run(back)
    begun = start if items else {"other": other}
    assert not straight or {k: v for k, v in demographics(store).items() if k == "other" or v != []} == begun


@pytest.mark.parametrize(
    ("kind", "text"),
    [(ALLERGIES, "NKDA"), (ALLERGIES, "No known allergies."), (ALLERGIES, "Ninguna"), (MEDICATIONS, "Sin medicación"),
     (CONDITIONS, "none")],
)  # fmt: skip
def test_that_there_is_none_is_no_entry(desk: Desk, kind: ListKind, text: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.okafor.run(AddListItem(patient_id=LIS, list=kind, fields={"name": text}))
    assert (refused.value.code, refused.value.field) == ("NoEntry", "name")
    desk.okafor.run(AddListItem(patient_id=LIS, list=kind, fields={"name": "Nonea"}, item_id="new"))
    change = FieldChange("name", "Nonea", text)
    with pytest.raises(Refused):
        desk.okafor.run(ChangeListItem(patient_id=LIS, list=kind, item_id="new", changes=(change,)))


def test_an_entry_that_cannot_be_read_goes_alone_and_comes_back(desk: Desk) -> None:
    put(desk, {"conditions": THEIRS, "weird": 1})
    assert lost_entries(demographics(desk), CONDITIONS) == (17,)
    done = desk.okafor.run(ReplaceList(patient_id=LIS, list=CONDITIONS, seen=17, entry=True))
    assert (shown(desk).unreadable, [one.name for one in shown(desk).items]) == (
        0, ["Hay fever", "Asthma", "Hypertension"]
    )  # fmt: skip
    assert demographics(desk)["weird"] == 1
    assert done.undo is not None
    desk.okafor.run(done.undo)
    assert shown(desk).unreadable == 1


@pytest.mark.parametrize("seen", [18, "17", True, None, "Hay fever", THEIRS[1]])
def test_only_the_entry_that_was_seen_and_cannot_be_read_goes(desk: Desk, seen: Any) -> None:
    put(desk, {"conditions": THEIRS})
    with pytest.raises(Conflict) as found:
        desk.okafor.run(ReplaceList(patient_id=LIS, list=CONDITIONS, seen=seen, entry=True))
    assert found.value.code == "ListChanged"
    with pytest.raises(Refused) as refused:
        desk.desk.run(ReplaceList(patient_id=LIS, list=CONDITIONS, seen=17, entry=True))
    assert refused.value.code == "NotAllowed"
    assert demographics(desk)["conditions"] == THEIRS
