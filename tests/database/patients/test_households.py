"""Households: made, joined, left and undone; nothing is deleted."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from app.commands.households import EndHousehold, JoinHousehold, LeaveHousehold, MakeHousehold
from app.db.models import HouseholdMember, Patient
from app.domain.lifetime import Death
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.ids import new_uuid
from app.queries.patient_card import patient_card
from tests.support.desk import Desk

HOME = "home-1"
FAMILY = ("pat-kowalska", "pat-kowalski")


@pytest.fixture
def home(desk: Desk) -> Desk:
    desk.desk.run(MakeHousehold(household_id=HOME, name="Kowalski", patient_ids=FAMILY))
    return desk


def members(desk: Desk, patient_id: str = "pat-kowalska") -> list[tuple[str, str, bool]]:
    card = desk.desk.ask(patient_card, patient_id=patient_id)
    return [(m.patient_id, m.relation, m.guardian) for house in card.households for m in house.members]


def test_a_household_is_made_once_for_each_member(desk: Desk) -> None:
    outcome = desk.desk.run(
        MakeHousehold(household_id=HOME, name=" Lis ", patient_ids=("pat-lis", "pat-lis", "pat-roux"))
    )
    assert members(desk, "pat-lis") == [("pat-lis", "", False), ("pat-roux", "", False)]
    card = desk.desk.ask(patient_card, patient_id="pat-roux")
    assert [house.name for house in card.households] == ["Lis"]
    assert isinstance(outcome.undo, EndHousehold)
    desk.desk.run(outcome.undo)
    assert members(desk, "pat-lis") == []
    assert desk.rows(select(func.count()).select_from(HouseholdMember))[0][0] == 2, "the past stays on record"


def test_who_has_died_is_known_as_such_beside_the_living(home: Desk) -> None:
    """They don't grow older in the household's list."""
    home.write(update(Patient).where(Patient.id == FAMILY[0]).values(demographics={"deceased": "2020-05-01"}))
    home.write(update(Patient).where(Patient.id == FAMILY[1]).values(demographics="strange", flags=["x"]))
    (house,) = home.desk.ask(patient_card, patient_id=FAMILY[1]).households
    assert {one.patient_id: one.death for one in house.members} == {FAMILY[0]: Death(date(2020, 5, 1)), FAMILY[1]: None}


def test_joining_with_relation_and_guardian(home: Desk) -> None:
    outcome = home.desk.run(JoinHousehold(household_id=HOME, patient_id="pat-lis", relation="uncle", guardian=True))
    assert ("pat-lis", "uncle", True) in members(home)
    assert outcome.undo is not None
    home.desk.run(outcome.undo)
    assert "pat-lis" not in {patient_id for patient_id, *_ in members(home)}


def test_a_changed_relation_is_undone_to_what_it_was(home: Desk) -> None:
    home.desk.run(JoinHousehold(household_id=HOME, patient_id=FAMILY[0], relation="mother", guardian=True))
    outcome = home.desk.run(JoinHousehold(household_id=HOME, patient_id=FAMILY[0], relation="aunt"))
    assert (FAMILY[0], "aunt", False) in members(home)
    assert outcome.undo is not None
    home.desk.run(outcome.undo)
    assert (FAMILY[0], "mother", True) in members(home)


def test_leaving_and_coming_back(home: Desk) -> None:
    home.desk.run(JoinHousehold(household_id=HOME, patient_id=FAMILY[1], relation="father"))
    outcome = home.desk.run(LeaveHousehold(household_id=HOME, patient_id=FAMILY[1]))
    assert members(home) == [(FAMILY[0], "", False)]
    with pytest.raises(Conflict):
        home.desk.run(LeaveHousehold(household_id=HOME, patient_id=FAMILY[1]))
    assert outcome.undo is not None
    home.desk.run(outcome.undo)
    assert (FAMILY[1], "father", False) in members(home)


def test_a_child_lives_in_two_households(home: Desk) -> None:
    home.desk.run(MakeHousehold(household_id="home-2", name="Lis", patient_ids=("pat-lis", FAMILY[1])))
    card = home.desk.ask(patient_card, patient_id=FAMILY[1])
    assert [house.name for house in card.households] == ["Kowalski", "Lis"]


def test_what_is_refused(home: Desk) -> None:
    with pytest.raises(Refused) as refused:
        home.desk.run(MakeHousehold(household_id=new_uuid(), name=" ", patient_ids=()))
    assert refused.value.field == "name"
    with pytest.raises(Refused) as refused:
        home.desk.run(JoinHousehold(household_id=HOME, patient_id="pat-lis", relation="x\x00"))
    assert refused.value.field == "relation"
    with pytest.raises(AppError):
        home.desk.run(JoinHousehold(household_id="nowhere", patient_id="pat-lis"))


def test_somebody_unknown_joins_no_household(pg_desk: Desk) -> None:
    """The store has no foreign keys between the two schemas; the server refuses when such a command is replayed."""
    pg_desk.desk.run(MakeHousehold(household_id=HOME, name="Kowalski", patient_ids=FAMILY))
    with pytest.raises(AppError):
        pg_desk.desk.run(JoinHousehold(household_id=HOME, patient_id="nobody"))
