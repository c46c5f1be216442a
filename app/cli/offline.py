"""``offline …``, ``sync now``, ``conflicts …``: working without the server, and coming back."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from app.cli.verbs import Needs, verb
from app.commands.another_way import on_time, over_theirs
from app.kernel.errors import Refused
from app.kernel.i18n import again, t
from app.setup.session import Session
from app.workspace.sync_state import AttentionItem, Reading, SyncReport
from app.workspace.workspace import Workspace


class Keep(StrEnum):
    """How a conflict is settled."""

    MINE = "mine"
    THEIRS = "theirs"
    RETRY = "retry"
    DISCARD = "discard"
    ADOPT = "adopt"
    HAND_OVER = "hand-over"


@verb("offline enrol", needs=Needs.SETUP, rpc=False)
def enrol(session: Session, anew: bool = False) -> dict[str, Any]:
    """Let this workstation keep the clinic's data and work offline (ADMIN); prints the recovery key once.

    --anew: first put a store aside for good that stays closed since its keys are lost.
    """
    workspace = session.workspace()
    if anew and workspace.store_problem is not None:
        session.offline().put_aside(workspace)
    last = ""

    def progress(step: Any) -> None:
        nonlocal last
        if step.table != last:
            last = step.table
            session.progress(f"{step.tables_done}/{step.tables} {step.table} ({step.rows})")

    key = session.offline().enrol(workspace, session.password, progress)
    return {"enrolled": True, "workstation": workspace.workstation, "recoveryKey": key}


@verb("offline recover", needs=Needs.SETUP, rpc=False)
def recover(session: Session) -> dict[str, Any]:
    """Open the store that stays closed (keyring or passwords lost) with MHA_RECOVERY_KEY; sends what waits."""
    workspace = session.workspace()
    session.offline().recover(workspace, session.recovery_key(), session.password)
    report = (workspace.caught_up + _sync(workspace).sync_now()).to_json()
    return {"recovered": True, "workstation": workspace.workstation, **report}


@verb("offline status")
def offline_status(ws: Workspace) -> dict[str, Any]:
    """Say how this workstation stands to its server, and what waits: null where its store can't be looked into."""
    if ws.sync is not None:
        return ws.sync.status().to_json()
    problem = _in_use() if ws.store_busy else ws.store_problem
    enrolled = problem is not None and problem.code != "WorkstationRevoked"
    return {
        "mode": "online",
        "asOf": ws.clock.now().isoformat(),
        "waiting": None if enrolled else 0,
        "needsAttention": None if enrolled else 0,
        "enrolled": enrolled,
        **({"problem": problem.to_json()} if problem is not None else {}),
    }


@verb("offline reading", positional=("source",))
def offline_reading(ws: Workspace, source: Reading | None = None) -> dict[str, Any]:
    """Say, or choose for this workstation, from where boards and search are read while the server answers: automatic
    (the store over a slow line), store, server.
    """
    sync = _sync(ws)
    if source is not None:
        sync.read_from(source)
    status = sync.status()
    return {"reading": status.reading.value, "slowLine": status.slow}


@verb("sync now")
def sync_now(ws: Workspace) -> dict[str, Any]:
    """Send what waits and fetch what changed."""
    report: SyncReport = _sync(ws).sync_now()
    return (ws.caught_up + report).to_json()


@verb("conflicts list")
def conflicts_list(ws: Workspace) -> dict[str, Any]:
    """List what needs a person's decision, oldest first."""
    items = () if _not_enrolled(ws) else _sync(ws).attention()
    return {"items": [_item(one) for one in items], "more": False}


@verb("conflicts resolve", positional=("id",))
def conflicts_resolve(
    ws: Workspace,
    id: str,  # noqa: A002 - the option's name
    keep: Keep,
    slot: str | None = None,
    reason: str = "",
    to: str = "",
) -> dict[str, Any]:
    """Decide: keep mine (--slot: at another time), theirs, retry, discard (--reason), adopt, hand-over (--to EMAIL)."""
    sync = _sync(ws)
    item = next((one for one in sync.attention() if one.id == id), None)
    if item is None:
        raise Refused("NoSuchItem", t("Nothing with this number needs attention here."), field="id")
    if keep is Keep.MINE:
        _keep_mine(ws, item, slot)
    elif keep is Keep.THEIRS:
        sync.take_theirs(id)
    elif keep is Keep.DISCARD:
        sync.discard(id, reason)
    elif keep is Keep.ADOPT:
        sync.adopt(id)
    elif keep is Keep.HAND_OVER:
        sync.hand_over(id, to)
    else:
        sync.retry(id)
    if keep in (Keep.RETRY, Keep.ADOPT, Keep.MINE) and sync.status().mode.value == "online":
        sync.sync_now()
    left = {one.id for one in sync.attention()}
    return {"id": id, "resolved": id not in left, "needsAttention": len(left)}


def _keep_mine(ws: Workspace, item: AttentionItem, slot: str | None) -> None:
    """Do it over the others' change, on another time, or once more as it was."""
    sync = _sync(ws)
    command = on_time(item.command, slot) if slot else over_theirs(item.command, item.problem)
    if slot and command is None:
        raise Refused("BadValue", t("This can't be done at another time."), field="slot")
    if command is None:
        sync.retry(item.id)
    else:
        sync.change(item.id, command, ws.execute)


def _in_use() -> Refused:
    words = t("Another window or command is working with this workstation's offline data.")
    return Refused("StoreInUse", words, field="store")


def _not_enrolled(ws: Workspace) -> bool:
    return ws.sync is None and not ws.store_busy and ws.store_problem is None


def _sync(ws: Workspace) -> Any:
    if ws.sync is None:
        if ws.store_busy:
            raise _in_use()
        if ws.store_problem is not None:
            raise ws.store_problem
        raise Refused("NotEnrolled", t("This workstation isn't set up for working offline."), field="workstation")
    return ws.sync


def _item(one: AttentionItem) -> dict[str, Any]:
    extra = {key: value for key, value in one.problem.items() if key not in ("error", "message")}
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state.value,
        "error": one.code,
        "message": again(one.message),
        "occurredAt": one.occurred_at.isoformat(),
        "author": {"id": one.author_id, "name": one.author_name, "me": one.mine},
        "blockedBy": one.blocked_by,
        "dependents": one.dependents,
        "adoptable": one.adoptable,
        **extra,
    }
