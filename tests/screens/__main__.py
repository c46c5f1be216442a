"""Write every view, light and dark, to docs/screenshots: ``python -m tests.screens [FOLDER]``.

It is the real program on a demo clinic of its own, at a fixed size; look at the pictures as a designer would. After
``FOLDER light|dark CARD`` names may follow of the only views to draw, on the demo clinic of ``MHA_HOME``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

SIZE = (1440, 900)
NOBODY = 0
PEOPLE = ("1", "2", "3")
"""The sign-in cards: front desk, provider, administrator."""

ROOT = Path(__file__).resolve().parents[2]


def wait_until(ready: Callable[[], bool], seconds: float = 300.0) -> None:
    """Run the event loop until something is so."""
    from tests.screens.views import settle

    for _ in range(int(seconds * 20)):
        if ready():
            return
        settle(50)
    raise TimeoutError("the window did not get there")


def draw(appearance: str, card: int, folder: Path, names: Sequence[str] = ()) -> None:
    """Draw the views of one person in one appearance (the named ones, or all); a process of its own for each."""
    from PySide6.QtWidgets import QApplication

    from app.kernel.paths import Paths
    from app.main import WindowOptions, build
    from app.ui.shell.choice_card import ChoiceCard
    from app.ui.theme.theme import Appearance, Theme
    from tests.screens.alerts import ALERTS
    from tests.screens.chart import CHART
    from tests.screens.desk import DESK
    from tests.screens.labs import LABS
    from tests.screens.notes import NOTES
    from tests.screens.outage import CARD, OUTAGE
    from tests.screens.papers import PAPER_VIEWS
    from tests.screens.records import RECORDS
    from tests.screens.requests import REQUESTS
    from tests.screens.rules import RULES
    from tests.screens.views import LAST, VIEWS, keys, settle
    from tests.screens.vitals import VITALS

    application = QApplication(sys.argv[:1])
    if card == CARD:  # in a process of its own: it keeps the store that the window opens
        subprocess.run([sys.executable, "-c", "from tests.screens.outage import enrol; enrol()"], check=True, cwd=ROOT)
    shell = build(application, Paths.from_environment(), WindowOptions(profile="demo"))
    Theme.current().set_appearance(Appearance(appearance))
    shell.start()
    window = shell.window
    window.resize(*SIZE)
    wait_until(lambda: len([one for one in window.findChildren(ChoiceCard) if one.isVisible()]) >= 3)
    settle()
    if card == 1:
        save(window, folder / f"sign-in-{appearance}.png")
    keys(f"Alt+{1 if card == CARD else card}")(window)
    wait_until(lambda: shell.working)
    settle(2000)
    window.toasts.clear()  # what an earlier look left unfinished is offered again
    groups = (VIEWS, DESK, RECORDS, LABS, VITALS, CHART, PAPER_VIEWS, NOTES, RULES, REQUESTS, ALERTS, OUTAGE, LAST)
    for view in (one for group in groups for one in group):
        if view.card == card and (not names or view.name in names):
            view.drive(window)
            settle()
            save(window, folder / f"{view.name}-{appearance}.png")
            keys("Escape")(window)
            window.panels.close_all()
    window.close()
    application.quit()


def save(window: object, file: Path) -> None:
    """Write a picture of the window, and name what in it is cut off."""
    from PySide6.QtGui import QPainter

    from tests.screens.cut_off import cut_off
    from tests.screens.outage import popover

    picture = window.grab()  # type: ignore[attr-defined]
    over = popover(window)  # type: ignore[arg-type]
    if over is not None:
        with QPainter(picture) as painter:
            painter.drawPixmap(window.mapFromGlobal(over.pos()), over.grab())  # type: ignore[attr-defined]
    few_colors(picture.toImage()).save(str(file), quality=0)
    print("\n  ".join([file.name, *cut_off(window)]), flush=True)  # type: ignore[arg-type]  # noqa: T201


def few_colors(picture: QImage) -> QImage:
    """Return the picture in the 256 colours that are in it most: a third of the bytes, and nobody sees it."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    full = picture.convertToFormat(QImage.Format.Format_RGB32)
    counted = Counter(memoryview(full.constBits()).cast("I"))
    table = [color | 0xFF000000 for color, _ in counted.most_common(256)]
    return full.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.AvoidDither)


def _draw_one(appearance: str, card: int, folder: Path, names: Sequence[str]) -> None:
    if card == NOBODY:
        from tests.screens.front import draw_front

        draw_front(appearance, folder)
    else:
        draw(appearance, card, folder, names)


def _draw_fronts(folder: Path) -> None:
    """Draw what a computer without any clinic shows."""
    for appearance in ("light", "dark"):
        with tempfile.TemporaryDirectory(prefix="mha-screens-") as home:
            environment = os.environ | {"MHA_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
            command = [sys.executable, "-m", "tests.screens", str(folder), appearance, str(NOBODY)]
            subprocess.run(command, check=True, env=environment, cwd=ROOT)
            subprocess.run([sys.executable, "-m", "app.main", "db", "stop"], check=False, env=environment, cwd=ROOT)


def main() -> None:
    """Prepare a demo clinic, then draw in a process for each appearance."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots"
    if len(sys.argv) > 3:
        _draw_one(sys.argv[2], int(sys.argv[3]), folder, sys.argv[4:])
        return
    folder.mkdir(parents=True, exist_ok=True)
    _draw_fronts(folder)
    with tempfile.TemporaryDirectory(prefix="mha-screens-") as home:
        environment = os.environ | {"MHA_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        subprocess.run(
            [sys.executable, "-m", "app.main", "demo", "--no-window"], check=True, env=environment, cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        # The outage comes last: from then on the workstation is enrolled.
        runs = [(look, card) for look in ("light", "dark") for card in PEOPLE] + [("light", "4"), ("dark", "4")]
        for appearance, card in runs:
            command = [sys.executable, "-m", "tests.screens", str(folder), appearance, card]
            subprocess.run(command, check=True, env=environment, cwd=ROOT)
        subprocess.run([sys.executable, "-m", "app.main", "db", "stop"], check=False, env=environment, cwd=ROOT)


if __name__ == "__main__":
    main()
