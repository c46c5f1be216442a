"""What a message refers to while it is written: chosen from the patient's papers, or a web address that is typed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.domain.messages import MOST_ATTACHMENTS, RECORD_TYPES, Attachment, sendable_link
from app.kernel.i18n import t
from app.queries.attachable import Attachable, attachable
from app.ui.parts.messages.words import attachment_icon, attachment_word
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.chip import Icon
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column, row
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class Attaching(QWidget):
    """The references chosen so far, each with a button that takes it away again; nothing of them is copied."""

    changed = Signal()
    refused = Signal(str)
    """Why something can't be attached; empty when all is well."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._papers = Lane(self, api.workspace)
        self.chosen: tuple[Attachment, ...] = ()
        self.removers: list[IconButton] = []
        self._rows: list[QWidget] = []
        self._list = column(gap=0)
        self.address = LineEdit(name=t("Web address"), placeholder="https://", max_length=2000)
        self.add = Button(t("Attach the address"), icon="plus", small=True)
        self.asking = QWidget(self)
        row(self.address, self.add, gap=8, parent=self.asking)
        body = column(gap=4, parent=self)
        body.addLayout(self._list)
        body.addWidget(self.asking)
        self.asking.hide()
        self.hide()
        self.add.clicked.connect(self.attach_address)
        self.address.returnPressed.connect(self.attach_address)
        self.address.textEdited.connect(lambda _text: self.refused.emit(""))

    def offer(self, anchor: QWidget, patient_id: str) -> None:
        """List under ``anchor`` what of the patient's papers may be attached, and a web address."""
        self._papers.ask(attachable, patient_id=patient_id, on_result=partial(self._offer, anchor),
                         on_error=self._api.problem)  # fmt: skip

    def _offer(self, anchor: QWidget, found: tuple[Attachable, ...]) -> None:
        taken = {one.url for one in self.chosen}
        left = [Attachment(one.link.url, one.name, RECORD_TYPES[one.link.table]) for one in found]
        items: list[MenuItem | None] = [
            MenuItem(one.filename, partial(self.attach, one), attachment_icon(one))
            for one in left
            if one.url not in taken
        ]
        if not items:
            items = [MenuItem(t("This patient has no papers that are sent or signed"), lambda: None, enabled=False)]
        items += [None, MenuItem(t("A web address"), self.ask_address, "link")]
        open_menu(anchor, t("Attach to the message"), items)

    def ask_address(self) -> None:
        """Ask for a web address."""
        self.asking.show()
        self.setVisible(True)
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def attach_address(self) -> None:
        """Attach the address that is typed, under the name of the site and its last part."""
        url = self.address.text().strip()
        link = sendable_link(url)
        if link is None:
            self.refused.emit(t("An attachment is an address that begins with https://."))
            self.address.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        last = url.split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1]
        name = f"{link.host} – {last}" if last and last != link.host else link.host
        self.attach(Attachment(url, name[:200], "link"))

    def attach(self, one: Attachment) -> None:
        """Refer to something, once."""
        if len(self.chosen) >= MOST_ATTACHMENTS:
            self.refused.emit(t("At most {n} attachments.", n=MOST_ATTACHMENTS))
            return
        self.put((*(other for other in self.chosen if other.url != one.url), one))
        self.changed.emit()

    def remove(self, one: Attachment) -> None:
        """Refer to it no more."""
        self.put(tuple(other for other in self.chosen if other.url != one.url))
        self.changed.emit()

    def put(self, chosen: tuple[Attachment, ...]) -> None:
        """Show other references."""
        for widget in self._rows:
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._rows, self.removers, self.chosen = [], [], chosen
        self.address.clear()
        self.asking.hide()
        for one in chosen:
            self._rows.append(self._line(one))
            self._list.addWidget(self._rows[-1])
        self.setVisible(bool(chosen))

    def _line(self, one: Attachment) -> QWidget:
        line = QWidget(self)
        word = attachment_word(one)
        name = Label(word, role=TypeRole.META, elide=True)
        remove = IconButton("close", t("Don't attach {name}", name=word), small=True)
        remove.clicked.connect(partial(self.remove, one))
        self.removers.append(remove)
        body = row(Icon(attachment_icon(one)), gap=8, parent=line)
        body.addWidget(name, 1)
        body.addWidget(remove)
        return line
