"""A clinic of one hour: an embedded server, its tables, a person who signs in, a visit. The part of ``selftest``."""

from __future__ import annotations

import shutil
from datetime import date, time
from types import TracebackType
from typing import Self

from app.cluster.layout import find_layout
from app.cluster.server import EmbeddedServer
from app.commands.booking import BookVisit
from app.commands.patients import RegisterPatient
from app.domain.enums import Role, VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.ids import new_cuid, new_uuid
from app.kernel.paths import Paths
from app.kernel.profiles import FIRST, load_profiles
from app.queries.openings import next_available
from app.queries.visit_list import visit_list
from app.security.passwords import make_password
from app.setup.migrate import upgrade
from app.setup.plan import ClinicPlan, NewAccount, NewProvider, WeeklyHours
from app.setup.schema_status import status
from app.setup.selftest_store import failed
from app.setup.services import Sessions, SetUp
from app.workspace.workspace import Workspace

PROFILE = FIRST
ADMIN_EMAIL = "selftest@clinic.invalid"
_IDLE_SECONDS = 300.0
"""If this process is killed, the server it leaves ends by itself this long after."""
_EVERY_DAY = frozenset(range(7))


class TrialClinic:
    """Each method is one check: it returns what was found, or raises why it failed."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._server = EmbeddedServer(PROFILE, paths, idle_seconds=_IDLE_SECONDS)
        self._workspace: Workspace | None = None
        self.password = make_password()

    def start(self) -> str:
        """Make and start the embedded server."""
        self._server.start()
        return f"PostgreSQL {self._server.programs().version}"

    def make_tables(self) -> str:
        """Run all migrations and scripts."""
        url = self._server.start().owner_url
        upgrade(url)
        found = status(url)
        if not found.current:
            raise failed(t("The tables are not those of this program."))
        return t("version {version}", version=found.version)

    def make_clinic(self) -> str:
        """Make a clinic with one provider, as the set-up does."""
        admin = NewAccount(
            name="Selftest", email=ADMIN_EMAIL, roles=frozenset({Role.ADMIN, Role.MEDICAL_ASSISTANT}),
            password=self.password,
        )  # fmt: skip
        hours = WeeklyHours(days=_EVERY_DAY, start=time(0), end=time(23, 40))
        plan = ClinicPlan(
            name="Selftest", timezone="UTC", admin=admin, providers=(NewProvider(name="Dr Selftest", hours=(hours,)),)
        )
        made = SetUp(self._paths).create_clinic(plan, lambda _done, _total, _text: None)
        return made.profile

    def sign_in(self) -> str:
        """Sign in as the administrator, with a PostgreSQL role of their own."""
        profile = load_profiles(self._paths).choose(PROFILE)
        self._workspace = Sessions(self._paths).sign_in(profile, ADMIN_EMAIL, self.password)
        return self._workspace.clinic.name

    def book(self) -> str:
        """Register a patient, book the next free time and find it taken."""
        workspace = self._workspace
        if workspace is None:
            raise failed(t("Nobody is signed in."))
        patient = new_cuid()
        workspace.execute(
            RegisterPatient(patient_id=patient, user_id=new_uuid(), first_name="Trial", last_name="Selftest",
                            date_of_birth=date(1970, 1, 1))
        )  # fmt: skip
        free = workspace.ask(next_available, count=1)
        if not free:
            raise failed(t("No free time was made."))
        workspace.execute(BookVisit(slot_id=free[0].slot_id, patient_id=patient, visit_mode=VisitMode.IN_PERSON))
        taken = workspace.ask(next_available, count=1)
        if taken and taken[0].slot_id == free[0].slot_id:
            raise failed(t("A booked time is still offered."))
        visits = workspace.ask(visit_list, patient_id=patient)
        return t("{n} visit", n=len(visits.items))

    def stop(self) -> str:
        """Sign out and end the server."""
        self._sign_out()
        stopped = self._server.stop()
        if self._server.status().running:
            raise failed(t("The embedded database doesn't end. Try again in a minute."))
        return t("ended") if stopped else t("was not running")

    def _sign_out(self) -> None:
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what still runs, and remove the data where it lies outside the home."""
        self._sign_out()
        try:
            self._server.stop()
        except AppError:
            if kind is None:
                raise
        layout = find_layout(self._server.home)
        if layout is not None and layout.base != layout.home:
            shutil.rmtree(layout.base, ignore_errors=True)
