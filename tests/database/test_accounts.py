"""Staff accounts on a real server: people sign in with SCRAM, and what an administrator does takes effect at once."""

from __future__ import annotations

import threading
from functools import partial

import bcrypt
import psycopg
import pytest

from app.domain.enums import Role
from app.kernel.errors import AppError
from app.security.accounts import record_sign_in
from app.security.identity import login_role
from app.security.passwords import make_secrets
from app.setup.attempts import server_of
from app.workspace.signin import open_workspace
from app.workspace.staff import change_own_password
from tests.support.town import OTHER, WORDS, Town, refusal


def test_a_new_colleague_signs_in_with_scram_and_sees_the_clinic(town: Town) -> None:
    user_id = town.hire("Robin@One.example", Role.MEDICAL_ASSISTANT)
    with town.connect("robin@one.EXAMPLE") as connection:
        assert connection.pgconn.used_password
        who = connection.execute(
            "SELECT session_user::text, desktop.my_user(), desktop.my_clinic(), desktop.my_roles(),"
            " (SELECT must_change_password FROM desktop.login WHERE user_id = desktop.my_user())"
        ).fetchone()
    assert who == (login_role("robin@one.example"), user_id, "one", ["MEDICAL_ASSISTANT"], True)
    ((role, clinic, stored),) = town.owner("SELECT role, clinic_id, password_hash FROM users WHERE id = %s", user_id)
    assert (role, clinic) == ("MEDICAL_ASSISTANT", "one")
    assert bcrypt.checkpw(WORDS.encode(), str(stored).encode())


def test_a_wrong_password_does_not_sign_in(town: Town) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        town.connect("boss@one.example", OTHER)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        town.connect("nobody@one.example", OTHER)


def test_the_server_keeps_no_password_that_can_be_read(town: Town) -> None:
    logins = [name for (name,) in town.owner("SELECT rolname FROM desktop.login")]
    assert len(logins) == 2
    with town.server.admin() as superuser:
        kept = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolname = ANY (%s)", [logins]).fetchall()
    assert len(kept) == 2
    assert all(str(word).startswith("SCRAM-SHA-256$8192:") and WORDS not in str(word) for (word,) in kept)


def test_login_roles_can_do_nothing_to_the_server(town: Town) -> None:
    town.hire("robin@one.example", Role.ADMIN, Role.PROVIDER)
    with town.server.admin() as superuser:
        powers = superuser.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, array(SELECT g.rolname::text"
            " FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1)"
            " FROM pg_roles r WHERE rolname = %s",
            (login_role("robin@one.example"),),
        ).fetchone()
    assert powers == (False, False, False, False, False, ["mha_admin", "mha_provider"])


def test_several_roles_add_up_and_can_be_taken_away_while_somebody_works(town: Town) -> None:
    user_id = town.hire("robin@one.example", Role.MEDICAL_ASSISTANT, Role.PROVIDER)
    rights = (
        "SELECT has_table_privilege('public.referrals', 'INSERT'), desktop.has_role('PROVIDER'),"
        " has_any_column_privilege('public.clinics', 'UPDATE'), desktop.has_role('ADMIN')"
    )
    with town.connect("robin@one.example") as connection:
        assert connection.execute(rights).fetchone() == (True, True, False, False)
        town.accounts().set_roles(user_id, [Role.MEDICAL_ASSISTANT, Role.ADMIN])
        assert connection.execute(rights).fetchone() == (False, False, True, True)
    assert town.owner("SELECT role FROM users WHERE id = %s", user_id) == [("MEDICAL_ASSISTANT",)]
    town.accounts().set_roles(user_id, [Role.ADMIN])
    assert town.owner("SELECT role FROM users WHERE id = %s", user_id) == [("ADMIN",)]


def test_a_provider_is_tied_on_both_sides(town: Town) -> None:
    town.owner("INSERT INTO providers (id, name, clinic_id, updated_at) VALUES ('doc', 'Doc', 'one', now())")
    user_id = town.hire("doc@one.example", Role.PROVIDER, provider_id="doc")
    both = "SELECT p.user_id, u.provider_id FROM providers p JOIN users u ON u.id = p.user_id WHERE p.id = 'doc'"
    assert town.owner(both) == [(user_id, "doc")]
    with town.connect("doc@one.example") as connection:
        assert connection.execute("SELECT desktop.my_provider()").fetchone() == ("doc",)
    taken = refusal(lambda: town.hire("other@one.example", Role.PROVIDER, provider_id="doc"))
    assert (taken.code, taken.field) == ("BadProvider", "providerId")
    foreign = refusal(lambda: town.hire("x@two.example", Role.PROVIDER, by="boss@two.example", provider_id="doc"))
    assert foreign.code == "BadProvider"
    with pytest.raises(psycopg.OperationalError):
        town.connect("other@one.example")


