"""Embedded servers of a test's own, in a folder that the server's OS user can reach."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cluster import sealed
from app.cluster.keeper import retire
from app.cluster.layout import find_layout
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


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    """Make an embedded server below ``folder`` (or a home given); all are ended after the test."""
    made: list[EmbeddedServer] = []

    def new(profile: str = "p", *, home: Path | None = None, **options: object) -> EmbeddedServer:
        root = home or folder / "home"
        server = EmbeddedServer(
            profile,
            Paths(root / "data", root / "config", root / "logs"),
            **options,  # type: ignore[arg-type]
        )
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
