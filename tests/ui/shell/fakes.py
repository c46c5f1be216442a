"""A clinic behind the shell: profiles, sign-in, set-up and one area, all in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.commands.core import Command
from app.domain.enums import Role
from app.domain.permissions import Permission
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.kernel.profiles import Profile, ProfileKind, Profiles
from app.queries.clinic import ClinicView, clinic_view
from app.queries.core import Page
from app.setup.plan import ClinicPlan, MadeAccount, Report, ServerAddress, SetUpResult
from app.ui.shell.preferences import PreferencesStore
from app.ui.shell.services import DemoInfo, OfflineDoor, Scene, ShellServices, SignInCard
from app.ui.work import Action, AreaPage, AreaSpec, Draft, PanelPage, Place, ShellApi
from app.ui.work.places import OpenChart, ShowDay
from tests.support.shell import NOW, FakeClinic, FakeWorkspace, an_actor

PASSWORD = "correct horse"
DEMO = Profile("demo", ProfileKind.EMBEDDED, "Harbor Street Clinic")
OWN = Profile("main", ProfileKind.EMBEDDED, "Elm Street Practice", last_email="dana@example.org")
CARDS = (
    SignInCard(
        email="desk@demo.example",
        password=PASSWORD,
        name="Dana Whitfield",
        role="Front desk",
        duties="Book, check in, walk-ins, requests, messages",
        now="3 waiting, 10:40 is next",
    ),
    SignInCard(
        email="provider@demo.example",
        password=PASSWORD,
        name="Dr Ngozi Okafor",
        role="Provider",
        duties="Charts, results, notes, referrals, alerts",
        now="12 results, 2 critical",
    ),
    SignInCard(
        email="admin@demo.example",
        password=PASSWORD,
        name="Tomasz Zieliński",
        role="Administrator",
        duties="Rules, staff, clinic settings, audit",
        now="1 rule held",
    ),
)
SCENES = (
    Scene(icon="warn", title="2 critical results", detail="Nguyễn Thị Lan, Oluwaseun Adéyẹmí"),
    Scene(icon="inbox", title="A red request", detail="chest pain, waiting 4 min"),
    Scene(icon="calendar", title="Dr Wójcik called in ill", detail="14 visits to move"),
    Scene(icon="family", title="The Ramírez family", detail="four people, one slot after another"),
    Scene(icon="search", title="Two near-namesakes", detail="Fatima Al-Sayed, Fátima Alsaied"),
    Scene(icon="walk", title="Walk-in queue", detail="3 people, longest 22 min"),
)
DEMO_INFO = DemoInfo(clinic="Harbor Street Clinic", cards=CARDS, scenes=SCENES)


@dataclass(frozen=True, slots=True)
class Hit:
    """What the patient search finds."""

    id: str
    name: str
    born: date | None = None
    phone: str = ""
    mrn: str = ""


HITS = (
    Hit("p-1", "Inés González Núñez", date(1971, 5, 12), "(415) 555-0142", "MRN 10021"),
    Hit("p-2", "Ines Gonzalez Nunez", date(1984, 11, 2), "(415) 555-0177", "MRN 10388"),
)


def search_patients(session: Any, reader: Any, *, text: str, limit: int) -> Page[Hit]:
    """The question; the fake workspace answers it."""
    raise AssertionError("never called")


def rail_counts(session: Any, reader: Any) -> dict[str, int]:
    """The question; the fake workspace answers it."""
    raise AssertionError("never called")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn(Command):
    """Checks somebody in, as the checklist knows it."""

    visit_id: str = "v-1"


class NotePanel(PanelPage):
    """A form with one field; it keeps a draft."""

    def __init__(self, subject: str = "p-1", text: str = "") -> None:
        super().__init__()
        self.subject = subject
        self.closed = False
        self.field = QLineEdit(text)
        self.field.setAccessibleName("Note")
        self.field.textEdited.connect(lambda _: self.edited.emit())
        QVBoxLayout(self).addWidget(self.field)

    def title(self) -> str:
        return f"Note {self.subject}"

    def dirty(self) -> bool:
        return bool(self.field.text())

    def draft(self) -> Draft | None:
        return Draft("note", self.subject, self.title(), {"text": self.field.text()})

    def first_focus(self) -> QWidget | None:
        return self.field

    def closing(self) -> None:
        self.closed = True


class TestPage(AreaPage):
    """A page that remembers what the shell told it."""

    __test__ = False
    watches = frozenset({"visits"})

    def __init__(self, api: ShellApi) -> None:
        super().__init__(api)
        self.refreshed = 0
        self.changes: list[Any] = []
        self.places: list[Place] = []
        self.acted: list[str] = []
        self.button = QPushButton("Visit of Ana Ramírez")
        self.field = QLineEdit()
        self.field.setAccessibleName("Filter")
        layout = QVBoxLayout(self)
        layout.addWidget(self.button)
        layout.addWidget(self.field)
        layout.addStretch(1)

    def refresh(self) -> None:
        self.refreshed += 1

    def changed(self, changes: Any) -> None:
        self.changes.append(changes)

    def open(self, place: Place) -> None:
        self.places.append(place)

    def first_focus(self) -> QWidget | None:
        return self.button


def an_area(key: str = "today", title: str = "Today", icon: str = "today", **more: Any) -> AreaSpec:
    """An area with a test page."""
    return AreaSpec(key=key, title=title, icon=icon, factory=TestPage, **more)


def areas() -> tuple[AreaSpec, ...]:
    """The areas of the mock-ups."""
    check_in = Action(
        id="today.check_in",
        title="Check in",
        shortcut="Ctrl+I",
        area="today",
        icon="check",
        permission=Permission.ADVANCE_VISIT,
        handler=lambda page: page.acted.append("check_in"),
    )
    walk_in = Action(
        id="today.walk_in",
        title="Add a walk-in",
        shortcut="Ctrl+Shift+N",
        area="today",
        icon="walk",
        everywhere=True,
        permission=Permission.BOOK,
        handler=lambda page: page.acted.append("walk_in"),
    )
    return (
        an_area(shortcut="Ctrl+1", actions=(check_in, walk_in), draft_kinds=("note",)),
        an_area("schedule", "Schedule", "calendar", shortcut="Ctrl+2", opens=(ShowDay,)),
        an_area("patients", "Patients", "users", shortcut="Ctrl+3", opens=(OpenChart,)),
        an_area("requests", "Requests", "inbox", shortcut="Ctrl+4"),
        an_area("messages", "Messages", "message", shortcut="Ctrl+5"),
        an_area("labs", "Results", "flask", shortcut="Ctrl+6"),
        an_area("referrals", "Referrals", "share", shortcut="Ctrl+7"),
        an_area("notes", "Notes", "note", shortcut="Ctrl+8"),
        an_area("alerts", "Alerts", "bell", shortcut="Ctrl+9"),
        an_area("rules", "Rules", "rules", group=1, permission=Permission.EDIT_RULES),
        an_area("staff", "Staff", "staff", group=1, permission=Permission.STAFF),
        an_area("settings", "Settings", "gear", group=1, permission=Permission.CLINIC_SETTINGS),
    )


class FakeSessions:
    """Knows two profiles and one password."""

    def __init__(self, *profiles: Profile) -> None:
        self.known = Profiles(profiles, profiles[0].name if profiles else "")
        self.start_error: Exception | None = None
        self.sign_in_error: Exception | None = None
        self.must_change = False
        self.gate: threading.Event | None = None
        self.workspaces: list[FakeWorkspace] = []
        self.second_desks: list[SignInCard | None] = []
        self.changed_passwords: list[tuple[str, str]] = []
        self.workspace: FakeWorkspace | None = None
        self.door: OfflineDoor | None = None

    def profiles(self) -> Profiles:
        return self.known

    def start(self, profile: Profile, report: Report) -> DemoInfo | None:
        report(1, 2, "Starting the database")
        if self.gate is not None:
            assert self.gate.wait(5)
        if self.start_error is not None:
            raise self.start_error
        return DEMO_INFO if profile.is_demo else None

    def sign_in(self, profile: Profile, email: str, password: str) -> FakeWorkspace:
        if self.sign_in_error is not None:
            raise self.sign_in_error
        if password != PASSWORD:
            raise Refused("WrongPassword", "E-mail or password is wrong.", field="password")
        roles = {"provider@demo.example": Role.PROVIDER, "admin@demo.example": Role.ADMIN}
        card = next((card for card in CARDS if card.email == email), None)
        actor = an_actor(roles.get(email, Role.MEDICAL_ASSISTANT), name=card.name if card else "Dana Whitfield")
        clinic = FakeClinic(is_demo=profile.is_demo, name=profile.title)
        workspace = self.workspace or FakeWorkspace(actor=actor, clinic=clinic)
        workspace.answers.setdefault(search_patients, Page(HITS, more=False))
        workspace.answers.setdefault(rail_counts, {"requests": 4, "messages": 3, "labs": 12, "alerts": 2})
        workspace.answers.setdefault(_my_drafts(), ())
        workspace.answers.setdefault(clinic_view, ClinicView("c-1", clinic.name, {}, {}))
        self.workspaces.append(workspace)
        return workspace

    def offline_door(self, profile: Profile) -> OfflineDoor | None:
        return self.door

    def must_change_password(self, workspace: Any) -> bool:
        return self.must_change

    def change_password(self, workspace: Any, old: str, new: str) -> None:
        if old != PASSWORD:
            raise Refused("WrongPassword", "The present password is wrong.", field="old_password")
        if len(new) < 10:
            raise Refused("WeakPassword", "Use at least 10 signs.", field="password")
        self.changed_passwords.append((old, new))

    def open_second_desk(self, profile: Profile, card: SignInCard | None) -> None:
        self.second_desks.append(card)


def _my_drafts() -> Callable[..., Any]:
    from app.queries.drafts import my_drafts

    return my_drafts


@dataclass
class FakeSetup:
    """Makes clinics in no time, and remembers what was asked."""

    sessions: FakeSessions
    error: Exception | None = None
    accounts: tuple[MadeAccount, ...] = ()
    plans: list[ClinicPlan] = field(default_factory=list)
    joined: list[tuple[ServerAddress, str]] = field(default_factory=list)
    begun: int = 0
    restored: list[tuple[Path, str]] = field(default_factory=list)

    def make_demo(self, report: Report) -> SetUpResult:
        report(1, 3, "Making patients")
        if self.error is not None:
            raise self.error
        self.sessions.known = self.sessions.known.with_profile(DEMO)
        return SetUpResult(profile="demo")

    def begin_here(self, report: Report) -> None:
        self.begun += 1
        report(1, 2, "Starting the database")

    def create_clinic(self, plan: ClinicPlan, report: Report) -> SetUpResult:
        report(1, 5, "Making the clinic")
        if self.error is not None:
            raise self.error
        self.plans.append(plan)
        self.sessions.known = self.sessions.known.with_profile(OWN)
        return SetUpResult(profile="main", accounts=self.accounts)

    def restore_clinic(self, file: Path, passphrase: str, report: Report) -> SetUpResult:
        report(0, 0, "Reading the backup")
        if self.error is not None:
            raise self.error
        self.restored.append((file, passphrase))
        self.sessions.known = self.sessions.known.with_profile(OWN)
        return SetUpResult(profile="main")

    def test_server(self, address: ServerAddress, email: str, password: str) -> str:
        if self.error is not None:
            raise self.error
        return "Elm Street Practice"

    def join(self, address: ServerAddress, email: str, password: str) -> SetUpResult:
        if self.error is not None:
            raise self.error
        self.joined.append((address, email))
        self.sessions.known = self.sessions.known.with_profile(OWN)
        return SetUpResult(profile="main")


def services(sessions: FakeSessions, folder: Path, setup: FakeSetup | None = None, **more: Any) -> ShellServices:
    """Everything the window needs, in memory; the clock stands at 10:42."""
    return ShellServices(
        sessions=sessions,
        setup=setup or FakeSetup(sessions),
        preferences=PreferencesStore(folder / "window.json"),
        clock=FixedClock(NOW),
        search_patients=lambda: search_patients,
        counts=lambda: rail_counts,
        count_tables=frozenset({"visit_requests"}),
        **more,
    )


def commands(workspace: FakeWorkspace, kind: str) -> Sequence[Command]:
    """What was executed of a kind."""
    return [command for command in workspace.executed if type(command).__name__ == kind]
