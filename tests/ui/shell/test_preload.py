"""The areas' code is loaded before their pages are opened."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.ui.shell.preload import Preload, modules_of, package_of
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


def test_every_module_of_an_area_is_loaded(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.ui.areas

    folder = tmp_path / "made_up"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "view.py").write_text("LOADED = True")
    monkeypatch.setattr(app.ui.areas, "__path__", [*app.ui.areas.__path__, str(tmp_path)])
    preload = Preload(modules_of([_in("app.ui.areas.made_up.spec")]), owner := QObject())
    with qtbot.waitSignal(preload.ended):
        preload.start()
    preload.wait()
    assert sys.modules.pop("app.ui.areas.made_up.view").LOADED
    sys.modules.pop("app.ui.areas.made_up")
    delete(owner)


def test_classes_of_qt_are_made_on_the_gui_thread_and_each_module_after_what_it_imports(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PySide looks types up without Python's lock: a class made on another thread ended the program now and then."""
    import app.ui.areas

    folder = tmp_path / "made_up_too"
    folder.mkdir()
    where = "import threading\nWHERE = threading.get_ident()\nimport time\nWHEN = time.perf_counter_ns()\n"
    (folder / "__init__.py").write_text("")
    (folder / "a_view.py").write_text("from app.ui.areas.made_up_too.z_part import WHEN as BEFORE\n" + where)
    (folder / "z_part.py").write_text("import app.domain.made_up_below\n" + where)
    (tmp_path / "made_up_below.py").write_text(where)
    monkeypatch.setattr(app.ui.areas, "__path__", [*app.ui.areas.__path__, str(tmp_path)])
    monkeypatch.setattr(app.domain, "__path__", [*app.domain.__path__, str(tmp_path)])
    preload = Preload(["app.ui.areas.made_up_too"], owner := QObject())
    with qtbot.waitSignal(preload.ended):
        preload.start()
    view, part = (sys.modules.pop(f"app.ui.areas.made_up_too.{name}") for name in ("a_view", "z_part"))
    below = sys.modules.pop("app.domain.made_up_below")
    assert view.WHERE == part.WHERE == threading.get_ident()
    assert threading.get_ident() != below.WHERE
    assert below.WHEN < part.WHEN < view.WHEN
    sys.modules.pop("app.ui.areas.made_up_too")
    delete(owner)


def test_the_order_covers_every_area() -> None:
    """In a program of its own: nothing but the window's modules is left, and none imports one that comes later."""
    program = (
        "import sys\nfrom app.main import area_specs\nfrom app.ui.shell.preload import *\n"
        "left = loaded_below(modules_of(area_specs()))\n"
        "assert len(left) > 100 and all(name.startswith(WITH_QT) for name in left), left\n"
        "for name in left:\n"
        "    before = set(sys.modules)\n"
        "    import_module(name)\n"
        "    more = [one for one in set(sys.modules) - before if one.startswith(WITH_QT) and one != name]\n"
        "    assert len(more) < 8, (name, more)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})


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
