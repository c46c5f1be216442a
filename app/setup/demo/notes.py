"""The demo's visit notes and tasks: signed ones of the last weeks, today's drafts, a handful of things to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.commands.task_rows import follow_up_task_id
from app.domain.enums import Role, TaskKind, TaskStatus, VisitNoteStatus, VisitStatus
from app.domain.visit_notes import note_id_for
from app.domain.visits import ContactChannel, ContactResult
from app.setup.demo.clinic import DemoProvider, DemoStaff
from app.setup.demo.patients import DemoPatient
from app.setup.demo.schedule import DemoVisit
from app.setup.demo.world import World

_TEXTS: tuple[Mapping[str, str], ...] = (
    {
        "history": "Readings at home mostly below the goal, taken each morning. No dizziness. Takes all medicines.",
        "findings": "Heart regular, lungs clear, no swelling of the ankles.",
        "assessment": "Blood pressure under control.",
        "plan": "Go on as before.\nBring the readings of the last two weeks next time.",
    },
    {
        "history": "Cough for nine days, worse at night, no blood. No fever since Monday. Does not smoke.",
        "findings": "Throat reddened, lungs clear, breathing unhindered.",
        "assessment": "Cough after a cold, getting better.",
        "plan": "Fluids, rest.\nBack if fever returns or breathing gets harder.",
    },
    {
        "history": "Knee painful after gardening, swells in the evening. Ibuprofen helps for some hours.",
        "findings": "Left knee slightly warm, little effusion, stable, bends to 110 degrees.",
        "assessment": "Osteoarthritis of the left knee, irritated.",
        "plan": "Cool, raise the leg, pause kneeling for two weeks.\nPhysical therapy six times.",
    },
    {
        "history": "Sleeps badly since the new shifts, five hours at most. Mood low in the mornings, no dark thoughts.",
        "findings": "Awake, in contact, slowed a little.",
        "assessment": "Sleep disturbed by shift work.",
        "plan": "Sleep diary, no coffee after noon.\nTalk about shifts with the employer; note for work if needed.",
    },
)
_ADDENDA = ("The patient called: fever again since last night, asked to come in.",
            "The radiology report came: no fracture.")  # fmt: skip
_SIGNED_DAYS = 21


def make_notes(
    world: World, visits: Iterable[DemoVisit], providers: Sequence[DemoProvider], staff: Sequence[DemoStaff]
) -> None:
    """Add notes to the visits that took place, drafts to today's, and tasks. Dice of its own: other rows stay."""
    dice = Random(f"notes/{world.seed}")  # noqa: S311 - invented people, not secrets
    reasons = {row["id"]: row["reason_text"] for row in world.rows.get("visits", ())}
    done = [visit for visit in visits if visit.status is VisitStatus.COMPLETED]
    recent = [visit for visit in done if visit.start > world.ago(days=_SIGNED_DAYS)]
    for visit in recent:
        today = visit.start > world.ago(hours=5)
        if today or dice.random() < 0.7:
            _note(world, dice, visit, reasons[visit.id], signed=not (today and dice.random() < 0.4))
    going_on = [visit for visit in visits if visit.status is VisitStatus.IN_PROGRESS]
    for visit in going_on[:2]:
        _note(world, dice, visit, reasons[visit.id], signed=False)
    _tasks(world, dice, [visit for visit in recent if visit.start < world.ago(days=1)], providers, staff)


def _note(world: World, dice: Random, visit: DemoVisit, reason: str, *, signed: bool) -> None:
    text = dict(dice.choice(_TEXTS))
    if not signed:
        text["assessment"] = text["plan"] = ""
    begun = min(visit.start + timedelta(minutes=5), world.now - timedelta(minutes=2))
    ended = min(visit.start + timedelta(minutes=24), world.now - timedelta(minutes=1))
    note_id = note_id_for(visit.id)
    world.add("visit_note", id=note_id, clinic_id=world.clinic_id, patient_id=visit.patient.id, visit_id=visit.id,
              provider_id=visit.provider.id, author_id=visit.provider.user_id,
              status=VisitNoteStatus.SIGNED if signed else VisitNoteStatus.DRAFT, reason=reason, **text,
              signed_at=ended if signed else None, signed_by=visit.provider.user_id if signed else None,
              created_at=begun, updated_at=ended if signed else begun)  # fmt: skip
    if signed and visit.start < world.ago(days=2) and dice.random() < 0.04:
        world.add("visit_note_addendum", id=world.ids.uuid(), clinic_id=world.clinic_id, note_id=note_id,
                  body=dice.choice(_ADDENDA), by_user=visit.provider.user_id,
                  at=visit.start + timedelta(hours=26))  # fmt: skip


