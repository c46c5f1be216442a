"""Qt's own words follow the program's language, also those that Qt has no translation of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.kernel.i18n import set_language
from app.ui.shell.qt_words import QtWords


@pytest.fixture
def words(qapp: QCoreApplication) -> Iterator[QtWords]:
    """Qt's words; English again afterwards."""
    owner = QObject()
    spoken = QtWords(owner)
    yield spoken
    set_language("en")
    spoken.follow()
    owner.deleteLater()


def _labels(qtbot: QtBot) -> set[str]:
    dialog = QFileDialog()
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    dialog.show()
    return {label.text() for label in dialog.findChildren(QLabel)}


def test_a_dialog_for_files_is_whole_in_spanish_and_english_again(words: QtWords, qtbot: QtBot) -> None:
    set_language("es")
    words.follow()
    assert {"&Buscar en:", "&Nombre de fichero:", "Archivos de &tipo:"} <= _labels(qtbot)
    set_language("en")
    words.follow()
    assert {"&Look in:", "File &name:", "Files of &type:"} <= _labels(qtbot)


def test_what_nobody_translates_keeps_its_words(words: QtWords) -> None:
    set_language("es")
    words.follow()
    assert QCoreApplication.translate("QFileDialog", "Nobody says this") == "Nobody says this"
    assert QCoreApplication.translate("QLineEdit", "Select All") == "Seleccionar todo"
