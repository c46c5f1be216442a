"""Providers with their weekly hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.i18n import t
from app.setup.plan import NewProvider, WeeklyHours
from app.ui.shell.wizard.people_steps import RowForm, Rows, looks_like_email
from app.ui.shell.wizard.step import WizardStep
from app.ui.widgets.date_fields import TimeField
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.names import naming_locale
from app.ui.widgets.toggles import Checkbox, Switch

_WORKDAYS = frozenset({1, 2, 3, 4, 5})
_WEEK = (1, 2, 3, 4, 5, 6, 0)


def day_name(day: int) -> str:
    """Return the short name of a day of the week (0 is Sunday) in the person's language."""
    return naming_locale().dayName(day or 7, QLocale.FormatType.ShortFormat)


class ProviderRow(RowForm):
    """One provider: name, specialty, e-mail, days, hours with a break, video visits."""

    def __init__(self) -> None:
        super().__init__(t("Provider"))
        self.name, self.specialty = LineEdit(max_length=300), LineEdit(max_length=100)
        self.email = LineEdit(max_length=254)
        self.start = TimeField(time(9, 0), name=t("From"), step=15)
        self.end = TimeField(time(17, 0), name=t("To"), step=15)
        self.rest_from = TimeField(time(12, 0), name=t("Break from"), step=15)
        self.rest_to = TimeField(time(13, 0), name=t("Break to"), step=15)
        self.video = Switch(t("Video visits too"), checked=False)
        self.days = {day: Checkbox(day_name(day), checked=day in _WORKDAYS) for day in _WEEK}
        self.form.add_row(
            ("name", FormField(t("Name"), self.name)),
            ("specialty", FormField(t("Specialty"), self.specialty)),
            ("email", FormField(t("E-mail"), self.email, hint=t("for an account"))),
        )
        self.body.addLayout(row(*self.days.values(), STRETCH, self.video, gap=12))
        hours = row(gap=12)
        for key, text, field in [
            ("start", t("From"), self.start),
            ("end", t("To"), self.end),
            ("rest_from", t("Break from"), self.rest_from),
            ("rest_to", t("Break to"), self.rest_to),
        ]:
            hours.addWidget(FormField(text, field), 1)
            field.setObjectName(key)
        self.body.addLayout(hours)

    def is_empty(self) -> bool:
        """Whether no name is entered."""
        return not self.name.text().strip() and not self.email.text().strip()

    def check(self) -> bool:
        """Want a name, hours that end after they begin, and a break inside of them."""
        self.form.clear_errors()
        if not self.name.text().strip():
            self.form.show_error("name", t("Enter a name."))
        if self.email.text().strip() and not looks_like_email(self.email.text()):
            self.form.show_error("email", t("Enter an e-mail address such as name@clinic.org."))
        if not any(box.isChecked() for box in self.days.values()):
            self.form.show_error(None, t("Choose at least one day."))
        elif not self._spans():
            self.form.show_error(None, t("Hours end after they begin, and the break lies between."))
        return not self.form.has_errors() and bool(self._spans()) and any(b.isChecked() for b in self.days.values())

    def _spans(self) -> tuple[tuple[time, time], ...]:
        """Return the spans of a day, without the break; none when the entries make no sense."""
        start, end, rest_from, rest_to = self.start.value, self.end.value, self.rest_from.value, self.rest_to.value
        if start is None or end is None or start >= end or (rest_from is None) != (rest_to is None):
            return ()
        if rest_from is None or rest_to is None:
            return ((start, end),)
        return ((start, rest_from), (rest_to, end)) if start < rest_from < rest_to < end else ()

    def provider(self) -> NewProvider:
        """Return what is entered."""
        days = frozenset(day for day, box in self.days.items() if box.isChecked())
        hours = tuple(
            WeeklyHours(days=days, start=start, end=end, mode=VisitMode.IN_PERSON) for start, end in self._spans()
        )
        return NewProvider(
            name=self.name.text().strip(),
            specialty=self.specialty.text().strip(),
            email=self.email.text().strip(),
            telemed=self.video.isChecked(),
            hours=hours,
        )


class ProviderStep(WizardStep):
    """Who sees patients, and when."""

    fields = frozenset({"providers"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("Who sees patients")

    def __init__(self) -> None:
        super().__init__(t("Their weekly hours become the free times of the schedule."))
        self.rows = Rows(ProviderRow, t("Add a provider"))
        self.rows.add()
        self.body.addWidget(self.rows)

    def check(self) -> bool:
        """Want at least one provider, every entry complete."""
        super().check()
        entries = [entry for entry in self.rows.rows if not entry.is_empty()]
        if not entries:
            first = next(iter(self.rows.rows), None) or self.rows.add()
            first.check()
            first.focus_first()
            return False
        checked = [entry.check() for entry in entries]
        return all(checked)

    def values(self) -> Mapping[str, Any]:
        """Return the providers."""
        entries = [entry for entry in self.rows.rows if isinstance(entry, ProviderRow) and not entry.is_empty()]
        return {"providers": tuple(entry.provider() for entry in entries)}

    def first_focus(self) -> QWidget | None:
        """Begin with the first provider."""
        first = next(iter(self.rows.rows), None)
        return first.name if isinstance(first, ProviderRow) else self.rows.add_button
