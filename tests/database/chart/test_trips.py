"""A chart opens in three trips, counted on the wire, and both databases answer alike."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.commands.stores import ServerStore
from app.db.server import ServerDatabase
from app.queries.chart import chart_head
from app.queries.chart_summary import chart_summary
from app.queries.timeline import timeline
from tests.database.parity.conftest import twins  # noqa: F401 - fixture
from tests.support.chart_rows import fill_chart
from tests.support.clinics import PASSWORD
from tests.support.desk import PATIENTS, Desk, Person, login_of
from tests.support.postgres import Server
from tests.support.twins import Twins
from tests.support.wire import Wire


@pytest.fixture
def counted(server: Server, pg_desk: Desk, wire: Wire) -> Iterator[Person]:
    """A provider behind a recorder."""
    fill_chart(pg_desk)
    database = pg_desk.rows(select(func.current_database()))[0][0]
    person = pg_desk.person("okafor", "ws-okafor")
    person.store.close()
    url = wire.through(server.url(database, login_of("okafor").login, PASSWORD))
    person.store = ServerStore(ServerDatabase({"conninfo": url}, pool_size=1))
    person.ask(chart_head, patient_id="pat-roux")
    yield person
    person.store.close()


def test_head_and_summary_cross_the_wire_three_times(wire: Wire, counted: Person) -> None:
    for _ in range(8):  # from the fifth time on the statements are prepared: that must cost no trip either
        wire.reset()
        counted.ask(chart_head, patient_id="pat-lis", opening=True)
        assert wire.trips == 1
        counted.ask(chart_summary, patient_id="pat-lis")
        assert wire.trips <= 3


def test_both_databases_show_the_same_chart(twins: Twins) -> None:  # noqa: F811 - the fixture
    fill_chart(twins)
    for key, *_ in PATIENTS:
        for question in (chart_head, chart_summary, timeline):
            here, there = twins.both_answers(question, patient_id=f"pat-{key}")
            assert here == there


def test_a_page_of_the_timeline_crosses_once(wire: Wire, counted: Person) -> None:
    for text in ("", "dizzy"):
        counted.ask(timeline, patient_id="pat-lis", text=text)
        wire.reset()
        counted.ask(timeline, patient_id="pat-lis", text=text)
        assert wire.trips == 1
