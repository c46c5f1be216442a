"""Pictures of offline work: a real outage on the enrolled demo, at the front desk, with two clashes afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.booking import BookVisit
from app.commands.patients import EditPatient, FieldChange
from app.commands.visits import CheckIn
from app.domain.enums import VisitStatus
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, load_profiles
from app.queries.openings import next_available
from app.queries.patient_card import patient_card
from app.queries.patients import search_patients
from app.queries.today import today_board
from app.setup.connect import demo_sign_ins
from app.setup.services import Sessions
from app.ui.areas.settings.workstation_section import WorkstationsSection
from app.ui.work.places import ShowSettings
from app.workspace.workspace import Workspace
from tests.screens.views import View, keys, settle

CARD = 4
"""Not a sign-in card: the front desk (card 1) at a workstation that works offline."""
ADMIN, OTHER = 2, 1


def demo() -> Profile:
    """The demo's profile."""
    return next(one for one in load_profiles(Paths.from_environment()).items if one.is_demo)


def sign_in(number: int) -> Workspace:
    """Sign somebody of the demo in, at another desk."""
    roles = ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN")
    people = demo_sign_ins(Paths.from_environment())
    one = next(person for person in people if person.role.value == roles[number])
    return Sessions(Paths.from_environment()).sign_in(demo(), one.email, one.password)


def enrol() -> None:
    """Let the demo's workstation work offline, once."""
    work = Sessions(Paths.from_environment()).offline(demo())
    if not work.enrolled:
        with sign_in(ADMIN) as admin:
            people = demo_sign_ins(Paths.from_environment())
            password = next(person.password for person in people if person.email == admin.actor.email)
            work.enrol(admin, password)


def _workspace(window: Any) -> Workspace:
    found: Workspace = window.stack.page("today").api.workspace
    return found


def _times(workspace: Workspace) -> list[Any]:
    first = workspace.clock.now() + timedelta(minutes=20)
    found = workspace.ask(next_available, after=first)
    return list(getattr(found, "items", found))


def go_offline(window: Any) -> None:
    """Cut the cable, book, check somebody in, change a phone number."""
    keys("Ctrl+1")(window)
    workspace = _workspace(window)
    assert workspace.sync is not None
    workspace.sync.cut(True)
    settle(2500)
    board = workspace.ask(today_board)
    expected = [card for card in board.cards if card.status is VisitStatus.PLANNED and not card.to_move]
    workspace.execute(CheckIn(visit_id=expected[0].visit_id, expected=VisitStatus.PLANNED))
    patient = workspace.ask(search_patients, text="Gutiérrez").items[0]
    wanted = _times(workspace)[0]
    workspace.execute(BookVisit(slot_id=wanted.slot_id, patient_id=patient.id, visit_mode=wanted.mode))
    called = (workspace.ask(patient_card, patient_id=patient.id).raw_demographics or {}).get("preferredName")
    workspace.execute(_renamed(patient.id, called, "Chabela"))
    with sign_in(OTHER) as elsewhere:
        rival = elsewhere.ask(search_patients, text="Okafor").items or elsewhere.ask(search_patients, text="an").items
        elsewhere.execute(BookVisit(slot_id=wanted.slot_id, patient_id=rival[0].id, visit_mode=wanted.mode))
        elsewhere.execute(_renamed(patient.id, called, "Isa" if called != "Isa" else "Elenita"))
    settle(1500)


def _renamed(patient_id: str, old: str | None, name: str) -> EditPatient:
    return EditPatient(patient_id=patient_id, changes=(FieldChange("preferredName", old, name),))


def show_schedule(window: Any) -> None:
    """The calendar, offline."""
    keys("Ctrl+2")(window)
    settle(1500)


def show_popover(window: Any) -> None:
    """What waits, drawn over the window: a popup is a window of its own."""
    keys("Ctrl+1", "Ctrl+Shift+C")(window)
    settle(2500)


def show_attention(window: Any) -> None:
    """The server is back: the lost time."""
    workspace = _workspace(window)
    assert workspace.sync is not None
    workspace.sync.cut(False)
    settle(6000)
    window.rail.chosen.emit("attention")
    settle(2500)


def show_fields(window: Any) -> None:
    """The field that both changed."""
    page = window.stack.page("attention")
    edit = next(item.id for item in page._items.values() if item.kind == "EditPatient")
    page.lists.choose(edit)
    settle(1500)


def show_workstations(window: Any) -> None:
    """The workstations, with a recovery key as it is shown once."""
    window.stack.go(ShowSettings(section="workstations"))
    settle(3000)
    section = next(one for one in window.findChildren(WorkstationsSection) if one.isVisible())
    section.here.key.show_key("KX7M-2RTQ-9FHD-4WPC-6YNB-3JVA-8ZEG-5SUK-7QDC", "Harbor Street Clinic", "desk-2",
                              "24 Nov 2026")  # fmt: skip
    settle()


OUTAGE: tuple[View, ...] = (
    View("offline-today", CARD, go_offline),
    View("offline-schedule", CARD, show_schedule),
    View("offline-waiting", CARD, show_popover),
    View("attention", CARD, show_attention),
    View("attention-fields", CARD, show_fields),
    View("workstations", 3, show_workstations),
)


def popover(window: QWidget) -> QWidget | None:
    """The popover under the badge, while it is open."""
    from app.ui.shell.badge_popover import BadgePopover

    return next((one for one in window.findChildren(BadgePopover) if one.isVisible()), None)
