"""Registering: both rows at once, e-mail in use, and input that nobody should type."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from app.commands.patients import ConfirmIdentity, RegisterPatient
from app.db.models import Clinic, Patient, PatientDetail, User
from app.kernel.errors import Refused
from app.kernel.ids import new_uuid
from tests.support.desk import CLINIC, NOW, Desk


def command(**more: Any) -> RegisterPatient:
    values: dict[str, Any] = {
        "patient_id": new_uuid(),
        "user_id": new_uuid(),
        "first_name": "Anna",
        "last_name": "Kowalska",
    }
    return RegisterPatient(**values | more)


def stored(desk: Desk, patient_id: str) -> Any:
    statement = (
        select(Patient.__table__, User.email, User.role, User.patient_id.label("back"),
               PatientDetail.identity_to_confirm, PatientDetail.contact_email)
        .join(User, User.id == Patient.user_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id == patient_id)
    )  # fmt: skip
    return desk.rows(statement)[0]


@pytest.mark.parametrize("shape", ["answer", "stored"])
def test_none_known_is_stored_as_an_empty_list_with_the_statement_beside_it(desk: Desk, shape: str) -> None:
    """The form (and a registration that waited since before) gives the answer; a script may give what is stored."""
    said = {"noneKnown": True, "by": "Dana Whitfield", "at": NOW.isoformat()}
    kept = {"allergies": [], "listsConfirmed": {"allergies": {**said, "items": []}}}
    one = command(demographics={"mrn": "7", **({"allergies": said} if shape == "answer" else kept)})
    desk.desk.run(one)
    assert stored(desk, one.patient_id).demographics == {"mrn": "7", **kept}


def counts(desk: Desk) -> tuple[int, ...]:
    return tuple(desk.rows(select(func.count()).select_from(model))[0][0] for model in (User, Patient, PatientDetail))


def test_a_patient_and_the_account_come_together(desk: Desk) -> None:
    phones = [{"system": "phone", "use": "mobile", "value": "(415) 555-0142"}]
    one = command(
        date_of_birth=date(1962, 3, 14), email="Anna.K@Example.org", height_cm=170.5, flags=("high risk",),
        demographics={"phones": phones, "mrn": "40417", "sex": "", "language": None},
    )  # fmt: skip
    outcome = desk.desk.run(one)
    row = stored(desk, one.patient_id)
    assert outcome.result == {"patientId": one.patient_id, "name": "Anna Kowalska"}
    assert (row.first_name, row.last_name, row.date_of_birth, row.height_cm) == (
        "Anna",
        "Kowalska",
        date(1962, 3, 14),
        170.5,
    )
    assert (row.email, row.role, row.back, row.clinic_id) == ("anna.k@example.org", "PATIENT", one.patient_id, CLINIC)
    assert row.demographics == {"phones": phones, "mrn": "40417", "email": "anna.k@example.org"}
    assert (row.flags, row.identity_to_confirm, row.contact_email) == (("HIGH_RISK",), False, None)
    assert row.created_at == row.updated_at == desk.clock.now()


def test_one_name_is_enough_and_the_identity_stays_open(desk: Desk) -> None:
    one = command(first_name="", last_name="  Tomás ")
    desk.desk.run(one)
    row = stored(desk, one.patient_id)
    assert (row.first_name, row.last_name, row.date_of_birth, row.identity_to_confirm) == (None, "Tomás", None, True)
    assert row.email == f"patient-{one.patient_id}@no-login.invalid"
    assert row.demographics is None
    desk.desk.run(ConfirmIdentity(patient_id=one.patient_id))
    assert not stored(desk, one.patient_id).identity_to_confirm


def test_nobody_can_sign_in_with_the_new_account(desk: Desk) -> None:
    one = command(email="anna@example.org")
    desk.desk.run(one)
    with desk.session() as session:
        assert session.scalar(select(User.password_hash).where(User.id == one.user_id)) == "!"


@pytest.mark.parametrize(
    "email", ["roux@patients.example", "ROUX@patients.example", "lis@patients.example", "okafor@quay.example"]
)
def test_an_email_in_use_becomes_the_contact_email(desk: Desk, email: str) -> None:
    desk.write(
        update(User).where(User.id == "pu-lis").values(email="Lis@Patients.example")
    )  # as another program keeps it
    one = command(email=email)
    outcome = desk.desk.run(one)
    row = stored(desk, one.patient_id)
    assert row.email == f"patient-{one.patient_id}@no-login.invalid"
    assert row.contact_email == row.demographics["email"] == email.lower()
    assert outcome.warnings == ("This e-mail already has an account; kept as contact only.",)


def test_an_email_of_another_clinic_is_in_use_too(pg_desk: Desk) -> None:
    """Row-level security hides that clinic, but addresses are unique beyond it."""
    pg_desk.write(
        insert(Clinic).values(id="clinic-9", name="Far", created_at=NOW, updated_at=NOW),
        insert(User).values(id="far", email="far@example.org", password_hash="!", role="PATIENT", clinic_id="clinic-9",
                            created_at=NOW, updated_at=NOW),
    )  # fmt: skip
    one = command(email="far@example.org")
    assert pg_desk.desk.run(one).warnings
    assert stored(pg_desk, one.patient_id).contact_email == "far@example.org"


def test_the_same_command_twice_is_one_patient(desk: Desk) -> None:
    one = command()
    first = desk.desk.run(one, command_id="twice")
    before = counts(desk)
    assert desk.desk.run(one, command_id="twice") == first
    assert counts(desk) == before


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        "X",
        "Ng",
        "x" * 300,
        "李秀英",
        "محمد الحسن",
        "Ḟ̵̀",
        "👩‍👩‍👧 Lee",
        "van der Bijl-Å",
        "a\u202eb\u200bc",
        "  Ann  Marie ",
    ],
)
def test_names_are_kept_exactly(desk: Desk, name: str) -> None:
    one = command(first_name=name, last_name="")
    desk.desk.run(one)
    assert stored(desk, one.patient_id).first_name == name.strip()


BAD: list[tuple[dict[str, Any], str]] = [
    ({"first_name": "", "last_name": " "}, "lastName"),
    ({"first_name": "An\x00na"}, "firstName"),
    ({"last_name": "Kow\ud800alska"}, "lastName"),
    ({"last_name": "x" * 301}, "lastName"),
    ({"first_name": "x" * 10_000_000}, "firstName"),
    ({"date_of_birth": date(2026, 5, 6)}, "dateOfBirth"),
    ({"date_of_birth": date(1905, 5, 4)}, "dateOfBirth"),
    ({"date_of_birth": date(1, 1, 1), "unusual_confirmed": True}, "dateOfBirth"),
    ({"email": "anna@"}, "email"),
    ({"email": "an\u202ena@example.org"}, "email"),
    ({"email": "anna@example.org\x00"}, "email"),
    ({"height_cm": 17.0}, "heightCm"),
    ({"height_cm": float("nan")}, "heightCm"),
    ({"height_cm": float("inf")}, "heightCm"),
    ({"flags": ("a b; DROP",)}, "flags"),
    ({"demographics": {"mrn": "4\x00"}}, "mrn"),
    ({"demographics": {"address": {"line": "x" * 10_000_000}}}, "address"),
    ({"demographics": {"insurance": "x\ud800"}}, "insurance"),
    ({"demographics": {"phones": [{"value": "1", "deep": [[[[[[[1]]]]]]]}]}}, "phones"),
]


@pytest.mark.parametrize(("wrong", "field"), BAD, ids=[f"{n}-{field}" for n, (_, field) in enumerate(BAD)])
def test_what_is_refused_names_its_field_and_writes_nothing(desk: Desk, wrong: dict[str, Any], field: str) -> None:
    before = counts(desk)
    with pytest.raises(Refused) as refused:
        desk.desk.run(command(**wrong))
    assert refused.value.field == field
    assert counts(desk) == before


def test_an_unusual_age_is_confirmed(desk: Desk) -> None:
    one = command(date_of_birth=date(1905, 5, 4))
    with pytest.raises(Refused) as refused:
        desk.desk.run(one)
    assert refused.value.code == "ConfirmValue"
    confirmed = command(date_of_birth=date(1905, 5, 4), unusual_confirmed=True)
    desk.desk.run(confirmed)
    assert stored(desk, confirmed.patient_id).date_of_birth == date(1905, 5, 4)


@pytest.mark.parametrize("born", [date(2024, 2, 29), date(2026, 5, 4), date(1906, 5, 4)])
def test_birth_dates_at_the_edges(desk: Desk, born: date) -> None:
    one = command(date_of_birth=born)
    desk.desk.run(one)
    assert stored(desk, one.patient_id).date_of_birth == born


def test_a_child_of_this_morning_far_in_the_east_has_a_birth_date(desk: Desk) -> None:
    """At 22:42 UTC it is tomorrow in Auckland; nobody anywhere is born the day after that."""
    desk.clock.set(NOW.replace(hour=22))
    desk.desk.run(command(date_of_birth=date(2026, 5, 5)))
    with pytest.raises(Refused):
        desk.desk.run(command(date_of_birth=date(2026, 5, 6)))


def test_unknown_keys_of_others_are_kept(desk: Desk) -> None:
    one = command(demographics={"wearable": {"ring": [1, 2.5, None]}, "mrn": 40417})
    desk.desk.run(one)
    assert stored(desk, one.patient_id).demographics == {"wearable": {"ring": [1, 2.5, None]}, "mrn": 40417}


@pytest.mark.parametrize("who", ["desk", "okafor", "admin"])
def test_every_role_of_the_staff_may_register(desk: Desk, who: str) -> None:
    one = command()
    getattr(desk, who).run(one)
    assert stored(desk, one.patient_id).clinic_id == CLINIC


def test_problems_do_not_come_in_by_the_registration_of_whoever_may_not_write_them(desk: Desk) -> None:
    conditions = [{"display": "Asthma"}]
    with pytest.raises(Refused) as refused:
        desk.desk.run(command(demographics={"conditions": conditions}))
    assert (refused.value.code, refused.value.field) == ("NotAllowed", "conditions")
    desk.okafor.run(command(demographics={"conditions": conditions}))
    desk.desk.run(command(demographics={"allergies": [{"display": "Latex"}]}))
