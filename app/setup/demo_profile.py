"""The demo clinic as a profile: its own embedded server, made once, brought back to mid-morning when stale."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg

from app.cluster.locks import locked
from app.cluster.renew import renew_database
from app.cluster.server import EmbeddedServer
from app.db.errors import translate
from app.domain.enums import Role
from app.kernel.clock import Clock, SystemClock
from app.kernel.paths import Paths
from app.kernel.profiles import DEMO, Profile, ProfileKind, remember
from app.security.identity import PREFIX
from app.security.passwords import make_password
from app.setup.connect import demo_sign_ins, keep_demo_sign_ins
from app.setup.demo.figures import DemoFigures, demo_figures
from app.setup.demo.sign_ins import DEFAULT_PATIENTS, DEFAULT_SEED, DemoClinic, SignIn
from app.setup.demo.world import CLINIC_NAME, ZONE
from app.setup.demo_offline import enrol_demo, forget_demo, store_in_use
from app.setup.schema_status import status
from app.workspace.enrolment_state import offline_folder, read_state

Report = Callable[[int, int, str], None]
_STALE_HOUR = 15
"""From this hour of the demo's day on it is made anew: the morning's scenes are over."""
_LOCK = "demo.lock"


def prepare_demo(
    paths: Paths,
    report: Report,
    *,
    patients: int = DEFAULT_PATIENTS,
    seed: int = DEFAULT_SEED,
    clock: Clock | None = None,
    fresh: bool = False,
) -> DemoClinic:
    """Return the demo clinic, made or refreshed as needed, and make its profile the last used.

    One process at a time. A clinic at which somebody is at work is only made anew when that is asked for (``fresh``)
    or another version of the program made it: open windows then sign in again by themselves.
    """
    report(0, 0, "")
    with _alone(paths):
        return _prepare(paths, report, patients, seed, clock or SystemClock(), fresh=fresh)


def open_demo(paths: Paths, report: Report, *, first_desk: bool) -> DemoFigures | None:
    """Do all that a window needs before somebody signs in, and return what waits this morning.

    The first desk brings the clinic back to its morning and lets this computer work offline; another desk takes it as
    it is, once whoever makes it anew is done.
    """
    report(0, 0, "")
    with _alone(paths):
        if first_desk:
            _prepare(paths, report, DEFAULT_PATIENTS, DEFAULT_SEED, SystemClock(), fresh=False)
            enrol_demo(paths, report)
        owner_url = EmbeddedServer(DEMO, paths).start(lambda text: report(0, 0, text)).owner_url
        known = heed_corrections(paths, owner_url)
        provider = next((one.email for one in known if one.role is Role.PROVIDER), "")
        return demo_figures(owner_url, provider)


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    """Nobody else makes the demo anew meanwhile; the database's errors come as the error families."""
    paths.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(paths.data / _LOCK):
        try:
            yield
        except psycopg.Error as error:
            found = translate(error)
            if found is None:
                raise
            raise found from error


def _prepare(paths: Paths, report: Report, patients: int, seed: int, clock: Clock, *, fresh: bool) -> DemoClinic:
    server = EmbeddedServer(DEMO, paths)
    info = server.start(lambda text: report(0, 0, text))
    if not status(info.owner_url).current:
        # A demo made by another version of the program is invented anew, not migrated.
        _renew(server, info.owner_url, report)
    known = demo_sign_ins(paths)
    standing = None if fresh else _standing(paths, info.owner_url, patients, seed, clock.now())
    if standing is None or not known:
        if _has_clinic(info.owner_url):
            _renew(server, info.owner_url, report)
        forget_demo(paths)
        password = known[0].password if known else make_password()
        from app.setup.demo.seed import make_demo  # noqa: PLC0415 - one that stands is opened sooner without it

        made = make_demo(info.owner_url, password, patients=patients, seed=seed, clock=clock, progress=report)
        keep_demo_sign_ins(paths, made.sign_ins)
        _mark(info.owner_url, patients, seed)
    else:
        made = DemoClinic(standing[0], standing[1], heed_corrections(paths, info.owner_url))
        if not _knows_this_computer(paths, info.owner_url):
            forget_demo(paths)
    remember_demo(paths, made.sign_ins[0].email)
    return made


def heed_corrections(paths: Paths, owner_url: str) -> tuple[SignIn, ...]:
    """Return who can sign in, by the names and e-mails that an administrator has corrected since, and keep them so."""
    known = demo_sign_ins(paths)
    with psycopg.connect(owner_url) as raw:
        rows = raw.execute("SELECT user_id, email, display_name FROM desktop.login").fetchall()
    here = {user_id: (email, name) for user_id, email, name in rows}
    now = tuple(
        replace(one, email=here[one.user_id][0], name=here[one.user_id][1]) if one.user_id in here else one
        for one in known
    )
    if now != known:
        keep_demo_sign_ins(paths, now)
    return now


