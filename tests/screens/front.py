"""Pictures before anybody signs in, of a computer without any clinic: the start, every step of setting up, joining."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.screens.views import keys, settle

TYPED: dict[str, dict[str, str]] = {
    "ClinicStep": {"name": "Elm Street Practice", "zone": "America/New_York"},
    "BrandingStep": {"phone": "(212) 555-0100"},
    "AdminStep": {
        "name": "Rosa Núñez", "email": "rosa@elm.example", "password": "a long password", "again": "a long password",
    },
}  # fmt: skip
"""What is typed at each step, by field."""
SHOWN = ("clinic", "letters", "account", "providers", "types", "staff", "backup")


def _fill(step: Any) -> None:
    for field, text in TYPED.get(type(step).__name__, {}).items():
        getattr(step, field).setText(text)
    if type(step).__name__ == "ProviderStep":
        row = step.rows.rows[0]
        row.name.setText("Dr Ngozi Okafor")
        row.specialty.setText("Family medicine")


def draw_front(appearance: str, folder: Path) -> None:
    """Draw what a new computer shows; ``MHA_HOME`` is an empty folder."""
    from PySide6.QtWidgets import QApplication

    from app.kernel.paths import Paths
    from app.main import WindowOptions, build
    from app.ui.theme.theme import Appearance, Theme
    from tests.screens.__main__ import SIZE, save, wait_until

    application = QApplication(sys.argv[:1])
    shell = build(application, Paths.from_environment(), WindowOptions())
    Theme.current().set_appearance(Appearance(appearance))
    shell.start()
    window = shell.window
    window.resize(*SIZE)
    wait_until(lambda: type(window.front).__name__ == "WelcomePage")
    settle()
    save(window, folder / f"start-{appearance}.png")
    keys("Alt+3")(window)
    save(window, folder / f"join-{appearance}.png")
    keys("Escape")(window)
    wait_until(lambda: type(window.front).__name__ == "WelcomePage")
    keys("Alt+2")(window)
    wizard: Any = window.front
    wait_until(lambda: wizard.server.text() == "The database is ready.")
    for name in SHOWN:
        _fill(wizard.current)
        settle()
        save(window, folder / f"setup-{name}-{appearance}.png")
        wizard.go_on() if name != "backup" else None
        settle(300)
    window.close()
    application.quit()
