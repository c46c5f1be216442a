"""Attachments: shown by name and size, never executed.

A web address opens in the browser once it is clear where it leads, a paper of the patient's in the chart.
"""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.domain.messages import Attachment, RecordLink, SafeLink, record_link, safe_link
from app.kernel.i18n import t
from app.ui.parts.messages.words import attachment_icon, attachment_word
from app.ui.widgets.button import LinkButton
from app.ui.widgets.menu import MenuItem, open_menu


class AttachmentButton(LinkButton):
    """One attachment. Pressing it says where it leads; choosing that opens the browser. A paper opens at once."""

    opened = Signal(str)
    paper_wanted = Signal(object)
    """Its ``RecordLink``."""

    def __init__(self, one: Attachment, parent: QWidget | None = None) -> None:
        self._link, self._paper = safe_link(one.url), record_link(one.url)
        super().__init__(attachment_word(one), icon=attachment_icon(one), parent=parent)
        self.setAccessibleName(t("Attachment: {name}", name=attachment_word(one)))
        if self._link is None and self._paper is None:
            self.setEnabled(False)
            self.setToolTip(t("This isn't a web address, so it isn't opened: {address}", address=one.url[:200]))
        self.clicked.connect(self._show_where)

    @property
    def paper(self) -> RecordLink | None:
        """The paper that it refers to."""
        return self._paper

    def _show_where(self) -> None:
        link = self._link
        if self._paper is not None:
            self.paper_wanted.emit(self._paper)
        if link is not None:
            whole = link.url if len(link.url) <= 100 else f"{link.url[:100]}…"
            lead = MenuItem(whole, lambda: None, enabled=False, why_not=t("The whole address"))
            go = MenuItem(t("Open {host} in the browser", host=link.host), lambda: self._go(link), "globe")
            open_menu(self, t("Where the attachment leads"), [go, None, lead])

    def _go(self, link: SafeLink) -> None:
        QDesktopServices.openUrl(QUrl(link.url, QUrl.ParsingMode.StrictMode))
        self.opened.emit(link.url)
