"""Editing by field: others' changes to other fields stay, to the same field conflict; flags and identity one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands.patients import ConfirmIdentity, EditPatient, FieldChange, FlagPatient
from app.db.models import Patient, PatientDetail
from app.kernel.errors import Conflict, Refused
from tests.database.patients.conftest import Register
from tests.support.desk import NOW, Desk


def row(desk: Desk, patient_id: str) -> Any:
    return desk.rows(select(Patient.__table__).where(Patient.id == patient_id))[0]


def edit(patient_id: str, *changes: tuple[str, Any, Any], confirmed: bool = False) -> EditPatient:
    return EditPatient(
        patient_id=patient_id, changes=tuple(FieldChange(*change) for change in changes), unusual_confirmed=confirmed
    )


@pytest.fixture
def anna(register: Register) -> str:
    return register("Anna", "Kowalska", "1962-03-14", mrn="40417", demographics={"ring": {"x": 1}}, height_cm=170)


def test_columns_and_demographics_change_together(desk: Desk, anna: str) -> None:
    outcome = desk.desk.run(
        edit(anna, ("firstName", "Anna", "Ania"), ("dateOfBirth", "1962-03-14", "1962-03-15"), ("heightCm", 170, 171.5),
             ("language", None, "pl"), ("mrn", "40417", None))
    )  # fmt: skip
    now = row(desk, anna)
    assert (now.first_name, now.date_of_birth.isoformat(), now.height_cm) == ("Ania", "1962-03-15", 171.5)
    assert now.demographics == {"ring": {"x": 1}, "language": "pl"}
    assert outcome.result["changed"] == ["dateOfBirth", "firstName", "heightCm", "language", "mrn"]


def test_updated_at_moves_even_when_the_clock_stands_or_goes_back(desk: Desk, anna: str) -> None:
    before = row(desk, anna).updated_at
    desk.clock.advance(timedelta(hours=-1))
    desk.desk.run(edit(anna, ("language", None, "pl")))
    assert row(desk, anna).updated_at == before + timedelta(milliseconds=1)


def test_a_change_to_another_field_stays(desk: Desk, anna: str) -> None:
    desk.desk2.run(edit(anna, ("language", None, "pl")))
    desk.desk.run(edit(anna, ("mrn", "40417", "7")))
    assert row(desk, anna).demographics == {"ring": {"x": 1}, "language": "pl", "mrn": "7"}


def test_the_same_field_conflicts_and_shows_both_sides(desk: Desk, anna: str) -> None:
    desk.desk2.run(edit(anna, ("lastName", "Kowalska", "Nowak"), ("language", None, "pl")))
    with pytest.raises(Conflict) as conflict:
        desk.desk.run(edit(anna, ("lastName", "Kowalska", "Nowak-Lis"), ("mrn", "40417", "7")))
    assert (conflict.value.code, conflict.value.field) == ("FieldChanged", "lastName")
    assert conflict.value.data["fields"] == {"lastName": {"base": "Kowalska", "mine": "Nowak-Lis", "server": "Nowak"}}
    assert row(desk, anna).demographics["mrn"] == "40417", "nothing of a conflicting edit is written"


@pytest.mark.parametrize("take_theirs", [True, False])
def test_a_conflict_is_settled_either_way(desk: Desk, anna: str, take_theirs: bool) -> None:
    desk.desk2.run(edit(anna, ("lastName", "Kowalska", "Nowak")))
    mine = "Nowak" if take_theirs else "Lis"
    desk.desk.run(edit(anna, ("lastName", "Nowak", mine)))
    assert row(desk, anna).last_name == mine


def test_both_wrote_the_same(desk: Desk, anna: str) -> None:
    desk.desk2.run(edit(anna, ("lastName", "Kowalska", "Nowak")))
    stamp = row(desk, anna).updated_at
    outcome = desk.desk.run(edit(anna, ("lastName", "Kowalska", "Nowak")))
    assert outcome.changes == ()
    assert outcome.undo is None
    assert row(desk, anna).updated_at == stamp


def test_phone_lists_conflict_as_a_whole(desk: Desk, register: Register) -> None:
    one = register("A", phone="1112223")
    old = row(desk, one).demographics["phones"]
    desk.desk2.run(edit(one, ("phones", old, [{"value": "2223334"}])))
    with pytest.raises(Conflict):
        desk.desk.run(edit(one, ("phones", old, [{"value": "9998887"}])))


def test_undo_brings_back_what_was_and_is_refused_after_others(desk: Desk, anna: str) -> None:
    outcome = desk.desk.run(edit(anna, ("mrn", "40417", "7"), ("language", None, "pl")))
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert row(desk, anna).demographics == {"ring": {"x": 1}, "mrn": "40417"}
    again = desk.desk.run(edit(anna, ("mrn", "40417", "7")))
    desk.desk2.run(edit(anna, ("mrn", "7", "8")))
    assert again.undo is not None
    with pytest.raises(Conflict):
        desk.desk.run(again.undo)


BAD: list[tuple[tuple[str, Any, Any], str]] = [
    (("firstName", "Anna", "A\x00"), "firstName"),
    (("lastName", "Kowalska", "x" * 301), "lastName"),
    (("dateOfBirth", "1962-03-14", "2023-02-29"), "dateOfBirth"),
    (("dateOfBirth", "1962-03-14", "2026-05-07"), "dateOfBirth"),
    (("dateOfBirth", "1962-03-14", "1900-01-01"), "dateOfBirth"),
    (("heightCm", 170, "tall"), "heightCm"),
    (("email", None, "a@b"), "email"),
    (("mrn", "40417", "\ud800"), "mrn"),
    (("address", None, {"line": "x" * 10_000_000}), "address"),
    (("clinicId", None, "clinic-2"), "clinicId"),
    (("ring", {"x": 1}, {}), "ring"),
]


@pytest.mark.parametrize(("change", "field"), BAD, ids=[f"{n}-{field}" for n, (_, field) in enumerate(BAD)])
def test_what_is_refused_names_its_field(desk: Desk, anna: str, change: tuple[str, Any, Any], field: str) -> None:
    before = row(desk, anna)
    with pytest.raises(Refused) as refused:
        desk.desk.run(edit(anna, change))
    assert refused.value.field == field
    assert row(desk, anna) == before


def test_one_name_stays(desk: Desk, anna: str) -> None:
    desk.desk.run(edit(anna, ("firstName", "Anna", None)))
    with pytest.raises(Refused) as refused:
        desk.desk.run(edit(anna, ("lastName", "Kowalska", " ")))
    assert refused.value.field == "lastName"


def test_somebody_without_any_name_can_still_be_edited(desk: Desk, anna: str) -> None:
    """An import may bring such records."""
    desk.write(update(Patient).where(Patient.id == anna).values(first_name=None, last_name=None))
    desk.desk.run(edit(anna, ("language", None, "pl")))
    assert row(desk, anna).demographics["language"] == "pl"


@pytest.mark.parametrize("strange", [None, [], "text", {"mrn": ["x"]}, 7])
def test_demographics_of_any_shape_can_be_edited(desk: Desk, anna: str, strange: Any) -> None:
    desk.write(update(Patient).where(Patient.id == anna).values(demographics=strange))
    desk.desk.run(edit(anna, ("language", None, "pl")))
    kept = strange if isinstance(strange, dict) else {}
    assert row(desk, anna).demographics == kept | {"language": "pl"}


def test_flags_are_added_and_removed_one_by_one(desk: Desk, anna: str) -> None:
    desk.desk.run(FlagPatient(patient_id=anna, add=("high risk", "VIP")))
    desk.desk2.run(FlagPatient(patient_id=anna, add=("INTERPRETER",), remove=("VIP",)))
    outcome = desk.desk.run(FlagPatient(patient_id=anna, remove=("HIGH_RISK",), add=("INTERPRETER",)))
    assert row(desk, anna).flags == ("INTERPRETER",)
    assert outcome.undo == FlagPatient(patient_id=anna, add=("HIGH_RISK",), remove=())
    desk.desk.run(outcome.undo)
    assert row(desk, anna).flags == ("INTERPRETER", "HIGH_RISK")


def test_flags_that_are_there_change_nothing(desk: Desk, anna: str) -> None:
    desk.desk.run(FlagPatient(patient_id=anna, add=("VIP",)))
    stamp = row(desk, anna).updated_at
    assert desk.desk.run(FlagPatient(patient_id=anna, add=("vip",), remove=("OTHER",))).changes == ()
    assert row(desk, anna).updated_at == stamp


def test_identity_is_confirmed_with_and_without_a_detail_row(desk: Desk, anna: str) -> None:
    for patient_id in (anna, "pat-lis"):  # the second one came from elsewhere
        outcome = desk.desk.run(ConfirmIdentity(patient_id=patient_id, confirmed=False))
        open_ = select(PatientDetail.identity_to_confirm).where(PatientDetail.patient_id == patient_id)
        assert desk.rows(open_)[0][0]
        assert outcome.undo is not None
        desk.desk.run(outcome.undo)
        assert not desk.rows(open_)[0][0]


@pytest.mark.parametrize(
    "command", [edit("nobody", ("mrn", None, "1")), FlagPatient(patient_id="nobody", add=("VIP",))]
)
def test_a_patient_who_is_gone(desk: Desk, command: Any) -> None:
    with pytest.raises(Conflict) as conflict:
        desk.desk.run(command)
    assert conflict.value.code == "Gone"


def test_a_merged_patient_is_not_edited(desk: Desk, anna: str) -> None:
    merged = {"merged_into": "pat-lis", "merged_at": NOW}
    desk.write(update(PatientDetail).where(PatientDetail.patient_id == anna).values(**merged))
    for command in (edit(anna, ("mrn", "40417", "1")), FlagPatient(patient_id=anna, add=("VIP",))):
        with pytest.raises(Conflict) as conflict:
            desk.desk.run(command)
        assert (conflict.value.code, conflict.value.data["into"]) == ("Merged", "pat-lis")


@pytest.mark.parametrize("who", ["desk", "okafor", "admin"])
@pytest.mark.parametrize("field", ["conditions", "medications", "allergies"])
def test_nobody_rewrites_a_whole_clinical_list(desk: Desk, anna: str, who: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        getattr(desk, who).run(edit(anna, ("language", None, "pl"), (field, None, [{"display": "Penicillin"}])))
    assert (refused.value.code, refused.value.field) == ("EntryByEntry", field)
    assert row(desk, anna).demographics == {"ring": {"x": 1}, "mrn": "40417"}
