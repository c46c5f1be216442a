"""How a connection must be made so that neither password nor data reach anybody but the clinic's own server.

Over a network: TLS with the server's certificate and name checked, SCRAM and nothing weaker. Without TLS only
over a Unix socket or the loopback address. There is no switch that turns this off.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.security.identity import login_role

if TYPE_CHECKING:
    pass

SYSTEM_AUTHORITIES = "system"
_SCHEMES = ("postgresql+psycopg://", "postgres://")
_ALIVE: Mapping[str, Any] = {
    "connect_timeout": 8,
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
}
_OPTIONS = "-c TimeZone=UTC -c search_path=public"
_SESSION: Mapping[str, Any] = {"application_name": "MyHealthAlly", "client_encoding": "UTF8", "options": _OPTIONS}
_AUTHORITY_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database is. ``hosts`` are names, addresses or folders of a Unix socket; several for fail-over.

    ``ports`` is one for all hosts or one for each. ``root_certificate`` is a file, or ``system``.
    """

    database: str
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = (5432,)
    root_certificate: str = SYSTEM_AUTHORITIES

    @property
    def is_local(self) -> bool:
        """Whether no network lies between: sockets and loopback only."""
        return all(is_local_host(host) for host in self.hosts)


def is_local_host(host: str) -> bool:
    """Tell whether a host is a Unix socket's folder or the loopback address."""
    if not host or host.startswith(("/", "@")) or (len(host) > 2 and host[1:3] in (":\\", ":/")):
        return True
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_address(url: str) -> Address:
    """Read host and database from a URL or libpq string; credentials and weaker TLS settings in it are not used.

    Raises ``Refused`` "BadAddress".
    """
    given = _given(url)
    database = str(given.get("dbname") or "")
    if not database:
        raise Refused("BadAddress", t("The database's address names no database."), field="url")
    hosts = tuple(part for part in str(given.get("host") or "").split(",") if part)
    try:
        ports = tuple(int(part or 5432) for part in str(given.get("port") or "").split(","))
    except ValueError as error:
        raise _bad_address() from error
    if len(ports) not in (1, max(len(hosts), 1)) or not all(0 < port < 65536 for port in ports):
        raise _bad_address()
    ports = ports if len(set(ports)) > 1 else ports[:1]
    return Address(
        database=database,
        hosts=hosts,
        ports=ports,
        root_certificate=str(given.get("sslrootcert") or SYSTEM_AUTHORITIES),
    )


def _given(url: str) -> dict[str, Any]:
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            url = "postgresql://" + url.removeprefix(scheme)
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        raise _bad_address() from error


def _bad_address() -> Refused:
    return Refused(
        "BadAddress", t("This is no address of a database. It looks like postgresql://HOST:PORT/DATABASE"), field="url"
    )


def _transport(*, local: bool, root_certificate: str) -> dict[str, Any]:
    if local:
        return {"sslmode": "prefer"}  # libpq ignores it on sockets; on loopback a certificate proves nothing more
    if root_certificate == SYSTEM_AUTHORITIES:
        root_certificate = _system_authorities()
    return {"sslmode": "verify-full", "sslrootcert": root_certificate, "gssencmode": "disable"}


@cache
def _system_authorities() -> str:
    """Return the file of the machine's trusted authorities: the OpenSSL in psycopg's wheel doesn't know where it is."""
    places = (ssl.get_default_verify_paths().cafile, *_AUTHORITY_FILES)
    return next((place for place in places if place and Path(place).is_file()), SYSTEM_AUTHORITIES)


def check_authority(root_certificate: str) -> None:
    """Refuse "BadCertificate" where the authority's file isn't there or holds none; libpq would advise not to check."""
    if root_certificate == SYSTEM_AUTHORITIES:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(root_certificate)
    except ssl.SSLError:
        why = t("There is no certificate in the file {file}.", file=root_certificate)
    except OSError:
        why = t("The file {file} can't be read.", file=root_certificate)
    else:
        return
    raise Refused("BadCertificate", why, field="caFile")


def connection_parameters(address: Address, *, email: str, password: str) -> dict[str, Any]:
    """Return libpq's parameters for signing in as a member of staff."""
    where: dict[str, Any] = {"dbname": address.database, "port": ",".join(map(str, address.ports))}
    if address.hosts:
        where["host"] = ",".join(address.hosts)
    return {
        **where,
        "user": login_role(email),
        "password": password,
        "require_auth": "scram-sha-256",
        "channel_binding": "prefer",
        "target_session_attrs": "read-write",
        **_transport(local=address.is_local, root_certificate=address.root_certificate),
        **_ALIVE,
        **_SESSION,
    }


def owner_parameters(owner_url: str) -> dict[str, Any]:
    """Return libpq's parameters for the owner: what the URL says, but never over an unchecked network.

    The way of proving who one is stays the server's choice (managed servers use tokens), inside checked TLS.
    """
    given = _given(owner_url)
    hosts = [part for part in str(given.get("host") or "").split(",") if part]
    transport = _transport(
        local=all(is_local_host(host) for host in hosts),
        root_certificate=str(given.get("sslrootcert") or SYSTEM_AUTHORITIES),
    )
    if transport["sslmode"] == "prefer" and "sslmode" in given:
        transport = {}
    options = f"{given.get('options', '')} {_OPTIONS}".strip()
    return {**_ALIVE, **given, "target_session_attrs": "read-write", **transport, **_SESSION, "options": options}


def connection_url(parameters: Mapping[str, Any], *, password: bool = False) -> str:
    """Return a libpq URL that any client can use; without ``password`` it has none."""
    rest = {k: v for k, v in parameters.items() if k not in ("dbname", "user", "password")}
    user = quote(str(parameters.get("user", "")), safe="")
    if password and parameters.get("password"):
        user += ":" + quote(str(parameters["password"]), safe="")
    database = quote(str(parameters["dbname"]), safe="")
    return f"postgresql://{user}{'@' if user else ''}/{database}?{urlencode(rest, quote_via=quote)}"
