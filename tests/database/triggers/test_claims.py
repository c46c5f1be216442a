"""A provider is in one place at a time, whoever writes."""

from __future__ import annotations

import random
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import Connection, IsolationLevel, errors

from tests.database.triggers.base import TAKEN, Base, claims, error_of, race, set_slot, set_visit, slot, visit

EVERY = [partial(Base.staff), partial(Base.backend), partial(Base.owner)]


def test_eight_writers_race_for_one_slot_and_one_visit_wins(base: Base) -> None:
    slot(base.owner(), "s", "09:00", "09:20")

    def book(connection: Connection[Any], number: int) -> int:
        with connection.transaction():
            connection.execute("SELECT 1 FROM public.visit_slots WHERE id = 's' FOR UPDATE")
            if connection.execute("SELECT 1 FROM public.visits WHERE slot_id = 's'").fetchone():
                return 0
            set_slot(connection, "s", "BOOKED")
            visit(connection, f"v{number}", "s", patient=f"pat-{number}")
        return 1

    outcomes = race([partial(book, EVERY[n % 3](base), n) for n in range(1, 9)])
    assert [o for o in outcomes if o == 1] == [1]
    assert claims(base.owner()) == {"s": False}


def test_writers_who_never_look_cannot_book_the_same_time_twice(base: Base) -> None:
    """Eight writers insert booked slots of their own at overlapping times, without reading anything."""
    connections = [EVERY[n % 3](base) for n in range(8)]
    outcomes = race(
        [partial(slot, c, f"s{n}", f"09:0{n}", "09:30", status="BOOKED") for n, c in enumerate(connections)]
    )
    lost = [o for o in outcomes if isinstance(o, psycopg.Error)]
    assert len(lost) == 7
    assert {(e.sqlstate, e.diag.constraint_name) for e in lost} == {TAKEN}
    assert len(claims(base.owner())) == 1


def test_overlapping_free_slots_race_and_one_is_booked(base: Base) -> None:
    owner = base.owner()
    for n in range(8):
        slot(owner, f"s{n}", f"09:{n:02}", f"09:{n + 20}")
    outcomes = race([partial(set_slot, EVERY[n % 3](base), f"s{n}", "BOOKED") for n in range(8)])
    assert [o for o in outcomes if not isinstance(o, psycopg.Error)] == [1]
    assert len(claims(owner)) == 1


def test_back_to_back_and_other_providers_do_not_meet(base: Base) -> None:
    owner = base.owner()
    slot(owner, "a", "09:00", "09:20", status="BOOKED")
    slot(owner, "b", "09:20", "09:40", status="BOOKED")
    slot(owner, "c", "09:10", "09:30", provider="prov-2", status="BOOKED")
    assert claims(owner) == {"a": False, "b": False, "c": False}


def test_a_visit_that_the_backend_puts_on_a_free_slot_takes_the_time(base: Base) -> None:
    backend, owner = base.backend(), base.owner()
    slot(backend, "free", "09:00", "09:20")
    slot(backend, "other", "09:10", "09:30")
    visit(backend, "v", "free")
    assert claims(owner) == {"free": False}
    assert error_of(lambda: set_slot(base.staff(), "other", "HELD", "5 min")) == TAKEN
    assert error_of(lambda: visit(backend, "w", "other")) == TAKEN
    set_visit(backend, "v", "CANCELLED")
    assert claims(owner) == {}
    assert set_slot(base.staff(), "other", "BOOKED") == 1


def test_moving_and_deleting_a_visit_gives_the_time_back(base: Base) -> None:
    backend, owner = base.backend(), base.owner()
    for name, start, end in (("a", "09:00", "09:20"), ("b", "10:00", "10:20")):
        slot(backend, name, start, end)
    visit(backend, "v", "a")
    backend.execute("UPDATE public.visits SET slot_id = 'b' WHERE id = 'v'")
    assert claims(owner) == {"b": False}
    backend.execute("DELETE FROM public.visits WHERE id = 'v'")
    assert claims(owner) == {}
    slot(backend, "c", "11:00", "11:20", status="BOOKED")
    backend.execute("DELETE FROM public.visit_slots WHERE id = 'c'")
    assert claims(owner) == {}


