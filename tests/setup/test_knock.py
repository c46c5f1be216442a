"""The sign-in page says at once that a clinic's server is gone, and lets enrolled computers' people in without it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.kernel.errors import Unavailable
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind
from app.main import WiredSessions
from app.security.connection import Address
from app.setup.knock import knock
from tests.support.postgres import Server


def test_a_joined_server_that_is_gone_is_said_before_anybody_signs_in(tmp_path: Path) -> None:
    profile = Profile("elm", ProfileKind.SERVER, "Elm Street", hosts=(str(tmp_path),))
    sessions = WiredSessions(Paths(tmp_path, tmp_path, tmp_path), first_desk=True)
    with pytest.raises(Unavailable):
        sessions.start(profile, lambda *_: None)


def test_one_host_that_answers_is_enough(server: Server, tmp_path: Path) -> None:
    knock(Address(database="clinic", hosts=(str(tmp_path), str(server.folder)), ports=(5432,)))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        knock(Address(database="clinic", hosts=("127.0.0.1",), ports=(port,)))
    with pytest.raises(Unavailable):
        knock(Address(database="clinic", hosts=("127.0.0.1",), ports=(port,)))
