"""The triage board: requests by severity and age at the left, one with a glimpse of its chart at the right."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.requests import CancelRequest, TriageRequest
from app.domain.enums import RequestStatus, SeverityLevel
from app.domain.requests import OPEN_REQUESTS, request_word
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.cover import Colleague, colleagues
from app.queries.openings import OpenTime, next_available
from app.queries.requests import RequestBox, RequestRow, RequestView, request_page, request_view
from app.ui.areas.requests.actions import ACTIONS
from app.ui.areas.requests.by_hand import booked_by_hand, not_before
from app.ui.areas.requests.detail import RequestDetail
from app.ui.areas.requests.lines import request_line
from app.ui.areas.requests.seen import Key, SeenKeys, meanings
from app.ui.areas.requests.steps import Step, book, booked, can_wait, held, next_step, propose, worth_offering
from app.ui.parts.list_beside import ListBeside
from app.ui.parts.request_words import SEVERITY_KEYS, severity_word
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import AreaPage, Lane, PendingAction, Place, ShellApi, bind
from app.ui.work.places import OpenChart, ShowRequests

TIMES, ASKED = 6, 24
"""Times shown, and looked for: many begin too soon to be proposed."""
NUMBERS = 9
TICK_MS = 20_000


class RequestsPage(AreaPage):
    """Enter takes the next step; Alt+1… an urgency while it is new, a free time afterwards."""

    watches = frozenset({"visit_requests", "request_detail", "request_visit", "visit_slots"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._rows: dict[str, RequestRow] = {}
        self._times: tuple[OpenTime, ...] = ()
        self._wanted = self._dealt = self._gone = self._times_of = self._marked = ""
        self._seen = SeenKeys()
        self._settled = False
        self._cursor: str | None = None
        self._list, self._more_lane, self._one, self._free, self._act, self._staff = (
            Lane(self, api.workspace) for _ in range(6)
        )
        self.views = SegmentedControl(
            [(RequestBox.OPEN.value, t("All open")), (RequestBox.OURS.value, t("For us")),
             (RequestBox.PATIENT.value, t("Wait for the patient")), (RequestBox.CLOSED.value, t("Closed ones"))],
            name=t("Which requests"),
        )  # fmt: skip
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self.detail = RequestDetail(api)
        frame = ListBeside(self.detail, name=t("Requests"))
        self.list, self.more, self.states = frame.list, frame.more, frame.states
        self._build()
        self._connect()

    def _build(self) -> None:
        head = row(Label(t("Requests"), role=TypeRole.PATIENT, strong=True), self.views, STRETCH, gap=16)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(head)
        body.addWidget(self.states, 1)

    def _connect(self) -> None:
        detail = self.detail
        actions = {action.id.partition(".")[2]: action for action in ACTIONS}
        for key, button in (("next_step", detail.step), ("book_now", detail.book), ("open_chart", detail.chart),
                            ("in_schedule", detail.schedule), ("give", detail.give),
                            ("begin_cancel", detail.cancel)):  # fmt: skip
            bind(button, actions[key], self)
        for number in range(1, NUMBERS + 1):
            number_key = QShortcut(QKeySequence(f"Alt+{number}"), self, partial(self.take_number, number))
            number_key.setAutoRepeat(False)  # held down it would classify and then propose a time
        self.views.changed.connect(self._view_changed)
        self.list.current_changed.connect(self._choose)
        self.list.chosen.connect(lambda _key: self.next_step())
        self.more.clicked.connect(self._ask_more)
        self.states.retry.connect(self.refresh)
        self.api.sync.changed.connect(self._show_lines)
        self._tick.timeout.connect(self._go_on)
        self._tick.start()
        detail.severity.changed.connect(lambda key: self._triage(SeverityLevel(key)))
        detail.note.returnPressed.connect(self._save_note)
        detail.times.chosen.connect(self._propose_slot)
        detail.times.current_changed.connect(self._mark_time)
        detail.why.returnPressed.connect(self._cancel)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def current(self) -> RequestRow | None:
        """The request that is shown."""
        return self._rows.get(self.list.current_key)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def open(self, place: Place) -> None:
        """Show one request, or the board."""
        if isinstance(place, ShowRequests):
            self._wanted = place.request_id
            if place.request_id:
                self.views.set_current(RequestBox.OPEN.value)
            self.refresh()

    def _view_changed(self, _key: str) -> None:
        self._more_lane.drop()  # what was asked for of the other view isn't added to this one
        self._rows, self._gone = {}, ""
        self.list.set_items(())
        self.refresh()
        if self.isVisible():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def undone(self) -> None:
        """What was taken back here the person knows: the keys mean what they meant before."""
        self._settle()

    def refresh(self) -> None:
        """Ask for the board anew; the request that is shown stays."""
        if not self._rows:
            self.states.set_loading()
        self._list.ask(request_page, box=RequestBox(self.views.current), limit=max(100, len(self._rows)),
                       on_result=self._show, on_error=self._failed)  # fmt: skip

    def _failed(self, error: AppError) -> None:
        if self._rows:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[RequestRow]) -> None:
        keys, before = list(self._rows), self.list.current_key
        self._take(page, {})
        if not self._rows:
            self.states.set_empty(t("Nobody waits for a visit here."))
            return
        self.states.set_ready()
        wanted, self._wanted = self._wanted or before or self._gone, ""
        ours = wanted == self._dealt
        if self._settled:
            self._dealt, self._settled, self._times_of = "", False, ""
            self._seen.forget()
        if wanted and wanted not in self._rows and wanted in (before, self._gone) and not ours:
            self._keep(wanted)
            return
        if wanted not in self._rows:  # it was dealt with here: the next one moves up
            after = keys[keys.index(wanted) + 1 :] if wanted in keys else []
            wanted = next((key for key in after if key in self._rows), next(iter(self._rows)))
        self.list.set_current(wanted)
        self._choose(wanted)

    def _keep(self, key: str) -> None:
        """Somebody else dealt with the one that is shown: it stays, or Enter would meet the next one."""
        self._gone, self._times = key, ()
        self._one.ask(request_view, request_id=key, on_result=self._show_gone, on_error=self.api.problem)

    def _show_gone(self, view: RequestView) -> None:
        if self._gone == view.row.request_id and not self.list.current_key:
            self.detail.show_row(view.row)
            self.detail.show_view(view)
            self.detail.show_step(None, None, view.row, ())
            self.detail.show_problem(t("This request is now: {status}.", status=request_word(view.row.status)))

    def _take(self, page: Page[RequestRow], before: dict[str, RequestRow]) -> None:
        self._rows = {**before, **{one.request_id: one for one in page.items}}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()

    def _ask_more(self) -> None:
        self._more_lane.ask(
            request_page, box=RequestBox(self.views.current), cursor=self._cursor, limit=100,
            on_result=lambda page: self._take(page, self._rows), on_error=self.api.problem,
        )  # fmt: skip

    def _go_on(self) -> None:
        """Time passes, and nobody writes down that a proposed time isn't kept any more."""
        kept = [one.proposal.ends_at for one in self._rows.values() if held(one) and one.proposal is not None]
        if self.isVisible() and any(end is not None and end <= self.api.now() for end in kept):
            self.refresh()
        else:
            blocked = QSignalBlocker(self.list)  # what is open stays open
            self._show_lines()
            blocked.unblock()

    def _show_lines(self) -> None:
        self.list.set_items([request_line(one, self.api) for one in self._rows.values()])

    def _choose(self, key: str) -> None:
        found = self._rows.get(key)
        if found is None:
            return
        self._gone = ""
        same = [one for one in self._rows.values() if one.patient_id == found.patient_id]
        self.detail.show_row(found, sum(one.status in OPEN_REQUESTS and one is not found for one in same))
        self._show_step()
        self._one.ask(request_view, request_id=key, on_result=self.detail.show_view, on_error=self.api.problem)
        if found.status in OPEN_REQUESTS and found.status is not RequestStatus.NEW and not booked(found):
            self._free.ask(next_available, mode=found.mode, after=not_before(found, self.api.zone), count=ASKED,
                           on_result=partial(self._show_times, key), on_error=lambda _: None)  # fmt: skip
        else:
            self._show_times(key, ())

    def _show_times(self, key: str, times: tuple[OpenTime, ...]) -> None:
        if key != self.list.current_key:
            return
        if key != self._times_of:  # those of another request, or of before what was done here
            self._times_of = key
            self._seen.forget()
        self._times = worth_offering(times, self.api.now(), TIMES)
        self.detail.show_times(self._times)
        self._show_step()

    def _mark_time(self, key: str) -> None:
        if key != self._marked:
            self._marked = key
            self._seen.forget()
        self._show_step()

    def _show_step(self) -> None:
        if self.current is not None:
            step, other = self._step(), self._at_once()
            self._seen.show(self.current.request_id, meanings(step, other, self.current, self._times))
            self.detail.show_step(step, other, self.current, self._times)

    def _meant(self, key: Key) -> bool:
        """Somebody else's change may have given a key another meaning while the finger was on its way to it."""
        meant = self._seen.may_take(key)
        if not meant:
            self.detail.show_problem(t("This request changed just now. Read it, then press again."))
        return meant

    def _chosen_time(self) -> OpenTime | None:
        """The free time that is marked; else the first one that the patient can be asked about, or the first."""
        key, now = self.detail.times.current_key, self.api.now()
        marked = next((one for one in self._times if one.slot_id == key), None)
        return marked or next((one for one in self._times if can_wait(one, now)), next(iter(self._times), None))

    def _at_once(self) -> Step | None:
        found, chosen = self.current, self._chosen_time()
        if found is None or chosen is None or found.status is RequestStatus.NEW:
            return None
        return book(found, chosen, self.api.zone, self.api.now())

    def _step(self) -> Step | None:
        found = self.current
        if found is None:
            return None
        return next_step(found, self._chosen_time(), self.detail.note.text(), self.api.zone, self.api.now())

    # -- doing ---------------------------------------------------------------------------------------------------------

    def next_step(self) -> None:
        """Take the request's next step."""
        if self._meant(Key.STEP):
            self._do(self._step())

    def take_number(self, number: int) -> None:
        """Take the n-th choice: an urgency of a new request, a free time of one that was triaged."""
        found = self.current
        if found is None or not self._meant(Key.NUMBER):
            return
        if found.status is RequestStatus.NEW:
            if number <= len(SEVERITY_KEYS):
                self._triage(SEVERITY_KEYS[number - 1])
        elif number <= len(self._times):
            self._do(propose(found, self._times[number - 1], self.api.zone, self.api.now()))

    def book_now(self) -> None:
        """Book the time that the button names without asking the patient first."""
        if self._meant(Key.BOOK):
            self._do(self._at_once())

    def _propose_slot(self, slot_id: str) -> None:
        chosen = next((one for one in self._times if one.slot_id == slot_id), None)
        if self.current is not None and chosen is not None:
            self._do(propose(self.current, chosen, self.api.zone, self.api.now()))

    def _triage(self, severity: SeverityLevel) -> None:
        found = self.current
        if found is None or found.status not in OPEN_REQUESTS:
            return
        command = TriageRequest(request_id=found.request_id, severity=severity, note=self.detail.note.text(),
                                expected=found.status)  # fmt: skip
        done = t("Triaged as {word}: {name}", word=severity_word(severity), name=found.patient_name)
        self._do(Step("", command, done))

    def _save_note(self) -> None:
        if self.current is not None:
            self._triage(self.current.severity)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_chart(self) -> None:
        """Go to the patient's chart."""
        if self.current is not None:
            self.api.navigate(OpenChart(patient_id=self.current.patient_id))

    def in_schedule(self) -> None:
        """Book by hand, in the calendar: that booking answers the request."""
        found = self.current
        if found is None or found.status not in OPEN_REQUESTS:
            return
        if found.status is RequestStatus.NEW:
            self.detail.show_problem(t("Say first how urgent this request is."))
            return
        if booked(found):
            words = t("The patient has booked the proposed time. Close the request, then move that visit.")
            self.detail.show_problem(words)
            return
        self.api.navigate(booked_by_hand(found, self.api.zone, self.api.now()))

    def begin_cancel(self) -> None:
        """Ask why no visit comes of it."""
        if self.current is not None and self.current.status in OPEN_REQUESTS:
            self.detail.why_field.show()
            self.detail.why.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self) -> None:
        found, reason = self.current, self.detail.why.text().strip()
        if found is None:
            return
        if not reason:
            self.detail.show_problem(t("Say why no visit comes of this request."))
            return
        command = CancelRequest(request_id=found.request_id, reason=reason, expected=found.status)
        self._dealt = found.request_id
        self.detail.why_field.hide()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.api.pending(PendingAction(
            text=t("Cancelling the request of {name}", name=found.patient_name), command=command,
            done_text=t("Cancelled the request of {name}", name=found.patient_name),
            on_done=lambda _outcome: self._settle(), on_refused=self._refused, on_cancelled=self._kept_open,
        ))  # fmt: skip

    def give(self) -> None:
        """Give it to a colleague, or to nobody."""
        if self.current is not None:
            self._staff.ask(colleagues, on_result=self._offer_people, on_error=self.api.problem)

    def _offer_people(self, found: tuple[Colleague, ...]) -> None:
        one = self.current
        if one is None or one.status is RequestStatus.NEW:
            self.detail.show_problem(t("Say first how urgent this request is."))
            return
        items: list[MenuItem | None] = [
            MenuItem(person.name, partial(self._assign, one, person.user_id), "user")
            for person in found if person.user_id != one.owner_user
        ]  # fmt: skip
        if one.owner_user is not None:
            items.append(MenuItem(t("Nobody"), partial(self._assign, one, ""), "users"))
        open_menu(self.detail.give, t("Give to"), items)

    def _assign(self, one: RequestRow, user_id: str) -> None:
        command = TriageRequest(request_id=one.request_id, severity=one.severity, owner_user=user_id)
        self._do(Step("", command, t("Given away: {title}", title=one.patient_name)))

    def _do(self, step: Step | None) -> None:
        if step is None:
            return
        self._dealt = self.list.current_key
        self.detail.problem.hide()
        command: Command = step.command
        self._act.execute(command, on_done=partial(self._done, step.done), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self._settle()

    def _settle(self) -> None:
        """Read the board anew: what isn't there now was dealt with here."""
        self._settled = True
        self.refresh()

    def _refused(self, error: AppError) -> None:
        """What somebody else did, or which rule says no, stands beside the button; the board is read anew."""
        self._kept_open()
        self.detail.show_problem(error.message)
        self.refresh()

    def _kept_open(self) -> None:
        """Nothing was done here after all: if it leaves the board, somebody else did that."""
        self._dealt = ""
