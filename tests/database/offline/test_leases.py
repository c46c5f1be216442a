"""Slots kept for a workstation: how many, whose, how they end, and that nobody else gets them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, Error
from psycopg.types.json import Jsonb

from app.domain.leases import LeaseRule, lease_rule
from tests.database.offline.helpers import (
    WORKSTATION,
    book,
    contact,
    enrol,
    free_day,
    lease,
    now_is,
    share,
    statuses,
)
from tests.database.triggers.base import DAY, TAKEN, Base, claims, error_of, one, race, set_slot, slot, visit
from tests.support.postgres import Server

KEPT = "SELECT slot_id FROM desktop.slot_lease ORDER BY 1"
HALF = '{"share": 0.5, "days": 1, "leave": 0}'


_ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=3),  # jsonb takes neither
    st.integers(-2000, 2000),
    st.floats(-3, 12).map(lambda x: round(x, 2)),
)
RULES = st.one_of(_ANY, st.lists(_ANY, max_size=2), st.dictionaries(st.sampled_from(["share", "days", "leave"]), _ANY))


@pytest.fixture(scope="module")
def owner(each_server: Server, base_template: str) -> Iterator[Connection[Any]]:
    """A connection that only asks."""
    name = each_server.create("rule", template=base_template)
    with psycopg.connect(each_server.owner_url(name), autocommit=True) as connection:
        yield connection
    each_server.drop(name)


@pytest.fixture
def morning(base: Base) -> Base:
    """Eight in the morning of the day, a workstation enrolled, half of the free slots to be kept."""
    now_is(base, f"{DAY} 12:00")
    enrol(base)
    share(base, HALF)
    return base


def kept(base: Base) -> list[str]:
    return [row[0] for row in base.owner().execute(KEPT)]


def test_off_by_default_and_when_the_rule_cannot_be_read(base: Base) -> None:
    now_is(base, f"{DAY} 12:00")
    enrol(base)
    ids = free_day(base)
    assert lease(base.staff()) == []
    for rule in ('{"share": "much"}', "[]", "7", '{"share": -1}', '{"days": 3}'):
        share(base, rule)
        assert lease(base.staff()) == [], rule
    assert set(statuses(base, ids)) == {"FREE"}


@given(rule=RULES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_program_and_the_server_read_the_rule_alike(owner: Connection[Any], rule: Any) -> None:
    document = {"offlineLeases": rule}
    share_, days, leave = one(owner, "SELECT * FROM desktop.lease_rule(%s)", (Jsonb(document),))
    assert lease_rule(document) == LeaseRule(share=float(share_), days=days, leave=leave)


def test_a_share_of_each_day_and_provider_spread_over_the_day(morning: Base) -> None:
    first, second = free_day(morning), free_day(morning, 4, provider="prov-2")
    morrow = free_day(morning, day="2031-05-06", mark="t")
    share(morning, '{"share": 0.4, "days": 1}')
    found = lease(morning.staff())
    assert [one for one in found if one in first] == [first[2], first[4], first[7], first[9]]
    assert len([one for one in found if one in second]) == 1  # 0.4 of four, whole slots only
    assert not [one for one in found if one in morrow]
    share(morning, '{"share": 0.4, "days": 2}')
    assert len([one for one in lease(morning.staff()) if one in morrow]) == 4


def test_a_lease_is_a_hold_without_an_end_of_the_workstation(morning: Base) -> None:
    free_day(morning, 2)
    (slot_id,) = lease(morning.staff())
    owner = morning.owner()
    row = one(
        owner,
        "SELECT s.status::text, s.held_until, d.held_by, d.held_name, d.workstation FROM public.visit_slots s"
        " JOIN desktop.slot_detail d ON d.slot_id = s.id WHERE s.id = %s",
        (slot_id,),
    )
    assert row == ("HELD", None, None, "Desk 2", WORKSTATION)
    assert claims(owner) == {slot_id: False}
    fed = owner.execute("SELECT clinic_id, op FROM desktop.change WHERE table_name = 'slot_lease'").fetchall()
    assert fed == [("clinic-1", "I")]


def test_asking_again_changes_nothing(morning: Base) -> None:
    free_day(morning)
    desk = morning.staff()
    found = lease(desk)
    written = one(morning.owner(), "SELECT count(*) FROM desktop.change")
    assert lease(desk) == found
    assert one(morning.owner(), "SELECT count(*) FROM desktop.change") == written


def test_the_last_free_slots_stay_everybodys(morning: Base) -> None:
    ids = free_day(morning, 4)
    share(morning, '{"share": 1, "leave": 3}')
    assert len(lease(morning.staff())) == 1
    assert statuses(morning, ids).count("FREE") == 3


def test_when_the_day_fills_up_what_is_too_much_is_given_back(morning: Base) -> None:
    ids = free_day(morning, 8)
    desk = morning.staff()
    found = lease(desk)
    assert len(found) == 4
    for number, slot_id in enumerate(sorted(set(ids) - set(found))):
        book(desk, slot_id, "desk-1", f"v{number}")
    assert lease(desk) == found[:2]  # half of the four that are left


def test_together_the_workstations_take_no_more_than_half(morning: Base) -> None:
    ids = free_day(morning)
    share(morning, '{"share": 0.3, "leave": 0}')
    for name in ("desk-3", "desk-4"):
        enrol(morning, name, name)
    taken = [len(lease(morning.staff(), name)) for name in (WORKSTATION, "desk-3", "desk-4")]
    assert taken == [3, 2, 0]
    assert statuses(morning, ids).count("FREE") == 5


def test_what_cannot_be_booked_is_not_taken(morning: Base) -> None:
    owner = morning.owner()
    ids = free_day(morning, 8)
    set_slot(owner, ids[0], "HELD", "5 minutes")
    visit(owner, "backend", ids[1])  # the backend books FREE slots
    set_slot(owner, ids[2], "BLOCKED")
    owner.execute("INSERT INTO desktop.slot_detail (slot_id, origin, updated_at) VALUES (%s, 'made', now())", (ids[3],))
    owner.execute(
        "INSERT INTO desktop.day_closure (id, clinic_id, provider_id, start_time, end_time, reason, created_by,"
        " created_at) VALUES ('c', 'clinic-1', 'prov-1', %s, %s, 'x', 'u', now())",
        (f"{DAY} 15:00", f"{DAY} 15:30"),
    )
    slot(owner, "early", "11:00", "11:30")
    share(morning, '{"share": 1, "leave": 0}')
    assert lease(morning.staff()) == ids[5:]


def test_of_what_overlaps_one_is_taken(morning: Base) -> None:
    owner = morning.owner()
    ids = free_day(morning, 2)
    for number, start in enumerate(("13:00", "13:30")):
        slot(owner, f"virtual{number}", start, f"{start[:3]}{int(start[3:]) + 29}")
    owner.execute("UPDATE public.visit_slots SET visit_mode = 'VIRTUAL' WHERE id LIKE 'virtual%'")
    share(morning, '{"share": 1, "leave": 0}')
    assert lease(morning.staff()) == ids


def test_nobody_else_gets_it(morning: Base) -> None:
    free_day(morning, 2)
    (slot_id,) = lease(morning.staff())
    for connection in (morning.staff(), morning.staff("PROVIDER"), morning.staff("ADMIN")):
        assert error_of(partial(book, connection, slot_id, "desk-1")) == ("MH002", "SlotTaken")
    start = one(
        morning.owner(), "SELECT to_char(start_time, 'HH24:MI') FROM public.visit_slots WHERE id = %s", [slot_id]
    )
    over = partial(slot, morning.backend(), "over", start[0], "16:00", status="BOOKED")
    assert error_of(over) == TAKEN
    now_is(morning, f"{DAY} 23:00")
    assert error_of(partial(book, morning.staff(), slot_id, "desk-1")) == ("MH002", "SlotTaken")


def test_whoever_works_at_the_workstation_books_it_and_the_lease_ends(morning: Base) -> None:
    free_day(morning, 2)
    (slot_id,) = lease(morning.staff())
    book(morning.staff("PROVIDER"), slot_id, WORKSTATION)
    assert kept(morning) == []
    assert claims(morning.owner()) == {slot_id: False}
    assert lease(morning.staff()) == []


def test_two_desks_race_for_the_slots_of_a_day(morning: Base) -> None:
    """None waits for the other, none gets the other's; what one left in the race it gets with its next call."""
    ids = free_day(morning, 12)
    enrol(morning, "desk-3", "Desk 3")
    share(morning, '{"share": 0.25, "leave": 0}')
    for _ in range(3):
        answers = race([partial(lease, morning.staff(), name) for name in (WORKSTATION, "desk-3") * 3])
        assert not [answer for answer in answers if isinstance(answer, Error)]
    mine, theirs = lease(morning.staff(), WORKSTATION), lease(morning.staff(), "desk-3")
    assert (len(mine), len(theirs), set(mine) & set(theirs)) == (3, 3, set())
    assert sorted(claims(morning.owner())) == sorted(mine + theirs)
    assert statuses(morning, ids).count("FREE") == 6


