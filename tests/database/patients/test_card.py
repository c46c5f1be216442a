"""One patient at the desk: everything in two statements, whatever others wrote."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.commands.households import JoinHousehold, MakeHousehold
from app.db.models import Patient, Visit, VisitDetail
from app.domain.enums import VisitStatus
from app.kernel.errors import Refused
from app.queries.patient_card import patient_card
from tests.database.patients.conftest import Register, counted
from tests.support.desk import DAY, NOW, Desk, at


def test_a_card_of_everything_costs_two_statements(desk: Desk, register: Register) -> None:
    anna = register(
        "Anna", "Kowalska", "1962-05-05", phone="(415) 555-0142", mrn="40417", email="roux@patients.example"
    )
    desk.desk.run(MakeHousehold(household_id="home", name="Kowalski", patient_ids=(anna, "pat-kowalski")))
    desk.desk.run(JoinHousehold(household_id="home", patient_id="pat-kowalski", relation="son"))
    past, coming = desk.slot("08:00"), desk.slot("14:20")
    for slot, status in ((past, VisitStatus.COMPLETED), (coming, VisitStatus.PLANNED)):
        visit = desk.backend_visit(slot, status=status)
        desk.write(
            update(Patient).where(Patient.id == anna).values(updated_at=NOW),
            insert(VisitDetail).values(visit_id=visit, appointment_type_id="t-20", updated_at=NOW),
        )
        desk.write(_moved(visit, anna))
    with counted() as statements:
        card = desk.desk.ask(patient_card, patient_id=anna)
    assert statements.count == 2, statements.sent
    assert (card.name, card.born, card.age, card.login_email) == ("Anna Kowalska", date(1962, 5, 5), 63, None)
    assert card.contact_email == "roux@patients.example"
    assert [(m.name, m.relation) for m in card.households[0].members] == [
        ("Anna Kowalska", ""),
        ("Anna Kowalski", "son"),
    ]
    assert [visit.start for visit in card.visits] == [at("14:20", DAY), at("08:00", DAY)]
    assert {visit.type_name for visit in card.visits} == {"Follow-up"}
    upcoming = card.upcoming(desk.clock.now())
    assert upcoming is not None
    assert upcoming.start == at("14:20", DAY)


def _moved(visit_id: str, patient_id: str) -> Any:
    return update(Visit).where(Visit.id == visit_id).values(patient_id=patient_id)


def test_an_account_that_signs_in_shows_its_address(desk: Desk) -> None:
    assert desk.desk.ask(patient_card, patient_id="pat-lis").login_email == "lis@patients.example"


@pytest.mark.parametrize("strange", [None, [], 7, "text", {"phones": 7, "allergies": "x", "address": [1]}])
def test_demographics_of_any_shape_are_shown(desk: Desk, strange: Any) -> None:
    desk.write(update(Patient).where(Patient.id == "pat-lis").values(demographics=strange, date_of_birth=None))
    card = desk.desk.ask(patient_card, patient_id="pat-lis")
    assert (card.name, card.age, card.raw_demographics) == ("Zygmunt Lis", None, strange)


def test_nobody_of_that_id(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.desk.ask(patient_card, patient_id="nobody")
    assert refused.value.code == "NoPatient"
