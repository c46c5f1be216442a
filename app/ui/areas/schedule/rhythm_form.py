"""How often: every so many days, weeks or months, so many times or until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.series import MOST_VISITS, Every, Rhythm
from app.kernel.i18n import t
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column, row
from app.ui.widgets.toggles import SegmentedControl

STEPS = (1, 2, 3, 4, 6, 8, 12)
TIMES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26, MOST_VISITS)
TIMES_KEY, UNTIL_KEY = "times", "until"


class RhythmForm(QWidget):
    """``rhythm`` is None while the last day isn't a date."""

    changed = Signal()

    def __init__(self, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = Combo(name=t("Every"))
        self.step.set_items([(str(n), str(n)) for n in STEPS], "1")
        self.every = Combo(name=t("Rhythm"))
        self.every.set_items(
            [
                (Every.DAY.value, t("days")),
                (Every.WEEK.value, t("weeks, same weekday")),
                (Every.MONTH.value, t("months, same weekday")),
            ],
            Every.WEEK.value,
        )
        self.ends = SegmentedControl([(TIMES_KEY, t("How many times")), (UNTIL_KEY, t("Until"))], name=t("End"))
        self.times = Combo(name=t("How many times"))
        self.times.set_items([(str(n), t("{n} visits", n=n)) for n in TIMES], "6")
        self.until = DateField(today() + timedelta(weeks=12), name=t("Until"), today=today)
        self.until.hide()
        first = row(FormField(t("Every"), self.step), FormField(t("Rhythm"), self.every), gap=8)
        first.setStretch(1, 1)
        end = row(self.ends, column(self.times, self.until, gap=0), gap=8)
        end.setStretch(1, 1)
        column(first, end, gap=8, parent=self)
        for field in (self.step, self.every, self.times, self.until):
            field.changed.connect(self._changed)
        self.ends.changed.connect(self._ends_changed)

    @property
    def rhythm(self) -> Rhythm | None:
        """Return what is chosen."""
        every, step = Every(self.every.current), int(self.step.current)
        if self.ends.current == TIMES_KEY:
            return Rhythm(every, step, times=int(self.times.current))
        return Rhythm(every, step, until=self.until.value) if self.until.value is not None else None

    def _ends_changed(self, key: str) -> None:
        self.times.setVisible(key == TIMES_KEY)
        self.until.setVisible(key == UNTIL_KEY)
        self.changed.emit()

    def _changed(self, *_: object) -> None:
        self.changed.emit()
