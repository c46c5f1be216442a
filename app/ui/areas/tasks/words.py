"""Tasks and open items in words: whose, until when, what was tried, where their source is."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.enums import NextStep, TaskKind, TaskStatus
from app.domain.tasks import follow_up_window, kind_word
from app.kernel.i18n import t, tn
from app.queries.open_items import OpenItem, OpenKind
from app.queries.tasks import TaskItem
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, day_inside, day_plain, role_word
from app.ui.work import Place
from app.ui.work.places import EditDetails, NewBooking, NewMessage, OpenChart, ShowVisit

KIND_ICONS = {
    TaskKind.CALL_BACK: "phone",
    TaskKind.TELL_RESULT: "flask",
    TaskKind.BOOK_FOLLOW_UP: "calendar",
    TaskKind.MOVE_VISIT: "move",
    TaskKind.PROPOSE_MERGE: "users",
    TaskKind.REVIEW: "eye",
}
_TABS = {
    "lab_orders": "labs", "referrals": "referrals", "excuse_notes": "notes", "visit_note": "notes",
    "message_threads": "messages", "alerts": "summary", "visits": "visits", "care_plans": "care_plan",
}  # fmt: skip
_OPEN = {
    OpenKind.RESULT: "labs", OpenKind.PAPER: "notes", OpenKind.REFERRAL: "referrals", OpenKind.MESSAGE: "messages",
    OpenKind.VISIT: "visits", OpenKind.NOTE: "visits",
}  # fmt: skip
OPEN_ICONS = {
    OpenKind.VISIT: "calendar", OpenKind.NOTE: "edit", OpenKind.RESULT: "flask", OpenKind.PAPER: "note",
    OpenKind.REFERRAL: "share", OpenKind.MESSAGE: "message", OpenKind.TASK: "check-circle", OpenKind.FORM: "tray",
}  # fmt: skip


def task_title(task: TaskItem) -> str:
    """Return what is to be done: its own title, else the kind's."""
    return task.title or kind_word(task.kind)


def owner_word(task: TaskItem) -> str:
    """Return whose a task is."""
    if task.owner_user is None:
        return role_word(task.owner_role) if task.owner_role is not None else t("Nobody")
    return t("{name}, you stand in", name=task.owner_name) if task.covered else task.owner_name


def due_word(task: TaskItem, today: date) -> str:
    """Return until when: "overdue since Mon 4 May", "today", "Wed 6 May ± 7 days"."""
    if task.status is not TaskStatus.OPEN:
        return ""
    if task.due_on is None:
        return t("no day")
    if task.overdue(today):
        return t("overdue since {day}", day=day_text(task.due_on, today))
    if task.due_on == today:
        return t("today")
    day = day_text(task.due_on, today)
    return f"{day} ± {tn('{n} day', '{n} days', task.window_days)}" if task.window_days else day


def day_text(day: date, today: date) -> str:
    """Return "Wed 6 May", or "10 Feb 2027" of another year."""
    return day_plain(day) if day.year == today.year else date_text(day)


def tried_word(task: TaskItem, zone: ZoneInfo, today: date) -> str:
    """Return how often and what last was tried; empty when nothing was."""
    if not task.attempts or task.tried_at is None:
        return ""
    local = task.tried_at.astimezone(zone)
    when = f"{day_inside(local.date(), today)} {clock(local, zone)}"
    tries = tn("{n} try", "{n} tries", task.attempts)
    return t("{tries}, last {time}: {result}", tries=tries, time=when, result=result_word(task.tried))


def result_word(result: str) -> str:
    """Return what came of an attempt."""
    return {
        "no answer": t("no answer"),
        "left message": t("left a message"),
        "call back": t("will call back"),
        "agreed": t("agreed"),
        "declined": t("declined"),
        "wrong number": t("wrong number"),
    }.get(result, result)


def source_of(task: TaskItem, zone: ZoneInfo) -> Place | None:
    """Return where a task is done; None when it is about nobody."""
    if task.patient_id is None:
        return None
    if task.kind is TaskKind.BOOK_FOLLOW_UP:
        return _booking(task, zone)
    if task.kind is TaskKind.PROPOSE_MERGE:
        return EditDetails(patient_id=task.patient_id)
    if task.kind is TaskKind.MOVE_VISIT and task.visit_id is not None:
        return ShowVisit(visit_id=task.visit_id)
    if task.kind is TaskKind.TELL_RESULT and task.payload.get("nextStep") == NextStep.MESSAGE.value:
        return NewMessage(patient_id=task.patient_id, patient_name=task.patient_name, text=task.released,
                          task_id=task.id)  # fmt: skip
    tab = _TABS.get(task.source_table or "", "visits" if task.visit_id else "")
    return OpenChart(patient_id=task.patient_id, tab=tab, item=task.source_id or task.visit_id or "")


def _booking(task: TaskItem, zone: ZoneInfo) -> Place:
    """The booking form from the first day on that will do, with the provider who asked for it."""
    provider = task.payload.get("providerId")
    window = follow_up_window(task.due_on, task.window_days) if task.due_on is not None else None
    at = datetime.combine(window[0], time(0), zone) if window is not None else None
    return NewBooking(patient_id=task.patient_id, patient_name=task.patient_name, born=task.patient_born, at=at,
                      provider_id=provider if isinstance(provider, str) else None,
                      follow_up_of=task.visit_id, window=window)  # fmt: skip


def open_word(item: OpenItem) -> str:
    """Return what kind of thing is open."""
    return {
        OpenKind.VISIT: t("Visit not completed"),
        OpenKind.NOTE: t("Visit note not signed"),
        OpenKind.RESULT: t("Result to sign"),
        OpenKind.PAPER: t("Excuse note not sent"),
        OpenKind.REFERRAL: t("Referral not sent"),
        OpenKind.MESSAGE: t("Message unread"),
        OpenKind.TASK: t("Task"),
        OpenKind.FORM: t("Form not sent"),
    }[item.kind]


def place_of(item: OpenItem) -> Place | None:
    """Return where an open item is looked after, when it isn't closed on the spot."""
    tab = _OPEN.get(item.kind)
    if tab is None or not item.patient_id:
        return None
    row = item.visit_id if item.kind in (OpenKind.VISIT, OpenKind.NOTE) else item.id
    return OpenChart(patient_id=item.patient_id, tab=tab, item=row)
