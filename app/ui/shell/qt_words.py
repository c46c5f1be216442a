"""Qt's own words in the program's language: the menu of a text field, the dialogs for files and printing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator

from app.kernel.i18n import language


class QtWords(QObject):
    """Qt speaks English until it is given its words in another language; it has them with it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._spoken: QTranslator | None = None

    def follow(self) -> None:
        """Have Qt speak the language of now; what is on the screen already keeps its words."""
        application = QCoreApplication.instance()
        if application is None:
            return
        if self._spoken is not None:
            application.removeTranslator(self._spoken)
            self._spoken.deleteLater()
            self._spoken = None
        words = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if language() != "en" and words.load(f"qtbase_{language()}", folder):
            application.installTranslator(words)
            self._spoken = words
        else:
            words.deleteLater()
