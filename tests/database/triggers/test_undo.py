"""The only way back: same person, 15 minutes, nobody else in between, the old slot still free."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from psycopg import Connection

from tests.database.triggers.base import TAKEN, Base, claims, error_of, set_slot, set_visit, slot, visit


def undo(connection: Connection[Any], expected: str, visit_id: str = "v") -> str:
    row = connection.execute("SELECT desktop.undo_visit_status(%s, %s)", (visit_id, expected)).fetchone()
    assert row is not None
    return str(row[0])


def status(connection: Connection[Any]) -> tuple[str, str]:
    row = connection.execute("SELECT status::text, slot_id FROM public.visits WHERE id = 'v'").fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.fixture
def booked(base: Base) -> Base:
    owner = base.owner()
    slot(owner, "s", "09:00", "09:20", status="BOOKED")
    visit(owner, "v", "s")
    return base


def cancel(connection: Connection[Any]) -> None:
    """What the handler does: a retired copy of the slot takes the visit, the slot becomes free again."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO desktop.slot_detail (slot_id, origin, copied_from, updated_at) "
            "VALUES ('copy', 'retired', 's', now())"
        )
        connection.execute(
            "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at) "
            "SELECT 'copy', provider_id, start_time, end_time, visit_mode, 'BLOCKED', now() FROM public.visit_slots "
            "WHERE id = 's'"
        )
        connection.execute(
            "INSERT INTO desktop.visit_detail (visit_id, cancel_kind, cancel_reason, updated_at) "
            "VALUES ('v', 'PATIENT', 'ill', now()) ON CONFLICT (visit_id) DO UPDATE SET cancel_kind = 'PATIENT', "
            "cancel_reason = 'ill'"
        )
        connection.execute(
            "UPDATE public.visits SET status = 'CANCELLED', slot_id = 'copy', updated_at = now() WHERE id = 'v'"
        )
        connection.execute("UPDATE public.visit_slots SET status = 'FREE', updated_at = now() WHERE id = 's'")


def test_the_last_step_is_taken_back_once(booked: Base) -> None:
    desk = booked.staff()
    set_visit(desk, "v", "CHECKED_IN")
    assert undo(desk, "CHECKED_IN") == "PLANNED"
    assert error_of(partial(undo, desk, "PLANNED")) == ("MH003", "NothingToUndo")
    set_visit(desk, "v", "CHECKED_IN")
    assert undo(desk, "CHECKED_IN") == "PLANNED"


def test_only_the_person_who_did_it(booked: Base) -> None:
    set_visit(booked.staff(), "v", "CHECKED_IN")
    assert error_of(partial(undo, booked.staff("PROVIDER"), "CHECKED_IN")) == ("MH003", "UndoNotYours")
    assert error_of(partial(undo, booked.staff("ADMIN"), "CHECKED_IN")) == ("MH003", "UndoNotYours")
    assert error_of(partial(undo, booked.staff("ADMIN", 2), "CHECKED_IN"))[0] == "42501"
    set_visit(booked.backend(), "v", "CANCELLED")
    assert error_of(partial(undo, booked.staff(), "CANCELLED")) == ("MH003", "UndoNotYours")


