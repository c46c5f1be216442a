"""Whether anybody listens where a clinic's server should be: asked before somebody types their password."""

from __future__ import annotations

import socket
from contextlib import closing

from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.security.connection import Address

SECONDS = 3.0
"""How long one host may take: a line that swallows everything is as good as gone."""


_MAY_WE_ENCRYPT = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""The first words of every client (PostgreSQL's SSLRequest): they name nobody, and the server logs nothing of them."""
_ANSWERS = (b"S", b"N")


def knock(address: Address) -> None:
    """Raise Unavailable "ServerLost" when none of the hosts answers as PostgreSQL does.

    That a connection is taken says little: a tunnel or a frozen server's kernel takes it, too. Nobody is named.
    """
    ports = address.ports * len(address.hosts) if len(address.ports) == 1 else address.ports
    for host, port in zip(address.hosts, ports, strict=False):
        try:
            with closing(_connected(host, port)) as line:
                line.sendall(_MAY_WE_ENCRYPT)
                if line.recv(1) in _ANSWERS:
                    return
        except OSError:
            continue
    raise Unavailable("ServerLost", t("The server can't be reached."))


def _connected(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), SECONDS)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(SECONDS)
        line.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        line.close()
        raise
    return line
