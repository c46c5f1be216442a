"""Random front-desk work: whatever people do, the calendar fits together; on the store at length, on the server too."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.database.scheduling.machine import FrontDesk, empty
from tests.support.desk import Desk, local_desk

COMMON = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
"""Without shrinking: each step is real work, and a failing run of twenty steps reads well enough."""


def test_on_the_store() -> None:
    class OnStore(FrontDesk):
        make_desk = staticmethod(local_desk)

    run_state_machine_as_test(
        OnStore,
        settings=settings(COMMON, max_examples=40, stateful_step_count=25),
    )


def test_on_the_server(pg_desk: Desk) -> None:
    def again() -> Desk:
        empty(pg_desk)
        return pg_desk

    class OnServer(FrontDesk):
        make_desk = staticmethod(again)

        def teardown(self) -> None:
            """The database is used again."""

    run_state_machine_as_test(
        OnServer,
        settings=settings(COMMON, max_examples=9, stateful_step_count=20),
    )
