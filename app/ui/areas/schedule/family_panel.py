"""Several people together: who comes, one after the other or side by side, times for all, one button."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.booking_together import MOST_AT_ONCE, BookTogether, OneOfSeveral
from app.commands.core import Outcome
from app.kernel.errors import AppError
from app.kernel.i18n import later, t, tn
from app.queries.clinic import appointment_types
from app.queries.patient_card import PatientCard, patient_card
from app.queries.together import SeatTime, family_times
from app.ui.areas.schedule import joint_drafts
from app.ui.areas.schedule.family_people import PeopleLines
from app.ui.areas.schedule.from_day import FromDay
from app.ui.areas.schedule.patient_pick import PatientPick, Who
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Draft, Lane, PanelPage, ShellApi, draft_kinds, new_subject

COUNT = 5
ROW, BESIDE = "row", "beside"


class FamilyPanel(PanelPage):
    """Books everybody or nobody."""

    wide = True
    watches = frozenset({"visit_slots", "visits"})

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject = new_subject()
        self.api = api
        self._presenter = presenter
        self._groups: tuple[tuple[SeatTime, ...], ...] = ()
        self._booking = False
        self._kinds, self._houses, self._times, self._acts = (Lane(self, api.workspace) for _ in range(4))
        self.pick = PatientPick(api, t("Add somebody"), keep=False)
        self.people = PeopleLines()
        self.order = SegmentedControl(
            [(ROW, t("One after the other"), "list"), (BESIDE, t("Side by side"), "users")], name=t("Order")
        )
        self.provider = Combo(name=t("Provider"))
        self.provider.set_items([("", t("Anyone")), *presenter.providers], "")
        self.day = FromDay(api, presenter.day_looked_at)
        self.reason = LineEdit(name=t("Reason"))
        self.note = Note("")
        self.note.hide()
        self.times = ListCard(name=t("Times for all"), max_rows=COUNT)
        self.hint = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.book = Button(t("Book"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.book.setEnabled(False)
        column(self.pick, self.people, FormField(t("Order"), self.order),
               row(FormField(t("Provider"), self.provider), FormField(t("From"), self.day), gap=12),
               FormField(t("Reason"), self.reason), self.note, self.hint, self.times, STRETCH, gap=12,
               parent=self)  # fmt: skip
        self._connect()
        self._kinds.ask(appointment_types, on_result=self.people.set_types, on_error=api.problem)
        self._search()

    def _connect(self) -> None:
        self.pick.chosen.connect(self.add)
        self.people.changed.connect(self._changed)
        self.order.changed.connect(self._changed)
        self.provider.changed.connect(self._changed)
        self.day.changed.connect(self._changed)
        self.times.current_changed.connect(self._chosen)
        self.times.chosen.connect(lambda _key: self._submit())
        self.reason.textEdited.connect(self.edited)
        self.book.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        for number in range(COUNT):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, partial(self._take, number))

    # What the host asks

    def title(self) -> str:
        """Return the heading."""
        return t("Several people together")

    def meta(self) -> str:
        """Return how many come."""
        number = len(self.people.coming())
        return tn("{n} person", "{n} people", number) if number else ""

    def first_focus(self) -> QWidget | None:
        """Begin with who comes."""
        return self.pick.search

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.book

    def dirty(self) -> bool:
        """Whether anybody has been chosen."""
        return bool(self.people.lines)

    def _fields(self) -> dict[str, QWidget]:
        return {"order": self.order, "provider": self.provider, "day": self.day, "reason": self.reason}

    def draft(self) -> Draft | None:
        """Return who comes and what for; times are looked for anew."""
        if not self.people.lines:
            return None
        people = [{**joint_drafts.person(line.who), "coming": line.coming.isChecked(), "kind": line.kind.current}
                  for line in self.people.lines]  # fmt: skip
        names = ", ".join(line.who.name for line in self.people.coming())
        title = later("Appointments for {names}", names=names) if names else later("Several people together")
        return Draft(
            draft_kinds.BOOKING_FAMILY, self._subject, title, {**joint_drafts.values(self._fields()), "people": people}
        )

    def take_up(self, draft: Draft) -> None:
        """Fill in what was kept."""
        self._subject = draft.subject
        joint_drafts.fill(self._fields(), draft)
        kept = draft.body.get("people")
        for one in kept if isinstance(kept, list) else ():
            who = joint_drafts.whom(one)
            if who is not None:
                self.people.add(who, coming=bool(one.get("coming")), kind=str(one.get("kind", "")))

    def refresh(self) -> None:
        """Other people book too: search anew."""
        self._search()

    # Who comes

    def add(self, who: Who) -> None:
        """Let somebody come along, and offer the rest of their household."""
        self.people.add(who, coming=True)
        self._houses.ask(patient_card, patient_id=who.id, on_result=self._household, on_error=self.api.problem)

    def _household(self, card: PatientCard) -> None:
        for house in card.households:
            for one in house.members:
                self.people.add(Who(one.patient_id, one.name, one.born), coming=one.patient_id == card.id)

    def _changed(self, *_: object) -> None:
        self.note.hide()
        self._search()
        self.retitle()
        self.edited.emit()

    # Times

    def _search(self) -> None:
        coming = self.people.coming()
        self._show_hint(len(coming))
        if not 1 < len(coming) <= MOST_AT_ONCE:
            self._times.drop()
            self._show(())
            return
        provider = self.provider.current
        self._times.ask(
            family_times, on_result=self._show, on_error=self._failed, seats=tuple(one.seat() for one in coming),
            side_by_side=self.order.current == BESIDE, provider_ids=(provider,) if provider else (), count=COUNT,
            after=self.day.after,
        )  # fmt: skip

    def _show_hint(self, number: int) -> None:
        few = t("Choose at least two people; a household is offered as soon as one of it is there.")
        many = t("Book 1 to {limit} people at once.", limit=MOST_AT_ONCE)
        self.hint.setText(few if number < 2 else many if number > MOST_AT_ONCE else "")
        self.hint.setVisible(bool(self.hint.text()))

    def _show(self, groups: tuple[tuple[SeatTime, ...], ...]) -> None:
        self._groups = groups
        self.times.set_items([self._item(number, group) for number, group in enumerate(groups)])
        self.times.setVisible(bool(groups))
        if not groups and not self.hint.text():
            self.hint.setText(t("There is no time for all of them within two weeks. Try another order or provider."))
            self.hint.show()
        if groups and not self.times.current_key:
            self.times.set_current("0")
        self._chosen(self.times.current_key)

    def _item(self, number: int, group: tuple[SeatTime, ...]) -> ListItem:
        zone, names = self.api.zone, {line.who.id: line.who.name for line in self.people.lines}
        first, last = group[0].time.start, max(one.time.end for one in group)
        same = len({one.time.provider_id for one in group}) == 1
        first_names = {key: name.partition(" ")[0] for key, name in names.items()}
        who = " · ".join(
            f"{first_names.get(one.patient_id, '')} {clock(one.time.start, zone) if same else self._short(one)}"
            for one in group
        )
        day = day_short(first.astimezone(zone).date(), self.api.workspace.reader().today)
        clash = any(one.elsewhere is not None for one in group)
        chip = ChipSpec(t("Conflict"), "warn", StatusKind.ARRIVED) if clash else None
        return ListItem(key=str(number), number=str(number + 1), lead=day, chip=chip, subtitle=who,
                        meta=self._short(group[0]) if same else "",
                        title=f"{clock(first, zone)}–{clock(last, zone)}")  # fmt: skip

    def _short(self, one: SeatTime) -> str:
        return self._presenter.short(one.time.provider_id, one.time.provider_name) or one.time.provider_name

    def _take(self, number: int) -> None:
        if number < len(self._groups):
            self.times.set_current(str(number))
            self.times.setFocus()

    def _group(self) -> tuple[SeatTime, ...]:
        key = self.times.current_key
        return self._groups[int(key)] if key and int(key) < len(self._groups) else ()

    def _chosen(self, _key: str) -> None:
        """Say at each person what speaks against the chosen time, and on the button what will be booked."""
        group, zone = self._group(), self.api.zone
        self.people.warn(
            {
                one.patient_id: t("This patient has another visit at {time}.", time=clock(one.elsewhere, zone))
                for one in group
                if one.elsewhere is not None
            }
        )
        at = clock(group[0].time.start, zone) if group else ""
        text = tn("Book {n} person at {time}", "Book {n} people at {time}", len(group), time=at)
        self.book.setText(text if group else t("Book"))
        self.book.setEnabled(bool(group) and not self._booking)

    # Booking

    def _submit(self) -> None:
        group = self._group()
        lines = {line.who.id: line for line in self.people.coming()}
        if not self.book.isEnabled() or {one.patient_id for one in group} != set(lines):
            return
        visits = []
        for one in group:
            kind = lines[one.patient_id].type_of()
            visits.append(
                OneOfSeveral(slot_id=one.time.slot_id, patient_id=one.patient_id, visit_mode=one.time.mode,
                             reason_text=self.reason.text(), appointment_type_id=kind.id if kind else None,
                             minutes=lines[one.patient_id].seat().minutes)
            )  # fmt: skip
        self._booking = True
        self.book.setEnabled(False)
        self.note.hide()
        command = BookTogether(visits=tuple(visits))
        self._acts.execute(command, on_done=self._done, on_refused=partial(self._refused, command),
                           on_unavailable=self._unavailable)  # fmt: skip

    def _done(self, outcome: Outcome) -> None:
        group = self._group()
        at = clock(group[0].time.start, self.api.zone) if group else ""
        number = len(self.people.coming())
        self.api.did(tn("Booked {n} person at {time}", "Booked {n} people at {time}", number, time=at), outcome)
        if group:
            self._presenter.show_day(group[0].time.start.astimezone(self.api.zone).date())
        self.finished.emit()

    def _refused(self, command: BookTogether, error: AppError) -> None:
        """Say whose time it was; nobody has been booked."""
        self._booking = False
        index = error.data.get("index")
        lines = {line.who.id: line for line in self.people.lines}
        if isinstance(index, int) and index < len(command.visits):
            line = lines.get(command.visits[index].patient_id)
            if line is not None:
                line.warn(error.message)
                self.note.show_text(f"{line.who.name}: {error.message}", t("Nobody has been booked."))
        else:
            self.note.show_text(error.message, t("Nobody has been booked."))
        self.note.show()
        self._search()

    def _unavailable(self, error: AppError) -> None:
        self._booking = False
        self.note.show_text(error.message, t("Nobody has been booked."))
        self.note.show()
        self._chosen("")

    def _failed(self, error: AppError) -> None:
        self._show(())
        self.hint.setText(error.message)
        self.hint.show()
