"""The sign-in page says at once that a clinic's server is gone, and lets enrolled computers' people in without it."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Thread

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
    with pytest.raises(Unavailable):
        knock(Address(database="clinic", hosts=(str(tmp_path),), ports=(5432,)))


@pytest.mark.parametrize("answer", [None, b"", b"HTTP"], ids=["silent", "hangs up", "something else"])
def test_who_only_takes_the_connection_is_no_server(answer: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel whose other end is gone, or the kernel of a server that is frozen."""
    monkeypatch.setattr("app.setup.knock.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])

        def serve() -> None:
            line, _ = listening.accept()
            with line:
                if answer is not None:
                    line.recv(8)
                    line.sendall(answer)
                else:
                    line.recv(8)
                    line.recv(1)  # until the other side has given up

        tunnel = Thread(target=serve)
        tunnel.start()
        with pytest.raises(Unavailable) as caught:
            knock(Address(database="clinic", hosts=("127.0.0.1",), ports=(port,)))
        tunnel.join()
    assert caught.value.code == "ServerLost"
