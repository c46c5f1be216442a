"""Everything that a person has open: closed on the spot where there is a form for it, else one key away."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.drafts import DiscardDraft
from app.commands.excuse_notes import DiscardExcuseNote
from app.commands.tasks import DoTask
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.drafts import DraftRow, my_drafts
from app.queries.excuse_notes import NoteView, note_view
from app.queries.open_items import OpenItem, OpenKind, my_open_items
from app.ui.areas.tasks.words import OPEN_ICONS, open_word, place_of
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Draft, Lane, RestoreDraft, ShellApi


class OpenItemsView(QWidget):
    """Enter opens the one that is current; the button beside the list says what that does."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._items: dict[str, OpenItem] = {}
        self._look, self._drafts, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.count = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.list = ListCard(name=t("My open items"), row_height=52, fit=False)
        self.act = Button(t("Open"), kind=ButtonKind.PRIMARY, keys="Enter", icon="right")
        self.away = Button(t("Throw away"), icon="trash")
        inside = QWidget()
        foot = row(self.act, self.away, STRETCH, self.count, gap=8)
        body = column(gap=8, parent=inside)
        body.addWidget(self.list, 1)
        body.addLayout(foot)
        self.states = StateStack(inside)
        column(self.states, gap=0, parent=self)
        self.states.retry.connect(self.refresh)
        self.list.chosen.connect(self._open)
        self.list.current_changed.connect(self._offer)
        self.act.clicked.connect(lambda: self._open(self.list.current_key))
        self.away.clicked.connect(self._throw_away)
        self.away.hide()

    def refresh(self) -> None:
        """Ask what is open."""
        if not self._items:
            self.states.set_loading()
        self._look.ask(my_open_items, on_result=self._show, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        if self._items:
            self._api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, found: tuple[OpenItem, ...]) -> None:
        keys, before = list(self._items), self.list.current_key
        self._items = {f"{item.kind}/{item.id}": item for item in found}
        self.list.set_items([self._line(key, item) for key, item in self._items.items()])
        self.count.setText(tn("{n} open item", "{n} open items", len(found)) if found else "")
        if not found:
            self.states.set_empty(t("Nothing is open. Have a good evening."))
            return
        self.states.set_ready()
        if before not in self._items:  # it was closed: the next one moves up
            after = keys[keys.index(before) + 1 :] if before in keys else []
            before = next((key for key in after if key in self._items), next(iter(self._items)))
            self.list.set_current(before)
        self._offer(before)

    def _line(self, key: str, item: OpenItem) -> ListItem:
        zone, today = self._api.zone, self._api.workspace.reader().today
        local = item.at.astimezone(zone)
        title = item.patient_name or item.title or t("Form")
        chip = ChipSpec(t("Urgent"), icon="warn", kind=StatusKind.CRITICAL) if item.urgent else None
        text = item.title if item.patient_name else ""
        return ListItem(
            key=key,
            title=title,
            subtitle=" · ".join(filter(None, (open_word(item), text))),
            chip=chip,
            icon=OPEN_ICONS[item.kind],
            meta=f"{day_short(local.date(), today)} {clock(local, zone)}",
        )

    def _offer(self, key: str) -> None:
        item = self._items.get(key)
        if item is None:
            return
        words = {OpenKind.NOTE: t("Finish the note"), OpenKind.TASK: t("Done"), OpenKind.FORM: t("Take it up"),
                 OpenKind.VISIT: t("Complete …") if item.visit_id else t("Open")}  # fmt: skip
        self.act.setText(words.get(item.kind, t("Open")))
        self.away.setVisible(item.kind in (OpenKind.FORM, OpenKind.PAPER))

    def _open(self, key: str) -> None:
        item = self._items.get(key)
        if item is None:
            return
        if item.kind is OpenKind.NOTE and item.visit_id:
            from app.ui.parts.notes.note_panel import NotePanel

            self._api.show_panel(NotePanel(self._api, item.visit_id))
        elif item.kind is OpenKind.VISIT:
            from app.ui.parts.notes.complete_panel import CompletePanel

            self._api.show_panel(CompletePanel(self._api, item.id))
        elif item.kind is OpenKind.TASK:
            self._done(item)
        elif item.kind is OpenKind.FORM:
            self._drafts.ask(my_drafts, kind=item.form, on_result=lambda rows: self._restore(item, rows),
                             on_error=self._api.problem)  # fmt: skip
        else:
            place = place_of(item)
            if place is not None:
                self._api.navigate(place)

    def _restore(self, item: OpenItem, rows: tuple[DraftRow, ...]) -> None:
        for one in rows:
            if one.id == item.id:
                draft = Draft(one.kind, one.subject, one.title, one.fields, one.updated_at)
                self._api.navigate(RestoreDraft(draft=draft))

    def _done(self, item: OpenItem) -> None:
        def done(outcome: Outcome) -> None:
            self._api.did(t("Done: {title}", title=item.title), outcome)
            self.refresh()

        self._act.execute(DoTask(task_id=item.id), on_done=done, on_refused=self._api.problem)

    def _throw_away(self) -> None:
        item = self._items.get(self.list.current_key)
        if item is not None and item.kind is OpenKind.FORM:
            self._act.execute(DiscardDraft(draft_id=item.id), on_done=lambda _: self.refresh(),
                              on_refused=self._api.problem)  # fmt: skip
        elif item is not None and item.kind is OpenKind.PAPER:
            self._drafts.ask(note_view, note_id=item.id, on_result=self._drop_note, on_error=self._api.problem)

    def _drop_note(self, view: NoteView) -> None:
        """A draft that nobody wants; the message brings it back."""
        said = t("Threw away the note for {name}", name=view.row.patient_name)

        def done(outcome: Outcome) -> None:
            self._api.did(said, outcome)
            self.refresh()

        command = DiscardExcuseNote(note_id=view.row.id, content=view.content)
        self._act.execute(command, on_done=done, on_refused=self._api.problem)
