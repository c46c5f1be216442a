"""A snapshot that is interrupted, or that people work through: nothing old comes back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.commands.patients import EditPatient, FieldChange
from app.kernel.errors import Unavailable
from app.sync import meta, snapshot
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def edit(old: str, new: str) -> EditPatient:
    return EditPatient(patient_id="pat-lis", changes=(FieldChange("lastName", old, new),))


def begin_anew(here: Station) -> None:
    """The next contact takes everything anew."""
    with here.local.applying() as session:
        meta.put(session.connection(), meta.CURSOR, None)


def test_what_was_shown_while_it_was_interrupted_is_not_put_back(
    station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    here.run(edit("Lis", "Mine"))
    begin_anew(here)

    def breaks(*_: Any) -> None:
        raise Unavailable("ServerLost", "The server can't be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "_finish_table", breaks)
        with pytest.raises(Unavailable) as caught:
            here.engine.sync_now()
    here.engine.lost(caught.value)
    here.engine.sync_now()
    assert differences(here) == []


def test_what_is_done_while_it_runs_is_decided_on_the_new_rows(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    clinic.desk2.run(edit("Lis", "Theirs"))
    begin_anew(here)
    here.cut()
    here.engine.lost(None)
    here.remote.cut(False)
    real: Any = snapshot._finish_table
    given: list[object] = []

    def works(database: Any, table: Any, seen: Any) -> None:
        real(database, table, seen)
        if not given:
            given.append(here.run(EditPatient(patient_id="pat-lis", changes=(FieldChange("lastName", "Lis", "Mine"),))))

    monkeypatch.setattr(snapshot, "_finish_table", works)
    here.engine.sync_now()
    (item,) = here.sync.attention()
    here.sync.discard(item.id, "theirs is right")
    here.engine.sync_now()
    assert differences(here) == []


def test_what_moves_while_it_runs_comes_with_the_feed(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed's position is noted before the first row is read: a table that is through is repaired from there."""
    here = station()
    begin_anew(here)
    finish = snapshot._finish

    def late(*values: Any) -> None:
        clinic.desk2.run(edit("Lis", "Late"))
        finish(*values)

    monkeypatch.setattr(snapshot, "_finish", late)
    here.engine.sync_now()
    assert differences(here) == []
