"""A workspace and a shell that tests put behind lanes, pages and the window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.commands.registry import Actor, Command, Outcome
from app.domain.enums import Role
from app.domain.permissions import Permission
from app.kernel.clock import FixedClock
from app.kernel.errors import AppError, Cancelled
from app.queries.core import Reader
from app.ui.work import Draft, PanelPage, PendingAction, Place, SyncPort, SyncView, ToastButton, ToastTone
from app.ui.work.enrol_port import EnrolPort
from app.workspace.changes import ChangeBus, ChangeSet

NOW = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)
"""10:42 in the test clinic (Los Angeles)."""


def an_actor(*roles: Role, name: str = "Dana Whitfield") -> Actor:
    """A person of the front desk unless other roles are given."""
    return Actor("u-1", "c-1", name, "dana@example.org", frozenset(roles or (Role.MEDICAL_ASSISTANT,)))


@dataclass(frozen=True, slots=True)
class FakeClinic:
    """The test clinic."""

    clinic_id: str = "c-1"
    name: str = "Harbor Street Clinic"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("America/Los_Angeles"))
    locale: str = "en"
    is_demo: bool = False
    auto_lock_minutes: int = 5
    hold_minutes: int = 5
    phone_region: str = "US"


class FakeToken:
    """Withdraws a question of the fake workspace."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def cancel(self) -> None:
        """Withdraw it."""
        self.event.set()

    @property
    def cancelled(self) -> bool:
        """Whether it is withdrawn."""
        return self.event.is_set()


Answer = Any
"""A value, an exception to raise, or a function of the question's keyword arguments."""


