"""When the rules run by themselves: every hour, day or week, at a time on the clinic's wall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.rule_schedule import SetRuleSchedule
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.areas.rules.reach import NeedsServer
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi


def schedule_words(settings: Mapping[str, Any]) -> str:
    """Return when rules run, from ``clinic_settings.settings["rules"]``."""
    at = str(settings.get("at") or "")
    said = {
        "hour": t("Every hour, where a window is open"), "day": t("Every day at {time}", time=at),
        "week": t("Mondays at {time}", time=at),
    }  # fmt: skip
    return said.get(str(settings.get("every")), t("Only when somebody runs them"))


def limit_words(settings: Mapping[str, Any]) -> str:
    """Return from how many patients on a rule is held."""

    def number(key: str, usual: int) -> object:
        value = settings.get(key)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else usual

    return t("Held above {n} patients or {percent} % of the clinic", n=number("heldAbove", 20),
             percent=number("heldPercent", 5))  # fmt: skip


class SchedulePanel(PanelPage):
    """The form."""

    def __init__(self, api: ShellApi, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.api = api
        self._before = (str(settings.get("every") or "never"), str(settings.get("at") or "06:00"))
        self._lane = Lane(self, api.workspace)
        every = (("never", t("Never by themselves")), ("hour", t("Every hour")), ("day", t("Every day")),
                 ("week", t("Every Monday")))  # fmt: skip
        self.every = Combo(every, name=t("How often"), current=self._before[0])
        self.at = LineEdit(self._before[1], name=t("Time"), max_length=5)
        self.form = Form()
        self.form.add("every", FormField(t("How often"), self.every))
        self.form.add("at", FormField(t("Time"), self.at, hint=t("On the clinic's clock, such as 06:00")))
        self.save_button = Button(t("Save"), kind=ButtonKind.PRIMARY)
        self.save_button.clicked.connect(self.save)
        self.at.returnPressed.connect(self.save)
        self.every.changed.connect(self._changed)
        self.at.textEdited.connect(self._changed)
        about = t("The first program of the clinic that is open then runs them, once. Without an open window: "
                  "“rules run” from a scheduled task.")  # fmt: skip
        self.reach = NeedsServer(api)
        column(self.reach, self.form, Label(about, tone=Tone.MUTED, wrap=True), gap=12, parent=self).addStretch(1)
        self._arrange()
        self.reach.changed.connect(lambda: self.save_button.setEnabled(not self.reach.away))
        self.reach.follow()

    def title(self) -> str:
        """Return the heading."""
        return t("When rules run")

    def dirty(self) -> bool:
        """Whether something was changed."""
        return (self.every.current, self.at.text()) != self._before

    def first_focus(self) -> QWidget | None:
        """How often comes first."""
        return self.every

    def foot(self) -> QWidget | None:
        """Save."""
        return self.save_button

    def _changed(self, _text: str = "") -> None:
        self._arrange()
        self.edited.emit()

    def _arrange(self) -> None:
        self.form.field("at").setVisible(self.every.current in ("day", "week"))

    def save(self) -> None:
        """Keep it."""
        if self.reach.away:
            return
        self.form.clear_errors()
        command = SetRuleSchedule(every=self.every.current, at=self.at.text().strip())
        self._lane.execute(command, on_done=self._saved, on_refused=self._refused)

    def _saved(self, outcome: Outcome) -> None:
        self.api.did(t("Saved when rules run"), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)
