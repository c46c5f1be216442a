"""Visits that take place, for tests of what is written in them."""

from __future__ import annotations

from app.commands.visits import CheckIn, StartVisit
from app.domain.enums import SlotStatus
from tests.support.desk import Desk


def begin_visit(desk: Desk, patient: str = "lis", clock: str = "10:40", provider: str = "okafor") -> str:
    """A visit that is in progress; returns its id."""
    visit_id = desk.backend_visit(desk.slot(clock, provider=f"p-{provider}", status=SlotStatus.BOOKED), patient)
    desk.desk.run(CheckIn(visit_id=visit_id))
    getattr(desk, provider).run(StartVisit(visit_id=visit_id))
    return visit_id
