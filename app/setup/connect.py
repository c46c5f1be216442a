"""From a profile or a URL to a connection: starts the embedded server where one is meant."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.cluster.server import ClusterInfo, EmbeddedServer
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind
from app.security.connection import (
    SYSTEM_AUTHORITIES,
    Address,
    check_authority,
    connection_parameters,
    parse_address,
)
from app.security.identity import email_key
from app.setup.demo.sign_ins import SignIn
from app.setup.knock import knock

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A database that people sign in to; ``cluster`` when it is the embedded one."""

    address: Address
    profile: Profile | None = None
    cluster: ClusterInfo | None = None


def target_of_url(url: str) -> Target:
    """Return the database that MHA_DATABASE_URL names; credentials in it are not used."""
    return Target(parse_address(url))


def target_of_profile(paths: Paths, profile: Profile, progress: Progress | None = None) -> Target:
    """Return a profile's database, its embedded server running."""
    if profile.kind is ProfileKind.SERVER:
        address = Address(
            database=profile.database,
            hosts=profile.hosts,
            ports=(profile.port,),
            root_certificate=profile.ca_file or SYSTEM_AUTHORITIES,
        )
        return Target(address, profile)
    info = EmbeddedServer(profile.name, paths).start(progress)
    return Target(cluster_address(info), profile, info)


def reach(paths: Paths, profile: Profile, progress: Progress | None = None) -> Target:
    """Return a profile's database once its embedded server runs, or somebody answers at its address.

    Raises ``Unavailable`` after a few seconds: libpq waits longer for a line that swallows everything.
    """
    target = target_of_profile(paths, profile, progress)
    knock(target.address)
    return target


def cluster_address(info: ClusterInfo) -> Address:
    """Return where an embedded server listens."""
    return Address(database=info.database, hosts=(str(info.host),), ports=(info.port,))


def conninfo(target: Target, email: str, password: str) -> dict[str, Any]:
    """Return libpq's parameters for a person; refuses "BadCertificate" when the authority's file is of no use."""
    if not target.address.is_local:
        check_authority(target.address.root_certificate)
    return connection_parameters(target.address, email=email, password=password)


def known_password(paths: Paths, profile: Profile | None, email: str) -> str | None:
    """Return the password of a demo person; None when it has to be asked for."""
    if profile is None or not profile.is_demo:
        return None
    return next((one.password for one in demo_sign_ins(paths) if email_key(one.email) == email_key(email)), None)


def first_demo_email(paths: Paths, profile: Profile) -> str:
    """Return who signs in to the demo when nobody is named."""
    signs = demo_sign_ins(paths) if profile.is_demo else ()
    return signs[0].email if signs else ""


def _demo_file(paths: Paths, server_url: str) -> Path:
    name = "sign-ins"
    if server_url:
        address = parse_address(server_url)
        place = json.dumps([address.database, address.hosts, address.ports])
        name = f"{name}-{sha256(place.encode()).hexdigest()[:16]}"
    return paths.profile_data("demo") / f"{name}.json"


def demo_sign_ins(paths: Paths, server_url: str = "") -> tuple[SignIn, ...]:
    """Return who can sign in to the demo on this computer, or to the one that was made from here at a server."""
    file = _demo_file(paths, server_url)
    if not file.exists():
        return ()
    try:
        entries: Sequence[Mapping[str, str]] = json.loads(file.read_text(encoding="utf-8"))
        return tuple(
            SignIn(e["email"], e["password"], Role(e["role"]), e["name"], e.get("user_id", "")) for e in entries
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("BadProfiles", t("The file {file} can't be read.", file=str(file))) from error


def keep_demo_sign_ins(paths: Paths, sign_ins: Sequence[SignIn], server_url: str = "") -> None:
    """Write down who can sign in to the demo, readable by this person only."""
    file = _demo_file(paths, server_url)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump([asdict(one) for one in sign_ins], stream, ensure_ascii=False, indent=1)
