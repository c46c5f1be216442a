"""Databases as a whole: set up, provision, upgrade, check, back up, restore, connect."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from app.cluster import backup as cluster_backup
from app.cluster.server import EmbeddedServer
from app.db.drift import differences, expected_schema, read_schema
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.paths import Paths
from app.kernel.profiles import FIRST, Profile, ProfileKind, load_profiles, remember
from app.kernel.program import own_command, screen_missing
from app.kernel.resources import migrations_root
from app.queries.audit import SEAL_ROWS
from app.security.connection import connection_url
from app.security.passwords import make_password
from app.security.provision import as_owner, check_owner, make_account, make_clinic, restore_roles
from app.setup.bring_back import bring_back
from app.setup.connect import Target, cluster_address, conninfo, target_of_profile
from app.setup.migrate import upgrade

Progress = Callable[[str], None]


def init(
    paths: Paths,
    *,
    clinic: str,
    timezone: str,
    admin: str,
    admin_name: str,
    password: str | None,
    profile: str | None,
    progress: Progress,
) -> dict[str, Any]:
    """Set up an empty clinic in an embedded database of its own."""
    name = profile or FIRST
    if load_profiles(paths).find(name) is not None:
        raise Refused("AlreadyThere", t("The clinic {name} is set up here already.", name=name), field="profile")
    info = EmbeddedServer(name, paths).start(progress)
    made = provision(info.owner_url, clinic=clinic, clinic_id=None, timezone=timezone, admin=admin,
                     admin_name=admin_name, password=password, progress=progress)  # fmt: skip
    remember(paths, Profile(name=name, kind=ProfileKind.EMBEDDED, title=clinic, last_email=admin))
    return {"profile": name, **made}


def provision(
    owner_url: str,
    *,
    clinic: str | None,
    clinic_id: str | None,
    timezone: str | None,
    admin: str | None,
    admin_name: str,
    password: str | None,
    progress: Progress,
) -> dict[str, Any]:
    """Prepare a database: migrations, roles, policies, first clinic and ADMIN. Safe to repeat."""
    found = check_owner(owner_url)
    for warning in found.warnings:
        progress(warning)
    status = upgrade(owner_url, progress=progress)
    result: dict[str, Any] = {"schemaVersion": status.version, "warnings": list(found.warnings)}
    if clinic is None and clinic_id is None:
        result["warnings"] += _lost_accounts(owner_url, progress)
        return result
    with as_owner(owner_url) as connection:
        clinic_id = clinic_id or _clinic_named(connection, clinic) or new_uuid()
        result["warnings"] += _make_clinic(connection, clinic_id, clinic, timezone, progress)
        result["clinicId"] = clinic_id
        if admin:
            chosen = password or make_password()
            login = make_account(connection, clinic_id=clinic_id, user_id=new_uuid(), email=admin,
                                 name=admin_name or admin.partition("@")[0], password=chosen,
                                 roles=(Role.ADMIN,))  # fmt: skip
            result |= {"userId": login.user_id, "made": login.made}
            if login.made and password is None:
                result["password"] = chosen
    result["warnings"] += _lost_accounts(owner_url, progress)
    return result


def _make_clinic(
    connection: psycopg.Connection, clinic_id: str, clinic: str | None, timezone: str | None, progress: Progress
) -> list[str]:
    """Make the clinic; one that is new and was given no time zone has UTC, and that is said."""
    try:
        with connection.transaction():
            make_clinic(connection, clinic_id, clinic, timezone)
        return []
    except Refused as error:
        if error.code != "NoTimezone":
            raise
    make_clinic(connection, clinic_id, clinic, "UTC")
    warning = t("No --timezone was given: the clinic's clock is UTC. Set it under Settings before anything is booked.")
    progress(warning)
    return [warning]


def _lost_accounts(owner_url: str, progress: Progress) -> list[str]:
    """Make the login roles that a restored database misses, and say who can't sign in by that alone."""
    with as_owner(owner_url) as connection:
        found = restore_roles(connection)
    lost = [_lost_words(email, was) for email, was in sorted(found.items()) if was in ("missing", "elsewhere")]
    for warning in lost:
        progress(warning)
    return lost


def _lost_words(email: str, was: str) -> str:
    if was == "missing":
        return t("{email} has no password on this server: an administrator sets one.", email=email)
    return t("{email} belongs to another database of this server and can't sign in to this one.", email=email)


def _clinic_named(connection: psycopg.Connection, name: str | None) -> str | None:
    """A repeated call finds the clinic that the first one made."""
    row = connection.execute(
        "SELECT c.id FROM public.clinics c JOIN desktop.clinic_settings s ON s.clinic_id = c.id WHERE c.name = %s",
        (name,),
    ).fetchone()
    return None if row is None else str(row[0])


