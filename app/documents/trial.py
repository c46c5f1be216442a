"""Whether Qt works on this computer: its platform, the program's fonts, and a page that becomes a PDF.

Run as a process of its own, since a missing system library ends the process that meets it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontDatabase, QGuiApplication, QImage

from app.documents.day_sheet import DaySheet, SheetPart, SheetRow, pdf, preview
from app.kernel.i18n import t
from app.kernel.resources import resource

FAMILY = "Inter"
NAMES = ("Zofia Łęcka", "Иван Петров", "王小明", "سارة حداد")
"""Invented people in scripts that need one of the other fonts; the last runs from right to left."""
_LEAST_INK = 500
_LEAST_BYTES = 2000


def try_display(folder: Path) -> dict[str, dict[str, object]]:
    """Check each thing; ``folder`` takes the PDF. Needs a running QGuiApplication."""
    return {
        "display": _told(QGuiApplication.platformName),
        "fonts": _told(_fonts),
        "pdf": _told(lambda: _pdf(folder)),
    }


def _told(check: Callable[[], str]) -> dict[str, object]:
    """Say how a check went; whatever goes wrong in it is what is being looked for."""
    try:
        return {"ok": True, "detail": check()}
    except (OSError, ValueError) as error:
        return {"ok": False, "detail": str(error)}


def _fonts() -> str:
    files = sorted(resource("fonts").glob("*.[ot]tf"))
    for file in files:
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise ValueError(t("The font {name} can't be read. Install the program again.", name=file.name))
    if FAMILY not in QFontDatabase.families():
        raise ValueError(t("The font {name} can't be read. Install the program again.", name=FAMILY))
    return t("{n} font files", n=len(files))


def _sheet() -> DaySheet:
    rows = tuple(SheetRow(f"{9 + number:02}:00", name) for number, name in enumerate(NAMES))
    return DaySheet("2030-01-07", "", (SheetPart("Dr Ngozi Okafor", f"{len(rows)}", rows),))


def _pdf(folder: Path) -> str:
    sheet = _sheet()
    if _ink(preview(sheet, 0, QSize(595, 842))) < _LEAST_INK:
        raise ValueError(t("A printed page stays empty."))
    target = folder / "sheet.pdf"
    pdf(sheet, str(target))
    data = target.read_bytes()
    target.unlink()
    if not data.startswith(b"%PDF") or b"/FontFile" not in data or len(data) < _LEAST_BYTES:
        raise ValueError(t("A PDF comes out empty or without fonts."))
    return f"{len(data) // 1000} kB"


def _ink(page: QImage) -> int:
    """Return how many pixels are dark."""
    grey = page.convertToFormat(QImage.Format.Format_Grayscale8)
    return sum(1 for value in bytes(grey.constBits()) if value < 128)


def main(arguments: list[str]) -> int:
    """Run as a process: one argument, the folder to write to; the findings go to standard output as JSON."""
    QGuiApplication(sys.argv[:1])
    if arguments:
        found = try_display(Path(arguments[0]))
    else:
        with TemporaryDirectory(prefix="mha-trial-") as folder:
            found = try_display(Path(folder))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if all(one["ok"] for one in found.values()) else 1
