"""Whatever made the mirror differ from the server, it is found in the background and read anew."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.patients import FlagPatient
from app.commands.registry import Change
from app.domain.enums import VisitMode, VisitStatus
from app.kernel.ids import new_cuid
from app.sync import engine, reconcile
from app.sync.mirrored import mirrored_tables
from tests.support.desk import DAY, Desk
from tests.support.postgres import Server
from tests.support.station import Station, differences
from tests.sync.behind import behind, in_mirror

Enter = Callable[..., Station]


def book(slot_id: str, patient: str = "lis") -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)


def wrong(here: Station) -> list[str]:
    """Where the mirror differs, but for what lies outside the days that are kept."""
    old = {row.id for row in here.server_rows("SELECT id FROM visit_slots WHERE start_time < '2026-01-01'")}
    old |= {row.id for row in here.server_rows("SELECT v.id FROM visits v WHERE v.status = 'COMPLETED'")}
    old |= {row.id for row in here.server_rows("SELECT e.id FROM desktop.visit_event e WHERE e.status = 'COMPLETED'")}
    return [one for one in differences(here) if not (one.endswith("only there") and one.split()[1][:-1] in old)]


def compare_all(here: Station) -> int:
    """Every table once; returns how many rows were repaired."""
    comparing = here.engine._reconciler
    count = 0
    with here.feed() as feed:
        for _ in mirrored_tables():
            count += comparing.step(feed, lambda: here.engine._exchange.pull(feed))
            while comparing._place is not None:
                count += comparing.step(feed, lambda: here.engine._exchange.pull(feed))
    return count


@pytest.fixture
def full(clinic: Desk) -> list[str]:
    """Slots, and visits of today and of a year ago."""
    slots = clinic.slots("11:00", 6)
    clinic.backend_visit(slots[0])
    clinic.backend_visit(clinic.slot("09:00", day=DAY - timedelta(days=300)), "brandt")
    clinic.backend_visit(clinic.slot("09:20", day=DAY - timedelta(days=300)), "lis", VisitStatus.COMPLETED)
    return slots


def test_a_mirror_that_is_right_is_left_alone(station: Enter, full: list[str]) -> None:
    here = station()
    assert compare_all(here) == 0
    here.cut()
    here.run(book(full[1]))
    here.remote.cut(False)
    assert compare_all(here) == 0, "what isn't sent yet isn't compared"
    assert here.engine.status().waiting == 1


DAMAGE = (
    "UPDATE patients SET last_name = 'Lost' WHERE id = 'pat-lis'",
    "DELETE FROM visits",
    "DELETE FROM slot_detail WHERE rowid = (SELECT min(rowid) FROM slot_detail)",
    "INSERT INTO household (id, clinic_id, name, updated_at) SELECT 'h-gone', id, 'Gone', updated_at FROM clinics",
    "UPDATE login SET disabled_at = created_at WHERE user_id = 'u-chen'",
)


def test_rows_that_differ_are_found_and_repaired(
    station: Enter, full: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    here = station()
    for damage in DAMAGE:
        in_mirror(here, damage)
    assert len(wrong(here)) >= len(DAMAGE)
    with caplog.at_level(logging.WARNING):
        assert compare_all(here) >= len(DAMAGE)
    assert wrong(here) == []
    assert "differed" in caplog.text
    assert "Lost" not in caplog.text
    assert compare_all(here) == 0


def test_what_the_feed_never_told_is_found(server: Server, clinic_name: str, station: Enter, full: list[str]) -> None:
    here = station()
    behind(server, clinic_name, "UPDATE public.patients SET first_name = 'Silent' WHERE id = 'pat-roux'")
    behind(server, clinic_name, "DELETE FROM public.visits WHERE status = 'PLANNED'")
    here.engine.sync_now()
    assert len(wrong(here)) >= 2
    assert compare_all(here) >= 2
    assert wrong(here) == []


def test_signs_of_life_are_no_difference(server: Server, clinic_name: str, station: Enter) -> None:
    here = station()
    behind(server, clinic_name, "UPDATE desktop.workstation SET last_seen_at = now(), generation = generation + 7")
    assert compare_all(here) == 0


def test_changes_of_the_moment_are_no_damage(
    clinic: Desk, station: Enter, full: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    here = station()
    clinic.desk2.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    assert compare_all(here) == 0
    assert "differed" not in caplog.text
    assert wrong(here) == [], "the difference was a change on its way"


def test_a_row_under_a_local_command_is_left_for_another_time(
    server: Server, clinic_name: str, station: Enter, full: list[str]
) -> None:
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    here.remote.cut(False)
    behind(server, clinic_name, "UPDATE public.patients SET first_name = 'Silent' WHERE id = 'pat-lis'")
    assert compare_all(here) == 0
    here.engine.sync_now()
    assert compare_all(here) == 0
    assert wrong(here) == []


def test_somebody_elses_rows_and_columns_are_not_missed(clinic: Desk, station: Enter) -> None:
    clinic.write(
        text(
            "INSERT INTO desktop.draft (id, clinic_id, user_id, kind, subject, body, updated_at) "
            "VALUES ('d-okafor', 'clinic-1', 'u-okafor', 'note', 'pat-lis', '{}', now())"
        )
    )
    here = station(person="okafor")
    here.sit_down("desk")
    here.engine.sync_now()
    assert compare_all(here) == 0
    assert here.count("draft") == 1, "the colleague's stays"
    in_mirror(here, "UPDATE draft SET user_id = 'u-desk', id = 'd-nobody'")
    assert compare_all(here) == 1
    assert here.count("draft") == 0, "what should be this person's and isn't there is gone"


def test_every_value_is_hashed_as_the_server_hashes_it(clinic: Desk, station: Enter) -> None:
    clinic.write(
        text(
            "UPDATE patients SET first_name = 'Zoë 🦊', flags = '{HIGH_RISK,\"a, b\"}', date_of_birth = '1950-02-03', "
            'demographics = \'{"phones"\\: [], "z"\\: 1.50, "ä"\\: null}\', height_cm = 171.30000000000001 '
            "WHERE id = 'pat-lis'"
        ),
        text("UPDATE patients SET last_name = '', height_cm = 180 WHERE id = 'pat-roux'"),
        text("UPDATE patients SET last_name = NULL, height_cm = 1e-9 WHERE id = 'pat-brandt'"),
    )
    here = station()
    assert here.rows(text("SELECT height_cm FROM patients WHERE id = 'pat-lis'")) == [(171.3,)]
    assert compare_all(here) == 0


def test_it_is_done_by_itself_while_nothing_goes_on(
    station: Enter, full: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    in_mirror(here, "UPDATE patients SET last_name = 'Lost' WHERE id = 'pat-lis'")
    monkeypatch.setattr(engine, "PING_SECONDS", 0.0)
    monkeypatch.setattr(reconcile, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(reconcile, "STEP", 4)
    repaired = threading.Event()
    here.engine.publish = lambda changes: repaired.set() if ("patients", "pat-lis") in told(changes) else None
    here.engine.start()
    assert repaired.wait(60), "it was never repaired"
    here.engine.stop()
    assert wrong(here) == []


def told(changes: tuple[Change, ...] | None) -> set[tuple[str, str]]:
    return {(change.table, change.row_id) for change in changes or ()}
