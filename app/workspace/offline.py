"""A workspace on an enrolled workstation: server and store as one, kept together by a thread."""

from __future__ import annotations

from collections.abc import Callable

from app.commands.registry import Change
from app.commands.stores import ServerStore
from app.db.local import LocalDatabase
from app.sync.desk_sync import DeskSync
from app.sync.engine import Engine
from app.sync.model import SyncMode, SyncStatus
from app.sync.place import Desk
from app.sync.routed import RoutedStore
from app.workspace.changes import ChangeSet
from app.workspace.workspace import Workspace


def attach(
    workspace: Workspace,
    server: ServerStore,
    local: LocalDatabase,
    desk: Desk,
    revoked: Callable[[], None] = lambda: None,
) -> Engine:
    """Let a workspace work with the workstation's store from now on; returns what keeps the two together."""
    actor, clock = workspace.actor, workspace.clock
    engine = Engine(local, server, actor, desk, clock, lambda online: workspace.reader(online=online))

    def publish(changes: tuple[Change, ...] | None) -> None:
        everything = changes is None
        workspace.changed.publish(ChangeSet(everything=True) if everything else ChangeSet.of(changes or (), own=False))

    def told(status: SyncStatus) -> None:
        workspace.follow(status.mode is SyncMode.ONLINE)

    engine.publish = publish
    engine.revoked = revoked
    engine.changed.append(told)
    workspace.work_with(RoutedStore(server, local, engine), DeskSync(engine), desk.workstation)
    return engine
