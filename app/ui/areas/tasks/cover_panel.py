"""Who stands in for whom: the covers that hold or are to come, and the form of another."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.cover import EndCover, SetCover
from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.cover import Colleague, CoverRow, colleagues, covers
from app.ui.parts.words import day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Divider, Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi


class CoverPanel(PanelPage):
    """One's own cover; as ADMIN everybody's."""

    watches = frozenset({"cover", "login"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._covers: dict[str, CoverRow] = {}
        self._people: dict[str, Colleague] = {}
        self._look, self._staff, self._act = (Lane(self, api.workspace) for _ in range(3))
        today = api.workspace.reader().today
        self.none = Label(t("Nobody stands in for anybody."), tone=Tone.MUTED, wrap=True)
        self.list = ListCard(name=t("Who stands in for whom"), row_height=52, max_rows=6)
        self.end = Button(t("End it now"), icon="stop", small=True)
        self.absent, self.by = Combo(name=t("Who is away")), Combo(name=t("Who stands in"))
        self.first = DateField(today, name=t("From"), today=lambda: today)
        self.last = DateField(today + timedelta(days=6), name=t("Last day"), today=lambda: today)
        self.sign = Checkbox(t("May sign results"))
        self.go = Button(t("Save the cover"), kind=ButtonKind.PRIMARY, keys="Ctrl+Enter")
        self.form = Form()
        self.form.add("forUser", FormField(t("Who is away"), self.absent))
        self.form.add("byUser", FormField(t("Who stands in"), self.by))
        self.form.add_row(
            ("startsAt", FormField(t("From"), self.first)), ("endsAt", FormField(t("Last day"), self.last))
        )
        self.form.add("maySign", FormField(t("Results"), self.sign))
        column(self.none, self.list, row(self.end, STRETCH), Divider(),
               Label(t("Another cover"), role=TypeRole.META, strong=True), self.form, gap=12,
               parent=self).addStretch(1)  # fmt: skip
        self.end.clicked.connect(self._end)
        self.end.hide()
        self.list.current_changed.connect(self._chosen)
        self.by.changed.connect(lambda _key: self._may_sign())
        self.go.clicked.connect(self.save)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.save)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Who stands in for whom")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin with who stands in."""
        return self.by

    def refresh(self) -> None:
        """Ask for covers and people."""
        self._look.ask(covers, on_result=self._show, on_error=self.api.problem)
        self._staff.ask(colleagues, on_result=self._show_people, on_error=self.api.problem)

    @property
    def _everybodys(self) -> bool:
        return Role.ADMIN in self.api.workspace.actor.roles

    def _show(self, found: tuple[CoverRow, ...]) -> None:
        self._covers = {one.id: one for one in found}
        self.list.set_items([self._line(one) for one in found])
        self.list.setVisible(bool(found))
        self.none.setVisible(not found)
        self._chosen(self.list.current_key)

    def _line(self, one: CoverRow) -> ListItem:
        zone, today = self.api.zone, self.api.workspace.reader().today
        last = one.ends_at.astimezone(zone) - timedelta(seconds=1)
        days = f"{day_short(one.starts_at.astimezone(zone).date(), today)} – {day_short(last.date(), today)}"
        title = t("{name} for {other}", name=one.by_name, other=one.for_name)
        return ListItem(
            key=one.id,
            title=title,
            icon="swap",
            subtitle=" · ".join(filter(None, (days, t("signs results") if one.may_sign else ""))),
        )

    def _chosen(self, key: str) -> None:
        one = self._covers.get(key)
        mine = one is not None and (self._everybodys or one.for_user == self.api.workspace.actor.user_id)
        self.end.setVisible(mine)

    def _show_people(self, found: tuple[Colleague, ...]) -> None:
        self._people = {one.user_id: one for one in found}
        me = self.api.workspace.actor.user_id
        names = [(one.user_id, one.name) for one in found]
        self.absent.set_items(names if self._everybodys else [pair for pair in names if pair[0] == me],
                              self.absent.current or me)  # fmt: skip
        self.by.set_items([pair for pair in names if pair[0] != me or self._everybodys], self.by.current)
        self._may_sign()

    def _may_sign(self) -> None:
        one = self._people.get(self.by.current)
        able = one is not None and Role.PROVIDER in one.roles
        self.sign.setEnabled(able)
        if not able:
            self.sign.setChecked(False)

    def save(self) -> None:
        """Keep the cover, from the first day's midnight to the last one's end on the clinic's wall."""
        if self.first.value is None or self.last.value is None:
            self.form.show_error("startsAt" if self.first.value is None else "endsAt", t("This field is needed."))
            return
        midnight = datetime.combine(self.first.value, time(0), self.api.zone)
        after = datetime.combine(self.last.value + timedelta(days=1), time(0), self.api.zone)
        command = SetCover(for_user=self.absent.current, by_user=self.by.current, starts_at=midnight, ends_at=after,
                           may_sign=self.sign.isChecked())  # fmt: skip
        self._act.execute(command, on_done=self._saved, on_refused=self._refused, on_unavailable=self._refused)

    def _saved(self, outcome: Outcome) -> None:
        self.api.did(t("{name} stands in", name=self._people[self.by.current].name), outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)

    def _end(self) -> None:
        key = self.list.current_key
        if key in self._covers:
            self._act.execute(EndCover(cover_id=key), on_done=self._ended, on_refused=self._refused)

    def _ended(self, outcome: Outcome) -> None:
        self.api.did(t("The cover has ended"), outcome)
        self.refresh()
