"""``demo``, ``init``, ``db …``, ``server provision``: work on the database itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from app.cli.new_password import typed_password
from app.cli.verbs import Needs, verb
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.setup import databases
from app.setup.demo.sign_ins import DEFAULT_PATIENTS, DEFAULT_SEED, DemoClinic
from app.setup.demo_profile import prepare_demo, provision_demo_at, remember_demo
from app.setup.session import Session


def _report(session: Session) -> Any:
    """Progress to standard error, a line for each step that is new."""
    last = ""

    def report(done: int, total: int, text: str) -> None:
        nonlocal last
        if text and text != last:
            last = text
            session.progress(f"{text} {done}/{total}" if total else text)

    return report


@verb("demo", needs=Needs.SETUP)
def demo(
    session: Session,
    patients: int = DEFAULT_PATIENTS,
    seed: int = DEFAULT_SEED,
    window: bool = True,
    fresh: bool = False,
    url: str | None = None,
) -> Any:
    """Make (once) or refresh the demo clinic, print its sign-ins, open the window."""
    report = _report(session)
    if window and not url:
        databases.require_screen()
    if url:
        made = provision_demo_at(
            session.paths, url, report, patients=patients, seed=seed, password=os.environ.get("MHA_NEW_PASSWORD")
        )
        return _shape(made)
    if window and not fresh and (patients, seed) == (DEFAULT_PATIENTS, DEFAULT_SEED):
        # The window opens first and shows the set-up's progress itself.
        remember_demo(session.paths)
        databases.open_window("demo")
        return None
    made = prepare_demo(session.paths, report, patients=patients, seed=seed, fresh=fresh)
    if window:
        databases.open_window("demo")
        return None
    return _shape(made)


def _shape(made: DemoClinic) -> dict[str, Any]:
    signs = [{"email": s.email, "password": s.password, "role": s.role.value, "name": s.name} for s in made.sign_ins]
    return {"clinicId": made.clinic_id, "patients": made.patients, "signIns": signs}


@verb("init", needs=Needs.SETUP, names={"clinic": "--clinic", "admin": "--admin"})
def init(session: Session, clinic: str, timezone: str, admin: str, name: str = "") -> dict[str, Any]:
    """Set up an empty clinic in the embedded database; the password as for accounts."""
    return databases.init(
        session.paths, clinic=clinic, timezone=timezone, admin=admin, admin_name=name,
        password=typed_password(), profile=session.options.profile, progress=session.progress,
    )  # fmt: skip


@verb("db url", needs=Needs.SETUP)
def db_url(session: Session, owner: bool = False) -> str:
    """Print the URL of the embedded database: the owner's whole, a person's without the password."""
    return databases.url(session.paths, session.profile(), owner=owner, email=session.options.email)


@verb("db upgrade", needs=Needs.SETUP, positional=("url",))
def db_upgrade(session: Session, url: str | None = None) -> dict[str, Any]:
    """Bring the database to this program's schema."""
    return databases.upgrade_database(_owner_url(session, url), session.progress)


@verb("db stop", needs=Needs.SETUP)
def db_stop(session: Session) -> dict[str, Any]:
    """Stop the embedded server."""
    return {"stopped": databases.stop(session.paths, session.profile())}


@verb("db check", needs=Needs.SETUP, positional=("url",))
def db_check(session: Session, url: str | None = None) -> dict[str, Any]:
    """Check the database: tables as they must be, triggers and policies there, odd rows listed."""
    found = databases.check(_owner_url(session, url))
    if found["problems"]:
        raise Refused("DatabaseProblems", t("The database has problems."), **found)
    return found


@verb("db upkeep", needs=Needs.SETUP, positional=("url",))
def db_upkeep(session: Session, url: str | None = None) -> dict[str, Any]:
    """Seal the audit and prune the feed, as every open window does: for cron, where no window is open for days."""
    return databases.upkeep(_owner_url(session, url))


@verb("db backup", needs=Needs.SETUP, positional=("file",))
def db_backup(session: Session, file: str) -> dict[str, Any]:
    """Write an encrypted backup and prove it by restoring it; passphrase from MHA_PASSPHRASE or a prompt."""
    return databases.backup(session.paths, session.profile(), Path(file), session.progress)


@verb("db restore", needs=Needs.SETUP, positional=("file",))
def db_restore(session: Session, file: str) -> dict[str, Any]:
    """Put a backup back in place of the database; on a computer without a clinic it becomes its clinic."""
    return databases.restore(session.paths, session.profile_here(), Path(file), session.progress)


@verb("server provision", needs=Needs.SETUP, positional=("url",), names={"clinic_id": "--clinic-id"})
def provision(
    session: Session,
    url: str,
    clinic: str | None = None,
    clinic_id: str | None = None,
    timezone: str | None = None,
    admin: str | None = None,
    name: str = "",
) -> dict[str, Any]:
    """Prepare a PostgreSQL database, empty or filled by the backend; safe to repeat."""
    return databases.provision(
        url, clinic=clinic, clinic_id=clinic_id, timezone=timezone, admin=admin, admin_name=name,
        password=typed_password() if admin else None, progress=session.progress,
    )  # fmt: skip


def _owner_url(session: Session, url: str | None) -> str:
    return url or databases.url(session.paths, session.profile(), owner=True, email=None)
