"""One list of a patient in the side panel: choose an item or begin a new one, change it, end it, confirm the list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.commands.clinical_lists import AddListItem, ChangeListItem, ConfirmList, EndListItem
from app.commands.core import Command, Outcome
from app.commands.list_replacing import ReplaceList
from app.commands.patients import FieldChange
from app.domain.clinical_list_words import detail_text, field_title, severity_text, state_text, status_text
from app.domain.clinical_lists import (
    EDITS,
    ENDED,
    KEYS,
    SEVERITIES,
    STATUSES,
    ClinicalList,
    ListKind,
    lost_entries,
    lost_list,
    read_list,
)
from app.domain.clinical_lists import ListItem as Entry
from app.domain.entry_suggestions import Suggestion, common, together
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import language, t
from app.queries.entry_suggestions import used_entries
from app.queries.patient_card import PatientCard, patient_card
from app.ui.areas.chart.lists.offer_field import OfferField
from app.ui.areas.chart.lists.replacing import ReplacePanel
from app.ui.parts.clash_words import list_value
from app.ui.parts.conflict_view import ConflictView
from app.ui.parts.words_care import list_draft, list_title
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import ChangesPort, Draft, Lane, PanelPage, ShellApi, ToastButton, ToastTone, draft_kinds

_CHOICES = ("severity", "status")


class ListPanel(PanelPage):
    """Edits one list of one patient. What was typed stays while others change the list."""

    watches = frozenset({"patients"})

    def __init__(
        self, api: ShellApi, patient_id: str, kind: ListKind, item_id: str = "", body: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._body = body
        self._api, self._patient, self._kind, self._wanted = api, patient_id, kind, item_id
        self._name = ""
        self._load, self._act, self._offers = (Lane(self, api.workspace) for _ in range(3))
        self._taken: Suggestion | None = None
        self.found = ClinicalList(kind)
        self.item: Entry | None = None
        self._base: dict[str, str] = {}
        self.may = api.can(EDITS[kind])
        self.list = ListCard(name=list_title(kind), fit=True, by_click=True)
        self.state = Label("", tone=Tone.MUTED, wrap=True)
        self.form = Form()
        self.fields = self._fields()
        self.replace = ReplacePanel(self)
        self.new = Button(t("New entry"), icon="plus", small=True)
        self.confirm = Button(t("Confirm list"), icon="check", small=True)
        self.end = Button(t("End"), small=True)
        self.save = Button("", kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.conflict = ConflictView(title_of=field_title, show=list_value)
        self._foot = row(self.save, self.end, STRETCH, gap=8)
        self._compose()

    def _fields(self) -> dict[str, LineEdit | Combo]:
        made: dict[str, LineEdit | Combo] = {}
        choices = {
            "severity": [("", severity_text("")), *((one, severity_text(one)) for one in SEVERITIES)],
            "status": [(one, status_text(one)) for one in STATUSES[self._kind]],
        }
        for name in KEYS[self._kind]:
            if name == "system":
                continue
            title = field_title(name)
            if name == "name":
                made[name] = self.name = OfferField(name=title)
            else:
                made[name] = Combo(choices[name], name=title) if name in _CHOICES else LineEdit(name=title)
            hint = t("2014, 2014-05 or 2014-05-17") if name == "since" else ""
            self.form.add(name, FormField(title, made[name], hint=hint, required=name == "name"))
        return made

    def _compose(self) -> None:
        head = row(self.new, self.confirm, STRETCH, gap=8)
        column(self.list, self.state, self.replace, head, self.conflict, self.form, gap=12, parent=self).addStretch(1)
        self.list.chosen.connect(self._choose)
        self.new.clicked.connect(lambda: self._turn_to(None))
        self.confirm.clicked.connect(self._confirm)
        self.end.clicked.connect(self._end)
        self.replace.agreed.connect(self._replace)
        self.save.clicked.connect(self.submit)
        shortcut = QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for field in self.fields.values():
            if isinstance(field, Combo):
                field.changed.connect(lambda _key: self.edited.emit())
            else:
                field.textEdited.connect(lambda _text: self.edited.emit())
        for control in (self.new, self.confirm, self.form):
            control.setVisible(self.may)
        self.name.offers = common(self._kind, language())
        self.name.taken.connect(self._take_over)
        if self.may:
            self._offers.ask(used_entries, on_result=self._offer_used, on_error=self._api.problem, kind=self._kind)
        self._begin(None)
        self.refresh()

    def _offer_used(self, used: tuple[Suggestion, ...]) -> None:
        self.name.offers = together(used, common(self._kind, language()))

    def _take_over(self, one: Suggestion) -> None:
        """Take an offer's code with its name."""
        code = self.fields["code"]
        if isinstance(code, LineEdit):
            code.setText(one.code)
        self._taken = one
        self.edited.emit()

    # -- the panel -----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return list and patient."""
        kind = list_title(self._kind)
        return t("{list} of {name}", list=kind, name=self._name) if self._name else kind

    def first_focus(self) -> QWidget | None:
        """Begin with the name of a new entry, or with the list."""
        return self.fields["name"] if self.may else self.list

    def foot(self) -> QWidget | None:
        """Return saving and ending; nothing for those who only read."""
        if not self.may:
            return None
        holder = QWidget()
        holder.setLayout(self._foot)
        return holder

    def dirty(self) -> bool:
        """Tell whether something was typed that isn't saved."""
        return self.may and self._typed() != self._base

    def draft(self) -> Draft | None:
        """Keep what was typed, of which entry, and what that said: a change elsewhere is seen after a restart too."""
        if not self.dirty():
            return None
        item = self.item.id if self.item is not None else ""
        body = {"list": self._kind.value, "item": item, "typed": self._typed(), "base": self._base}
        return Draft(*self.kept_as(), list_draft(self._kind, self._name), body)

    def kept_as(self) -> tuple[str, str]:
        """One form for each entry, and one for a new one of each list."""
        item = self.item.id if self.item is not None else self._wanted
        return draft_kinds.CLINICAL_LIST, f"{self._patient}/{self._kind.value}" + (f"/{item}" if item else "")

    def take_kept(self, draft: Draft) -> None:
        """Go on with what was typed."""
        if self._name:
            self._restore(draft.body)
        else:
            self._body, self._wanted = draft.body, ""

    def _restore(self, body: Mapping[str, Any]) -> None:
        """Take a draft up. An entry that is gone since begins anew as what was typed."""
        self._begin(self.found.item(str(body.get("item") or "")))
        typed, base = body.get("typed"), body.get("base")
        if self.item is not None and isinstance(base, Mapping):
            self._base = {name: str(base.get(name, text)) for name, text in self._base.items()}
        for name, field in self.fields.items():
            text = typed.get(name) if isinstance(typed, Mapping) else None
            if isinstance(text, str):
                self._offer(field, name, text) if isinstance(field, Combo) else field.setText(text)

    def refresh(self) -> None:
        """Ask for the list anew."""
        self._load.ask(patient_card, on_result=self._show, on_error=self._api.problem, patient_id=self._patient)

    def changed(self, changes: ChangesPort) -> None:
        """Follow others."""
        del changes
        self.refresh()

    def _show(self, card: PatientCard) -> None:
        self._name = card.name
        self.found = read_list(card.raw_demographics, self._kind)
        self.list.set_items([ListItem(i.id, i.name, detail_text(i), meta=i.since) for i in self.found.items])
        self.list.setVisible(bool(self.found.items))
        self.state.setText(state_text(self.found))
        self.state.setVisible(bool(self.state.text()))
        if self._api.can(Permission.EDIT_LISTS):
            raw = card.raw_demographics
            self.replace.show_lost(lost_list(raw, self._kind), lost_entries(raw, self._kind))
        self.confirm.setText(t("None known") if self.found.nothing_listed else t("Confirm list"))
        self.retitle()
        wanted, self._wanted = self._wanted, ""
        body, self._body = self._body, None
        if body is not None:
            self._restore(body)
        elif wanted:
            self._choose(wanted)
        elif self.item is not None and not self.dirty():
            self._begin(self.found.item(self.item.id))

    # -- one item ------------------------------------------------------------------------------------------------------

    def _choose(self, key: str) -> None:
        found = self.found.item(key)
        if found is not None and self.may:
            self._turn_to(found)

    def _turn_to(self, item: Entry | None) -> None:
        """Go to an item, or to a new entry; what was typed and isn't saved is only left when the person says so."""
        if not self.dirty():
            self._begin(item)
            return
        typed = self._typed()
        button = ToastButton(t("Leave it"), partial(self._leave_typed, item.id if item is not None else "", typed))
        name = typed["name"] or self.title()
        self._api.toast(t("{name} isn't saved yet", name=name), tone=ToastTone.WARNING, button=button)

    def _leave_typed(self, key: str, typed: Mapping[str, str]) -> None:
        if not isValid(self):  # closed while the question stood there
            return
        if self._typed() != typed:  # this wasn't what was asked about
            self._turn_to(self.found.item(key))
            return
        self._api.drafts.discard(*self.kept_as())
        self._begin(self.found.item(key))

    def _begin(self, item: Entry | None) -> None:
        """Put an item into the form; None begins a new one."""
        self.item, self._taken = item, None
        self.form.clear_errors()
        self.conflict.show_conflict({})
        for name, field in self.fields.items():
            text = getattr(item, name) if item else "active" if name == "status" else ""
            if isinstance(field, Combo):
                self._offer(field, name, text)
            else:
                field.setText(text)
                field.setCursorPosition(0)
        self._base = self._typed()
        self.save.setText(t("Save {name}", name=item.name) if item else t("Add"))
        self.end.setVisible(item is not None and item.active)

    def _offer(self, field: Combo, name: str, text: str) -> None:
        """Offer our choices, and what others wrote as long as it stands."""
        known = ("", *SEVERITIES) if name == "severity" else STATUSES[self._kind]
        say = severity_text if name == "severity" else status_text
        field.set_items([(one, say(one)) for one in dict.fromkeys((*known, text))], text)

    def _typed(self) -> dict[str, str]:
        return {
            name: field.current if isinstance(field, Combo) else field.text().strip()
            for name, field in self.fields.items()
        }

    def submit(self) -> None:
        """Add the new entry, or save what changed of the chosen one."""
        self._decide()
        typed = self._typed()
        if not self.may or (typed == self._base and self.item is not None):
            return
        if self.item is None:
            given = {name: text for name, text in {**typed, **self._system(typed)}.items() if text}
            self._run(AddListItem(patient_id=self._patient, list=self._kind, fields=given), typed)
            return
        changes = tuple(
            FieldChange(name, self._base.get(name, self.item.system), text)
            for name, text in {**typed, **self._system(typed)}.items()
            if text != self._base.get(name, self.item.system)
        )
        self._run(
            ChangeListItem(patient_id=self._patient, list=self._kind, item_id=self.item.id, changes=changes), typed
        )

    def _decide(self) -> None:
        """Take over what was chosen where somebody else had changed the same field: theirs is what stood there then."""
        if not self.conflict.open or self.item is None:
            return
        for field, (server, mine) in self.conflict.choices().items():
            self._base[field] = str(server or "")
            if not mine:
                self._put(field, self._base[field])
        self.conflict.show_conflict({})
        self.save.setText(t("Save {name}", name=self.item.name))
        if not self.dirty():  # theirs everywhere: nothing is left to save
            self._api.drafts.discard(*self.kept_as())
            self._begin(self.found.item(self.item.id))

    def _put(self, name: str, text: str) -> None:
        field = self.fields.get(name)
        if isinstance(field, Combo):
            self._offer(field, name, text)
        elif field is not None:
            field.setText(text)
        else:
            self._taken = None  # the code's system, which has no field: theirs stays with it

    def _system(self, typed: Mapping[str, str]) -> dict[str, str]:
        """The code system of an offer, as long as its code stands there."""
        one = self._taken
        return {"system": one.system} if one is not None and one.code and one.code == typed["code"] else {}

    def _end(self) -> None:
        if self.item is not None:
            today = self._api.workspace.reader().today.isoformat()
            self._run(
                EndListItem(patient_id=self._patient, list=self._kind, item_id=self.item.id, until=today,
                            expected=self.item.status),
                {"name": self.item.name, "status": ENDED[self._kind], "until": today},
            )  # fmt: skip

    def _confirm(self) -> None:
        seen = tuple(item.id for item in self.found.active)
        none = self.found.nothing_listed
        command = ConfirmList(patient_id=self._patient, list=self._kind, seen=seen, none_known=none)
        self._run(command, {"name": list_title(self._kind)}, keep=True)

    def _replace(self, lost: Any) -> None:
        command = ReplaceList(patient_id=self._patient, list=self._kind, seen=lost, entry=self.replace.of_entry)
        self._run(command, {"name": list_title(self._kind)}, keep=True)

    def _run(self, command: Command, about: Mapping[str, str], *, keep: bool = False) -> None:
        self.form.clear_errors()

        draft = self.draft()

        def done(outcome: Outcome) -> None:
            if draft is not None and not keep:
                self._api.drafts.discard(draft.kind, draft.subject)
            self._api.did(t("Saved {name}", name=about["name"]), outcome)
            if not keep:
                self._begin(None)
            self.refresh()

        self._act.execute(command, on_done=done, on_refused=partial(self._refused, about),
                          on_unavailable=self._api.problem)  # fmt: skip

    def _refused(self, about: Mapping[str, str], error: AppError) -> None:
        sides = error.data.get("fields") if error.code == "FieldChanged" else None
        if sides and self.item is not None:
            for name in self.fields.keys() & about.keys():
                self._put(name, about[name])
            self.conflict.show_conflict(sides)
            self.save.setText(t("Save with these choices"))
            next(iter(self.conflict.lines.values())).choice.setFocus()
        elif error.field in self.fields:
            self.form.show_error(error.field, error.message)
        else:
            self._api.problem(error)
        self.refresh()