def test_an_administrator_resets_a_forgotten_password(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    town.accounts().set_password(user_id, OTHER)
    with pytest.raises(psycopg.OperationalError):
        town.connect("robin@one.example", WORDS)
    with town.connect("robin@one.example", OTHER) as connection:
        must = connection.execute("SELECT must_change_password FROM desktop.login WHERE user_id = desktop.my_user()")
        assert must.fetchone() == (True,)
    ((stored,),) = town.owner("SELECT password_hash FROM users WHERE id = %s", user_id)
    assert bcrypt.checkpw(OTHER.encode(), str(stored).encode())


def test_everybody_changes_their_own_password(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    parameters = town.parameters("robin@one.example")
    with open_workspace(parameters, workstation="w1") as robin:
        for weak in ("short", WORDS, "robin-2026"):
            refused = refusal(partial(change_own_password, robin, old=WORDS, new=weak))
            assert (refused.code, refused.field) == ("WeakPassword", "password"), weak
        change_own_password(robin, old=WORDS, new=OTHER)
    with town.connect("robin@one.example", OTHER) as connection:
        must = connection.execute("SELECT must_change_password FROM desktop.login WHERE user_id = desktop.my_user()")
        assert must.fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError):
        town.connect("robin@one.example", WORDS)
    log = town.owner("SELECT what, target, by_role FROM desktop.account_log ORDER BY id DESC LIMIT 1")
    assert log == [("password", user_id, login_role("robin@one.example"))]


def test_nobody_else_sets_somebodys_password(town: Town) -> None:
    robin = town.hire("robin@one.example")
    kim = town.hire("kim@one.example", Role.PROVIDER)
    assert refusal(lambda: town.accounts("kim@one.example").set_password(robin, OTHER)).code == "NotAllowed"
    assert refusal(lambda: town.accounts("boss@two.example").set_password(robin, OTHER)).code == "NoAccount"
    assert refusal(lambda: town.accounts("boss@two.example").disable(kim)).code == "NoAccount"
    assert refusal(lambda: town.accounts("boss@two.example").set_roles(kim, [Role.ADMIN])).code == "NoAccount"
    town.connect("robin@one.example").close()


def test_a_disabled_colleague_is_blind_at_once_out_and_cannot_come_back(town: Town) -> None:
    user_id = town.hire("robin@one.example", Role.PROVIDER)
    first, second = town.connect("robin@one.example"), town.connect("robin@one.example")
    assert first.execute("SELECT count(*) FROM public.clinics").fetchone() == (1,)
    assert town.accounts().disable(user_id) == 2
    for connection in (first, second):
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        town.connect("robin@one.example")
    assert refusal(lambda: town.accounts("robin@one.example").staff()).code in ("WrongPassword", "NotAllowed")
    ((stored,),) = town.owner("SELECT password_hash FROM users WHERE id = %s", user_id)
    assert str(stored).startswith("!$2b$")
    (listed,) = [account for account in town.accounts().staff() if account.user_id == user_id]
    assert listed.disabled_at is not None


def test_a_session_that_outlives_the_disabling_sees_nothing(town: Town) -> None:
    user_id = town.hire("robin@one.example", Role.ADMIN)
    with town.connect("robin@one.example") as connection:
        town.owner("UPDATE desktop.login SET disabled_at = now() WHERE user_id = %s", user_id)
        for table in ("clinics", "users", "patients", "providers", "visits"):
            assert connection.execute(f"SELECT id FROM public.{table}".encode()).fetchall() == []
        with pytest.raises(psycopg.errors.DatabaseError, match="NotAllowed"):
            connection.execute("SELECT desktop.end_sessions('boss-one')")


def test_enabling_lets_a_colleague_in_again_with_the_old_password(town: Town) -> None:
    user_id = town.hire("robin@one.example")
    accounts = town.accounts()
    accounts.disable(user_id)
    accounts.set_password(user_id, OTHER)
    with pytest.raises(psycopg.OperationalError):
        town.connect("robin@one.example", OTHER)
    accounts.enable(user_id)
    town.connect("robin@one.example", OTHER).close()
    ((stored,),) = town.owner("SELECT password_hash FROM users WHERE id = %s", user_id)
    assert bcrypt.checkpw(OTHER.encode(), str(stored).encode())


def test_the_last_administrator_stays(town: Town) -> None:
    accounts = town.accounts()
    assert refusal(lambda: accounts.disable("boss-one")).code == "LastAdmin"
    assert refusal(lambda: accounts.set_roles("boss-one", [Role.PROVIDER])).code == "LastAdmin"
    second = town.hire("second@one.example", Role.ADMIN)
    accounts.disable(second)
    assert refusal(lambda: accounts.disable("boss-one")).code == "LastAdmin"
    accounts.enable(second)
    town.accounts("second@one.example").disable("boss-one")
    assert refusal(lambda: town.accounts("second@one.example").disable(second)).code == "LastAdmin"


def test_two_administrators_who_disable_each_other_leave_one(town: Town) -> None:
    ids = {"boss@one.example": "boss-one", "second@one.example": town.hire("second@one.example", Role.ADMIN)}
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def disable(me: str, victim: str) -> None:
        accounts = town.accounts(me)
        accounts.staff()
        barrier.wait(10)
        try:
            accounts.disable(victim)
            outcomes.append("done")
        except AppError as error:
            outcomes.append(error.code)

    pairs = [("boss@one.example", "second@one.example"), ("second@one.example", "boss@one.example")]
    threads = [threading.Thread(target=disable, args=(me, ids[victim])) for me, victim in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    active = town.owner("SELECT user_id FROM desktop.login WHERE clinic_id = 'one' AND disabled_at IS NULL")
    assert len(active) == 1, outcomes
    assert len(outcomes) == 2


def test_web_and_phone_sessions_end(town: Town) -> None:
    robin = town.hire("robin@one.example")
    for number, user_id in enumerate((robin, robin, "boss-two")):
        town.owner(
            "INSERT INTO refresh_tokens (id, user_id, token, expires_at) VALUES (%s, %s, %s, now() + interval '1 day')",
            f"t{number}", user_id, f"token{number}",
        )  # fmt: skip
    accounts = town.accounts()
    assert {a.user_id: a.web_sessions for a in accounts.staff()} == {robin: 2, "boss-one": 0}
    assert refusal(lambda: accounts.end_sessions("boss-two")).code == "NoAccount"
    assert accounts.end_sessions(robin) == 2
    assert town.owner("SELECT id FROM refresh_tokens") == [("t2",)]
    assert town.accounts("robin@one.example").end_sessions(robin) == 0
    assert refusal(lambda: town.accounts("robin@one.example").end_sessions("boss-one")).code == "NotAllowed"


def test_an_account_of_the_backend_gets_a_login_and_keeps_its_id(town: Town) -> None:
    town.owner(
        "INSERT INTO users (id, email, password_hash, role, clinic_id, updated_at)"
        " VALUES ('backend-user', 'Kim@One.example', '$2b$10$x', 'PROVIDER', 'one', now())"
    )
    town.owner(
        "INSERT INTO providers (id, name, user_id, clinic_id, updated_at)"
        " VALUES ('kim', 'Kim', 'backend-user', 'one', now())"
    )
    town.owner("UPDATE users SET provider_id = 'kim' WHERE id = 'backend-user'")
    assert town.hire("kim@one.example", Role.PROVIDER, Role.ADMIN) == "backend-user"
    with town.connect("kim@one.example") as connection:
        assert connection.execute("SELECT desktop.my_provider()").fetchone() == ("kim",)
    assert town.owner("SELECT email, role FROM users WHERE id = 'backend-user'") == [("Kim@One.example", "PROVIDER")]


@pytest.mark.parametrize(
    ("role", "clinic"),
    [("PATIENT", "one"), ("PROVIDER", "two"), ("PROVIDER", None)],
)
def test_an_account_that_is_not_the_clinics_is_not_taken(town: Town, role: str, clinic: str | None) -> None:
    town.owner(
        "INSERT INTO users (id, email, password_hash, role, clinic_id, updated_at)"
        " VALUES ('theirs', 'kim@x.example', 'hash', %s, %s, now())",
        role,
        clinic,
    )
    taken = refusal(lambda: town.hire("kim@x.example", Role.PROVIDER))
    assert (taken.code, taken.field) == ("EmailTaken", "email")
    assert town.owner("SELECT password_hash FROM users WHERE id = 'theirs'") == [("hash",)]


def test_the_same_person_is_not_hired_twice(town: Town) -> None:
    town.hire("robin@one.example")
    assert refusal(lambda: town.hire("ROBIN@one.example")).code == "EmailTaken"
    assert refusal(lambda: town.hire("robin@one.example", by="boss@two.example")).code == "EmailTaken"
    town.connect("robin@one.example").close()


def test_bad_values_are_refused_by_the_database_too(town: Town) -> None:
    good = make_secrets(WORDS)
    calls: dict[str, list[tuple[object, ...]]] = {
        "BadVerifier": [
            ("u", "a@b.example", "N", ["ADMIN"], "granite umbrella", good.bcrypt),
            ("u", "a@b.example", "N", ["ADMIN"], good.verifier.replace("$8192:", "$1024:"), good.bcrypt),
            ("u", "a@b.example", "N", ["ADMIN"], good.verifier + "'; DROP TABLE x", good.bcrypt),
            ("u", "a@b.example", "N", ["ADMIN"], good.verifier, "plain"),
            ("u", "a@b.example", "N", ["ADMIN"], good.verifier, good.bcrypt.replace("$11$", "$04$")),
            ("u", "a@b.example", "N", ["ADMIN"], None, good.bcrypt),
        ],
        "BadRole": [
            ("u", "a@b.example", "N", ["PATIENT"], good.verifier, good.bcrypt),
            ("u", "a@b.example", "N", ["mha_roleadmin"], good.verifier, good.bcrypt),
            ("u", "a@b.example", "N", [], good.verifier, good.bcrypt),
            ("u", "a@b.example", "N", [None], good.verifier, good.bcrypt),
        ],
        "BadEmail": [
            ("u", "nobody", "N", ["ADMIN"], good.verifier, good.bcrypt),
            ("u", "a b@c.example", "N", ["ADMIN"], good.verifier, good.bcrypt),
        ],
        "BadValue": [
            ("u", "a@b.example", " ", ["ADMIN"], good.verifier, good.bcrypt),
            (None, "a@b.example", "N", ["ADMIN"], good.verifier, good.bcrypt),
        ],
    }
    with town.connect("boss@one.example") as connection:
        for code, rows in calls.items():
            for values in rows:
                with pytest.raises(psycopg.DatabaseError) as caught:
                    connection.execute("SELECT desktop.create_staff(%s, %s, %s, %s, %s, %s)", values)
                assert (caught.value.sqlstate, caught.value.diag.message_primary) == ("MH003", code), values


def test_signing_in_and_opening_charts_are_kept_for_the_administrator(town: Town) -> None:
    town.hire("robin@one.example")
    town.owner(
        "INSERT INTO users (id, email, password_hash, role, clinic_id, updated_at)"
        " VALUES ('pu', 'p@x.example', '!', 'PATIENT', 'one', now())"
    )
    town.owner("INSERT INTO patients (id, user_id, clinic_id, updated_at) VALUES ('pat', 'pu', 'one', now())")
    with open_workspace(town.parameters("robin@one.example"), workstation="w1") as robin:
        server = server_of(robin)
        assert server is not None
        record_sign_in(server.database, "SIGN_IN", "desk 1", 3)
    with town.connect("robin@one.example") as connection:
        connection.execute("SELECT desktop.record_access('pat', 'OPEN')")
        for call, code in (
            ("record_access('pat', 'BREAK_GLASS')", "ReasonNeeded"),
            ("record_access('nobody', 'OPEN')", "NotAllowed"),
            ("record_access('pat', 'drop')", "BadValue"),
            ("record_sign_in('ROOT', 'desk')", "BadValue"),
        ):
            with pytest.raises(psycopg.DatabaseError, match=code):
                connection.execute(f"SELECT desktop.{call}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM desktop.sign_in_event")
    with town.connect("boss@one.example") as connection:
        came = connection.execute("SELECT kind, workstation, attempts FROM desktop.sign_in_event").fetchall()
        opened = connection.execute("SELECT patient_id, kind FROM desktop.access_event").fetchall()
    assert came == [("SIGN_IN", "desk 1", 3)]
    assert opened == [("pat", "OPEN")]
    with town.connect("boss@two.example") as connection:
        assert connection.execute("SELECT * FROM desktop.sign_in_event").fetchall() == []