def _tasks(
    world: World, dice: Random, visits: Sequence[DemoVisit], providers: Sequence[DemoProvider],
    staff: Sequence[DemoStaff],
) -> None:  # fmt: skip
    """Something for everybody: overdue, due today, later; for a person and for a role; tried and untried."""
    if len(visits) < 12:
        return
    desk, doctor = staff[0].user_id, providers[0].user_id
    people = [visit.patient for visit in dice.sample(list(visits), 12)]
    give = _Giver(world, doctor)
    first = give(TaskKind.CALL_BACK, people[0], "Asks whether the tablets may be taken in the evening", -1, user=desk)
    give(TaskKind.CALL_BACK, people[1], "Wants to know whether the form for the employer is ready", 0)
    give(TaskKind.TELL_RESULT, people[2], "Please tell that everything is in order", 0)
    give(TaskKind.MOVE_VISIT, people[3], "Can only come after 15:00", 1)
    give(TaskKind.PROPOSE_MERGE, people[4], "Seems to be registered twice", None, role=Role.ADMIN)
    give(TaskKind.REVIEW, people[5], "Letter of the cardiologist: change of medicine?", -2, user=doctor)
    give(TaskKind.REVIEW, people[6], "Home readings of the last month", 3, role=Role.PROVIDER)
    for days, result in ((0.9, ContactResult.NO_ANSWER), (0.1, ContactResult.LEFT_MESSAGE)):
        world.add("contact_attempt", id=world.ids.uuid(), clinic_id=world.clinic_id, patient_id=people[0].id,
                  visit_id=None, at=world.ago(days=days), by_user=desk, channel=ContactChannel.PHONE.value,
                  outcome=result.value, note=None, task_id=first)  # fmt: skip
    for number, visit in enumerate(dice.sample(list(visits), 4)):
        weeks = (2, 6, 12, 26)[number]
        wanted = {"weeks": weeks, "toleranceWeeks": 1, "providerId": visit.provider.id, "note": ""}
        detail = next(row for row in world.rows["visit_detail"] if row["visit_id"] == visit.id)
        detail["follow_up"] = wanted
        give(TaskKind.BOOK_FOLLOW_UP, visit.patient, "", weeks * 7 - 5, window=7, visit=visit,
             payload={"providerId": visit.provider.id, "weeks": weeks})  # fmt: skip


class _Giver:
    """Adds tasks; returns their ids."""

    def __init__(self, world: World, by_user: str) -> None:
        self._world, self._by = world, by_user

    def __call__(
        self, kind: TaskKind, patient: DemoPatient, title: str, days: int | None, *, user: str | None = None,
        role: Role | None = None, window: int = 0, visit: DemoVisit | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> str:  # fmt: skip
        world = self._world
        due: date | None = None if days is None else world.today + timedelta(days=days)
        made: datetime = world.ago(days=3, hours=1)
        task_id = world.ids.uuid() if visit is None else follow_up_task_id(visit.id)
        world.add("task", id=task_id, clinic_id=world.clinic_id, patient_id=patient.id,
                  visit_id=visit.id if visit is not None else None, kind=kind, title=title, detail="",
                  owner_user=user, owner_role=None if user else (role or Role.MEDICAL_ASSISTANT), due_on=due,
                  due_at=None, window_days=window, source_table=None, source_id=None, status=TaskStatus.OPEN,
                  outcome=None, payload=payload, created_by=self._by, created_at=made, done_by=None, done_at=None,
                  updated_at=made)  # fmt: skip
        return str(task_id)
