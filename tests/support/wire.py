"""A recorder between a client and PostgreSQL: counts round trips and statements, and can cut the line.

It reads the protocol itself, so what it counts is what really crossed the wire, pipelines, BEGIN and COMMIT included.
"""

from __future__ import annotations

import socket
import struct
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_WAITS = {b"Q", b"S", b"H", b"F"}  # simple query, sync, flush, function call: the client now waits for an answer


@dataclass(frozen=True, slots=True)
class Message:
    """One protocol message: its type letter, body, and whether the client sent it."""

    kind: bytes
    body: bytes
    from_client: bool


class Wire:
    """Listens on a socket folder of its own and forwards to the server's socket."""

    def __init__(self, server_socket: Path, *, keep: bool = True) -> None:
        """``keep`` False: statements aren't kept, which would fill the memory of whoever runs for hours."""
        self._server_socket, self._keep = server_socket, keep
        self._folder = tempfile.TemporaryDirectory(prefix="mha-wire-", dir="/tmp")
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._waiting: set[int] = set()  # connections that have asked and not been answered: asking more is free
        self._synced: set[int] = set()  # connections whose last word was a sync: a flush behind it is no question
        self._prepared: dict[tuple[int, str], str] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self.statements: list[str] = []
        self.trips = 0
        self.delay = 0.0
        """So many seconds everything that a client says is under way."""
        self._never = threading.Event()
        self.cut_when: Callable[[Message], bool] | None = None
        """Asked before each message is forwarded; True closes every connection instead."""

    def __enter__(self) -> Self:
        self._listener.bind(str(Path(self._folder.name) / self._server_socket.name))
        self._listener.listen()
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in list(self._threads):
            thread.join(5)
        self._folder.cleanup()

    def through(self, url: str) -> str:
        """Return ``url`` with its host replaced by this recorder."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query)) | {"host": self._folder.name}
        return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self.statements.clear()
            self.trips = 0

    def cut(self) -> None:
        """Close every connection, as a pulled cable does."""
        with self._lock:
            ends = [end for pair in self._pairs for end in pair]
            self._pairs.clear()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        self._threads = [one for one in self._threads if one.is_alive()]
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._server_socket))
            except OSError:
                client.close()
                server.close()
                continue
            with self._lock:
                self._pairs.append((client, server))
            self._spawn(self._pump, client, server, True, id(client))
            self._spawn(self._pump, server, client, False, id(client))

    def _pump(self, source: socket.socket, target: socket.socket, from_client: bool, connection: int) -> None:
        pending = b""
        started = not from_client  # a client's first message has no type letter
        try:
            while chunk := source.recv(65536):
                pending += chunk
                ready = b""
                while (message := _split(pending, started)) is not None:
                    size, found = message
                    self._note(found.kind, found.body, from_client, connection)
                    if self.cut_when and self.cut_when(Message(found.kind, found.body, from_client)):
                        if ready:
                            target.sendall(ready)
                        self.cut()
                        return
                    ready += pending[:size]
                    pending = pending[size:]
                    started = True
                if from_client and self.delay:
                    self._never.wait(self.delay)
                if ready:
                    target.sendall(ready)
        except OSError:
            return
        finally:
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

    def _note(self, kind: bytes, body: bytes, from_client: bool, connection: int) -> None:
        with self._lock:
            if not from_client:
                self._waiting.discard(connection)
                return
            # psycopg ends a pipeline by a sync and a flush: where the answer overtakes the flush it's still one trip
            idle_flush = kind == b"H" and connection in self._synced
            (self._synced.add if kind == b"S" or idle_flush else self._synced.discard)(connection)
            if kind in _WAITS and connection not in self._waiting and not idle_flush:
                self._waiting.add(connection)
                self.trips += 1
            if not self._keep:
                return
            if kind == b"Q":
                self.statements.append(_text(body))
            elif kind == b"P":
                name, _, rest = body.partition(b"\0")
                self._prepared[connection, name.decode()] = _text(rest)
            elif kind == b"B":
                name = body.split(b"\0", 2)[1]
                self.statements.append(self._prepared.get((connection, name.decode()), "?"))


def _text(body: bytes) -> str:
    return body.partition(b"\0")[0].decode("utf-8", "replace")


def _split(pending: bytes, started: bool) -> tuple[int, Message] | None:
    """Return the size of the first whole message and the message, or None while it's incomplete."""
    head = 1 if started else 0
    if len(pending) < head + 4:
        return None
    size = int(struct.unpack_from("!I", pending, head)[0]) + head
    if len(pending) < size:
        return None
    return size, Message(pending[:head], pending[head + 4 : size], True)
