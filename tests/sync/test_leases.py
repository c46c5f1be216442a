"""Times kept for a workstation: taken when everything is sent, certain through an outage, given back at sign-out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.leases import SetOfflineLeases
from app.commands.patients import FlagPatient
from app.domain.enums import SlotStatus, VisitMode
from app.kernel.errors import Conflict
from app.kernel.ids import new_cuid
from app.sync import leases
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def book(slot_id: str, patient: str = "lis") -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)


def kept_there(clinic: Desk) -> dict[str, str]:
    """What the server keeps: slot → workstation."""
    rows = clinic.rows(text("SELECT slot_id, workstation_id FROM desktop.slot_lease ORDER BY slot_id"))
    return {row.slot_id: row.workstation_id for row in rows}


def kept_here(one: Station) -> list[str]:
    return [row.slot_id for row in one.rows(text("SELECT slot_id FROM slot_lease ORDER BY slot_id"))]


@pytest.fixture
def slots(clinic: Desk) -> list[str]:
    """Ten free times, of which every workstation keeps a fifth."""
    found = clinic.slots("11:00", 10)
    clinic.admin.run(SetOfflineLeases(share=0.2))
    return found


def test_without_a_share_nobody_is_asked(clinic: Desk, station: Enter) -> None:
    clinic.slots("11:00", 10)
    here = station()
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(leases.LeaseKeeper, "_ask")
        here.engine.sync_now()
    assert kept_there(clinic) == {}


def test_what_is_kept_is_known_here_at_once(clinic: Desk, station: Enter, slots: list[str]) -> None:
    here = station()
    assert set(kept_there(clinic).values()) == {"ws-1"}
    assert kept_here(here) == list(kept_there(clinic))
    assert len(kept_here(here)) == 2
    assert set(kept_here(here)) <= set(slots)
    assert differences(here) == []


def test_a_kept_time_booked_offline_is_accepted_although_another_desk_tried(
    clinic: Desk, station: Enter, slots: list[str]
) -> None:
    here = station()
    mine = kept_here(here)[0]
    here.cut()
    outcome = here.run(book(mine))
    assert outcome.result["certain"] is True
    with pytest.raises(Conflict, match="kept for"):
        clinic.desk2.run(book(mine, "roux"))
    report = here.mend()
    assert (report.sent, report.applied, report.needs_attention) == (1, 1, 0)
    assert clinic.status(mine) is SlotStatus.BOOKED
    assert mine not in kept_there(clinic)
    assert differences(here) == []


def test_without_a_lease_the_loser_gets_three_other_times_and_whom_to_call(
    clinic: Desk, station: Enter, slots: list[str]
) -> None:
    here = station()
    hope = next(slot for slot in slots if slot not in kept_there(clinic))
    here.cut()
    assert "certain" not in here.run(book(hope)).result
    clinic.desk2.run(book(hope, "roux"))
    assert here.mend().needs_attention == 1
    (item,) = here.sync.attention()
    assert item.code == "SlotTaken"
    assert len(item.problem["alternatives"]) == 3
    assert (item.problem["patientId"], item.problem["phone"]) == ("pat-lis", "(415) 555-0163")
    assert differences(here) == []


def test_the_plan_is_gone_over_now_and_then_and_when_the_share_changes(
    clinic: Desk, station: Enter, slots: list[str]
) -> None:
    here = station()
    clinic.slots("15:00", 10)
    here.engine.sync_now()
    assert len(kept_here(here)) == 2, "not with every pull"
    clinic.pass_time(leases.EVERY)
    here.engine.sync_now()
    assert len(kept_here(here)) == 4
    clinic.admin.run(SetOfflineLeases(share=0.5))
    here.engine.sync_now()
    assert len(kept_here(here)) == 10
    clinic.admin.run(SetOfflineLeases(share=0))
    here.engine.sync_now()
    assert kept_here(here) == []
    assert kept_there(clinic) == {}
    assert differences(here) == []


def test_nothing_is_given_back_while_a_colleague_has_something_to_send(
    clinic: Desk, station: Enter, slots: list[str]
) -> None:
    here = station()
    mine = kept_here(here)[0]
    here.cut()
    here.run(book(mine))
    here.sit_down("okafor")
    here.remote.cut(False)
    clinic.admin.run(SetOfflineLeases(share=0))
    here.engine.sync_now()
    assert mine in kept_there(clinic), "the colleague's booking is certain whoever comes first"
    here.sit_down("desk")
    assert here.mend().applied == 1
    assert clinic.status(mine) is SlotStatus.BOOKED
    assert kept_there(clinic) == {}


def test_signing_out_gives_everything_back(clinic: Desk, station: Enter, slots: list[str]) -> None:
    here = station()
    here.engine.start()
    here.engine.kick()
    here.told_online()
    here.engine.stop()
    assert kept_there(clinic) == {}
    assert [clinic.status(slot) for slot in slots] == [SlotStatus.FREE] * 10
    assert kept_here(here) == []


def test_signing_out_while_something_waits_keeps_it(clinic: Desk, station: Enter, slots: list[str]) -> None:
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    here.sit_down("okafor")
    here.engine.start()
    here.told_online()
    here.engine.stop()
    assert len(kept_there(clinic)) == 2


def test_lost_while_giving_back_nothing_is_called_certain(clinic: Desk, station: Enter, slots: list[str]) -> None:
    here = station()
    mine = kept_here(here)[0]
    with here.feed() as feed:
        here.engine._exchange._leases.give_back(feed)
    assert kept_there(clinic) == {}
    here.cut()
    here.engine.lost(None)
    with pytest.raises(Conflict):  # the store doesn't know who has it now
        here.run(book(mine))
    here.mend()
    assert differences(here) == []
    assert here.run(book(mine)).result["slotId"] == mine
