"""The lines of a care plan's sheet: phases, their tasks, and where a new one is typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.adherence import Followed
from app.domain.care_plans import LOOK_BACK, CarePhase, CareTask, PhaseDates, given_by
from app.domain.frequencies import read_rate
from app.kernel.i18n import t
from app.queries.care_plans import CarePlanView
from app.ui.parts.patient_values import date_text

DAYS = LOOK_BACK.days
DAY = "day:"


class RowKind(StrEnum):
    """What a line is."""

    PHASE = "phase"
    TASK = "task"
    NEW_TASK = "new_task"
    NEW_PHASE = "new_phase"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line. ``days`` are those on which it can be marked (the last 28 that lie in its phase), ``done`` the marked.

    ``name`` is "" on the lines where something new is typed.
    """

    kind: RowKind
    phase: str
    key: str = ""
    name: str = ""
    description: str = ""
    frequency: str = ""
    completed: bool = False
    rule: str = ""
    weeks: float | None = None
    span: str = ""
    progress: tuple[int, int] = (0, 0)
    unreadable: int = 0
    current: bool = False
    over: bool = False
    followed: Followed | None = None
    days: tuple[date, ...] = ()
    done: frozenset[date] = frozenset()

    @property
    def id(self) -> str:
        """What the line goes by, unique in the sheet."""
        return f"{self.kind}:{self.phase}:{self.key}"

    @property
    def cells(self) -> tuple[str, ...]:
        """What the keyboard stops at, from left to right."""
        if self.kind is RowKind.PHASE:
            return ("name", "weeks")
        if self.kind is RowKind.TASK:
            marks = tuple(f"{DAY}{day.isoformat()}" for day in self.days)
            return ("completed", "title", "description", "frequency", *marks)
        return ("name",)

    def text(self, cell: str) -> str:
        """Return what stands in a cell that is typed into."""
        if cell == "weeks":
            return "" if self.weeks is None else f"{self.weeks:g}"
        return {"description": self.description, "frequency": self.frequency}.get(cell, self.name)

    def spoken(self) -> str:
        """Return the line as a screen reader should say it."""
        if self.kind is RowKind.PHASE:
            done = t("{done} of {due}", done=self.progress[0], due=self.progress[1])
            return ", ".join(filter(None, (self.name, weeks_text(self.weeks), self.span, done)))
        if self.kind is RowKind.TASK:
            state = t("completed") if self.completed else ""
            return ", ".join(
                filter(None, (self.name, self.description, self.rule, often_text(self.frequency), state, counted(self)))
            )
        return prompt(self)


def rows_of(view: CarePlanView, today: date, *, may: bool) -> tuple[SheetRow, ...]:
    """Return a plan's lines; with ``may`` also those where something new is typed."""
    rows: list[SheetRow] = []
    for place, (phase, span) in enumerate(zip(view.shape.phases, view.dates, strict=True)):
        rows.append(_phase_row(phase, span, current=place == view.current, today=today))
        rows += [_task_row(view, phase, task, span, today) for task in phase.tasks]
        if may:
            rows.append(SheetRow(RowKind.NEW_TASK, phase.key))
    return tuple(rows) + ((SheetRow(RowKind.NEW_PHASE, ""),) if may else ())


def _phase_row(phase: CarePhase, span: PhaseDates, *, current: bool, today: date) -> SheetRow:
    over = span.end is not None and span.end < today
    words = (
        f"{date_text(span.start)} – {date_text(span.end)}" if span.end else t("from {date}", date=date_text(span.start))
    )
    return SheetRow(
        RowKind.PHASE, phase.key, name=phase.name, weeks=phase.weeks, span=words, progress=phase.progress,
        unreadable=phase.unreadable, current=current, over=over,
    )  # fmt: skip


def _task_row(view: CarePlanView, phase: CarePhase, task: CareTask, span: PhaseDates, today: date) -> SheetRow:
    first, last = max(span.start, today - LOOK_BACK + timedelta(days=1)), min(today, span.end or today)
    counts = read_rate(task.frequency) is not None
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1)) if counts else ()
    return SheetRow(
        RowKind.TASK, phase.key, task.key, task.title, task.description, task.frequency, task.completed,
        given_by(task.rule), followed=view.followed.get(task.key), days=days,
        done=view.marks.get(task.key, frozenset()),
    )  # fmt: skip


def weeks_text(weeks: float | None) -> str:
    """Return a phase's length in words."""
    if weeks is None:
        return t("weeks?")
    return t("1 week") if weeks == 1 else t("{n} weeks", n=f"{weeks:g}")


def often_text(frequency: str) -> str:
    """Return how often as it is written, the usual words in the language of the window."""
    usual = {
        "daily": t("daily"), "weekly": t("weekly"), "monthly": t("monthly"), "once": t("once"),
        "twice daily": t("twice daily"), "twice a day": t("twice daily"), "as needed": t("as needed"),
    }  # fmt: skip
    return usual.get(frequency.strip().casefold(), frequency)


def counted(row: SheetRow) -> str:
    """Return how a task was followed: "23 of 28"."""
    one = row.followed
    return t("{done} of {due}", done=one.done, due=one.due) if one is not None and one.due else ""


def prompt(row: SheetRow) -> str:
    """Return what stands on a line where something new is typed."""
    return t("Add a task…") if row.kind is RowKind.NEW_TASK else t("Add a phase…")
