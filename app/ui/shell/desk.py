"""One signed-in person in the window: what areas see of the shell (``ShellApi``)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject

from app.commands.registry import Outcome
from app.domain.permissions import Permission
from app.domain.search_terms import month_first
from app.kernel.errors import AppError, Conflict
from app.kernel.i18n import t
from app.ui.parts.link_state import not_yet
from app.ui.shell.action_ids import FIND
from app.ui.shell.actions import area_actions, permitted
from app.ui.shell.checklist import Checklist
from app.ui.shell.connection import Connection
from app.ui.shell.drafts import Drafts
from app.ui.shell.live import LiveHub
from app.ui.shell.offline_desk import ATTENTION, OfflineDesk
from app.ui.shell.palette_list import Entry
from app.ui.shell.pending import PendingBook, PendingJob
from app.ui.shell.services import ShellServices
from app.ui.shell.unfinished import Unfinished
from app.ui.shell.window import MainWindow
from app.ui.widgets.date_fields import DateOrder
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import key_text
from app.ui.work import (
    Action,
    AreaSpec,
    ChangesPort,
    Lane,
    PanelPage,
    Pending,
    PendingAction,
    Place,
    SyncView,
    ToastButton,
    ToastTone,
    WorkspacePort,
)
from app.ui.work.enrol_port import EnrolPort
from app.ui.work.places import NewPatient, OpenChart

CHARTS = 5


class Desk(QObject):
    """From sign-in to sign-out. ``ShellApi`` for areas and ``PaletteSource`` for the palette."""

    def __init__(
        self,
        window: MainWindow,
        workspace: WorkspacePort,
        specs: Sequence[AreaSpec],
        services: ShellServices,
        connection: Connection,
        checklist: Checklist,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = workspace
        self._services = services
        self._connection = connection
        self._checklist = checklist
        self._charts: deque[tuple[str, str]] = deque(maxlen=CHARTS)
        self._lane = Lane(self, workspace)
        self._counts = Lane(self, workspace)
        self.offline = OfflineDesk(window, workspace, connection, services.enrolment, self)
        self.offline.attention_wanted.connect(lambda: self._open_area(ATTENTION))
        enrolled = self.offline.view.enrolled
        self._specs = permitted([spec for spec in specs if enrolled or not spec.enrolled_only], self.can)
        self._drafts = Drafts(workspace, self)
        self._unfinished = Unfinished(window, self._drafts, self.navigate, self)
        self._pendings = PendingBook(workspace, self._drafts, self)
        self._pendings.begun.connect(self._show_pending)
        self._pendings.sent.connect(self._pending_sent)
        self.live = LiveHub(workspace, self)
        self.live.changed.connect(self._changed)
        self.live.connection.connect(lambda live: connection.reached() if live else connection.lost())
        self._hooks: list[tuple[Any, Callable[..., Any]]] = []

    # -- life ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the areas; the first one opens."""
        window = self._window
        DateOrder.set_clinic(month_first=month_first(str(self.zone)))
        window.stack.begin(self._specs, self)
        window.rail.show_areas(self._specs, enabled=True)
        for action in area_actions(self._specs, self.can):
            window.book.add(action, self.run_action)
        self._hook(window.rail.chosen, self._open_area)
        self._hook(window.rail.parked_wanted, self.show_parked)
        self._hook(window.stack.opened, self._opened)
        self._hook(window.panels.shown, self._panel_shown)
        self._hook(window.panels.let_go, self._panel_let_go)
        self._hook(window.panels.parked_changed, window.rail.set_parked)
        window.palette_list.set_source(self, Lane(self, self._workspace))
        self.offline.begin()
        window.show_work()
        if self._specs:
            self._open_area(self._specs[0].key)
        self._ask_counts()
        self._unfinished.begin()

    def lock(self) -> int:
        """Hide everything of patients, keep everything typed, send nothing; returns how many were put back."""
        put_back = self._pendings.put_back()
        self._drafts.flush()
        self.live.pause()
        self._window.toasts.clear()
        self._window.palette_list.set_open(False)
        self._window.book.set_place("", active=False)
        return put_back

    def unlock(self) -> None:
        """Show everything again, with what changed meanwhile."""
        window = self._window
        window.show_work()
        window.palette_list.set_open(True)
        window.book.set_place(window.stack.current, active=True)
        self.live.resume()
        panel = window.panels.current
        if panel is not None:
            window.panels.show_panel(panel)
        else:
            window.stack.focus_page()

    def end(self) -> None:
        """Sign out: drafts stay, pages go. The workspace is closed by whoever opened it, after the last draft."""
        window = self._window
        self.lock()
        window.panels.close_all()
        for signal, slot in self._hooks:
            signal.disconnect(slot)
        self._hooks = []
        self.live.close()
        self.offline.end()
        self._counts.close()
        window.palette_list.set_source(None, None)
        window.stack.end()
        DateOrder.clinic = ""

    def flush(self) -> None:
        """Save what is typed now (a bug was met)."""
        self._drafts.flush()

    # -- ShellApi --------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> WorkspacePort:
        """The signed-in person's workspace."""
        return self._workspace

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return self._workspace.clinic.zone

    @property
    def drafts(self) -> Drafts:
        """The person's unfinished forms."""
        return self._drafts

    @property
    def enrolment(self) -> EnrolPort | None:
        """Letting this computer work offline."""
        return self._services.enrolment

    @property
    def sync(self) -> SyncView:
        """How the workstation stands to its server."""
        return self.offline.view

    def now(self) -> datetime:
        """Return the clinic's present instant."""
        return self._workspace.clock.now()

    def can(self, permission: Permission) -> bool:
        """Tell whether the person may do this."""
        return self._workspace.actor.may(permission)

    def navigate(self, place: Place) -> bool:
        """Go to a place, or say that it isn't possible."""
        if self._window.stack.go(place):
            return True
        self.toast(t("You can't go there with your role."), tone=ToastTone.WARNING)
        return False

    def show_panel(self, panel: PanelPage) -> None:
        """Show a side panel."""
        self._window.panels.show_panel(panel)

    def close_panel(self, panel: PanelPage | None = None) -> None:
        """Close a panel."""
        self._window.panels.close_panel(panel)

    def park(self, panel: PanelPage) -> None:
        """Put a panel aside."""
        self._window.panels.park(panel)

    def did(self, text: str, outcome: Outcome) -> None:
        """Say what was done, with Undo and the warnings; without the server, that it isn't confirmed yet."""
        undoable = outcome.undo is not None or bool(outcome.undo_label)
        waits = (not_yet(),) if self.sync.offline else ()
        said = " · ".join((text, *waits, *outcome.warnings))
        tone = ToastTone.WARNING if outcome.warnings else ToastTone.GOOD
        if undoable:
            self._window.toasts.offer_undo(said, tone, ToastButton(t("Undo"), self.undo))
        else:
            self._window.toasts.show(said, tone)

    def toast(self, text: str, *, tone: ToastTone = ToastTone.INFO, button: ToastButton | None = None) -> None:
        """Say something in passing."""
        self._window.toasts.show(text, tone, button)

    def problem(self, error: AppError) -> None:
        """Show an error that has no place of its own."""
        tone = ToastTone.WARNING if isinstance(error, Conflict) else ToastTone.CRITICAL
        self._window.toasts.show(error.message, tone, shown_ms=15000)

    def pending(self, action: PendingAction) -> Pending:
        """Carry out an action after its waiting time."""
        return self._pendings.begin(action)

    def remember_chart(self, patient_id: str, name: str) -> None:
        """Put a chart at the top of the last five."""
        others = [chart for chart in self._charts if chart[0] != patient_id]
        self._charts = deque([(patient_id, name), *others][:CHARTS], maxlen=CHARTS)

    def set_count(self, area: str, count: int | None) -> None:
        """Show a number in the rail."""
        self._window.rail.set_count(area, count)

    def find_patient(self, on_chosen: Callable[[str, str], object]) -> None:
        """Let the person choose a patient."""
        self._window.palette_list.choose_patient(on_chosen)

    # -- actions ---------------------------------------------------------------------------------------------------

    def run_action(self, action: Action) -> None:
        """Carry out an action, in its area if it has one."""
        page = self._window.stack.open_area(action.area) if action.area else None
        if action.id.startswith("open."):
            self._window.stack.come_back()
        receiver: Any = page if action.area else self._window
        if receiver is not None and action.is_enabled(receiver):
            action.handler(receiver)

    def undo(self) -> None:
        """Take back the last action (Ctrl+Z outside of text): what still waits its ten seconds is cancelled."""
        cancelled, label = self._window.toasts.cancel_pending(), self._workspace.undo_label
        if label is None and not cancelled:
            self.toast(t("Nothing to undo."))
        elif label is not None and not cancelled:
            self._lane.call(self._workspace.undo, on_result=partial(self._undone, label), on_error=self.problem)

    def show_parked(self) -> None:
        """Bring back a form that was put aside or left unfinished."""
        self._unfinished.show()

    def show_charts(self) -> None:
        """Offer the last five charts."""
        items = [MenuItem(name, partial(self._open_chart, ident), icon="user") for ident, name in self._charts]
        if items:
            menu = open_menu(self._window.top.field, t("Last charts"), items)
            menu.setActiveAction(menu.actions()[0])  # by key: Enter opens the last one
        else:
            self.toast(t("No chart has been opened yet."))

    def palette_actions(self, text: str) -> Sequence[Entry]:
        """Return what the palette lists besides patients."""
        found = [self._entry(action) for action in self._window.book.matching(text, self._sensible)]
        if text.strip():
            return found[:6]
        charts = [
            Entry(key=f"chart.{ident}", icon="user", title=name, detail=t("last chart"),
                  run=partial(self._open_chart, ident))
            for ident, name in self._charts
        ]  # fmt: skip
        return [*charts, *found][:12]

    def patient_search(self) -> Callable[..., Any] | None:
        """Return the query function that finds patients."""
        search = self._services.search_patients
        return search() if search is not None else None

    def open_patient(self, patient_id: str, name: str, typed: str) -> None:
        """Open the chart of a patient found in the palette."""
        self._checklist.found(typed, name)
        self._open_chart(patient_id)

    def nobody_found(self, typed: str) -> Sequence[Entry]:
        """Return the way to register somebody who isn't found in the palette."""
        place, title = NewPatient(text=typed), t("Register “{name}”", name=typed)
        entry = Entry(key="register", icon="plus", title=title, run=partial(self.navigate, place))
        return () if self._window.stack.area_for(place) is None else (entry,)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _hook(self, signal: Any, slot: Callable[..., Any]) -> None:
        signal.connect(slot)
        self._hooks.append((signal, slot))

    def _open_area(self, key: str) -> None:
        stack = self._window.stack
        again = stack.current == key
        page = stack.open_area(key)
        if again and page is not None:
            page.home()
        self._window.rail.set_current(self._window.stack.line_of(key))

    def _opened(self, key: str) -> None:
        self._window.rail.set_current(self._window.stack.line_of(key))
        self._window.book.set_place(key, active=True)

    def _open_chart(self, patient_id: str) -> None:
        self.navigate(OpenChart(patient_id=patient_id))

    def _sensible(self, action: Action) -> bool:
        if action.id == FIND:
            return False
        page = self._window.stack.page(action.area) if action.area else self._window
        return page is None or action.is_enabled(page)

    def _entry(self, action: Action) -> Entry:
        run = self._window.book.qaction(action.id).trigger if self._here(action) else partial(self.run_action, action)
        keys = key_text(action.shortcut)
        return Entry(key=action.id, icon=action.icon, title=t(action.title), hint=keys, run=run)

    def _here(self, action: Action) -> bool:
        return self._window.book.qaction(action.id).isEnabled()

    def _undone(self, label: str, outcome: Outcome | None) -> None:
        if outcome is None:
            self.toast(t("Nothing to undo."))
        else:
            self._checklist.undone()
            page = self._window.stack.page(self._window.stack.current)
            if page is not None:
                page.undone()
            self._window.toasts.withdraw_undo()
            self._window.toasts.show(t("Undone: {what}", what=label) if label else t("Undone"), ToastTone.GOOD)

    def _show_pending(self, job: PendingJob) -> None:
        self._window.toasts.show_pending(job, self._pendings)

    def _pending_sent(self, action: PendingAction, outcome: Outcome) -> None:
        if action.done_text:
            self.did(action.done_text, outcome)

    def _panel_shown(self, panel: PanelPage) -> None:
        self._drafts.watch(panel)

    def _panel_let_go(self, panel: PanelPage, finished: bool) -> None:
        self._drafts.forget(panel, discard=finished)

    def _changed(self, changes: ChangesPort) -> None:
        self._window.stack.take_changes(changes)
        panel = self._window.panels.current
        if panel is not None and panel.isVisible() and changes.touches(panel.watches):
            panel.changed(changes)
        if changes.touches(self._services.count_tables):
            self._ask_counts()
        if not changes.own:
            self._checklist.foreign_change(changes.tables)

    def _ask_counts(self) -> None:
        if self._services.counts is not None:
            quiet = lambda _: None  # noqa: E731 - the badge says what is wrong; old numbers stay
            self._counts.ask(self._services.counts(), on_result=self._counted, on_error=quiet)

    def _counted(self, counts: Mapping[str, int]) -> None:
        for key, count in counts.items():
            self._window.rail.set_count(key, count)