def test_only_within_fifteen_minutes_of_the_servers_time(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    desk.execute("UPDATE public.visits SET status = 'CHECKED_IN', updated_at = now() + interval '1 h' WHERE id = 'v'")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 14 * 60")
    assert undo(desk, "CHECKED_IN") == "PLANNED"
    set_visit(desk, "v", "CHECKED_IN")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 30 * 60")
    assert error_of(partial(undo, desk, "CHECKED_IN")) == ("MH003", "UndoTooLate")


def test_only_what_the_person_saw_and_nobody_changed_since(booked: Base) -> None:
    desk, backend = booked.staff(), booked.backend()
    set_visit(desk, "v", "CHECKED_IN")
    assert error_of(partial(undo, desk, "PLANNED")) == ("MH001", "StateChanged")
    backend.execute("UPDATE public.visits SET reason_text = 'something else' WHERE id = 'v'")
    assert error_of(partial(undo, desk, "CHECKED_IN")) == ("MH001", "StateChanged")


def test_a_new_visit_has_nothing_to_take_back(booked: Base) -> None:
    assert error_of(partial(undo, booked.staff(), "PLANNED")) == ("MH003", "NothingToUndo")


def test_a_cancelled_visit_gets_its_slot_back(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    cancel(desk)
    assert claims(owner) == {}
    assert undo(desk, "CANCELLED") == "PLANNED"
    assert status(owner) == ("PLANNED", "s")
    assert claims(owner) == {"s": False}
    assert owner.execute("SELECT 1 FROM public.visit_slots WHERE id = 'copy'").fetchone() is None
    assert owner.execute("SELECT cancel_kind, cancel_reason FROM desktop.visit_detail").fetchone() == (None, None)


def test_why_it_was_cancelled_goes_too_when_the_detail_was_there_before(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    desk.execute("INSERT INTO desktop.visit_detail (visit_id, room, updated_at) VALUES ('v', 'r-1', now())")
    cancel(desk)
    undo(desk, "CANCELLED")
    assert owner.execute("SELECT cancel_kind, cancel_reason, room FROM desktop.visit_detail").fetchone() == (
        None,
        None,
        "r-1",
    )


def test_a_slot_that_somebody_took_meanwhile_stays_theirs(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    cancel(desk)
    set_slot(booked.backend(), "s", "HELD", "5 min")
    assert error_of(partial(undo, desk, "CANCELLED")) == ("MH002", "SlotTaken")
    set_slot(owner, "s", "FREE")
    slot(owner, "t", "09:10", "09:30", status="BOOKED")
    assert error_of(partial(undo, desk, "CANCELLED")) == TAKEN
    assert status(owner) == ("CANCELLED", "copy")
    set_slot(owner, "t", "FREE")
    set_slot(booked.staff("ADMIN"), "s", "BLOCKED")
    assert error_of(partial(undo, desk, "CANCELLED")) == ("MH002", "SlotTaken")


def test_a_longer_booking_covers_again_what_it_covered(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    slot(owner, "under", "09:20", "09:40", status="BLOCKED")
    desk.execute("UPDATE public.visit_slots SET end_time = '2031-05-05 09:40' WHERE id = 's'")
    desk.execute(
        "INSERT INTO desktop.slot_detail (slot_id, origin, grid_end, covered_by, updated_at) VALUES "
        "('s', 'grid', '2031-05-05 09:20', NULL, now()), ('under', 'grid', NULL, 's', now())"
    )
    with desk.transaction():
        cancel(desk)
        desk.execute("UPDATE public.visit_slots SET end_time = '2031-05-05 09:20' WHERE id = 's'")
        desk.execute("UPDATE desktop.slot_detail SET grid_end = NULL WHERE slot_id = 's'")
        desk.execute("UPDATE desktop.slot_detail SET covered_by = NULL WHERE slot_id = 'under'")
        desk.execute("UPDATE public.visit_slots SET status = 'FREE' WHERE id = 'under'")
    undo(desk, "CANCELLED")
    slots = owner.execute(
        "SELECT id, status::text, end_time::time::text FROM public.visit_slots ORDER BY id"
    ).fetchall()
    assert slots == [("s", "BOOKED", "09:40:00"), ("under", "BLOCKED", "09:40:00")]
    assert owner.execute("SELECT covered_by FROM desktop.slot_detail WHERE slot_id = 'under'").fetchone() == ("s",)


def test_a_made_slot_that_retired_in_place_is_booked_again(booked: Base) -> None:
    desk, owner = booked.staff(), booked.owner()
    desk.execute("INSERT INTO desktop.slot_detail (slot_id, origin, updated_at) VALUES ('s', 'made', now())")
    with desk.transaction():
        set_slot(desk, "s", "BLOCKED")
        desk.execute("UPDATE desktop.slot_detail SET origin = 'retired' WHERE slot_id = 's'")
        set_visit(desk, "v", "CANCELLED")
    assert undo(desk, "CANCELLED") == "PLANNED"
    assert status(owner) == ("PLANNED", "s")
    assert claims(owner) == {"s": False}
    assert owner.execute("SELECT origin FROM desktop.slot_detail WHERE slot_id = 's'").fetchone() == ("made",)


def test_a_virtual_session_that_ended_with_its_visit_goes_on(booked: Base) -> None:
    owner, provider = booked.owner(), booked.staff("PROVIDER")
    owner.execute(
        "INSERT INTO public.virtual_visit_sessions (id, visit_id, room_id, status, updated_at) "
        "VALUES ('room', 'v', 'r', 'ACTIVE', now())"
    )
    set_visit(booked.backend(), "v", "IN_PROGRESS")
    with provider.transaction():
        set_visit(provider, "v", "COMPLETED")
        provider.execute(
            "UPDATE public.virtual_visit_sessions SET status = 'ENDED', ended_at = now() WHERE id = 'room'"
        )
    assert undo(provider, "COMPLETED") == "IN_PROGRESS"
    row = owner.execute("SELECT status::text, ended_at FROM public.virtual_visit_sessions").fetchone()
    assert row == ("ACTIVE", None)


def test_a_virtual_session_ends_with_the_visit_that_the_backend_calls_off(booked: Base) -> None:
    owner = booked.owner()
    owner.execute(
        "INSERT INTO public.virtual_visit_sessions (id, visit_id, room_id, status, updated_at) "
        "VALUES ('room', 'v', 'r', 'WAITING', now())"
    )
    set_visit(booked.backend(), "v", "CANCELLED")
    row = owner.execute("SELECT status::text, ended_at IS NOT NULL FROM public.virtual_visit_sessions").fetchone()
    assert row == ("ENDED", True)


def test_an_alert_is_opened_again_by_who_closed_it_alone(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    owner.execute("INSERT INTO public.alerts (id, patient_id, severity, type, title, body) "
                  "VALUES ('a', 'pat-1', 'INFO', 'X', 'T', 'B')")  # fmt: skip
    close = "UPDATE public.alerts SET status = 'DISMISSED', resolved_at = now() WHERE id = 'a'"
    again = "SELECT desktop.reopen_alerts(ARRAY['a'], desktop.db_now())"
    desk.execute(close)
    assert error_of(partial(base.staff("PROVIDER").execute, again)) == ("MH003", "UndoNotYours")
    assert error_of(partial(base.staff("ADMIN").execute, again))[0] == "42501"
    elsewhere = base.staff("MEDICAL_ASSISTANT", 2)
    assert elsewhere.execute(again).fetchone() == (0,), "another clinic's alert isn't there"
    assert owner.execute("SELECT status FROM public.alerts").fetchone() == ("DISMISSED",)
    desk.execute(again)
    assert owner.execute("SELECT status, resolved_at FROM public.alerts").fetchone() == ("ACTIVE", None)
    desk.execute(close)
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 16 * 60")
    assert error_of(partial(desk.execute, again)) == ("MH003", "UndoTooLate")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 0")
    owner.execute("UPDATE public.alerts SET body = 'changed' WHERE id = 'a'")
    assert error_of(partial(desk.execute, again)) == ("MH001", "StateChanged"), "somebody changed it since"


ALERT = ("INSERT INTO public.alerts (id, patient_id, severity, type, title, body) "
         "VALUES ('a', 'pat-1', 'INFO', 'X', 'T', 'B')")  # fmt: skip
AGAIN = "SELECT desktop.reopen_alerts(ARRAY['a'], %s)"


def test_who_opens_an_alert_again_waits_for_who_is_changing_it(base: Base) -> None:
    """Looked at before the other one was done, it was opened over what they wrote."""
    owner, desk, watching = base.owner(), base.staff(), base.owner()
    owner.execute(ALERT)
    desk.execute("UPDATE public.alerts SET status = 'DISMISSED', resolved_at = now() WHERE id = 'a'")
    mine = desk.info.backend_pid
    with ThreadPoolExecutor(1) as pool:
        with owner.transaction():
            owner.execute("UPDATE public.alerts SET body = 'changed' WHERE id = 'a'")
            asked = pool.submit(error_of, partial(desk.execute, AGAIN, ["2026-05-04"]))
            while watching.execute("SELECT pg_blocking_pids(%s)", [mine]).fetchone() == ([],):
                assert not asked.done(), "nobody waited"
        assert asked.result() == ("MH001", "StateChanged")
    assert owner.execute("SELECT status, body FROM public.alerts").fetchone() == ("DISMISSED", "changed")


def test_an_alert_that_is_opened_again_is_newer_than_it_was(base: Base) -> None:
    """Other desks ask for what is newer than what they have; a desk whose clock is behind is no exception."""
    owner, desk = base.owner(), base.staff()
    owner.execute(ALERT)
    desk.execute("UPDATE public.alerts SET status = 'DISMISSED', resolved_at = now() WHERE id = 'a'")
    owner.execute("INSERT INTO desktop.alert_detail (alert_id, clinic_id, closed_by, close_reason, closed_at, "
                  "updated_at) VALUES ('a', 'clinic-1', 'u-desk', 'x', now(), '2026-05-04 12:00')")  # fmt: skip
    row = owner.execute("SELECT updated_at FROM desktop.alert_detail").fetchone()
    assert row is not None
    (before,) = row
    desk.execute(AGAIN, [before - timedelta(hours=1)])
    row = owner.execute("SELECT updated_at, closed_by, closed_at, close_reason FROM desktop.alert_detail").fetchone()
    assert row == (before + timedelta(milliseconds=1), None, None, None)
    desk.execute("UPDATE public.alerts SET status = 'DISMISSED', resolved_at = now() WHERE id = 'a'")
    desk.execute(AGAIN, [before + timedelta(hours=1)])
    assert owner.execute("SELECT updated_at FROM desktop.alert_detail").fetchone() == (before + timedelta(hours=1),)


def test_a_step_of_a_request_is_taken_back_by_who_did_it_alone(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    owner.execute(
        'INSERT INTO public.visit_requests (id, patient_id, "requestType", "visitMode", reason_text, updated_at) '
        "VALUES ('r', 'pat-1', 'SCHEDULED', 'IN_PERSON', 'Dizzy', now())"
    )
    triage = "UPDATE public.visit_requests SET status = 'TRIAGED', severity = 'RED', updated_at = now() WHERE id = 'r'"
    back = "SELECT desktop.undo_request_step('r', %s, 'NEW', desktop.db_now())"
    assert error_of(partial(desk.execute, back, ["TRIAGED"])) == ("MH001", "StateChanged")
    assert error_of(partial(desk.execute, back, ["NEW"])) == ("MH003", "NothingToUndo")
    desk.execute(triage)
    assert error_of(partial(base.staff("PROVIDER").execute, back, ["TRIAGED"])) == ("MH003", "UndoNotYours")
    assert error_of(partial(base.staff("ADMIN", 2).execute, back, ["TRIAGED"]))[0] == "42501"
    desk.execute(back, ["TRIAGED"])
    assert owner.execute("SELECT status::text, severity::text FROM public.visit_requests").fetchone() == (
        "NEW",
        "GREEN",
    )
    desk.execute(triage)
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 16 * 60")
    assert error_of(partial(desk.execute, back, ["TRIAGED"])) == ("MH003", "UndoTooLate")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 0")
    base.backend().execute("UPDATE public.visit_requests SET reason_text = 'Worse', updated_at = now() WHERE id = 'r'")
    assert error_of(partial(desk.execute, back, ["TRIAGED"])) == ("MH001", "StateChanged"), "the phone wrote since"
    base.backend().execute("UPDATE public.visit_requests SET status = 'CANCELLED', updated_at = now() WHERE id = 'r'")
    called_off = "SELECT desktop.undo_request_step('r', 'CANCELLED', 'TRIAGED', desktop.db_now())"
    assert error_of(partial(desk.execute, called_off)) == ("MH003", "NothingToUndo")
