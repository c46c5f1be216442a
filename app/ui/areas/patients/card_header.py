"""The head of a patient's card: who it is, what to watch out for, the last and the next visit, what to do."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.demographics import CodedItem, sex_text
from app.domain.enums import VisitStatus
from app.domain.patient_flags import DECEASED, flag_text
from app.kernel.i18n import t
from app.kernel.text import has_hidden_characters
from app.queries.patient_card import PatientCard
from app.ui.parts.link_state import PATIENT_TABLES, LinkState, not_yet
from app.ui.parts.patient_values import date_text, language_text, lived_text
from app.ui.parts.words import clock
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip_flow import ChipFlow
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ChipSpec
from app.ui.widgets.text import ElidedLabel, Label, key_text
from app.ui.work import ShellApi

_SEVERE = ("anaphyla", "severe", "high", "grave")
_MOST_ALLERGIES = 6
_ROOMY, _TIGHT, _LEAST = 760, 560, 360


class CardHeader(QFrame):
    """Signals say what was clicked; the page does it."""

    back = Signal()
    chart = Signal()
    edit = Signal()
    book = Signal()
    more = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._first_name = ""
        self._card: PatientCard | None = None
        api.sync.changed.connect(self._show_chips)
        self.name = ElidedLabel("", role=TypeRole.PATIENT, strong=True)
        self.who = Label("", tone=Tone.MUTED, wrap=True)
        self.chips = ChipFlow()
        self.visits = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.back_button = IconButton("back", t("Back to the list"), keys="Alt+Left")
        self.chart_button = Button(t("Open chart"), icon="heart", keys="Ctrl+O", name=t("Open chart"))
        self.edit_button = Button(t("Edit"), icon="edit", keys="F2", name=t("Edit"))
        self.book_button = Button(t("Book"), kind=ButtonKind.PRIMARY, icon="calendar", keys="Alt+B")
        self.more_button = IconButton("more", t("More"), kind=ButtonKind.SECONDARY)
        for button, signal in ((self.back_button, self.back), (self.chart_button, self.chart),
                               (self.edit_button, self.edit), (self.book_button, self.book),
                               (self.more_button, self.more)):  # fmt: skip
            button.clicked.connect(signal)
        first = row(
            self.back_button, self.name, self.chart_button, self.edit_button, self.book_button, self.more_button, gap=8
        )
        first.setStretch(1, 1)
        second = row(self.who, self.visits, gap=16, margins=(36, 0, 0, 0))
        second.setStretch(0, 1)
        third = row(self.chips, margins=(36, 0, 0, 0))
        column(first, second, third, gap=6, margins=(16, 12, 24, 12), parent=self)

    def show_card(self, card: PatientCard, *, living: bool) -> None:
        """Show a patient; one who is part of another record by now can't be edited or booked."""
        today, now = self._api.workspace.reader().today, self._api.now()
        self.name.setText(card.name)
        self.name.setAccessibleName(card.name)
        self.who.setText(_who(card, _age(card, today)))
        self._card = card
        self._show_chips()
        self.visits.setText(self._visit_text(card, now))
        for button in (self.chart_button, self.edit_button, self.book_button):
            button.setVisible(living)
        self._first_name = card.first_name or card.name
        self._fit()

    def show_way_back(self, *, to_chart: bool) -> None:
        """Say where the way back leads."""
        name = t("Back to the chart") if to_chart else t("Back to the list")
        self.back_button.setAccessibleName(name)
        self.back_button.setToolTip(f"{name} ({key_text('Alt+Left')})")

    def _show_chips(self) -> None:
        if self._card is None:
            return
        unsent = LinkState.of(self._api.sync).unsent(self._card.id, PATIENT_TABLES)
        waits = [ChipSpec(not_yet(), "clock", StatusKind.HELD, outlined=True)] if unsent else []
        self.chips.show_chips([*waits, *_chips(self._card)])

    def _fit(self) -> None:
        """The patient's own name comes first: the button says it too only where there is room for both."""
        whole = t("Book for {name}", name=self._first_name)
        self.book_button.setText(whole if self._first_name and self.width() >= _ROOMY else t("Book"))
        for button in (self.chart_button, self.edit_button, self.book_button):
            button.show_hint(self.width() >= _ROOMY)
        for button, text in ((self.chart_button, t("Open chart")), (self.edit_button, t("Edit"))):
            button.setText(text if self.width() >= _TIGHT else "")

    def minimumSizeHint(self) -> QSize:
        """Return the least size: what the buttons take once their words are left out."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the text of the button."""
        super().resizeEvent(event)
        self._fit()

    def _visit_text(self, card: PatientCard, now: datetime) -> str:
        zone, parts = self._api.zone, []
        past = next((v for v in card.visits if v.start < now and v.status is VisitStatus.COMPLETED), None)
        if past is not None:
            parts.append(t("Last visit {date}", date=date_text(past.start.astimezone(zone).date())))
        coming = card.upcoming(now)
        if coming is not None:
            day = date_text(coming.start.astimezone(zone).date())
            parts.append(t("Next visit {date} {time}", date=day, time=clock(coming.start, zone)))
        return "   ·   ".join(parts) or t("No visits yet")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and the line below."""
        c = Theme.current().colors
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), c.surface)
            painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), c.line)


def _age(card: PatientCard, today: date) -> str:
    if card.born is None:
        return ""
    details = card.demographics
    return lived_text(card.born, today, dead=details.deceased or DECEASED in card.flags, died=details.died)


def _who(card: PatientCard, age: str) -> str:
    details = card.demographics
    born = t("born {date}", date=date_text(card.born)) if card.born else t("birth date unknown")
    parts = (
        age,
        born,
        sex_text(details.sex),
        t("MRN {number}", number=details.mrn) if details.mrn else "",
        t("speaks {language}", language=language_text(details.language)) if details.language else "",
    )
    return "  ·  ".join(part for part in parts if part)


def _chips(card: PatientCard) -> list[ChipSpec]:
    chips = [ChipSpec(t("Identity to confirm"), "warn", StatusKind.ARRIVED)] if card.identity_to_confirm else []
    if has_hidden_characters(card.first_name + card.last_name):
        chips.append(ChipSpec(t("Hidden characters in the name"), "eye-off", StatusKind.ARRIVED))
    allergies = card.demographics.allergies.active
    chips += [_allergy(item) for item in allergies[:_MOST_ALLERGIES]]
    if len(allergies) > _MOST_ALLERGIES:
        chips.append(ChipSpec(t("{n} more allergies", n=len(allergies) - _MOST_ALLERGIES), "warn"))
    if card.demographics.allergies.unreadable:
        chips.append(ChipSpec(t("Allergies unreadable"), "warn", StatusKind.ARRIVED))
    return chips + [ChipSpec(flag_text(flag), "flag") for flag in card.flags if flag.strip()]


def _allergy(item: CodedItem) -> ChipSpec:
    severe = any(word in item.detail.casefold() for word in _SEVERE)
    text = f"{item.display}: {item.detail}" if item.detail else item.display
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return ChipSpec(shown, "warn", StatusKind.CRITICAL if severe else None)
