"""A control for allergies, conditions and medications: not asked, none known, or a list."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QRadioButton, QWidget

from app.domain.demographics import CodedItem, read_demographics
from app.kernel.i18n import t
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import ShellApi

NOT_ASKED, NONE_KNOWN, LISTED = "not_asked", "none_known", "listed"


class CodedEditor(QWidget):
    """Entries keep everything that was known of them; who heard that there is none is kept too."""

    edited = Signal()

    def __init__(self, api: ShellApi, key: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._key = api, key
        self._raw: Any = None
        self._touched = False
        self._entries: list[Any] = []
        self.setAccessibleName(name)
        self.state = SegmentedControl(
            [(NOT_ASKED, t("Not asked")), (NONE_KNOWN, t("None known")), (LISTED, t("Listed"))], name=name
        )
        self._lines = column(gap=4)
        self._unreadable = Label("", role=TypeRole.META, tone=Tone.WARN, wrap=True)
        self.add = _AddField(t("Add, then Enter"), t("Add to: {name}", name=name))
        self.state.changed.connect(self._choose)
        self.add.entered.connect(self._append)
        self.add.textEdited.connect(lambda _text: self.edited.emit())
        column(self.state, self._lines, self._unreadable, self.add, gap=6, parent=self)
        self.load(None)

    def load(self, raw: Any) -> None:
        """Show the list or the state that stands for it."""
        self._raw, self._touched = raw, False
        self._entries = list(raw) if isinstance(raw, list) else []
        coded = getattr(read_demographics({self._key: raw}), self._key)
        state = NONE_KNOWN if coded.none_known else LISTED if raw is not None else NOT_ASKED
        self.state.blockSignals(True)
        self.state.set_current(state)
        self.state.blockSignals(False)
        unreadable = raw is not None and not isinstance(raw, list) and not coded.none_known
        self._unreadable.setText(t("The value that is there can't be read. Choosing here replaces it.")
                                 if unreadable else "")  # fmt: skip
        self.add.clear()
        self._show()

    def _choose(self, _state: str) -> None:
        self._touched = True
        self._show()
        self.edited.emit()

    def _append(self, text: str) -> None:
        self._entries.append({"display": text, "status": "active"})
        self._touched = True
        self._show()
        self.edited.emit()

    def _remove(self, place: int) -> None:
        del self._entries[place]
        self._touched = True
        self._show()
        self.edited.emit()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        listed = self.state.current == LISTED
        self.add.setVisible(listed)
        self._unreadable.setVisible(bool(self._unreadable.text()))
        before: QWidget = self.state.findChildren(QRadioButton)[-1]
        for place, entry in enumerate(self._entries if listed else ()):
            line, button = self._line(place, entry)
            self._lines.addWidget(line)
            QWidget.setTabOrder(before, button)
            before = button

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Pass the focus on: to the line for another entry, or to the choice."""
        target: QWidget = self.add if self.add.isVisible() else self._chosen()
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self) -> QWidget:
        segments = self.state.findChildren(QRadioButton)
        return next((segment for segment in segments if segment.isChecked()), segments[0])

    def _line(self, place: int, entry: Any) -> tuple[QWidget, QWidget]:
        coded = getattr(read_demographics({self._key: [entry]}), self._key)
        item = coded.items[0] if coded.items else CodedItem(t("unreadable value"))
        line = QWidget()
        text = ElidedLabel(item.display, strong=True)
        more = ElidedLabel(", ".join(filter(None, (item.detail, item.status))), role=TypeRole.META, tone=Tone.MUTED)
        button = IconButton("trash", t("Remove {name}", name=item.display), small=True)
        button.clicked.connect(partial(self._remove, place))
        row(text, more, button, gap=8, parent=line)
        return line, button

    def result(self) -> Any:
        """Return the JSON value; as it was while nobody has edited it."""
        pending = self.add.text().strip()
        if not self._touched and not pending:
            return self._raw
        if self.state.current == NOT_ASKED:
            return None
        if self.state.current == NONE_KNOWN:
            if isinstance(self._raw, Mapping) and self._raw.get("noneKnown") is True:
                return self._raw
            at = self._api.now().isoformat(timespec="seconds")
            return {"noneKnown": True, "by": self._api.workspace.actor.name, "at": at}
        extra = [{"display": pending, "status": "active"}] if pending else []
        return [*self._entries, *extra] or None

    def problem(self) -> str:
        """The command checks texts."""
        return ""


class _AddField(LineEdit):
    """A line that gives its text with Enter and is empty again."""

    entered = Signal(str)

    def __init__(self, placeholder: str, name: str) -> None:
        super().__init__(placeholder=placeholder, name=name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter without a modifier."""
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers()
        if enter and self.text().strip():
            text = self.text().strip()
            self.clear()
            self.entered.emit(text)
            event.accept()
            return
        super().keyPressEvent(event)
