"""People at desks: booking on what is kept for their own desk, and on what is kept for another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.clinic import ChangeClinic
from app.commands.closing import CloseDay
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.commands.leases import ReleaseLeases, SetOfflineLeases
from app.commands.moving import MoveVisit
from app.commands.stores import ServerStore
from app.commands.walk_ins import BookWalkIn
from app.commands.workstations import RenameWorkstation, RevokeWorkstation
from app.db.models import ClinicSettings, SlotDetail, SlotLease, VisitSlot, Workstation
from app.domain.enums import SlotStatus, VisitMode
from app.domain.leases import LeaseRule, lease_rule
from app.domain.visits import CancelKind
from app.kernel.errors import Conflict, Refused
from app.queries.day_board import BoardSlot, day_board
from app.queries.openings import next_available
from app.queries.workstations import offline_leases, workstations
from tests.support.desk import CLINIC, DAY, NOW, Desk, Person, at

FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED
HERE, ELSEWHERE = "ws-desk", "ws-desk2"


def keep(desk: Desk, workstation: str, *slots: str) -> None:
    """Keep slots for a workstation, as ``desktop.lease_slots`` leaves them."""
    if not desk.rows(select(Workstation.id).where(Workstation.id == workstation)):
        named = {"id": workstation, "name": f"Desk of {workstation}", "clinic_id": CLINIC}
        desk.write(insert(Workstation).values(**named, created_at=NOW, last_seen_at=NOW, enrolled_at=NOW))
    detail = {"held_name": f"Desk of {workstation}", "workstation": workstation}
    for slot in slots:
        desk.write(
            update(VisitSlot).where(VisitSlot.id == slot).values(status=HELD, held_until=None),
            update(SlotDetail).where(SlotDetail.slot_id == slot).values(**detail),
            insert(SlotLease).values(slot_id=slot, clinic_id=CLINIC, workstation_id=workstation, leased_at=NOW),
        )


def leases(desk: Desk) -> set[str]:
    return {row.slot_id for row in desk.rows(select(SlotLease.slot_id))}


def book(person: Person, slot: str, *, minutes: int | None = None, overbook: bool = False) -> dict[str, object]:
    command = BookVisit(
        slot_id=slot, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON, minutes=minutes, overbook=overbook
    )
    return dict(person.run(command).result)


def board_slot(person: Person, slot: str) -> BoardSlot:
    board = person.ask(day_board, day=DAY)
    return next(one for column in board.columns for one in column.slots if one.id == slot)


def test_booking_at_the_desk_it_is_kept_for_is_certain_and_ends_the_lease(desk: Desk) -> None:
    slot, other = desk.slots("14:20", 2)
    keep(desk, HERE, slot, other)
    result = book(desk.desk, slot)
    assert (result["certain"], result["slotId"]) == (True, slot)
    assert desk.status(slot) is BOOKED
    detail = desk.detail(slot)
    assert (detail.held_name, detail.workstation) == (None, None)
    assert leases(desk) == {other}
    assert "certain" not in book(desk.desk, desk.slot("16:00"))


def test_at_another_desk_it_is_taken_and_others_are_offered(desk: Desk) -> None:
    slot, near, far = desk.slot("14:20"), desk.slot("14:40"), desk.slot("16:00")
    keep(desk, ELSEWHERE, slot)
    with pytest.raises(Conflict) as lost:
        book(desk.desk, slot)
    assert (lost.value.code, lost.value.data["keptFor"]) == ("SlotTaken", "Desk of ws-desk2")
    assert [one["id"] for one in lost.value.data["alternatives"]] == [near, far]
    with pytest.raises(Conflict, match="kept for Desk of ws-desk2"):
        desk.desk.run(HoldSlot(slot_id=slot))
    assert desk.status(slot) is HELD
    assert leases(desk) == {slot}


def test_no_time_ends_it(desk: Desk) -> None:
    slot = desk.slot("14:20")
    keep(desk, HERE, slot)
    early = desk.clock.now()
    desk.pass_time(timedelta(days=2))
    person = desk.person("okafor", HERE)
    with pytest.raises(Refused, match="over"):
        book(person, slot)
    desk.clock.set(early)  # it was booked then, without the server, and is sent two days later
    assert book(person, slot)["certain"] is True
    person.store.close()


def test_opening_the_booking_there_leaves_the_lease_alone(desk: Desk) -> None:
    slot = desk.slot("14:20")
    keep(desk, HERE, slot)
    for command in (HoldSlot(slot_id=slot), RenewHold(slot_id=slot), ReleaseHold(slot_id=slot)):
        desk.desk.run(command)
        assert desk.status(slot) is HELD
        assert leases(desk) == {slot}
    assert desk.desk.run(HoldSlot(slot_id=slot)).result["kept"] is True


def test_a_longer_booking_covers_what_is_kept_beside_it(desk: Desk) -> None:
    first, second, third = desk.slots("14:20", 3)
    keep(desk, HERE, first, second)
    result = book(desk.desk, first, minutes=40)
    assert "certain" not in result
    assert desk.state(first) == (BOOKED, "14:20", "15:00")
    assert desk.state(second) == (BLOCKED, "14:40", "15:00")
    assert desk.detail(second).covered_by == first
    assert leases(desk) == set()
    assert desk.status(third) is FREE


def test_a_longer_booking_over_what_another_desk_keeps_is_refused(desk: Desk) -> None:
    first, second = desk.slots("14:20", 2)
    keep(desk, ELSEWHERE, second)
    with pytest.raises(Conflict) as lost:
        book(desk.desk, first, minutes=40)
    assert lost.value.code == "SlotTaken"


def test_what_is_booked_there_is_accepted_although_the_day_was_closed_meanwhile(desk: Desk) -> None:
    slot, free = desk.slots("14:20", 2)
    keep(desk, HERE, slot)
    desk.okafor.run(CloseDay(provider_id="p-okafor", start=at("14:00"), end=at("18:00"), reason="ill"))
    assert (desk.status(slot), desk.status(free)) == (HELD, BLOCKED)
    result = book(desk.desk, slot)
    assert result["certain"] is True
    board = desk.okafor.ask(day_board, day=DAY)
    assert [column.to_move for column in board.columns if column.provider_id == "p-okafor"] == [1]


def test_an_overbooking_beside_it_does_not_refuse_it(desk: Desk) -> None:
    slot = desk.slot("14:20")
    keep(desk, HERE, slot)
    book(desk.desk2, slot, overbook=True)
    assert desk.status(slot) is HELD
    assert book(desk.desk, slot)["certain"] is True


def test_called_off_it_is_free_for_everybody(desk: Desk) -> None:
    slot = desk.slot("14:20")
    keep(desk, HERE, slot)
    visit = str(book(desk.desk, slot)["visitId"])
    desk.desk.run(CancelVisit(visit_id=visit, kind=CancelKind.PATIENT))
    assert desk.status(slot) is FREE
    assert leases(desk) == set()


def test_the_calendar_says_whom_it_is_kept_for(desk: Desk) -> None:
    slot, hold = desk.slots("14:20", 2)
    keep(desk, ELSEWHERE, slot)
    desk.desk.run(HoldSlot(slot_id=hold))
    shown = board_slot(desk.desk, slot)
    assert (shown.status, shown.kept_for, shown.workstation) == (HELD, "Desk of ws-desk2", ELSEWHERE)
    assert (shown.held_by, shown.held_name, shown.held_until) == (None, "Desk of ws-desk2", None)
    held = board_slot(desk.desk, hold)
    assert (held.status, held.kept_for, held.held_name) == (HELD, "", "Dana Whitfield")


def test_a_walk_in_takes_what_is_kept_for_the_desk_where_it_comes(desk: Desk) -> None:
    slot = desk.slot("10:40")
    keep(desk, HERE, slot)
    walk_in = BookWalkIn(patient_id="pat-lis", provider_id="p-okafor", reason_text="cut", minutes=15)
    placed = desk.desk.run(walk_in).result
    assert placed["startTime"] == at("10:42").isoformat()
    assert desk.status(slot) is BLOCKED
    assert leases(desk) == set()


def test_a_time_of_ones_own_choice_goes_over_what_is_kept_here(desk: Desk) -> None:
    first, second = desk.slots("14:20", 2)
    keep(desk, HERE, first)
    keep(desk, ELSEWHERE, second)
    held = desk.desk.run(HoldTime(provider_id="p-okafor", start=at("14:15"), minutes=20)).result["slotId"]
    assert desk.status(str(held)) is HELD
    assert leases(desk) == {second}
    with pytest.raises(Conflict, match="kept for Desk of ws-desk2"):
        desk.desk.run(HoldTime(provider_id="p-okafor", start=at("14:50"), minutes=20))


def test_a_visit_moves_to_what_is_kept_here_and_not_to_what_is_kept_elsewhere(desk: Desk) -> None:
    old, mine, theirs = desk.slots("14:20", 3)
    visit = str(book(desk.desk, old)["visitId"])
    keep(desk, HERE, mine)
    keep(desk, ELSEWHERE, theirs)
    with pytest.raises(Conflict) as lost:
        desk.desk.run(MoveVisit(visit_id=visit, slot_id=theirs))
    assert lost.value.code == "SlotTaken"
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=mine))
    assert (desk.visit(visit).slot_id, desk.status(mine), desk.status(old)) == (mine, BOOKED, FREE)
    assert leases(desk) == {theirs}


def test_without_the_server_what_is_kept_here_is_offered(desk: Desk) -> None:
    first, second, third = desk.slots("14:20", 3)
    keep(desk, HERE, first)
    keep(desk, ELSEWHERE, second)
    offered = [one.slot_id for one in desk.desk.ask(next_available)]
    assert offered == ([third] if desk.online else [first, third])


def test_the_rule_is_an_administrators_and_keeps_the_other_settings(desk: Desk) -> None:
    desk.admin.run(ChangeClinic(settings={"settings": {"other": 1}}))
    outcome = desk.admin.run(SetOfflineLeases(share=0.2, days=2, leave=3))
    assert desk.rows(select(ClinicSettings.settings))[0].settings == {
        "other": 1,
        "offlineLeases": {"share": 0.2, "days": 2, "leave": 3},
    }
    assert desk.desk.ask(offline_leases) == LeaseRule(share=0.2, days=2, leave=3)
    assert outcome.undo is not None
    desk.admin.run(outcome.undo)
    assert desk.desk.ask(offline_leases) == LeaseRule()
    with pytest.raises(Refused) as refused:
        desk.desk.run(SetOfflineLeases(share=0.2))
    assert refused.value.code == "NotAllowed"


@pytest.mark.parametrize(
    ("field", "command"),
    [
        ("share", SetOfflineLeases(share=1.5)),
        ("share", SetOfflineLeases(share=float("nan"))),
        ("days", SetOfflineLeases(share=0.1, days=0)),
        ("leave", SetOfflineLeases(share=0.1, leave=-1)),
    ],
)
def test_a_rule_that_makes_no_sense_names_its_field(pg_desk: Desk, field: str, command: SetOfflineLeases) -> None:
    with pytest.raises(Refused) as refused:
        pg_desk.admin.run(command)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "settings", [None, [], {}, {"offlineLeases": 1}, {"offlineLeases": {"share": "x", "days": True, "leave": None}}]
)
def test_what_cannot_be_read_is_off(settings: object) -> None:
    assert lease_rule(settings) == LeaseRule()


@pytest.fixture
def lease(pg_desk: Desk) -> Callable[[str], list[str]]:
    """The periodic call of a workstation that the ADMIN has enrolled."""
    pg_desk.admin.run(SetOfflineLeases(share=0.5, days=1, leave=0))

    def run(person: Person, statement: str, workstation: str) -> list[str]:
        assert isinstance(person.store, ServerStore)
        with person.store.database.transaction() as session:
            return [row[0] for row in session.execute(text(statement), {"id": workstation}).all()]

    def call(workstation: str) -> list[str]:
        run(pg_desk.admin, "SELECT generation FROM desktop.enrol_workstation(:id, :id)", workstation)
        return run(pg_desk.desk, "SELECT slot_id FROM desktop.lease_slots(:id)", workstation)

    return call


def test_from_the_rule_to_the_booking(pg_desk: Desk, lease: Callable[[str], list[str]]) -> None:
    pg_desk.slots("14:20", 4)
    kept = lease(HERE)
    assert len(kept) == 2
    with pytest.raises(Conflict, match="kept for ws-desk"):
        book(pg_desk.desk2, kept[0])
    assert book(pg_desk.desk, kept[0])["certain"] is True
    assert leases(pg_desk) == {kept[1]}
    (shown,) = pg_desk.admin.ask(workstations)
    assert (shown.name, shown.enrolled_by, shown.kept, shown.revoked_at) == (HERE, "Ada Admin", 1, None)


def test_what_an_administrator_releases_anybody_books(pg_desk: Desk, lease: Callable[[str], list[str]]) -> None:
    pg_desk.slots("14:20", 4)
    kept = lease(HERE)
    with pytest.raises(Refused):
        pg_desk.desk.run(ReleaseLeases(workstation_id=HERE))
    assert pg_desk.admin.run(ReleaseLeases(workstation_id=HERE)).result["released"] == 2
    book(pg_desk.desk2, kept[0])
    with pytest.raises(Conflict) as lost:
        book(pg_desk.desk, kept[0])
    assert lost.value.code == "SlotTaken"


def test_a_revoked_workstation_is_shown_so_and_keeps_nothing(pg_desk: Desk, lease: Callable[[str], list[str]]) -> None:
    pg_desk.slots("14:20", 4)
    lease(HERE)
    pg_desk.admin.run(RenameWorkstation(workstation_id=HERE, name="Reception"))
    assert pg_desk.admin.run(RevokeWorkstation(workstation_id=HERE)).result["released"] == 2
    (shown,) = pg_desk.admin.ask(workstations)
    assert (shown.name, shown.kept, shown.revoked_by) == ("Reception", 0, "Ada Admin")
    with pytest.raises(Refused) as refused:
        book(pg_desk.desk, pg_desk.slot("17:00"))
    assert refused.value.code == "WorkstationRevoked"


def test_an_unknown_workstation_is_refused(pg_desk: Desk) -> None:
    for command in (
        RevokeWorkstation(workstation_id="?"),
        ReleaseLeases(workstation_id="?"),
        RenameWorkstation(workstation_id="?", name="x"),
    ):
        with pytest.raises(Refused) as refused:
            pg_desk.admin.run(command)
        assert refused.value.code == "NoSuchWorkstation"


def test_an_old_name_comes_back(pg_desk: Desk) -> None:
    keep(pg_desk, HERE)
    outcome = pg_desk.admin.run(RenameWorkstation(workstation_id=HERE, name="Reception"))
    assert outcome.undo is not None
    pg_desk.admin.run(outcome.undo)
    assert pg_desk.rows(select(Workstation.name))[0].name == "Desk of ws-desk"
