"""The private folder of the server's socket, short enough for every system and closed to everyone else."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from app.cluster.account import Account
from app.cluster.layout import Layout

LOOPBACK = "127.0.0.1"
PATH_LIMIT = 100  # bytes of the whole socket path; systems end between 104 and 108


def socket_path(folder: Path, port: int) -> Path:
    """Return the path of the server's socket for a port."""
    return folder / f".s.PGSQL.{port}"


def socket_folder(layout: Layout, account: Account) -> Path:
    """Return the folder for the server's socket, made private.

    It lies beside the data unless that path is too long for a socket or holds a comma, which separates hosts in
    libpq's connection strings.
    """
    beside = layout.base / "run"
    path = str(socket_path(beside, 65535))
    if len(os.fsencode(path)) <= PATH_LIMIT and "," not in path:
        beside.mkdir(mode=0o700, exist_ok=True)
        account.own(beside)
        return beside
    return _short_folder(layout.record.id, account)


def _short_folder(name: str, account: Account) -> Path:
    """Return a folder of ours in the system's folder for such things; never one that somebody else prepared."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "") if account.uid is None else ""
    for root in filter(None, (runtime, "/run" if account.uid is not None else "", "/tmp")):  # noqa: S108  checked below
        place = Path(root)
        if not place.is_dir() or not os.access(place, os.W_OK) or len(os.fsencode(root)) > PATH_LIMIT - 45:
            continue
        folder = place / f"myhealthally-{name}"
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            account.own(folder)
        if _is_private(folder, account):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="mha-", dir="/tmp"))
    account.own(folder)
    return folder


def _is_private(folder: Path, account: Account) -> bool:
    if sys.platform == "win32":
        return True
    entry = folder.lstat()
    owner = os.geteuid() if account.uid is None else account.uid
    return folder.is_dir() and not folder.is_symlink() and entry.st_uid == owner and not entry.st_mode & 0o077


def remove_stale_socket(folder: Path, port: int) -> bool:
    """Tell whether a port of the folder is free, removing what a killed server left there.

    A socket that somebody listens on is left alone, and so is one whose lock names a living PostgreSQL server.
    """
    path = socket_path(folder, port)
    lock = path.with_name(f"{path.name}.lock")
    if _answers(path):
        return False
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int(lock.read_text(encoding="utf-8").split()[0])
        if psutil.Process(pid).name().startswith("postgres"):
            return False
    path.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)
    return True


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
    return True
