"""Commands given offline whose author can't send them: adopted or discarded, exactly one of the two, once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from psycopg import Connection, Error
from psycopg.types.json import Jsonb

from tests.database.offline.helpers import begin, discard
from tests.database.triggers.base import Base, error_of, one, race

ADMIN_ID, DESK_ID = "user-admin-clinic-1", "user-medical_assistant-clinic-1"
DISABLE = "UPDATE desktop.login SET disabled_at = now() WHERE user_id = 'user-medical_assistant-clinic-1'"
ENABLE = "UPDATE desktop.login SET disabled_at = NULL WHERE user_id = 'user-medical_assistant-clinic-1'"


@pytest.fixture
def gone(base: Base) -> Iterator[Base]:
    """The desk's account is disabled."""
    base.owner().execute(DISABLE)
    yield base
    base.owner().execute(ENABLE)


def finish(connection: Connection[Any], command_id: str, outcome: object) -> None:
    connection.execute("SELECT desktop.finish_command(%s, %s)", (command_id, Jsonb(outcome)))


def adopt(connection: Connection[Any], command_id: str, *, slowly: bool = False) -> bool:
    """Adopt a command of the desk's; returns whether it was applied now."""
    with connection.transaction():
        fresh, _ = begin(connection, command_id, author=DESK_ID)
        if slowly:
            connection.execute("SELECT pg_sleep(0.2)")
        if fresh:
            connection.execute(
                "INSERT INTO desktop.day_closure (id, clinic_id, provider_id, start_time, end_time, reason, created_by,"
                " created_at) VALUES (%s, 'clinic-1', 'prov-1', '2031-05-05', '2031-05-06', 'x', %s, now())",
                (command_id, DESK_ID),
            )
            finish(connection, command_id, {"result": {"by": "admin"}})
    return bool(fresh)


def test_an_adopted_command_is_the_authors_and_audited_as_the_administrator(gone: Base) -> None:
    assert adopt(gone.staff("ADMIN"), "c1")
    owner = gone.owner()
    applied = one(owner, "SELECT user_id, adopted_by, outcome FROM desktop.applied_command")
    assert applied == (DESK_ID, ADMIN_ID, {"result": {"by": "admin"}})
    audited = one(owner, "SELECT user_id, on_behalf_of, command_id FROM desktop.audit WHERE table_name = 'day_closure'")
    assert audited == (ADMIN_ID, DESK_ID, "c1")
    assert one(owner, "SELECT created_by FROM desktop.day_closure") == (DESK_ID,)


def test_adopted_twice_it_is_done_once(gone: Base) -> None:
    admin = gone.staff("ADMIN")
    assert adopt(admin, "c1")
    assert not adopt(admin, "c1")
    gone.owner().execute(ENABLE)
    assert begin(admin, "c1", author=DESK_ID) == (False, {"result": {"by": "admin"}})
    assert begin(gone.staff(), "c1") == (False, {"result": {"by": "admin"}})  # the author, back, hears what became


def test_nobody_adopts_for_whoever_can_send_it_themselves(base: Base) -> None:
    admin = base.staff("ADMIN")
    assert error_of(partial(begin, admin, "c1", author=DESK_ID)) == ("MH003", "AuthorActive")
    assert error_of(partial(begin, admin, "c1", author="user-admin-clinic-2")) == ("MH003", "AuthorActive")
    assert error_of(partial(begin, base.staff("PROVIDER"), "c1", author=DESK_ID)) == ("MH003", "NotAllowed")
    assert base.owner().execute("SELECT FROM desktop.applied_command").fetchall() == []


def test_naming_oneself_is_no_adoption(base: Base) -> None:
    assert begin(base.staff(), "c1", author=DESK_ID) == (True, None)
    assert one(base.owner(), "SELECT user_id, adopted_by FROM desktop.applied_command") == (DESK_ID, None)


def test_saying_on_whose_behalf_gives_no_right_to_write_in_their_name(base: Base) -> None:
    admin = base.staff("ADMIN", autocommit=False)
    begin(admin, "c1")
    admin.execute("SELECT set_config('mha.on_behalf_of', %s, true)", (DESK_ID,))
    insert = partial(
        admin.execute,
        "INSERT INTO desktop.contact_attempt (id, clinic_id, patient_id, at, by_user, channel, outcome)"
        " VALUES ('a1', 'clinic-1', 'pat-1', now(), %s, 'PHONE', 'NO_ANSWER')",
        (DESK_ID,),
    )
    assert error_of(insert)[0] == "42501"
    admin.rollback()


def test_adopting_while_the_account_is_opened_again(gone: Base) -> None:
    """Whichever comes first: applied once, whoever did it; never refused to both, never done twice."""
    admin, owner, late = gone.staff("ADMIN"), gone.owner(), gone.owner()

    def administrator() -> bool:
        return adopt(admin, "c1", slowly=True)

    def author() -> bool:
        late.execute(ENABLE)
        desk = gone.staff()
        with desk.transaction():
            fresh, _ = begin(desk, "c1")
            if fresh:
                finish(desk, "c1", {"result": {"by": "desk"}})
        return bool(fresh)

    answers = race([administrator, author])
    refused = [answer.diag.message_primary for answer in answers if isinstance(answer, Error)]
    assert refused in ([], ["AuthorActive"])
    assert answers.count(True) == 1
    assert one(owner, "SELECT count(*) FROM desktop.applied_command") == (1,)


