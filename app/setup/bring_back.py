"""A clinic from its backup onto a computer that doesn't have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cluster.backup import restore
from app.cluster.server import EmbeddedServer
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, remember
from app.security.provision import as_owner
from app.setup.migrate import upgrade

_CLINIC = """
SELECT c.name FROM public.clinics c JOIN desktop.clinic_settings s ON s.clinic_id = c.id ORDER BY c.name LIMIT 1
"""


def bring_back(
    paths: Paths, name: str, file: Path, passphrase: str, tell: Callable[[str], None]
) -> tuple[Profile, dict[str, Any]]:
    """Make an embedded database called ``name`` out of a backup, and remember it as a clinic of this computer.

    Nothing that is here is touched: the name is a new one. Accounts and passwords are those of the backup. Returns
    what ``restore`` does beside the profile. Raises Refused (``file`` or ``passphrase`` named) and Unavailable.
    """
    server = EmbeddedServer(name, paths)
    found = restore(server, file, passphrase, tell)
    with whole_or_aside(server):
        info = server.start(tell)
        upgrade(info.owner_url, progress=tell)
        with as_owner(info.owner_url) as connection:
            row = connection.execute(_CLINIC).fetchone()
        if row is None:
            raise Refused("NoClinic", t("There is no clinic in this backup."), field="file")
        profile = Profile(name=name, kind=ProfileKind.EMBEDDED, title=str(row[0]))
        remember(paths, profile)
    return profile, found


@contextmanager
def whole_or_aside(server: EmbeddedServer) -> Iterator[None]:
    """Put the data aside when a clinic isn't finished: the next one that is made under this name begins anew."""
    try:
        yield
    except BaseException:
        server.stop()
        server.set_aside()
        raise
