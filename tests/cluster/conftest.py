"""Embedded servers of a test's own, in a folder that the server's OS user can reach."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cluster import sealed
from app.cluster.account import server_account
from app.cluster.binaries import wheel_binaries
from app.cluster.initialise import ensure_initialised
from app.cluster.keeper import retire
from app.cluster.layout import Layout, Record, find_layout, make_layout
from app.cluster.server import EmbeddedServer
from app.kernel.paths import Paths


@pytest.fixture(autouse=True)
def _cheap_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases are stretched with little memory here: that isn't what these tests are about."""
    monkeypatch.setattr(sealed, "_COST", {"time": 1, "memory": 64, "lanes": 1})


Make = Callable[..., EmbeddedServer]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder below the run's, removed afterwards."""
    made = Path(tempfile.mkdtemp(prefix="c-", dir=os.environ["MHA_TEST_RUN"]))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def made_once() -> Iterator[Path]:
    """A server that has been made but never started: most tests begin with a copy, which takes a tenth of the time."""
    root = Path(tempfile.mkdtemp(prefix="made-", dir=os.environ["MHA_TEST_RUN"]))
    root.chmod(0o711)
    account = server_account()
    layout = make_layout(root / "embedded", account)
    ensure_initialised(layout, wheel_binaries(), account)
    yield layout.home
    shutil.rmtree(root)


@pytest.fixture
def make(folder: Path, made_once: Path) -> Iterator[Make]:
    """Make an embedded server below ``folder`` (or a home given); all are ended after the test.

    With ``fresh``, and in a home given, it makes its data itself; otherwise the data is there already.
    """
    made: list[EmbeddedServer] = []

    def new(profile: str = "p", *, home: Path | None = None, fresh: bool = False, **options: object) -> EmbeddedServer:
        root = home or folder / "home"
        server = EmbeddedServer(
            profile,
            Paths(root / "data", root / "config", root / "logs"),
            **options,  # type: ignore[arg-type]
        )
        if home is None and not fresh and not server.home.exists():
            copy_server(made_once, server.home)
        made.append(server)
        return server

    yield new
    for server in made:
        layout = find_layout(server.home)
        if layout is not None:
            server.stop()
            retire(layout)
            if layout.base != layout.home:
                shutil.rmtree(layout.base)


def copy_server(source: Path, home: Path) -> None:
    """Copy a made server with its owners and permissions, as one of its own."""
    home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(source), str(home)], check=True)
    record = Record(secrets.token_hex(8), str(home), initialised=True)
    Layout(home, record).save(record)