def test_taking_races_with_booking(morning: Base) -> None:
    """Each slot ends with one of them; a booker may come second, nothing else goes wrong."""
    ids = free_day(morning, 16)
    share(morning, '{"share": 1, "leave": 0}')
    desks = [morning.staff() for _ in range(4)]

    def bookings(number: int) -> int:
        lost = 0
        for place, slot_id in enumerate(ids[number::4]):
            try:
                book(desks[number], slot_id, "desk-1", f"v{number}-{place}")
            except Error as error:
                if error.diag.message_primary != "SlotTaken":
                    raise
                lost += 1
        return lost

    answers = race([*(partial(bookings, number) for number in range(4)), partial(lambda: len(lease(morning.staff())))])
    assert not [answer for answer in answers if isinstance(answer, Error)]
    found = lease(morning.staff())
    booked = statuses(morning, ids).count("BOOKED")
    assert booked + len(found) == len(ids)
    assert sorted(claims(morning.owner())) == ids


def test_a_slot_that_somebody_is_booking_is_left_alone(morning: Base) -> None:
    ids = free_day(morning, 2)
    share(morning, '{"share": 1, "leave": 0}')
    busy = morning.staff(autocommit=False)
    busy.execute("SELECT FROM desktop.booking_facts(%s, '2031-05-05 12:00', NULL, NULL, NULL, false)", (ids[0],))
    assert lease(morning.staff()) == [ids[1]]
    busy.rollback()
    assert lease(morning.staff()) == ids


