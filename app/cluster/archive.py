"""One backup file: a manifest, then the database's dump, sealed as one stream."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from psycopg.conninfo import make_conninfo

from app.cluster.binaries import Binaries
from app.cluster.initialise import SUPERUSER, server_environment
from app.cluster.layout import Layout
from app.cluster.postmaster import Postmaster
from app.cluster.problems import classify, last_words, problem
from app.cluster.sealed import SealedWriter, open_sealed
from app.kernel.errors import Refused, Unavailable
from app.kernel.i18n import t

FORMAT = 1
_CHUNK = 1 << 18
_TOLD_EVERY = 16 << 20
Progress = Callable[[str], None]


class Tools:
    """Runs pg_dump and pg_restore on a server as its superuser; the password is in no process argument."""

    def __init__(self, layout: Layout, server: Postmaster, binaries: Binaries) -> None:
        self._layout = layout
        self._server = server
        self._binaries = binaries

    def dump(self, database: str, snapshot: str) -> Iterator[bytes]:
        """Yield the dump of a database as an exported snapshot shows it."""
        command = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--dbname={self._conninfo(database)}"]
        with self._run(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101  it was asked for
            while chunk := process.stdout.read(_CHUNK):
                yield chunk

    def load(self, database: str, dump: Iterator[bytes]) -> None:
        """Fill an empty database from a dump."""
        command = ["pg_restore", "--exit-on-error", "--format=custom", f"--dbname={self._conninfo(database)}"]
        with self._run(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            assert process.stdin is not None  # noqa: S101  it was asked for
            with suppress(BrokenPipeError), process.stdin as pipe:  # it has given up: its own words follow
                for chunk in dump:
                    pipe.write(chunk)

    def _conninfo(self, database: str) -> str:
        return make_conninfo(
            host=self._server.host, port=self._server.port, dbname=database, user=SUPERUSER, connect_timeout=10
        )

    @contextmanager
    def _run(self, command: list[str], **pipes: int) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program for the length of the block; an error inside ends it, its own errors are raised after it."""
        password = self._layout.superuser_password.read_text(encoding="utf-8")
        with tempfile.TemporaryFile() as said:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                [self._binaries.program(command[0]), *command[1:]],
                stderr=said,
                cwd=os.path.abspath(os.sep),  # noqa: PTH100  "/" or the drive
                env=server_environment() | {"PGPASSWORD": password},
                **pipes,  # type: ignore[call-overload]
            )
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
            if process.returncode != 0:
                said.seek(0)
                raise _failed(said.read().decode("utf-8", "replace"), self._layout)


def _failed(output: str, layout: Layout) -> Exception:
    code = classify(output)
    if code == "DiskFull":
        return problem(code, layout.data)
    return Unavailable("BackupFailed", t("The backup didn't work: {detail}", detail=last_words(output)))


def write_archive(
    file: IO[bytes], passphrase: str, manifest: dict[str, Any], dump: Iterator[bytes], tell: Progress
) -> None:
    """Seal the manifest and the dump into an open file."""
    head = json.dumps({"format": FORMAT, **manifest}).encode()
    writer = SealedWriter(file, passphrase)
    writer.write(struct.pack("!Q", len(head)) + head)
    told = done = 0
    for chunk in dump:
        writer.write(chunk)
        done += len(chunk)
        if done - told >= _TOLD_EVERY:
            told = done
            tell(t("Writing the backup: {n} MB", n=done >> 20))
    writer.close()


class Archive:
    """A backup file opened for reading: ``manifest``, then once ``dump()``."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        self._pieces = open_sealed(file, passphrase)
        self._rest = b""
        (length,) = struct.unpack("!Q", self._take(8))
        try:
            self.manifest: dict[str, Any] = json.loads(self._take(length))
            number = int(self.manifest["format"])
        except (ValueError, KeyError, TypeError) as error:
            raise Refused("NotABackup", t("This file is no backup of this program."), field="file") from error
        if number > FORMAT:
            raise Refused("BackupTooNew", t("A newer version of this program made the backup."), field="file")

    def dump(self) -> Iterator[bytes]:
        """Yield the rest, the dump, checked piece by piece."""
        yield self._rest
        yield from self._pieces

    def _take(self, length: int) -> bytes:
        while len(self._rest) < length:
            piece = next(self._pieces, None)
            if piece is None:
                raise Refused("BackupDamaged", t("The backup is cut off. Use another one."), field="file")
            self._rest += piece
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken


@contextmanager
def new_file(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """Write a file beside its place, readable by its owner only; it takes its place when the block ends well."""
    scratch = target.with_name(f"{target.name}.part")
    try:
        scratch.unlink(missing_ok=True)
        handle = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise Refused(
            "BadFile", t("The file {path} can't be written: {reason}", path=target, reason=error.strerror), field="file"
        ) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file, scratch
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
