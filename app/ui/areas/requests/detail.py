"""One request: how urgent, why, a glimpse of the chart, the proposed time, free times with their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSignalBlocker
from PySide6.QtWidgets import QWidget

from app.domain.clinical_lists import ClinicalList
from app.domain.enums import RequestStatus, VisitMode
from app.domain.requests import MOST_NOTE, OPEN_REQUESTS
from app.kernel.i18n import t, tn
from app.queries.openings import OpenTime
from app.queries.requests import Proposal, ProposalState, RequestRow, RequestView
from app.ui.areas.requests.steps import Step, booked, can_wait, held
from app.ui.parts.patient_values import born_text
from app.ui.parts.request_words import SEVERITY_KEYS, ago, severity_chip, severity_word, state_word, when
from app.ui.parts.words import day_inside
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow import side_by_side
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import ShellApi

_MOST_NAMES = 6


class RequestDetail(QWidget):
    """Shows a request; its buttons belong to the page."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._shown = ""
        self._kept_note = ""
        self.chip, self.state = Chip(""), Chip("")
        self.name = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.born = Label("")
        self.phone = Label("", role=TypeRole.SECTION)
        self.reason = Label("", role=TypeRole.INPUT, wrap=True)
        self.wish = Label("", tone=Tone.MUTED, wrap=True)
        self.severity = SegmentedControl(
            [(one.value, severity_word(one)) for one in SEVERITY_KEYS], name=t("How urgent")
        )
        self.severity_field = FormField(t("How urgent"), self.severity)
        self.numbers = Label(t("Alt+1 to 4"), role=TypeRole.META, tone=Tone.MUTED)
        self.note = LineEdit(name=t("Note for colleagues"), max_length=MOST_NOTE)
        self.proposal = Note("", kind=StatusKind.HELD)
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.step = Button("", kind=ButtonKind.PRIMARY, keys="Enter")
        self.book = Button("", icon="calendar", keys="Ctrl+Shift+B")
        self.schedule = Button(t("In the schedule"), icon="calendar", keys="Alt+T", small=True)
        self.chart = Button(t("Open chart"), icon="user", keys="Ctrl+O", small=True)
        self.give = Button(t("Give to"), icon="swap", keys="Alt+G", small=True)
        self.cancel = Button(t("Cancel the request"), icon="close", keys="Alt+X", small=True)
        self.why = LineEdit(name=t("Why no visit comes of it"), max_length=MOST_NOTE)
        self.why_field = FormField(t("Why no visit comes of it"), self.why, hint=t("Enter: cancel the request"))
        self.times = ListCard(name=t("Free times"), row_height=36, max_rows=6)
        self.times_head = Label("", role=TypeRole.META, strong=True)
        self.glimpse = Card(padding=16, gap=4)
        self._lines = {key: Label("", wrap=True) for key in ("allergies", "problems", "visits", "open")}
        self._build()

    def _build(self) -> None:
        person = Card(padding=16, gap=4)
        for label in (self.name, self.born, self.phone, self.reason, self.wish):
            person.body.addWidget(label)
        self.glimpse.body.addWidget(Label(t("From the chart"), role=TypeRole.META, strong=True))
        for label in self._lines.values():
            self.glimpse.body.addWidget(label)
        person.body.addStretch(1)
        self.glimpse.body.addStretch(1)
        beside = row(gap=12)
        beside.addWidget(person, 1)
        beside.addWidget(self.glimpse, 1)
        body = column(row(self.chip, self.state, STRETCH), beside, self.severity_field, self.numbers,
                      FormField(t("Note for colleagues"), self.note), self.proposal, self.problem, gap=12,
                      parent=self)  # fmt: skip
        body.addLayout(side_by_side(self.step, self.book))
        body.addWidget(self.times_head)
        body.addWidget(self.times)
        body.addLayout(side_by_side(self.schedule, self.chart, self.give, self.cancel))
        body.addWidget(self.why_field)
        body.addStretch(1)
        for widget in (self.proposal, self.problem, self.why_field):
            widget.hide()

    def show_row(self, found: RequestRow, others: int = 0) -> None:
        """Show what the list knows already; the chart's glimpse comes with ``show_view``.

        ``others``: how many more requests of the same patient are open.
        """
        fresh, self._shown = found.request_id != self._shown, found.request_id
        today, now = self._api.workspace.reader().today, self._api.now()
        chip = severity_chip(found.severity)
        self.chip.show_state(chip.text, icon=chip.icon, kind=chip.kind, outlined=chip.outlined)
        self.state.show_state(state_word(found.status))
        self.name.setText(found.patient_name)
        self.born.setText(t("Born {date}", date=born_text(found.born, today, found.death)))
        self.reason.setText(found.reason or t("No reason given"))
        more = tn("{n} more open request of this patient", "{n} more open requests of this patient", others)
        self.wish.setText(" · ".join(filter(None, (self._wish(found), more if others else ""))))
        with QSignalBlocker(self.severity):
            self.severity.set_current(found.severity.value)
        if fresh or self.note.text() == self._kept_note:
            self.note.setText(found.note)
        self._kept_note = found.note
        if fresh:
            self.times.setCurrentIndex(QModelIndex())
            self.phone.setText("")
            self.glimpse.hide()
            self.problem.hide()
            self.why_field.hide()
            self.why.clear()
        still = found.status in OPEN_REQUESTS
        for field in (self.severity_field, self.note):
            field.setEnabled(still)
        self.numbers.setVisible(found.status is RequestStatus.NEW)
        for button in (self.step, self.book, self.schedule, self.chart, self.give, self.cancel):
            button.setEnabled(still or button is self.chart)
        self._show_proposal(found.proposal, found)
        self.severity_field.setAccessibleDescription(ago(found.created_at, now))

    def _wish(self, found: RequestRow) -> str:
        zone = self._api.zone
        mode = t("Virtual") if found.mode is VisitMode.VIRTUAL else t("In person")
        parts = [mode, t("asked {time} ago", time=ago(found.created_at, self._api.now()))]
        if found.wanted is not None:
            parts.append(t("wants {day}", day=day_inside(found.wanted, self._api.now().astimezone(zone).date())))
        if found.window_start is not None and found.window_end is not None:
            first, last = (one.astimezone(zone) for one in (found.window_start, found.window_end))
            parts.append(t("between {first} and {last}", first=f"{first:%H:%M}", last=f"{last:%H:%M}"))
        if found.owner_name:
            parts.append(t("for {owner}", owner=found.owner_name))
        return " · ".join(parts)

    def _show_proposal(self, found: Proposal | None, one: RequestRow) -> None:
        lead, text = "", ""
        now, zone = self._api.now(), self._api.zone
        if found is not None:
            time = when(found.start, zone, now) if found.start is not None else ""
            with_whom = t("{time} with {name}", time=time, name=found.provider_name) if time else ""
            if found.state is ProposalState.HELD and found.ends_at is not None:
                lead, text = t("Proposed: {time}", time=with_whom), t(
                    "Kept until {time}.", time=when(found.ends_at, zone, now)
                )  # fmt: skip
            elif found.state is ProposalState.BOOKED:
                lead = t("Booked: {time}", time=with_whom)
                text = "" if one.status not in OPEN_REQUESTS else t("The patient took it in the phone app.")
            elif found.state is ProposalState.ENDED:
                lead, text = t("Hold ended: {time}", time=with_whom), t("It is still free: propose it again.")
            elif found.state is ProposalState.TAKEN:
                lead, text = t("Taken meanwhile: {time}", time=with_whom), t("Propose another time.")
            else:
                lead, text = t("The proposed time is not there any more."), t("Propose another time.")
        elif one.status is RequestStatus.CANCELLED:
            lead, text = t("Cancelled"), one.close_reason
        self.proposal.show_text(lead, text)
        self.proposal.setVisible(bool(lead))

    def show_view(self, view: RequestView) -> None:
        """Show the glimpse of the chart."""
        if view.row.request_id != self._shown:
            return
        zone, now = self._api.zone, self._api.now()
        self.phone.setText(view.phone or t("No phone number"))
        last, coming = view.last_visit, view.next_visit
        visits = [t("Last visit {time}", time=when(last.start, zone, now)) if last else t("No visit yet")]
        if coming is not None:
            visits.append(t("next {time}", time=when(coming.start, zone, now)))
        self._lines["allergies"].setText(t("Allergies: {names}", names=names_of(view.allergies)))
        self._lines["problems"].setText(t("Problems: {names}", names=names_of(view.problems)))
        self._lines["visits"].setText(" · ".join(visits))
        count = len(view.open)
        self._lines["open"].setText(tn("{n} open item", "{n} open items", count) if count else t("Nothing is open"))
        self.glimpse.show()

    def show_step(self, step: Step | None, other: Step | None, one: RequestRow, times: Sequence[OpenTime]) -> None:
        """Name the next step, the booking without asking (``other``), and the times."""
        self.step.setVisible(step is not None)
        if step is not None:
            self.step.setText(step.text)
        open_for = (RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION)
        can_book = one.status in open_for and not booked(one)
        self.book.setVisible(can_book and other is not None and (step is None or other.text != step.text))
        if other is not None:
            self.book.setText(other.text)
        self.times.setVisible(can_book and bool(times))
        self.times_head.setVisible(can_book)
        head = t("Another time: Alt+1 to {n} proposes it", n=len(times)) if held(one) else t(
            "Free times: Alt+1 to {n} proposes one", n=len(times)
        )  # fmt: skip
        self.times_head.setText(head if times else t("No free time was found."))

    def show_times(self, times: Sequence[OpenTime]) -> None:
        """Show free times with their numbers."""
        zone, now = self._api.zone, self._api.now()
        self.times.set_items([
            ListItem(key=one.slot_id, title=when(one.start, zone, now), number=str(number),
                     meta=self._with_whom(one), after_icon="video" if one.mode is VisitMode.VIRTUAL else "")
            for number, one in enumerate(times, 1)
        ])  # fmt: skip

    def _with_whom(self, one: OpenTime) -> str:
        if can_wait(one, self._api.now()):
            return one.provider_name
        return t("{name} · too soon to wait", name=one.provider_name)

    def show_problem(self, text: str, more: str = "") -> None:
        """Show what was refused, in place."""
        self.problem.show_text(text, more)
        self.problem.show()


def names_of(found: ClinicalList) -> str:
    """The active items of a list; unasked, none known and unreadable differ; nobody knows of none without saying so."""
    parts = [item.name for item in found.active[:_MOST_NAMES]]
    if len(found.active) > _MOST_NAMES:
        parts[-1] += " …"
    if found.unreadable:
        parts.append(t("unreadable"))
    if parts:
        return ", ".join(parts)
    if found.none_known:
        return t("none known")
    if not found.asked:
        return t("not asked")
    return t("nothing at present") if found.ended else t("not recorded")