def test_a_contact_on_a_later_day_gives_back_what_is_over(morning: Base) -> None:
    desk = morning.staff()
    ids = free_day(morning, 2)
    free_day(morning, 2, day="2031-05-06", mark="t")
    share(morning, '{"share": 0.5, "days": 2, "leave": 0}')
    today, morrow = lease(desk)
    now_is(morning, f"{DAY} 23:30")  # over, but the day isn't, in the clinic
    contact(desk, 1)
    assert kept(morning) == [today, morrow]
    now_is(morning, "2031-05-06 12:00")
    contact(desk, 2)
    assert kept(morning) == [morrow]
    assert statuses(morning, ids) == ["FREE", "FREE"]
    assert claims(morning.owner()) == {morrow: False}


def test_an_old_copy_gives_nothing_back(morning: Base) -> None:
    free_day(morning, 2)
    contact(morning.staff(), 5)
    found = lease(morning.staff())
    now_is(morning, "2031-05-06 12:00")
    contact(morning.staff(), 4)
    assert kept(morning) == found


def test_only_an_administrator_releases_for_others(morning: Base) -> None:
    ids = free_day(morning, 4)
    assert len(lease(morning.staff())) == 2
    release = "SELECT desktop.release_leases('desk-2')"
    assert error_of(partial(morning.staff().execute, release))[0] == "42501"
    assert one(morning.staff("ADMIN"), release) == (2,)
    assert (kept(morning), set(statuses(morning, ids))) == ([], {"FREE"})
    assert claims(morning.owner()) == {}


def test_a_workstation_returns_everything(morning: Base) -> None:
    ids = free_day(morning, 4)
    lease(morning.staff())
    assert one(morning.staff(), "SELECT desktop.return_leases('desk-2')") == (2,)
    assert set(statuses(morning, ids)) == {"FREE"}
    assert one(morning.staff(), "SELECT desktop.return_leases('desk-2')") == (0,)