class FakeWorkspace:
    """Answers from ``answers`` and ``outcomes``; remembers what it was asked, on which thread."""

    def __init__(
        self,
        *,
        answers: Mapping[Callable[..., Any], Answer] | None = None,
        outcomes: Mapping[type[Command], Answer] | None = None,
        actor: Actor | None = None,
        clinic: FakeClinic | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.outcomes = dict(outcomes or {})
        self.actor = actor or an_actor()
        self.clinic = clinic or FakeClinic()
        self.clock = FixedClock(NOW)
        self.changed = ChangeBus()
        self.live_changed: list[Callable[[bool, AppError | None], None]] = []
        self.sync: SyncPort | None = None
        self.executed: list[Command] = []
        self.asked: list[tuple[Callable[..., Any], Mapping[str, Any]]] = []
        self.tokens: list[FakeToken] = []
        self.threads: set[int] = set()
        self.undos: list[tuple[str, Answer]] = []
        self.closed = False

    @property
    def undo_label(self) -> str | None:
        """What the next undo takes back."""
        return self.undos[-1][0] if self.undos else None

    def reader(self) -> Reader:
        """Who asks."""
        return Reader(
            clinic_id=self.actor.clinic_id,
            user_id=self.actor.user_id,
            roles=self.actor.roles,
            provider_id=self.actor.provider_id,
            zone=self.clinic.zone,
            now=self.clock.now(),
            online=True,
        )

    def execute(self, command: Command, *, command_id: str | None = None) -> Outcome:
        """Give the prepared outcome of the command's class."""
        self.threads.add(threading.get_ident())
        self.executed.append(command)
        outcome: Outcome = _give(self.outcomes.get(type(command), Outcome()), {"command": command})
        self.changed.publish(ChangeSet.of(outcome.changes, own=True))
        return outcome

    def cancel_token(self) -> FakeToken:
        """Return a token and remember it."""
        self.tokens.append(FakeToken())
        return self.tokens[-1]

    def ask_cancellable(self, cancel: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Give the prepared answer of the query function."""
        self.threads.add(threading.get_ident())
        self.asked.append((function, kwargs))
        answer = _give(self.answers[function], kwargs)
        if cancel is not None and cancel.cancelled:
            raise Cancelled("Cancelled", "withdrawn")
        return answer

    def undo(self) -> Outcome | None:
        """Take back the last of ``undos``."""
        if not self.undos:
            return None
        outcome: Outcome = _give(self.undos.pop()[1], {})
        return outcome

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def _give(answer: Answer, kwargs: Mapping[str, Any]) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    return answer(**kwargs) if callable(answer) else answer


class FakeDrafts:
    """Keeps drafts in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Draft] = {}

    def keep(self, draft: Draft) -> None:
        """Save one."""
        self.kept[draft.kind, draft.subject] = draft

    def discard(self, kind: str, subject: str) -> None:
        """Forget one."""
        self.kept.pop((kind, subject), None)

    def offer(self, kind: str, on_result: Callable[[Sequence[Draft]], object]) -> None:
        """Give those of a kind."""
        on_result([draft for draft in self.kept.values() if draft.kind == kind])


@dataclass
class FakePending:
    """A pending action that waits until the test says ``elapse``."""

    action: PendingAction
    shell: FakeShell
    waiting: bool = True

    def cancel(self) -> None:
        """Don't send it."""
        self.waiting = False
        if self.action.on_cancelled is not None:
            self.action.on_cancelled()

    def elapse(self) -> None:
        """Let the ten seconds pass."""
        self.waiting = False
        outcome = self.shell.workspace.execute(self.action.command)
        if self.action.on_done is not None:
            self.action.on_done(outcome)


@dataclass
class FakeShell:
    """A ``ShellApi`` that records what an area asked for."""

    workspace: FakeWorkspace
    drafts: FakeDrafts = field(default_factory=FakeDrafts)
    toasts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    panels: list[PanelPage] = field(default_factory=list)
    parked: list[PanelPage] = field(default_factory=list)
    pendings: list[FakePending] = field(default_factory=list)
    problems: list[AppError] = field(default_factory=list)
    done: list[tuple[str, Outcome]] = field(default_factory=list)
    charts: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int | None] = field(default_factory=dict)
    patient: tuple[str, str] | None = None
    _sync: SyncView | None = None
    enrolment: EnrolPort | None = None

    @property
    def sync(self) -> SyncView:
        """Made when first asked for."""
        if self._sync is None:
            self._sync = SyncView(self.workspace)
        return self._sync

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's zone."""
        return self.workspace.clinic.zone

    def now(self) -> datetime:
        """The fake workspace's instant."""
        return self.workspace.clock.now()

    def can(self, permission: Permission) -> bool:
        """By the actor's roles."""
        return self.workspace.actor.may(permission)

    def navigate(self, place: Place) -> bool:
        """Record it."""
        self.places.append(place)
        return True

    def show_panel(self, panel: PanelPage) -> None:
        """Record it; the last one is shown."""
        self.panels.append(panel)

    def close_panel(self, panel: PanelPage | None = None) -> None:
        """Take it (or the last) away."""
        if self.panels:
            (self.panels.pop() if panel is None else panel).closing()
        if panel in self.panels:
            self.panels.remove(panel)

    def park(self, panel: PanelPage) -> None:
        """Record it."""
        self.parked.append(panel)

    def did(self, text: str, outcome: Outcome) -> None:
        """Record it."""
        self.done.append((text, outcome))

    def toast(self, text: str, *, tone: ToastTone = ToastTone.INFO, button: ToastButton | None = None) -> None:
        """Record the text."""
        self.toasts.append(text)

    def problem(self, error: AppError) -> None:
        """Record it."""
        self.problems.append(error)

    def pending(self, action: PendingAction) -> FakePending:
        """Record it; it waits for ``elapse``."""
        self.pendings.append(FakePending(action, self))
        return self.pendings[-1]

    def remember_chart(self, patient_id: str, name: str) -> None:
        """Record it."""
        self.charts.append((patient_id, name))

    def set_count(self, area: str, count: int | None) -> None:
        """Record it."""
        self.counts[area] = count

    def find_patient(self, on_chosen: Callable[[str, str], object]) -> None:
        """Choose ``patient`` at once, if there is one."""
        if self.patient is not None:
            on_chosen(*self.patient)