def test_a_hold_takes_the_time_until_it_expires(base: Base) -> None:
    owner = base.owner()
    slot(owner, "held", "09:00", "09:20", status="HELD", held_until="5 min")
    slot(owner, "other", "09:10", "09:30")
    assert error_of(lambda: set_slot(base.backend(), "other", "BOOKED")) == TAKEN
    owner.execute("UPDATE public.visit_slots SET held_until = now() - interval '1 s' WHERE id = 'held'")
    assert set_slot(base.backend(), "other", "BOOKED") == 1
    assert claims(owner) == {"other": False}
    assert error_of(lambda: set_slot(base.backend(), "held", "BOOKED")) == TAKEN


def test_a_hold_that_expired_counts_without_anybody_touching_it(base: Base) -> None:
    owner = base.owner()
    slot(owner, "held", "09:00", "09:20", status="HELD", held_until="5 min")
    slot(owner, "other", "09:10", "09:30")
    assert claims(owner) == {"held": False}
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 600")  # ten minutes later
    assert set_slot(base.staff(), "other", "BOOKED") == 1
    assert claims(owner) == {"other": False}


@pytest.mark.parametrize("level", [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ])
def test_a_hold_booked_as_it_expires_is_not_given_to_somebody_else(base: Base, level: IsolationLevel) -> None:
    """The booker's transaction began in time; the other one, which sees only the old hold, comes after it ran out."""
    owner = base.owner()
    slot(owner, "other", "09:10", "09:30")
    slot(owner, "held", "09:00", "09:20", status="HELD", held_until="1 s")
    booker, rival = base.backend(autocommit=False), base.backend(autocommit=False)
    rival.isolation_level = level
    set_slot(booker, "held", "BOOKED")
    owner.execute("SELECT pg_sleep(1.1)")
    rival.execute("SELECT 1 FROM public.visit_slots").fetchall()  # under REPEATABLE READ this fixes what it sees
    outcomes = race([partial(set_slot, rival, "other", "BOOKED"), partial(_wait_and_commit, base, booker)])
    error, waited = outcomes
    assert waited == 1
    assert isinstance(error, psycopg.Error)
    assert error.sqlstate in ({"23P01"} if level is IsolationLevel.READ_COMMITTED else {"23P01", "40001"})
    rival.rollback()
    assert claims(owner) == {"held": False}


def _wait_and_commit(base: Base, connection: Connection[Any]) -> int:
    """Commit once somebody waits for the provider; return how many do."""
    watcher = base.owner()
    waiting: list[Any] = []
    for _ in range(250):
        waiting = watcher.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall()
        if waiting:
            break
        watcher.execute("SELECT pg_sleep(0.02)")
    connection.commit()
    return len(waiting)


def test_somebody_elses_hold_is_theirs(base: Base) -> None:
    owner, one, two, admin = base.owner(), base.staff(), base.staff("PROVIDER"), base.staff("ADMIN")
    slot(owner, "s", "09:00", "09:20")
    set_slot(one, "s", "HELD", "5 min")
    for status in ("HELD", "BOOKED", "FREE", "BLOCKED"):
        assert error_of(partial(set_slot, two, "s", status, "5 min")) == ("MH002", "SlotTaken")
    assert set_slot(one, "s", "HELD", "8 min") == 1  # renewed
    assert set_slot(admin, "s", "FREE") == 1
    assert set_slot(two, "s", "HELD", "5 min") == 1
    assert set_slot(two, "s", "BOOKED") == 1


def test_an_expired_hold_is_anybodys_and_the_late_holder_loses(base: Base) -> None:
    owner, one, two = base.owner(), base.staff(), base.staff("PROVIDER")
    slot(owner, "s", "09:00", "09:20")
    set_slot(one, "s", "HELD", "5 min")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 600")
    assert set_slot(two, "s", "HELD", "15 min") == 1
    assert error_of(partial(set_slot, one, "s", "BOOKED")) == ("MH002", "SlotTaken")
    assert set_slot(two, "s", "BOOKED") == 1


