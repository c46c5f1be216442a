"""The numbers in the rail are asked anew when one of the tables that move them changes."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.sql import visitors

from app.domain.rail import COUNTED_TABLES
from app.domain.referrals import DAYS
from app.queries.counts import counting
from tests.support.desk import local_desk

ONLY_JOINED = {"patients", "providers", "visit_slots", "users", "lab_orders", "login"}
"""Whose these rows are: they don't move a number by themselves."""


def test_every_table_that_moves_a_number_is_watched() -> None:
    desk = local_desk()
    read = {one.name for one in visitors.iterate(counting(desk.okafor.reader(), DAYS)) if isinstance(one, Table)}
    desk.close()
    assert {"alerts", "messages", "visit_requests", "referrals", "excuse_notes"} <= read
    assert read - ONLY_JOINED <= COUNTED_TABLES
