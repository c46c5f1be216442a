"""Random front-desk work gives the same rows on both databases, after every step (I7)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.database.scheduling.machine import FrontDesk, empty
from tests.database.scheduling.test_machine import COMMON
from tests.support.desk import Desk
from tests.support.twins import Twins

TABLES = {"visits", "visit_slots", "slot_detail", "visit_detail", "visit_event", "day_closure", "contact_attempt"}


def test_random_work_is_the_same_on_both(twins: Twins) -> None:
    twins.names = TABLES

    def again() -> Desk:
        empty(twins)
        return twins

    class Machine(FrontDesk):
        make_desk = staticmethod(again)

        def teardown(self) -> None:
            """The twins are used again."""

    run_state_machine_as_test(
        Machine,
        settings=settings(COMMON, max_examples=10, stateful_step_count=20),
    )