def present_email(paths: Paths, email: str) -> str:
    """Return the e-mail with which somebody of the demo signs in now, after the one that was shown was corrected."""
    who = next((one.user_id for one in demo_sign_ins(paths) if one.email == email), "")
    with _alone(paths):
        owner_url = EmbeddedServer(DEMO, paths).start().owner_url
        return next((one.email for one in heed_corrections(paths, owner_url) if who and one.user_id == who), email)


def _renew(server: EmbeddedServer, owner_url: str, report: Report) -> None:
    """Throw the database away and make its tables anew."""
    from app.setup.migrate import upgrade  # noqa: PLC0415 - one that stands is opened sooner without it

    renew_database(server)
    upgrade(owner_url, progress=lambda text: report(0, 0, text))


def remember_demo(paths: Paths, email: str = "") -> None:
    """Make the demo's profile the last used."""
    remember(paths, Profile(name=DEMO, kind=ProfileKind.EMBEDDED, title=CLINIC_NAME, last_email=email))


def provision_demo_at(
    paths: Paths,
    owner_url: str,
    report: Report,
    *,
    patients: int,
    seed: int,
    password: str | None = None,
    clock: Clock | None = None,
) -> DemoClinic:
    """Make or refresh the demo in a server database given by its owner's URL.

    The sign-ins get ``password``; else they keep the one that this computer gave them the last time.
    """
    from app.setup.demo.seed import make_demo  # noqa: PLC0415 - as above
    from app.setup.migrate import upgrade  # noqa: PLC0415 - as above

    upgrade(owner_url, progress=lambda text: report(0, 0, text))
    known = demo_sign_ins(paths, owner_url)
    chosen = password or (known[0].password if known else make_password() + secrets.token_hex(2))
    made = make_demo(owner_url, chosen, patients=patients, seed=seed, clock=clock, progress=report)
    keep_demo_sign_ins(paths, made.sign_ins, owner_url)
    return made


def _has_clinic(owner_url: str) -> bool:
    with psycopg.connect(owner_url) as raw:
        return raw.execute("SELECT FROM public.clinics LIMIT 1").fetchone() is not None


def _fingerprint(patients: int, seed: int) -> str:
    return hashlib.sha256(f"{patients}/{seed}/1".encode()).hexdigest()[:16]


def _mark(owner_url: str, patients: int, seed: int) -> None:
    with psycopg.connect(owner_url) as raw:
        raw.execute(
            "UPDATE desktop.clinic_settings SET settings = settings || jsonb_build_object('demo', %s::text)",
            (_fingerprint(patients, seed),),
        )


def _standing(paths: Paths, owner_url: str, patients: int, seed: int, real_now: datetime) -> tuple[str, int] | None:
    """Return clinic id and patient count of a demo that is still this morning's or in use, else None."""
    with psycopg.connect(owner_url) as raw:
        row = raw.execute(
            """
            SELECT s.clinic_id, (SELECT count(*) FROM public.patients), i.clock_offset_seconds,
                   s.settings ->> 'demo', c.created_at
            FROM desktop.installation i, desktop.clinic_settings s JOIN public.clinics c ON c.id = s.clinic_id
            WHERE i.is_demo
            """
        ).fetchone()
    if row is None or row[3] != _fingerprint(patients, seed):
        return None
    demo_now = (real_now + timedelta(seconds=row[2])).astimezone(ZONE)
    made_for = (row[4].replace(tzinfo=real_now.tzinfo) + timedelta(days=400)).astimezone(ZONE)
    same_morning = demo_now.date() == made_for.date() and demo_now.hour < _STALE_HOUR
    return (row[0], row[1]) if same_morning or store_in_use(paths) or _somebody_connected(owner_url) else None


def _somebody_connected(owner_url: str) -> bool:
    """Whether a person of the demo is connected: a window or a command, on this computer or another."""
    with psycopg.connect(owner_url) as raw:
        found = raw.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND starts_with(usename, %s) LIMIT 1",
            (PREFIX,),
        )
        return found.fetchone() is not None


def _knows_this_computer(paths: Paths, owner_url: str) -> bool:
    """Whether the clinic is the one that this computer was let in to; True where it never was."""
    kept = read_state(offline_folder(paths, DEMO))
    if kept is None:
        return True
    with psycopg.connect(owner_url) as raw:
        return raw.execute("SELECT FROM desktop.workstation WHERE id = %s", (kept.id,)).fetchone() is not None