def test_revoking_releases(morning: Base) -> None:
    ids = free_day(morning, 4)
    lease(morning.staff())
    assert one(morning.staff("ADMIN"), "SELECT desktop.revoke_workstation('desk-2')") == (2,)
    assert set(statuses(morning, ids)) == {"FREE"}


def test_what_comes_back_into_closed_or_blocked_time_stays_shut(morning: Base) -> None:
    owner = morning.owner()
    ids = free_day(morning, 4)
    share(morning, '{"share": 1, "leave": 0}')
    assert lease(morning.staff()) == ids
    owner.execute(
        "INSERT INTO desktop.day_closure (id, clinic_id, provider_id, start_time, end_time, reason, created_by,"
        " created_at) VALUES ('c', 'clinic-1', 'prov-1', %s, %s, 'ill', 'u', now())",
        (f"{DAY} 13:00", f"{DAY} 13:30"),
    )
    owner.execute("UPDATE desktop.slot_detail SET batch_id = 'b', reason = 'meeting' WHERE slot_id = %s", (ids[1],))
    assert lease(morning.staff()) == ids[2:]
    assert statuses(morning, ids) == ["BLOCKED", "BLOCKED", "HELD", "HELD"]
    shut = owner.execute(
        "SELECT batch_id, reason, held_name FROM desktop.slot_detail WHERE slot_id = ANY (%s) ORDER BY slot_id",
        (ids[:2],),
    ).fetchall()
    assert shut == [("c", "ill", None), ("b", "meeting", None)]


def test_an_administrator_may_free_one_in_plain_sql(morning: Base) -> None:
    free_day(morning, 2)
    (slot_id,) = lease(morning.staff())
    assert set_slot(morning.staff("ADMIN"), slot_id, "FREE") == 1
    assert kept(morning) == []


def test_whoever_never_comes_back_keeps_nothing_for_ever(morning: Base) -> None:
    free_day(morning, 2)
    lease(morning.staff())
    owner = morning.owner()
    now_is(morning, "2031-05-20 12:00")
    owner.execute("SELECT desktop.prune('7 days')")
    assert len(kept(morning)) == 1
    now_is(morning, "2031-06-20 12:00")
    owner.execute("SELECT desktop.prune('7 days')")
    assert kept(morning) == []


def test_it_needs_enrolment(base: Base) -> None:
    base.staff().execute("SELECT desktop.touch_workstation('desk-2', 'Desk 2')")
    assert error_of(partial(lease, base.staff())) == ("MH003", "NotEnrolled")


def test_a_large_clinics_slots_are_not_all_read(morning: Base) -> None:
    """Twenty providers, 15,000 slots: planned while the table was small, it still reads a few days of them."""
    owner, desk = morning.owner(), morning.staff()
    free_day(morning)
    lease(desk)
    owner.execute(
        "INSERT INTO public.providers (id, name, specialties, clinic_id, updated_at)"
        " SELECT 'many-' || n, 'Dr', '{}', 'clinic-1', now() FROM generate_series(1, 20) n"
    )
    owner.execute(
        "INSERT INTO public.visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)"
        " SELECT 'many-' || p || '-' || d || '-' || n, 'many-' || p, t, t + interval '30 minutes', 'IN_PERSON',"
        " 'FREE', now() FROM generate_series(1, 20) p, generate_series(-25, 24) d, generate_series(0, 14) n,"
        f" LATERAL (SELECT '{DAY}'::timestamp + d * interval '1 day' + interval '13 hours'"
        " + n * interval '30 minutes') x(t)"
    )
    before = one(owner, "SELECT pg_stat_get_tuples_returned('public.visit_slots'::regclass)")[0]
    assert len(lease(desk)) == 5 + 20 * 7
    desk.execute("SELECT pg_stat_force_next_flush()")
    desk.execute("SELECT 1")
    read = one(owner, "SELECT pg_stat_get_tuples_returned('public.visit_slots'::regclass)")[0] - before
    assert read < 15_000
