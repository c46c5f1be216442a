"""Hours that an earlier program left behind in 1970 go with the next upgrade; others' rows of that day stay."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import func, insert, select, update

from app.commands.availability import AddAvailability
from app.commands.stores import ServerStore
from app.db.models import ProviderAvailability
from app.domain.enums import AvailabilityStatus, VisitMode
from app.setup.migrate import upgrade
from tests.support.desk import NOW, Desk
from tests.support.postgres import Server

LONG_PAST = date(1970, 1, 1)


def test_what_removing_left_behind_is_deleted(server: Server, pg_desk: Desk) -> None:
    week: dict[str, Any] = {"provider_id": "p-okafor", "start_time": time(9), "end_time": time(12)}
    kept, gone = (
        pg_desk.admin.run(AddAvailability(**week, day_of_week=day)).result["availabilityId"] for day in (1, 2)
    )
    removed = update(ProviderAvailability).where(ProviderAvailability.id == gone)
    removed = removed.values(date=LONG_PAST, day_of_week=None, status=AvailabilityStatus.PAUSED)
    assert isinstance(pg_desk.admin.store, ServerStore)
    with pg_desk.admin.store.database.transaction() as session:  # as the program did
        session.execute(removed)
    backend = insert(ProviderAvailability).values(
        id="backend", date=LONG_PAST, status=AvailabilityStatus.PAUSED, visit_mode=VisitMode.IN_PERSON, created_at=NOW,
        updated_at=NOW, **week,
    )  # fmt: skip
    pg_desk.write(backend)
    upgrade(server.owner_url(pg_desk.rows(select(func.current_database()))[0][0]))
    left = {row.id for row in pg_desk.rows(select(ProviderAvailability.id))}
    assert left == {kept, "backend"}
