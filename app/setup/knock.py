"""Whether anybody listens where a clinic's server should be: asked before somebody types their password."""

from __future__ import annotations

import socket
from contextlib import closing

from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.security.connection import Address

SECONDS = 3.0
"""How long one host may take: a line that swallows everything is as good as gone."""


def knock(address: Address) -> None:
    """Raise Unavailable "ServerLost" when none of the hosts takes a connection. Nothing is said to it."""
    ports = address.ports * len(address.hosts) if len(address.ports) == 1 else address.ports
    for host, port in zip(address.hosts, ports, strict=False):
        try:
            with closing(_connected(host, port)):
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
