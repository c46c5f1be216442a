"""Which row of a workstation's store somebody takes, decided by the seed."""

from __future__ import annotations

from datetime import UTC
from random import Random
from typing import Any

from sqlalchemy import text

from tests.support.station import Station


def one_of(random: Random, station: Station, among: str, columns: str = "id") -> Any:
    """One of some rows, None without any; ``:now``, ``:me`` and ``:here`` in it are the present, person and place.

    Two short questions: there may be thousands.
    """
    stamp = f"{station.clock.now().astimezone(UTC):%Y-%m-%d %H:%M:%S}.000"
    values = {"now": stamp, "me": station.actor.user_id, "here": station.name}
    used = {name: value for name, value in values.items() if f":{name}" in among}
    (count,) = station.rows(text(f"SELECT count(*) AS n FROM {among}").bindparams(**used))
    if not count.n:
        return None
    place = text(f"SELECT {columns} FROM {among} ORDER BY 1 LIMIT 1 OFFSET :at")
    return station.rows(place.bindparams(**used, at=random.randrange(count.n)))[0]


def a_patient(random: Random, station: Station) -> str:
    """The id of somebody who is known here."""
    return str(one_of(random, station, "patients").id)
