"""Keeps what a person types: at most 2 s after a change, again on lock and quit, through the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from PySide6.QtCore import QObject, QTimer

from app.kernel.errors import AppError, Unavailable
from app.ui.work import Draft, Lane, PanelPage, WorkspacePort

SAVE_AFTER_MS = 1500
RETRY_AFTER_MS = 5000


def draft_id(user_id: str, draft: Draft) -> str:
    """Return the id that a person's draft of a kind and subject always has."""
    return str(uuid5(NAMESPACE_OID, f"{user_id}\0{draft.kind}\0{draft.subject}"))


def storable(value: Any) -> Any:
    """Return a value without what no database takes (NUL, half of a surrogate pair): a draft must never be refused."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {str(storable(str(key))): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


class Drafts(QObject):
    """The signed-in person's drafts (``DraftsPort``), and the keeper of panels' forms."""

    def __init__(self, workspace: WorkspacePort, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._lane = Lane(self, workspace)
        self._panels: dict[PanelPage, QTimer] = {}
        self._unsaved: dict[str, Draft] = {}
        self._saved: dict[str, Draft] = {}
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(RETRY_AFTER_MS)
        self._retry.timeout.connect(self._save_again)

    @property
    def unsaved(self) -> int:
        """How many drafts are only in memory, because the server can't be reached."""
        return len(self._unsaved)

    def watch(self, panel: PanelPage) -> None:
        """Save the panel's draft after each change, until ``forget``; twice is as good as once."""
        if panel in self._panels:
            return
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(SAVE_AFTER_MS)
        timer.timeout.connect(lambda: self._save_panel(panel))
        # Not restarted by further typing: the first change of a burst is never older than the interval.
        panel.edited.connect(lambda: timer.start() if not timer.isActive() else None)
        self._panels[panel] = timer
        self._bring_back(panel)

    def _bring_back(self, panel: PanelPage) -> None:
        """Give a form what is kept of it: what is typed into it would soon be kept in its place."""
        name = panel.kept_as()
        if name is None or panel.dirty():
            return

        def take(kept: Sequence[Draft]) -> None:
            mine = next((one for one in kept if (one.kind, one.subject) == name), None)
            if mine is not None and panel in self._panels and panel.kept_as() == name and not panel.dirty():
                panel.take_kept(mine)

        self.offer(name[0], take)

    def forget(self, panel: PanelPage, *, discard: bool) -> None:
        """Watch a panel no more; with ``discard`` its draft is deleted too."""
        timer = self._panels.pop(panel, None)
        if timer is not None:
            timer.stop()
            timer.deleteLater()
        draft = panel.draft() if discard else None
        if draft is not None:
            self.discard(draft.kind, draft.subject)

    def keep(self, draft: Draft) -> None:
        """Save now, unless exactly this is saved already."""
        from app.commands.drafts import SaveDraft

        ident = draft_id(self._workspace.actor.user_id, draft)
        if self._saved.get(ident) == draft:
            return
        self._unsaved[ident] = draft
        command = SaveDraft(
            draft_id=ident,
            kind=draft.kind,
            subject=draft.subject,
            title=storable(draft.title)[:300],
            body=storable(dict(draft.body)),
        )
        self._lane.execute(
            command,
            on_done=lambda _: self._kept(ident, draft),
            on_refused=lambda error: self._not_kept(ident, error),
            on_unavailable=lambda error: self._not_kept(ident, error),
            aside=True,
        )

    def discard(self, kind: str, subject: str) -> None:
        """Forget a draft: sent or given up."""
        from app.commands.drafts import DiscardDraft

        ident = draft_id(self._workspace.actor.user_id, Draft(kind, subject, ""))
        known = self._saved.pop(ident, None) or self._unsaved.pop(ident, None)
        if known is not None:
            # A draft that outlives its form is offered again; nobody is harmed by that.
            quiet = lambda _: None  # noqa: E731
            self._lane.execute(DiscardDraft(draft_id=ident), on_refused=quiet, on_unavailable=quiet, aside=True)

    def offer(self, kind: str, on_result: Callable[[Sequence[Draft]], object]) -> None:
        """Give the person's drafts of a kind (empty: all), newest first."""
        from app.queries.drafts import my_drafts

        lane = Lane(self, self._workspace)
        answer = partial(self._offer, lane, on_result)
        lane.ask(my_drafts, on_result=answer, on_error=lambda _: lane.deleteLater(), kind=kind)

    def flush(self) -> None:
        """Save every watched form now: the window is about to lock, close or report a crash."""
        for panel in list(self._panels):
            self._save_panel(panel)

    def _offer(self, lane: Lane, on_result: Callable[[Sequence[Draft]], object], rows: Sequence[Any]) -> None:
        lane.deleteLater()
        found = [Draft(row.kind, row.subject, row.title, row.fields, row.updated_at) for row in rows]
        for draft in found:
            self._saved.setdefault(draft_id(self._workspace.actor.user_id, draft), draft)
        on_result(found)

    def _save_panel(self, panel: PanelPage) -> None:
        timer = self._panels.get(panel)
        if timer is not None:
            timer.stop()
        draft = panel.draft() if panel.dirty() else None
        if draft is not None:
            self.keep(draft)

    def _kept(self, ident: str, draft: Draft) -> None:
        self._saved[ident] = draft
        if self._unsaved.get(ident) == draft:
            del self._unsaved[ident]

    def _not_kept(self, ident: str, error: AppError) -> None:
        if isinstance(error, Unavailable):
            self._retry.start()
        else:
            self._unsaved.pop(ident, None)

    def _save_again(self) -> None:
        for draft in list(self._unsaved.values()):
            self.keep(draft)
