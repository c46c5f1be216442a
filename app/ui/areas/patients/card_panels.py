"""The parts of a patient's card: details, what is in the record, visits, household."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.demographics import CodedList, Demographics, sex_text
from app.domain.permissions import Permission
from app.kernel.i18n import t, tn
from app.queries.patient_card import HouseholdCard, HouseholdPerson, PatientCard, PatientVisit
from app.ui.parts.beyond import BeyondNote
from app.ui.parts.patient_values import born_text, date_text, language_text, phone_use, relation_text
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.words import clock
from app.ui.theme.status import GLYPHS
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.work import ShellApi

Fact = tuple[str, str, Tone]
_LABEL_WIDTH = 116


class Facts(QWidget):
    """Labels with their values below each other; values may wrap and can be selected for copying."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[Fact, ...] = ()

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show other facts; nothing is rebuilt while they are the same."""
        if tuple(facts) == self._shown:
            return
        self._shown = tuple(facts)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for number, (title, text, tone) in enumerate(facts):
            label = Label(title, tone=Tone.MUTED)
            value = Label(text, tone=tone, wrap=True)
            value.setAccessibleName(f"{title}: {text}")
            self._grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, number, 1)


class DetailsPanel(Panel):
    """How to reach the patient, and who they are."""

    def __init__(self) -> None:
        super().__init__(t("Details"))
        self.facts = Facts()
        self.add(self.facts)

    def show_card(self, card: PatientCard) -> None:
        """Show a patient's details; what isn't known is left out, what can't be read is said."""
        self.facts.show_facts([*_reach(card), *_person(card)])


def _reach(card: PatientCard) -> list[Fact]:
    details = card.demographics
    facts = [(phone_use(phone) or t("Phone"), phone.value, Tone.TEXT) for phone in details.phones]
    facts = [(title[:1].upper() + title[1:], text, tone) for title, text, tone in facts]
    if not facts:
        facts.append((t("Phone"), *_missing(details, "phones")))
    if card.login_email:
        facts.append((t("E-mail"), t("{email} (signs in with it)", email=card.login_email), Tone.TEXT))
    else:
        email = card.contact_email or details.email
        facts.append((t("E-mail"), email, Tone.TEXT) if email else (t("E-mail"), *_missing(details, "email")))
    address = details.address.one_line
    facts.append((t("Address"), address, Tone.TEXT) if address else (t("Address"), *_missing(details, "address")))
    return facts


def _missing(details: Demographics, key: str) -> tuple[str, Tone]:
    return (t("unreadable value"), Tone.WARN) if key in details.unreadable else (t("not given"), Tone.MUTED)


def _person(card: PatientCard) -> list[Fact]:
    details = card.demographics
    values = (
        ("emergencyContact", t("Emergency"), ", ".join(filter(None, details.emergency_contact))),
        ("insurance", t("Insurance"), details.insurance),
        ("language", t("Language"), language_text(details.language)),
        ("sex", t("Sex"), sex_text(details.sex)),
        ("genderIdentity", t("Gender identity"), details.gender_identity),
        ("mrn", t("MRN"), details.mrn),
        ("heightCm", t("Height"), f"{card.height_cm:g} cm" if card.height_cm else ""),
    )
    facts = []
    for key, title, text in values:
        if text:
            facts.append((title, text, Tone.TEXT))
        if key in details.unreadable:
            facts.append((title, t("unreadable value"), Tone.WARN))
    return facts


class CodedPanel(Panel):
    """Allergies, conditions or medications. Not asked, none known and unreadable look different."""

    edit = Signal()

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self._edit = Button(t("Edit"), kind=ButtonKind.QUIET, small=True)
        self._edit.setAccessibleName(t("Edit: {heading}", heading=heading))
        self._edit.clicked.connect(self.edit)
        self.head.addWidget(self._edit)
        self.head.setContentsMargins(16, 8, 8, 4)
        self._lines = _Lines()
        self._state = Label("", tone=Tone.MUTED, wrap=True)
        self.add(self._lines, self._state)

    def show_list(self, coded: CodedList, zone: ZoneInfo, *, editable: bool) -> None:
        """Show the list or the state that stands for it; days are the clinic's."""
        self._edit.setVisible(editable)
        active = coded.active
        past = [item for item in coded.items if not item.active]
        self.set_count(len(active) or None)
        self._lines.show_lines([(item.display, item.detail, Tone.TEXT) for item in active]
                               + [(item.display, item.status, Tone.MUTED) for item in past])  # fmt: skip
        self._lines.setVisible(bool(coded.items))
        text, tone = _state(coded, zone)
        self._state.setText(text)
        self._state.set_tone(tone)
        self._state.setVisible(bool(text))

    @property
    def state_text(self) -> str:
        """What stands in place of a list."""
        return self._state.text()


