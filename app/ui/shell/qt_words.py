"""Qt's own words in the program's language: the menu of a text field, the dialogs for files and printing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator

from app.kernel.i18n import language, t


class _Missing(QTranslator):
    """The few words of its dialogs that Qt has no translation of."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._words = {"&Look in:": t("&Look in:"), "Files of &type:": t("Files of &type:")}

    def translate(self, context: str, source: str, *_more: object) -> str | None:
        """Return our word for one of Qt's; None for what isn't here: "" would be shown in place of Qt's own."""
        return self._words.get(source) if context == "QFileDialog" else None

    def isEmpty(self) -> bool:
        """Say that there are words: an empty one is not asked."""
        return False


class QtWords(QObject):
    """Qt speaks English until it is given its words in another language; it has them with it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._spoken: list[QTranslator] = []

    def follow(self) -> None:
        """Have Qt speak the language of now; what is on the screen already keeps its words."""
        application = QCoreApplication.instance()
        if application is None:
            return
        for earlier in self._spoken:
            application.removeTranslator(earlier)
            earlier.deleteLater()
        self._spoken = []
        if language() == "en":
            return
        words = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if words.load(f"qtbase_{language()}", folder):
            self._spoken = [_Missing(self), words]
            for one in self._spoken:
                application.installTranslator(one)
        else:
            words.deleteLater()
