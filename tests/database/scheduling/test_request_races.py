"""Two people and one proposed time at the same moment, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from app.commands.core import Command
from app.commands.requests import ConvertRequest, ProposeSlot
from app.db.models import RequestVisit, Visit
from app.domain.enums import SlotStatus
from app.kernel.errors import AppError
from tests.database.scheduling.test_requests import TOMORROW, triaged
from tests.support.desk import Desk, Person


def at_once(*jobs: tuple[Person, Command]) -> list[str]:
    """Run the commands at the same moment; "done" or the error's code of each."""
    gate = Barrier(len(jobs))

    def one(person: Person, command: Command) -> str:
        gate.wait(timeout=60)
        try:
            person.run(command)
        except AppError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(jobs)) as pool:
        running: list[Callable[[], str]] = [pool.submit(one, *job).result for job in jobs]
        return [result() for result in running]


def test_one_time_is_kept_for_one_of_two_patients(pg_desk: Desk) -> None:
    desk, people = pg_desk, (pg_desk.desk, pg_desk.desk2)
    for number in range(6):
        slot = desk.slot(f"{10 + number}:00", day=TOMORROW)
        keys = [triaged(desk, f"{number}-{name}", patient=name) for name in ("lis", "roux")]
        said = at_once(*((who, ProposeSlot(request_id=key, slot_id=slot))
                         for who, key in zip(people, keys, strict=True)))  # fmt: skip
        assert sorted(said) == ["SlotTaken", "done"]
        assert desk.status(slot) is SlotStatus.HELD


def test_a_request_becomes_one_visit(pg_desk: Desk) -> None:
    desk = pg_desk
    for number in range(6):
        kept, other = (desk.slot(f"{10 + number}:{minute}", day=TOMORROW) for minute in ("00", "30"))
        key = triaged(desk, f"req-{number}")
        desk.desk.run(ProposeSlot(request_id=key, slot_id=kept))
        said = at_once(
            (desk.desk, ConvertRequest(request_id=key)), (desk.desk2, ConvertRequest(request_id=key, slot_id=other))
        )
        assert sorted(said) == ["StateChanged", "done"]
        assert {desk.status(kept), desk.status(other)} == {SlotStatus.BOOKED, SlotStatus.FREE}
    assert desk.rows(select(func.count()).select_from(Visit)) == [(6,)]
    assert desk.rows(select(func.count()).select_from(RequestVisit)) == [(6,)]


def test_two_patients_who_swap_their_times_end_with_one_each(pg_desk: Desk) -> None:
    desk = pg_desk
    for number in range(6):
        one, two = (desk.slot(f"{10 + number}:{minute}", day=TOMORROW) for minute in ("00", "30"))
        keys = [triaged(desk, f"{number}-{name}", patient=name) for name in ("lis", "roux")]
        desk.desk.run(ProposeSlot(request_id=keys[0], slot_id=one))
        desk.desk.run(ProposeSlot(request_id=keys[1], slot_id=two))
        said = at_once(
            (desk.desk, ProposeSlot(request_id=keys[0], slot_id=two)),
            (desk.desk2, ProposeSlot(request_id=keys[1], slot_id=one)),
        )
        assert set(said) <= {"SlotTaken", "done"}, "never stuck in each other's way"
        states = [desk.status(one), desk.status(two)]
        assert states == [SlotStatus.HELD, SlotStatus.HELD]