def test_a_discarded_command_is_never_applied(base: Base) -> None:
    desk = base.staff()
    discard(desk, "c1", reason=" entered twice ")
    discard(desk, "c1")  # the answer was lost: done again
    assert error_of(partial(begin, desk, "c1")) == ("MH003", "CommandDiscarded")
    owner = base.owner()
    row = one(owner, "SELECT user_id, discarded_by, reason, workstation FROM desktop.discarded_command")
    assert row == (DESK_ID, DESK_ID, "entered twice", "desk-1")
    audited = one(
        owner,
        "SELECT user_id, on_behalf_of, command_id, workstation FROM desktop.audit"
        " WHERE table_name = 'discarded_command'",
    )
    assert audited == (DESK_ID, None, "c1", "desk-1")
    assert owner.execute("SELECT FROM desktop.applied_command").fetchall() == []


def test_what_was_applied_cannot_be_discarded(base: Base) -> None:
    desk = base.staff()
    with desk.transaction():
        begin(desk, "c1")
    assert error_of(partial(discard, desk, "c1")) == ("MH003", "AlreadyApplied")
    assert error_of(partial(discard, base.staff("PROVIDER"), "c1")) == ("MH003", "NotAllowed")
    assert error_of(partial(discard, base.staff("ADMIN"), "c1", DESK_ID)) == ("MH003", "AlreadyApplied")


def test_an_administrator_discards_for_others_and_nobody_else_does(gone: Base) -> None:
    admin = gone.staff("ADMIN")
    assert error_of(partial(discard, gone.staff("PROVIDER"), "c1", DESK_ID))[0] == "42501"
    assert error_of(partial(discard, gone.staff("ADMIN", 2), "c1", DESK_ID))[0] == "42501"
    assert error_of(partial(discard, admin, "c1", DESK_ID, " ")) == ("MH003", "ReasonNeeded")
    discard(admin, "c1", DESK_ID)
    audited = one(
        gone.owner(), "SELECT user_id, on_behalf_of FROM desktop.audit WHERE table_name = 'discarded_command'"
    )
    assert audited == (ADMIN_ID, DESK_ID)
    assert error_of(partial(adopt, admin, "c1")) == ("MH003", "CommandDiscarded")
    gone.owner().execute(ENABLE)
    assert error_of(partial(begin, gone.staff(), "c1")) == ("MH003", "CommandDiscarded")


def test_discarding_against_a_twin_in_flight(base: Base) -> None:
    """Whichever comes first wins, and the other hears it."""

    def send(connection: Connection[Any], command_id: str) -> str:
        with connection.transaction():
            fresh, _ = begin(connection, command_id)
            if fresh:
                connection.execute("SELECT pg_sleep(0.02)")
                finish(connection, command_id, {})
        return "applied"

    def drop(connection: Connection[Any], command_id: str) -> str:
        with connection.transaction():
            discard(connection, command_id)
            connection.execute("SELECT pg_sleep(0.02)")
        return "discarded"

    desk, window, other = base.staff(), base.staff(), base.staff()
    for number in range(12):
        name = f"c{number}"
        answers = race([partial(send, desk, name), partial(drop, window, name), partial(send, other, name)])
        done = {answer for answer in answers if isinstance(answer, str)}
        codes = {answer.diag.message_primary for answer in answers if isinstance(answer, Error)}
        assert (done, codes) in (({"applied"}, {"AlreadyApplied"}), ({"discarded"}, {"CommandDiscarded"}))
    both = "SELECT count(*) FROM desktop.applied_command JOIN desktop.discarded_command USING (id)"
    assert one(base.owner(), both) == (0,)


def test_a_twin_that_was_rolled_back_can_be_discarded(base: Base) -> None:
    desk, window = base.staff(autocommit=False), base.staff()
    begin(desk, "c1")

    def give_up() -> str:
        desk.execute("SELECT pg_sleep(0.2)")
        desk.rollback()
        return "rolled back"

    def drop() -> str:
        discard(window, "c1")
        return "discarded"

    assert set(race([give_up, drop])) == {"rolled back", "discarded"}


def test_which_were_applied_is_told_within_the_clinic(gone: Base) -> None:
    adopt(gone.staff("ADMIN"), "c1")
    with (provider := gone.staff("PROVIDER")).transaction():
        begin(provider, "c2")
    discard(provider, "c3")
    ask = "SELECT * FROM desktop.which_applied('{c1,c2,c3,c4}') ORDER BY 1"
    assert provider.execute(ask).fetchall() == [("c1",), ("c2",)]
    assert gone.staff("ADMIN", 2).execute(ask).fetchall() == []


def test_what_was_discarded_its_author_and_the_administrator_see(base: Base) -> None:
    discard(base.staff(), "c1")
    seen = "SELECT id FROM desktop.discarded_command"
    assert base.staff().execute(seen).fetchall() == base.staff("ADMIN").execute(seen).fetchall() == [("c1",)]
    assert base.staff("PROVIDER").execute(seen).fetchall() == []
    assert base.staff("ADMIN", 2).execute(seen).fetchall() == []