def test_a_slot_proposed_to_a_patient_is_booked_by_whoever_takes_the_answer(base: Base) -> None:
    owner, one, two = base.owner(), base.staff(), base.staff("ADMIN")
    slot(owner, "s", "09:00", "09:20")
    set_slot(one, "s", "HELD", "1 day")
    owner.execute(
        'INSERT INTO public.visit_requests (id, patient_id, "requestType", "visitMode", reason_text, status, '
        "proposed_slot_id, updated_at) VALUES ('r', 'pat-1', 'SCHEDULED', 'IN_PERSON', '', "
        "'AWAITING_PATIENT_CONFIRMATION', 's', now())"
    )
    assert base.staff().execute("SELECT desktop.remove_free_slots('{s}')").fetchone() == (0,)
    assert set_slot(two, "s", "BOOKED") == 1


def test_overbooking_is_a_choice_that_is_kept_and_ends_with_the_booking(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    slot(owner, "first", "09:00", "09:20", status="BOOKED")
    slot(owner, "over", "09:10", "09:30")
    assert error_of(partial(set_slot, desk, "over", "BOOKED")) == TAKEN
    desk.execute("SELECT desktop.choose_overbook('over', 'made', 'pain')")
    assert set_slot(desk, "over", "BOOKED") == 1
    assert claims(owner) == {"first": False, "over": True}
    kept = owner.execute("SELECT overbook, reason, origin FROM desktop.slot_detail WHERE slot_id = 'over'").fetchone()
    assert kept == (True, "pain", "made")
    set_slot(desk, "over", "FREE")
    assert claims(owner) == {"first": False}
    assert error_of(partial(set_slot, desk, "over", "HELD", "5 min")) == TAKEN


def test_the_choice_to_overbook_is_taken_back_only_where_nothing_overlaps(base: Base) -> None:
    owner, desk, foreign = base.owner(), base.staff(), base.staff("ADMIN", 2)
    slot(owner, "first", "09:00", "09:20", status="BOOKED")
    slot(owner, "over", "09:10", "09:30")
    desk.execute("SELECT desktop.choose_overbook('over', 'made', '')")
    set_slot(desk, "over", "BOOKED")
    assert error_of(partial(foreign.execute, "SELECT desktop.end_overbook('over')"))[0] == "42501"
    assert error_of(partial(desk.execute, "SELECT desktop.end_overbook('over')")) == TAKEN
    assert claims(owner) == {"first": False, "over": True}
    owner.execute("UPDATE public.visit_slots SET end_time = end_time - interval '10 min' WHERE id = 'first'")
    desk.execute("SELECT desktop.end_overbook('over')")
    assert claims(owner) == {"first": False, "over": False}
    assert owner.execute("SELECT overbook FROM desktop.slot_detail WHERE slot_id = 'over'").fetchone() == (False,)


def test_an_expired_hold_takes_its_choice_to_overbook_along(base: Base) -> None:
    owner, one, two = base.owner(), base.staff(), base.staff("PROVIDER")
    slot(owner, "first", "09:00", "09:20", status="BOOKED")
    slot(owner, "over", "09:10", "09:30")
    one.execute("SELECT desktop.choose_overbook('over', 'made', '')")
    set_slot(one, "over", "HELD", "5 min")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 600")
    assert error_of(partial(set_slot, two, "over", "HELD", "15 min")) == TAKEN
    two.execute("SELECT desktop.choose_overbook('over', 'made', '')")
    assert set_slot(two, "over", "HELD", "15 min") == 1


def test_nobody_overbooks_by_writing_the_flag_or_a_setting(base: Base) -> None:
    owner, desk = base.owner(), base.staff("ADMIN")
    slot(owner, "first", "09:00", "09:20", status="BOOKED")
    slot(owner, "over", "09:10", "09:30")
    desk.execute("INSERT INTO desktop.slot_detail (slot_id, origin, updated_at) VALUES ('over', 'made', now())")
    for statement in (
        "UPDATE desktop.slot_detail SET overbook = true WHERE slot_id = 'over'",
        "INSERT INTO desktop.slot_claim VALUES ('over', 'prov-1', '[2031-05-05,2031-05-06)', true, NULL)",
        "DELETE FROM desktop.slot_claim",
        "SELECT desktop.forget_claims('{first}')",
        "SELECT desktop.claim_slots('{first}')",
    ):
        assert error_of(partial(desk.execute, statement))[0] == "42501"
    desk.execute("SET mha.overbook = 'on'")
    assert error_of(partial(set_slot, desk, "over", "BOOKED")) == TAKEN
    foreign = base.staff("ADMIN", 2)
    assert error_of(partial(foreign.execute, "SELECT desktop.choose_overbook('over', 'made', '')"))[0] == "42501"


def test_time_that_was_overbooked_is_no_less_taken(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    slot(owner, "over", "09:10", "09:20")
    desk.execute("SELECT desktop.choose_overbook('over', 'made', '')")
    set_slot(desk, "over", "BOOKED")
    slot(owner, "free", "09:00", "09:20")
    assert error_of(partial(set_slot, desk, "free", "BOOKED")) == TAKEN


def test_a_booking_under_an_overbooked_one_may_still_change(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    slot(owner, "first", "09:00", "09:20", status="BOOKED")
    slot(owner, "over", "09:10", "09:15")
    desk.execute("SELECT desktop.choose_overbook('over', 'made', '')")
    set_slot(desk, "over", "BOOKED")
    desk.execute("UPDATE public.visit_slots SET end_time = end_time + interval '20 min' WHERE id = 'first'")
    assert claims(owner) == {"first": False, "over": True}


def test_slots_swap_and_shift_in_one_statement(base: Base) -> None:
    owner = base.owner()
    for n in range(6):
        slot(owner, f"s{n}", f"09:{n}0", f"09:{n + 1}0" if n < 5 else "10:00", status="BOOKED")
    owner.execute(
        "UPDATE public.visit_slots SET start_time = CASE id WHEN 's0' THEN timestamp '2031-05-05 09:10' "
        "ELSE '2031-05-05 09:00' END, end_time = CASE id WHEN 's0' THEN timestamp '2031-05-05 09:20' "
        "ELSE '2031-05-05 09:10' END WHERE id IN ('s0', 's1')"
    )
    owner.execute(
        "UPDATE public.visit_slots SET start_time = start_time + interval '10 min', "
        "end_time = end_time + interval '10 min'"
    )
    taken = owner.execute("SELECT slot_id, lower(during)::time::text FROM desktop.slot_claim ORDER BY 2").fetchall()
    assert taken[:2] == [("s1", "09:10:00"), ("s0", "09:20:00")]
    assert len(taken) == 6


def test_a_slot_that_ends_before_it_starts_claims_nothing(base: Base) -> None:
    owner = base.owner()
    slot(owner, "a", "09:20", "09:00", status="BOOKED")
    slot(owner, "b", "09:10", "09:10", status="BOOKED")
    assert claims(owner) == {}
    owner.execute("UPDATE public.visit_slots SET end_time = start_time + interval '5 min' WHERE id = 'b'")
    assert claims(owner) == {"b": False}


def test_another_provider_another_time(base: Base) -> None:
    owner = base.owner()
    slot(owner, "a", "09:00", "09:20", status="BOOKED")
    slot(owner, "b", "09:00", "09:20", provider="prov-2", status="BOOKED")
    change = "UPDATE public.visit_slots SET provider_id = 'prov-2' WHERE id = 'a'"
    assert error_of(partial(owner.execute, change)) == TAKEN
    set_slot(owner, "b", "BLOCKED")
    owner.execute(change)
    assert owner.execute("SELECT slot_id, provider_id FROM desktop.slot_claim").fetchall() == [("a", "prov-2")]


def test_overlaps_that_were_there_before_us_are_taken_over(base: Base) -> None:
    owner = base.owner()
    owner.execute("ALTER TABLE public.visit_slots DISABLE TRIGGER USER")
    slot(owner, "a", "09:00", "09:40", status="BOOKED")
    slot(owner, "b", "09:20", "10:00", status="BOOKED")
    slot(owner, "c", "10:00", "10:20", status="HELD", held_until="-1 min")
    slot(owner, "d", "11:00", "11:20", status="BOOKED")
    owner.execute("ALTER TABLE public.visit_slots ENABLE TRIGGER USER")
    assert owner.execute("SELECT desktop.rebuild_claims()").fetchone() == (1,)
    assert claims(owner) == {"a": False, "b": True, "d": False}
    assert owner.execute("SELECT desktop.rebuild_claims()").fetchone() == (0,)
    owner.execute("UPDATE public.visit_slots SET end_time = end_time + interval '5 min' WHERE id = 'b'")
    assert claims(owner) == {"a": False, "b": True, "d": False}


def test_many_providers_and_slots_at_once_do_not_deadlock(base: Base) -> None:
    """Eight clients book and free pairs of slots of twelve providers, rows locked in order as handlers do."""
    owner = base.owner()
    owner.execute(
        "INSERT INTO public.providers (id, name, specialties, clinic_id, updated_at) "
        "SELECT 'many-' || n, 'x', '{}', 'clinic-1', now() FROM generate_series(0, 11) n"
    )
    owner.execute(
        "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, updated_at) "
        "SELECT 's' || p || '-' || i, 'many-' || p, timestamp '2031-05-05 08:00' + i * interval '10 min', "
        "timestamp '2031-05-05 08:00' + i * interval '10 min' + interval '20 min', 'VIRTUAL', now() "
        "FROM generate_series(0, 11) p, generate_series(0, 11) i"
    )

    def work(connection: Connection[Any], number: int) -> list[str | None]:
        chance = random.Random(number)
        states: list[str | None] = []
        for _ in range(60):
            ids = sorted({f"s{chance.randrange(12)}-{chance.randrange(12)}" for _ in range(chance.randint(1, 3))})
            status = chance.choice(["BOOKED", "BOOKED", "FREE"])
            try:
                with connection.transaction():
                    connection.execute(
                        "SELECT 1 FROM public.visit_slots WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [ids]
                    )
                    connection.execute("UPDATE public.visit_slots SET status = %s WHERE id = ANY(%s)", (status, ids))
                states.append(None)
            except psycopg.Error as error:
                states.append(error.sqlstate)
        return states

    outcomes = race([partial(work, base.backend(), n) for n in range(8)])
    states = [state for outcome in outcomes if isinstance(outcome, list) for state in outcome]
    assert len(states) == 480
    assert set(states) <= {None, "23P01"}
    assert states.count(None) > 100
    assert _overlaps(owner) == 0


def _overlaps(connection: Connection[Any]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM public.visit_slots a JOIN public.visit_slots b ON a.provider_id = b.provider_id "
        "AND a.id < b.id AND a.status = 'BOOKED' AND b.status = 'BOOKED' "
        "AND tsrange(a.start_time, a.end_time) && tsrange(b.start_time, b.end_time)"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_whatever_is_written_claims_follow(base: Base) -> None:
    """300 random statements, many refused: at the end the claims are those that the slots ask for, none overlapping."""
    owner, backend = base.owner(), base.backend()
    chance = random.Random(20310505)
    for n in range(12):
        slot(owner, f"s{n}", f"09:{n * 4:02}", f"09:{n * 4 + 9:02}", provider=f"prov-{1 + n % 2}")
    for n in range(300):
        ids = [f"s{chance.randrange(12)}" for _ in range(chance.randint(1, 2))]
        statement = chance.choice(
            [
                "UPDATE public.visit_slots SET status = 'BOOKED' WHERE id = ANY(%s)",
                "UPDATE public.visit_slots SET status = 'FREE' WHERE id = ANY(%s)",
                "UPDATE public.visit_slots SET status = 'HELD', held_until = now() + interval '1 h' WHERE id = ANY(%s)",
                "UPDATE public.visit_slots SET held_until = now() - interval '1 s' WHERE id = ANY(%s)",
                "UPDATE public.visit_slots SET start_time = start_time + interval '3 min' WHERE id = ANY(%s)",
                "UPDATE public.visit_slots SET end_time = start_time + interval '7 min' WHERE id = ANY(%s)",
                "DELETE FROM public.visits WHERE slot_id = ANY(%s)",
                "UPDATE public.visits SET status = 'CANCELLED' WHERE slot_id = ANY(%s)",
                (
                    f"INSERT INTO public.visits SELECT 'v{n}' || id, 'pat-1', provider_id, id, 'SCHEDULED', 'VIRTUAL', "
                    "'', 'PLANNED', now(), now() FROM public.visit_slots WHERE id = ANY(%s) ON CONFLICT DO NOTHING"
                ),
            ]
        )
        with suppress(errors.ExclusionViolation):
            backend.execute(statement, [ids])
    wanted = owner.execute(
        "SELECT w.slot_id, w.during FROM desktop.wanted_claims(ARRAY(SELECT id FROM public.visit_slots), "
        "desktop.db_now(), NULL) w ORDER BY 1"
    ).fetchall()
    live = owner.execute(
        "SELECT c.slot_id, c.during FROM desktop.slot_claim c JOIN public.visit_slots s ON s.id = c.slot_id "
        "WHERE NOT (s.status = 'HELD' AND s.held_until <= now()) OR EXISTS (SELECT FROM public.visits v "
        "WHERE v.slot_id = s.id AND v.status = 'PLANNED') ORDER BY 1"
    ).fetchall()
    assert live == wanted
    assert len(wanted) > 2
    assert _overlaps(owner) == 0


def test_many_slots_in_one_statement(base: Base) -> None:
    owner = base.owner()
    for n in range(7):  # plans are kept from the sixth on
        slot(owner, f"warm-{n}", f"07:{n}0" if n < 6 else "08:00", f"07:{n}9" if n < 6 else "08:09", status="BOOKED")
    owner.execute(
        "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at) "
        "SELECT 'm' || n, 'prov-1', timestamp '2032-01-01' + n * interval '20 min', "
        "timestamp '2032-01-01' + (n + 1) * interval '20 min', 'VIRTUAL', 'BOOKED', now() "
        "FROM generate_series(1, 6000) n"
    )
    assert owner.execute("SELECT count(*) FROM desktop.slot_claim").fetchone() == (6_007,)
    owner.execute("UPDATE public.visit_slots SET start_time = start_time + interval '1 min' WHERE id LIKE 'm%'")
    owner.execute("UPDATE public.visit_slots SET status = 'FREE' WHERE id LIKE 'm%'")
    assert owner.execute("SELECT count(*) FROM desktop.slot_claim").fetchone() == (7,)


def test_only_slots_that_nobody_needs_are_removed(base: Base) -> None:
    owner, desk = base.owner(), base.staff()
    slot(owner, "free", "09:00", "09:20")
    slot(owner, "booked", "10:00", "10:20", status="BOOKED")
    slot(owner, "ran-out", "11:00", "11:20", status="HELD", held_until="-1 s")
    slot(owner, "held", "12:00", "12:20", status="HELD", held_until="5 min")
    slot(owner, "past", "13:00", "13:20")
    visit(owner, "v", "past", status="CANCELLED")
    slot(owner, "theirs", "09:00", "09:20", provider="prov-9")
    every = ["free", "booked", "ran-out", "held", "past", "theirs"]
    assert error_of(partial(desk.execute, "DELETE FROM public.visit_slots WHERE id = 'free'"))[0] == "42501"
    assert desk.execute("SELECT desktop.remove_free_slots(%s)", [every]).fetchone() == (2,)
    left = {row[0] for row in owner.execute("SELECT id FROM public.visit_slots").fetchall()}
    assert left == {"booked", "held", "past", "theirs"}
