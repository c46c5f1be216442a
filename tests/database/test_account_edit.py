"""A name or an e-mail that was typed wrongly: the e-mail is the login, its role is renamed and the password stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from app.commands.staff import EditStaff
from app.domain.enums import Role
from app.kernel.errors import Conflict
from app.security.identity import login_role
from app.workspace.signin import open_workspace
from tests.support.town import Town, refusal
from tests.support.waiting import eventually


def test_another_e_mail_signs_in_with_the_same_password_and_the_old_one_no_more(town: Town) -> None:
    user_id = town.hire("robbin@one.example", Role.MEDICAL_ASSISTANT, Role.PROVIDER)
    town.owner(
        "INSERT INTO refresh_tokens (id, user_id, token, expires_at) VALUES ('t', %s, 'x', now() + interval '1 day')",
        user_id,
    )
    with town.connect("robbin@one.example") as connection:
        connection.autocommit = True
        assert town.accounts().edit(user_id, email=" Robin@One.example", name="Robin Vale ") == 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        town.connect("robbin@one.example")
    with town.connect("robin@one.example") as connection:
        who = "SELECT session_user::text, desktop.my_user(), desktop.my_clinic(), desktop.my_roles()"
        assert connection.execute(who).fetchone() == (
            login_role("robin@one.example"), user_id, "one", ["MEDICAL_ASSISTANT", "PROVIDER"]
        )  # fmt: skip
    kept = "SELECT l.email, l.display_name, u.email, l.must_change_password FROM desktop.login l"
    assert town.owner(f"{kept} JOIN users u ON u.id = l.user_id WHERE u.id = %s", user_id) == [
        ("robin@one.example", "Robin Vale", "robin@one.example", True)
    ]
    assert town.owner("SELECT id FROM refresh_tokens") == [], "the old address opens nothing on the phone either"
    log = town.owner("SELECT what FROM desktop.account_log WHERE target = %s ORDER BY id DESC LIMIT 2", user_id)
    assert {what for (what,) in log} == {"name", "email"}
    ops = town.owner(
        "SELECT op, row_id FROM desktop.change WHERE table_name = 'login' ORDER BY seq DESC LIMIT 2"
    )  # what other windows hear: the old key goes, the new one comes
    assert set(ops) == {("D", login_role("robbin@one.example")), ("I", login_role("robin@one.example"))}


def test_a_name_alone_signs_nobody_out(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    with town.connect("robin@one.example") as connection:
        assert town.accounts().edit(user_id, email="robin@one.example", name="Robin Vale") == 0
        assert connection.execute("SELECT desktop.my_user()").fetchone() == (user_id,)


def test_what_cannot_be_corrected_says_why(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    town.hire("other@one.example")
    town.owner(
        "INSERT INTO users (id, email, password_hash, role, updated_at)"
        " VALUES ('pu', 'Patient@x.example', '!', 'PATIENT', now())"
    )
    boss = str(town.owner("SELECT user_id FROM desktop.login WHERE email = 'boss@one.example'")[0][0])
    foreign = str(town.owner("SELECT user_id FROM desktop.login WHERE email = 'boss@two.example'")[0][0])
    for person, email, name, code, field in (
        (user_id, "other@one.example", "R", "EmailTaken", "email"),
        (user_id, "patient@x.example", "R", "EmailTaken", "email"),
        (user_id, "boss@two.example", "R", "EmailTaken", "email"),
        (user_id, "nobody", "R", "BadEmail", "email"),
        (user_id, "robin@one.example", "  ", "BadValue", None),
        (boss, "chief@one.example", "R", "OwnEmail", "email"),
        (foreign, "x@two.example", "R", "NoAccount", "email"),
    ):
        refused = refusal(partial(town.accounts().edit, person, email=email, name=name))
        assert (refused.code, refused.field) == (code, field), (email, name)
    by_robin = refusal(lambda: town.accounts("robin@one.example").edit(user_id, email="x@one.example", name="X"))
    assert by_robin.code == "NotAllowed"
    assert town.accounts().edit(boss, email="boss@one.example", name="The Boss") == 0, "one's own name is one's own"


def test_a_correction_that_overtakes_another_is_told(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    with open_workspace(town.parameters("boss@one.example"), workstation="w1") as boss:
        done = boss.execute(EditStaff(user_id=user_id, name="Robin Vale", old_name=""))
        assert (done.result["name"], done.result["email"]) == ("Robin Vale", "robin@one.example")
        with pytest.raises(Conflict) as late:
            boss.execute(EditStaff(user_id=user_id, name="Robyn Vale", old_name="Robin"))
        assert late.value.data["server"] == {"name": "Robin Vale"}


def test_of_two_corrections_at_one_moment_the_second_is_told(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    second = town.hire("chief@one.example", Role.ADMIN)
    assert second
    blocked = "SELECT 1 FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'"
    chief = login_role("chief@one.example")
    with (
        town.connect("boss@one.example") as boss,
        open_workspace(town.parameters("chief@one.example"), workstation="w2") as other,
        town.server.admin() as operator,
        ThreadPoolExecutor(1) as thread,
    ):
        with boss.transaction():
            boss.execute("SELECT desktop.edit_staff(%s, %s, %s)", (user_id, "robin@one.example", "Robin Vale"))
            late = thread.submit(other.execute, EditStaff(user_id=user_id, name="Robyn Doe", old_name="Robin Doe"))
            eventually(lambda: operator.execute(blocked, (chief,)).fetchone() is not None)
        with pytest.raises(Conflict) as told:
            late.result()
    assert told.value.code == "StateChanged"
    assert town.owner("SELECT display_name FROM desktop.login WHERE user_id = %s", user_id) == [("Robin Vale",)]