class _Lines(QWidget):
    """What is listed, with what is said of it at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._body = column(gap=6, parent=self)
        self._shown: tuple[Fact, ...] = ()

    def show_lines(self, lines: Sequence[Fact]) -> None:
        """Show other lines: the name, what is said of it, the tone of the name."""
        if tuple(lines) == self._shown:
            return
        self._shown = tuple(lines)
        while (item := self._body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name, about, tone in lines:
            line = QWidget()
            text = Label(name, tone=tone, wrap=True)
            text.setAccessibleName(f"{name}, {about}" if about else name)
            said = Label(about, role=TypeRole.META, tone=Tone.MUTED, wrap=True)
            both = row(text, said, gap=12, parent=line)
            both.setStretch(0, 3)
            both.setStretch(1, 2 if about else 0)
            said.setVisible(bool(about))
            self._body.addWidget(line)


def _state(coded: CodedList, zone: ZoneInfo) -> tuple[str, Tone]:
    if coded.unreadable:
        return tn("{n} unreadable value", "{n} unreadable values", coded.unreadable), Tone.WARN
    if not coded.asked:
        return t("Not asked yet"), Tone.MUTED
    if coded.none_known:
        who = ", ".join(part for part in (coded.by, _date_of(coded.at, zone)) if part)
        return (t("None known ({who})", who=who) if who else t("None known")), Tone.TEXT
    return ("", Tone.MUTED) if coded.items else (t("Empty list"), Tone.MUTED)


def _date_of(at: str, zone: ZoneInfo) -> str:
    """The day of an instant, or a day as it stands."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return at[:40]
    return date_text((found.astimezone(zone) if found.tzinfo else found).date())


class VisitsPanel(Panel):
    """Coming visits first, then the past ones, newest first."""

    opened = Signal(str)

    def __init__(self, api: ShellApi) -> None:
        super().__init__(t("Visits"), flush=True)
        self._api = api
        self.list = ListCard(name=t("Visits"), framed=False, max_rows=9, by_click=True)
        self.list.chosen.connect(self.opened)
        self._none = Label(t("No visits yet."), tone=Tone.MUTED)
        self._none.setContentsMargins(15, 0, 15, 10)
        self.beyond = BeyondNote(api, "visits")
        self.add(self.list, self._none, self.beyond)

    def show_visits(self, visits: Sequence[PatientVisit]) -> None:
        """Show the visits of a card (they come newest first)."""
        now = self._api.now()
        coming = [visit for visit in reversed(visits) if visit.start >= now]
        past = [visit for visit in visits if visit.start < now]
        self.list.set_items([self._item(visit) for visit in (*coming, *past)])
        self.list.setVisible(bool(visits))
        self._none.setVisible(not visits)
        self.beyond.show_ever()
        self.set_count(len(visits) or None)
        self.set_meta(tn("{n} to come", "{n} to come", len(coming)) if coming else "")

    def _item(self, visit: PatientVisit) -> ListItem:
        kind, zone = STATUS[visit.status], self._api.zone
        day = date_text(visit.start.astimezone(zone).date())
        what = " · ".join(part for part in (visit.type_name, visit.provider_name, visit.reason) if part)
        return ListItem(
            key=visit.id, title=f"{day}  {clock(visit.start, zone)}", subtitle=what,
            icon="video" if visit.mode == "VIRTUAL" else "",
            chip=ChipSpec(status_word(visit.status), GLYPHS[kind], kind),
        )  # fmt: skip


class HouseholdPanel(Panel):
    """Who lives with the patient, and who speaks for whom."""

    opened = Signal(str)
    edit = Signal()
    together = Signal()

    def __init__(self, api: ShellApi) -> None:
        super().__init__(t("Household"), flush=True)
        self._api = api
        self.list = ListCard(name=t("Household"), framed=False, by_click=True)
        self.list.chosen.connect(self.opened)
        self._none = Label(t("Nobody else is known."), tone=Tone.MUTED)
        self.button = Button(t("Household …"), icon="family", keys="Alt+H", small=True)
        self.button.clicked.connect(self.edit)
        self.book = Button(t("Book together"), icon="calendar", keys="Alt+T", small=True)
        self.book.clicked.connect(self.together)
        self._foot = QWidget()
        column(self._none, row(self.button, self.book, STRETCH), gap=8, margins=(15, 4, 15, 10), parent=self._foot)
        self.add(self.list, self._foot)

    def show_households(self, card: PatientCard, *, editable: bool) -> None:
        """Show the others of all households; the meta says how the patient belongs to them."""
        others = [(house, one) for house in card.households for one in house.members if one.patient_id != card.id]
        mine = [one for house in card.households for one in house.members if one.patient_id == card.id]
        self.list.set_items([self._item(house, one) for house, one in others])
        self.list.setVisible(bool(others))
        self._none.setVisible(not others)
        self.button.setVisible(editable)
        self.book.setVisible(bool(others) and self._api.can(Permission.BOOK))
        self.set_count(len(others) or None)
        names = " · ".join(house.name for house in card.households)
        role = [t("guardian")] if any(one.guardian for one in mine) else []
        self.set_meta(", ".join([*filter(None, [names]), *role]))

    def _item(self, house: HouseholdCard, one: HouseholdPerson) -> ListItem:
        born = born_text(one.born, self._api.workspace.reader().today, one.death)
        relation = relation_text(one.relation) if one.relation else ""
        about = " · ".join(part for part in (relation, t("Born {date}", date=born)) if part)
        chip = ChipSpec(t("Guardian"), "shield", StatusKind.PLANNED) if one.guardian else None
        return ListItem(key=f"{house.id}/{one.patient_id}", title=one.name, subtitle=about, chip=chip,
                        subtitle_text=True)  # fmt: skip
