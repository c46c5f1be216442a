"""The areas' code is loaded before their pages are opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.ui.shell.preload import Preload, package_of
from app.ui.work import AreaPage, AreaSpec, ShellApi
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import OWN, PASSWORD, FakeSessions, an_area


def _in(module: str, **more: str) -> AreaSpec:
    def factory(api: ShellApi) -> AreaPage:
        return AreaPage(api)

    factory.__module__ = module
    return AreaSpec(key="x", title="X", icon="home", factory=factory)


def test_only_areas_are_loaded() -> None:
    assert package_of(_in("app.ui.areas.today.spec")) == "app.ui.areas.today"
    assert package_of(an_area()) == ""


def test_every_module_of_an_area_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.ui.areas

    folder = tmp_path / "made_up"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "view.py").write_text("LOADED = True")
    monkeypatch.setattr(app.ui.areas, "__path__", [*app.ui.areas.__path__, str(tmp_path)])
    preload = Preload([_in("app.ui.areas.made_up.spec")])
    preload.run()
    preload.wait()
    assert sys.modules.pop("app.ui.areas.made_up.view").LOADED
    sys.modules.pop("app.ui.areas.made_up")


@pytest.mark.logs_errors
@pytest.mark.usefixtures("home")
def test_a_mistake_in_one_area_keeps_nobody_out(qtbot: QtBot, tmp_path: Path) -> None:
    shell = open_shell(qtbot, FakeSessions(OWN), tmp_path, (an_area(), _in("app.ui.areas.not_there.spec")))
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    qtbot.waitUntil(shell._crash.isVisible)
    shell._crash.accept()
    shell.window.close()
