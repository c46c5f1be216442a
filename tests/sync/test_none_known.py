"""Two people and one list: who says "none known" without the server, while a colleague knows of an allergy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from app.commands.clinical_lists import AddListItem, ConfirmList
from app.commands.list_replacing import ReplaceList
from app.db.desktop_record import AuditRow
from app.db.models import Patient
from app.domain.clinical_lists import ListKind, read_list
from app.sync import attention
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]
LIS, ALLERGIES = "pat-lis", ListKind.ALLERGIES
NONE = ConfirmList(patient_id=LIS, list=ALLERGIES, none_known=True)
LATEX = AddListItem(patient_id=LIS, list=ALLERGIES, fields={"name": "Latex"}, item_id="latex")


def kept(clinic: Desk) -> Any:
    return clinic.rows(select(Patient.demographics).where(Patient.id == LIS))[0].demographics


def test_none_known_said_offline_never_hides_an_allergy_that_came_meanwhile(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(NONE)
    clinic.okafor.run(LATEX)
    report = here.mend()
    assert (report.applied, report.needs_attention) == (0, 1)
    with here.local.reading() as session:
        (item,) = attention.items(session.connection(), here.actor)
    assert (item.kind, item.code) == ("ConfirmList", "ListChanged")
    found = read_list(kept(clinic), ALLERGIES)
    assert (found.none_known, [one.name for one in found.active]) == (False, ["Latex"])
    assert differences(here) == []


def test_an_allergy_noted_offline_takes_back_none_known_that_was_said_meanwhile(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(LATEX)
    clinic.okafor.run(NONE)
    report = here.mend()
    assert (report.applied, report.needs_attention) == (1, 0)
    assert [entry["display"] for entry in kept(clinic)["allergies"]] == ["Latex"]
    assert "listsConfirmed" not in kept(clinic)
    assert differences(here) == []


def test_both_say_none_known(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(NONE)
    clinic.okafor.run(NONE)
    report = here.mend()
    assert (report.applied, report.needs_attention) == (1, 0)
    assert kept(clinic)["allergies"] == []
    assert read_list(kept(clinic), ALLERGIES).confirmed_by == "Dana Whitfield", "who is sent last spoke last"
    assert differences(here) == []


LOST = ReplaceList(patient_id=LIS, list=ALLERGIES, seen="none, perhaps latex")


def test_a_list_replaced_offline_goes_to_the_clinic_whose_audit_keeps_what_stood_there(
    clinic: Desk, station: Enter
) -> None:
    clinic.write(update(Patient).where(Patient.id == LIS).values(demographics={"allergies": LOST.seen}))
    here = station(person="okafor")
    here.cut()
    here.run(LOST)
    assert (here.mend().applied, kept(clinic)) == (1, {})
    befores = clinic.rows(select(AuditRow.before).where(AuditRow.table_name == "patients", AuditRow.row_id == LIS))
    assert any((row.before or {}).get("demographics") == {"allergies": LOST.seen} for row in befores)
    assert differences(here) == []


def test_a_list_replaced_offline_leaves_what_a_colleague_entered_meanwhile(clinic: Desk, station: Enter) -> None:
    clinic.write(update(Patient).where(Patient.id == LIS).values(demographics={"allergies": LOST.seen}))
    here = station(person="okafor")
    here.cut()
    here.run(LOST)
    clinic.okafor.run(LOST)
    clinic.okafor.run(LATEX)
    report = here.mend()
    assert (report.applied, report.needs_attention) == (0, 1)
    assert [entry["display"] for entry in kept(clinic)["allergies"]] == ["Latex"]
    assert differences(here) == []