def url(paths: Paths, profile: Profile, *, owner: bool, email: str | None) -> str:
    """Return the URL of an embedded database; of a server only a person's."""
    if profile.kind is ProfileKind.SERVER:
        if owner:
            raise Refused("NotEmbedded", t("The owner's password of a server is not kept here."), field="profile")
        target = target_of_profile(paths, profile)
        return connection_url(conninfo(target, email or profile.last_email, ""))
    info = EmbeddedServer(profile.name, paths).start()
    if owner:
        return info.owner_url
    address = cluster_address(info)
    return connection_url(conninfo(Target(address), email or profile.last_email, ""))


def upgrade_database(owner_url: str, progress: Progress) -> dict[str, Any]:
    """Bring a database to this program's schema."""
    status = upgrade(owner_url, progress=progress)
    return {"schemaVersion": status.version, "current": status.current}


def stop(paths: Paths, profile: Profile) -> bool:
    """Stop an embedded server; False when it wasn't running."""
    if profile.kind is ProfileKind.SERVER:
        raise Refused("NotEmbedded", t("This clinic's server isn't run from here."), field="profile")
    return EmbeddedServer(profile.name, paths).stop()


def _public_ddl() -> Path:
    return migrations_root() / "versions" / "0001_public.sql"


_ODD_SLOTS = "SELECT id FROM public.visit_slots WHERE end_time <= start_time ORDER BY id LIMIT 100"
_UNPROTECTED = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'desktop') AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
  AND c.relname <> 'alembic_version' AND c.relname NOT LIKE '\\_prisma%' ORDER BY 1
"""


def check(owner_url: str) -> dict[str, Any]:
    """Compare the database with what it must be; ``problems`` are texts, ``slots`` ids of impossible slots."""
    with as_owner(owner_url) as connection:
        drift = differences(expected_schema(connection, _public_ddl()), read_schema(connection))
        unprotected = [row[0] for row in connection.execute(_UNPROTECTED)]
        odd = [row[0] for row in connection.execute(_ODD_SLOTS)]
        missing = [str(row[0]) for row in connection.execute("SELECT * FROM desktop.feed_check()")]
    problems = [str(one) for one in drift]
    problems += [t("{table} has no row security.", table=name) for name in unprotected]
    problems += [t("{table} lacks a trigger or policy.", table=name) for name in missing]
    if odd:
        problems.append(t("{n} slots end before they start.", n=len(odd)))
    return {"problems": problems, "slots": odd}


def upkeep(owner_url: str) -> dict[str, Any]:
    """Do what an open window does once a minute, for clinics where none is open for long: until nothing is left."""
    sealed = pruned = 0
    with as_owner(owner_url) as connection:
        while True:
            more, gone = connection.execute("SELECT sealed, pruned FROM desktop.upkeep()").fetchall()[0]
            connection.commit()
            sealed, pruned = sealed + more, pruned + gone
            if more < SEAL_ROWS:
                return {"sealed": sealed, "pruned": pruned}


def passphrase(*, twice: bool) -> str:
    """Return the passphrase of backups: MHA_PASSPHRASE, or a prompt."""
    given = os.environ.get("MHA_PASSPHRASE")
    if given:
        return given
    if not sys.stdin.isatty():
        raise Refused("NoPassphrase", t("Set MHA_PASSPHRASE for the backup."), field="passphrase")
    first = getpass.getpass(t("Passphrase of the backup: "))
    if twice and getpass.getpass(t("Once more: ")) != first:
        raise Refused("BadPassphrase", t("The two are not the same."), field="passphrase")
    return first


def backup(paths: Paths, profile: Profile, file: Path, progress: Progress) -> dict[str, Any]:
    """Write an encrypted backup of an embedded database, proved by restoring it."""
    return dict(cluster_backup.backup(EmbeddedServer(profile.name, paths), file, passphrase(twice=True), progress))


def restore(paths: Paths, profile: Profile | None, file: Path, progress: Progress) -> dict[str, Any]:
    """Put a backup back in place of an embedded database; without one here (None) it becomes this computer's clinic."""
    if profile is None:
        made, found = bring_back(paths, FIRST, file, passphrase(twice=False), progress)
        return {**found, "profile": made.name}
    return dict(cluster_backup.restore(EmbeddedServer(profile.name, paths), file, passphrase(twice=False), progress))


def require_screen() -> None:
    """Refuse "NoScreen" where no window can open."""
    if screen_missing():
        raise Refused("NoScreen", t("There is no screen here to open a window on. With --no-window it goes without."))


def open_window(profile: str) -> None:
    """Open the program's window on a profile, and wait until it is closed."""
    subprocess.run(own_command("--profile", profile), check=False)
