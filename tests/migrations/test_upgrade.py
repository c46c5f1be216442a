"""Upgrading: once, by an owner who is no superuser, whatever is killed, locked, newer or missing meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.kernel.errors import Refused, Unavailable
from app.kernel.resources import migrations_root
from app.setup import schema_status
from app.setup.migrate import upgrade
from app.setup.schema_status import program_version, status
from tests.support.postgres import OWNER, Server

Run = Callable[..., list[tuple[object, ...]]]
_ROOT = Path(__file__).parents[2]


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_status_before_and_after(each_owner_url: str) -> None:
    before = status(each_owner_url)
    assert before.version is None
    assert not before.current
    after = upgrade(each_owner_url)
    assert after == status(each_owner_url)
    assert after.current
    assert not after.too_new
    assert after.version == program_version() == 9


def test_the_programs_version_is_the_last_migrations() -> None:
    """Read from file names, since every start asks for it; Alembic's own answer takes longer."""
    script = ScriptDirectory.from_config(Config(str(migrations_root() / "alembic.ini")))
    assert script.get_heads() == [f"{program_version():04d}"]


def test_the_owner_is_no_superuser(each_migrated: str, run_sql: Run) -> None:
    rows = run_sql(each_migrated, "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user")
    assert rows == [(OWNER, False, True)]


def test_a_second_upgrade_changes_nothing(each_owner_url: str, run_sql: Run) -> None:
    upgrade(each_owner_url)
    before = run_sql(each_owner_url, "SELECT * FROM desktop.installation")
    assert upgrade(each_owner_url).current
    assert run_sql(each_owner_url, "SELECT * FROM desktop.installation") == before
    assert len(before) == 1


def test_progress_tells_each_part(empty_owner_url: str) -> None:
    told: list[str] = []
    upgrade(empty_owner_url, progress=told.append)
    assert len(told) == 1 + len(schema_status.scripts())
    assert len(set(told)) == len(told)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(empty_owner_url: str, run_sql: Run) -> None:
    upgrade(empty_owner_url)
    run_sql(empty_owner_url, "UPDATE desktop.installation SET schema_version = 99")
    run_sql(empty_owner_url, "UPDATE desktop.alembic_version SET version_num = '0099'")
    assert status(empty_owner_url).too_new
    with pytest.raises(Refused) as refused:
        upgrade(empty_owner_url)
    assert refused.value.code == "SchemaTooNew"
    assert refused.value.data == {"databaseVersion": 99, "programVersion": program_version()}
    assert run_sql(empty_owner_url, "SELECT schema_version FROM desktop.installation") == [(99,)]


def test_changed_scripts_are_noticed_and_applied(
    empty_owner_url: str, run_sql: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(empty_owner_url)
    extra = tmp_path / "99_extra.sql"
    extra.write_text("CREATE TABLE IF NOT EXISTS desktop.extra (n int); SELECT 1 WHERE '%s' = '%';", encoding="utf-8")
    known = schema_status.scripts()
    monkeypatch.setattr(schema_status, "scripts", lambda: [*known, extra])
    assert not status(empty_owner_url).current
    assert upgrade(empty_owner_url).current
    assert run_sql(empty_owner_url, "SELECT to_regclass('desktop.extra') IS NOT NULL") == [(True,)]


def test_a_restored_copy_in_another_cluster_starts_a_new_epoch(empty_owner_url: str, run_sql: Run) -> None:
    """The feed's cursors of mirrors mean nothing there; an upgrade in the same cluster keeps the epoch."""
    upgrade(empty_owner_url)
    [(first,)] = run_sql(empty_owner_url, "SELECT epoch FROM desktop.installation")
    run_sql(empty_owner_url, "UPDATE desktop.installation SET system_identifier = 'another'")
    upgrade(empty_owner_url)
    [(second,)] = run_sql(empty_owner_url, "SELECT epoch FROM desktop.installation")
    assert first != second


_KILLED = """
import os, signal, sys
from app.setup.migrate import upgrade
def die(text):
    die.left -= 1
    if die.left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
die.left = int(sys.argv[2])
upgrade(sys.argv[1], progress=die)
"""


@pytest.mark.parametrize("part", [1, 2, len(schema_status.scripts()) + 1])
def test_a_killed_upgrade_leaves_nothing_and_the_next_one_works(empty_owner_url: str, run_sql: Run, part: int) -> None:
    killed = _python(_KILLED, empty_owner_url, str(part))
    _, errors = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, errors
    assert status(empty_owner_url).version is None
    assert run_sql(empty_owner_url, "SELECT to_regnamespace('desktop'), to_regclass('public.visits')") == [(None, None)]
    assert upgrade(empty_owner_url).current


def test_several_processes_upgrade_once(empty_owner_url: str, run_sql: Run) -> None:
    code = "import sys; from app.setup.migrate import upgrade; print(upgrade(sys.argv[1]).current)"
    racing = [_python(code, empty_owner_url) for _ in range(3)]
    answers = [process.communicate(timeout=120) for process in racing]
    assert [out.strip() for out, _ in answers] == ["True"] * 3, answers
    assert run_sql(empty_owner_url, "SELECT count(*) FROM desktop.installation") == [(1,)]


def test_a_busy_database_is_named_and_left_alone(empty_owner_url: str, run_sql: Run) -> None:
    """A migration must not queue the whole clinic behind it for longer than a few seconds."""
    upgrade(empty_owner_url)
    run_sql(empty_owner_url, "UPDATE desktop.installation SET scripts_hash = 'old'")
    with psycopg.connect(empty_owner_url) as other:
        other.execute("LOCK TABLE public.users, desktop.alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable) as unavailable:
            upgrade(empty_owner_url)
    assert unavailable.value.code == "DatabaseBusy"
    assert not status(empty_owner_url).current


def test_wrong_password_missing_database_and_missing_server(server: Server, empty_db: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        upgrade(server.url(empty_db, OWNER, "wrong"))
    assert refused.value.code == "WrongPassword"
    with pytest.raises(Refused) as refused:
        status(server.owner_url("nowhere"))
    assert refused.value.code == "NoDatabase"
    with pytest.raises(Unavailable):
        status(f"postgresql://{OWNER}:x@/x?host={tmp_path}")


def test_somebody_who_may_not_prepare_it_is_told_so(server: Server, empty_db: str) -> None:
    """No right to make a schema: the reason is PostgreSQL's own, and nothing is left."""
    with server.admin(empty_db) as admin:
        admin.execute("CREATE ROLE nobody_here LOGIN PASSWORD 'x'")
        try:
            with pytest.raises(Refused) as refused:
                upgrade(server.url(empty_db, "nobody_here", "x"))
        finally:
            admin.execute("DROP ROLE nobody_here")
    assert refused.value.code == "NotOwner"
    assert empty_db in refused.value.message


def test_pg_trgm_that_a_dba_installed_elsewhere_is_used(server: Server, empty_db: str, run_sql: Run) -> None:
    with server.admin(empty_db) as admin:
        admin.execute("CREATE SCHEMA extensions")
        admin.execute("GRANT USAGE ON SCHEMA extensions TO public")
        admin.execute("CREATE EXTENSION pg_trgm SCHEMA extensions")
    assert upgrade(server.owner_url(empty_db)).current
    [(definition,)] = run_sql(
        server.owner_url(empty_db), "SELECT pg_get_indexdef('desktop.patient_search_folded_idx'::regclass)"
    )
    assert "extensions.gin_trgm_ops" in str(definition)
