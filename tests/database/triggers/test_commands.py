"""A command's id applies once, whatever happens to the answer; workstations are heard and can be revoked."""

from __future__ import annotations

from functools import partial
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.database.triggers.base import Base, error_of, one, race


def begin(connection: Connection[Any], command_id: str, workstation: str = "desk-1") -> tuple[Any, ...]:
    return one(
        connection,
        "SELECT fresh, outcome FROM desktop.begin_command(%s, 'CheckIn', %s, '2031-05-05 09:00')",
        (command_id, workstation),
    )


def finish(connection: Connection[Any], command_id: str, outcome: object) -> None:
    connection.execute("SELECT desktop.finish_command(%s, %s)", (command_id, Jsonb(outcome)))


def test_a_repeated_command_gets_the_first_outcome(base: Base) -> None:
    desk = base.staff()
    with desk.transaction():
        assert begin(desk, "c1") == (True, None)
        finish(desk, "c1", {"result": {"visitId": "v"}})
    assert begin(desk, "c1") == (False, {"result": {"visitId": "v"}})
    row = base.owner().execute("SELECT user_id, clinic_id, kind, workstation FROM desktop.applied_command").fetchone()
    assert row == ("user-medical_assistant-clinic-1", "clinic-1", "CheckIn", "desk-1")


def test_what_was_rolled_back_was_never_begun(base: Base) -> None:
    desk = base.staff(autocommit=False)
    assert begin(desk, "c1")[0] is True
    desk.rollback()
    assert begin(desk, "c1")[0] is True


def test_a_twin_in_flight_is_waited_for(base: Base) -> None:
    """Eight transactions with the same id: one does the work, the others see what it did."""

    def run(connection: Connection[Any], number: int) -> tuple[Any, ...]:
        with connection.transaction():
            answer = begin(connection, "twin")
            if answer[0]:
                connection.execute("SELECT pg_sleep(0.2)")
                finish(connection, "twin", {"by": number})
        return answer

    answers = race([partial(run, base.staff(), n) for n in range(8)])
    assert [a for a in answers if isinstance(a, tuple) and a[0]] == [(True, None)]
    outcomes = [a[1] for a in answers if isinstance(a, tuple) and not a[0]]
    assert len(outcomes) == 7
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert outcomes[0] is not None


def test_an_id_says_nothing_to_others(base: Base) -> None:
    desk, admin = base.staff(), base.staff("ADMIN", 2)
    with desk.transaction():
        begin(desk, "c1")
        finish(desk, "c1", {"secret": 1})
    assert error_of(partial(begin, admin, "c1")) == ("MH003", "NotAllowed")
    assert error_of(partial(finish, admin, "c1", {})) == ("MH003", "NotAllowed")
    assert error_of(partial(finish, desk, "c1", {})) == ("MH003", "NotAllowed")  # its transaction is over
    assert error_of(partial(begin, base.owner(), "c2"))[0] == "42501"
    assert error_of(partial(begin, desk, ""))[0] == "22023"


def touch(connection: Connection[Any], workstation: str, name: str = "Front desk") -> tuple[Any, ...]:
    return one(connection, "SELECT server_now, revoked FROM desktop.touch_workstation(%s, %s)", (workstation, name))


def test_a_workstation_is_known_from_its_first_heartbeat(base: Base) -> None:
    desk, owner = base.staff(), base.owner()
    now, revoked = touch(desk, "w1")
    assert revoked is False
    assert owner.execute("SELECT clinic_id, name, last_seen_at FROM desktop.workstation").fetchall() == [
        ("clinic-1", "Front desk", now)
    ]
    assert error_of(partial(touch, base.staff("ADMIN", 2), "w1")) == ("MH003", "NotAllowed")


def test_heartbeats_are_neither_mirrored_nor_audited_but_a_new_name_is(base: Base) -> None:
    desk, owner = base.staff(), base.owner()
    touch(desk, "w1")
    owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 60")
    before = owner.execute(
        "SELECT (SELECT max(seq) FROM desktop.audit), (SELECT max(seq) FROM desktop.change)"
    ).fetchone()
    now, _ = touch(desk, "w1")
    assert owner.execute("SELECT last_seen_at FROM desktop.workstation").fetchone() == (now,)
    after = owner.execute(
        "SELECT (SELECT max(seq) FROM desktop.audit), (SELECT max(seq) FROM desktop.change)"
    ).fetchone()
    assert after == before
    touch(desk, "w1", "Back office")
    change = owner.execute("SELECT table_name, row_id, op FROM desktop.change ORDER BY seq DESC LIMIT 1").fetchone()
    assert change == ("workstation", "w1", "U")


def test_a_revoked_workstation_does_nothing_more(base: Base) -> None:
    desk, owner = base.staff(), base.owner()
    touch(desk, "w1")
    owner.execute("UPDATE desktop.workstation SET revoked_at = now()")
    assert touch(desk, "w1")[1] is True
    assert error_of(partial(begin, desk, "c1", "w1")) == ("MH003", "WorkstationRevoked")
