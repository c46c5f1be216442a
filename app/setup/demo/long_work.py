"""What is going on with the patient of the long history: a result that waits, a referral that is overdue, a message
without an answer, a care plan in its second phase.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.enums import ReferralPriority, ReferralStatus, ReviewState, Role, TaskKind, TaskStatus
from app.domain.referrals import letter_text
from app.setup.demo.labs import Laboratory
from app.setup.demo.long_history import LongStory

_PANELS = ("CMP", "A1C", "Lipid panel")
_LAB_DAYS = (95, 186, 279, 371, 462, 555, 648, 741, 925, 1110, 1298, 1480, 1840, 2210)
_A1C, _GLUCOSE, _POTASSIUM, _CREATININE = "4548-4", "2345-7", "2823-3", "2160-0"
_CHAT = (
    (True, 98, "How do you bear the new dose of the injection?"),
    (False, 97, "Well, a little sick on the day after. Sugar is better already."),
    (True, 96, "Good. Small meals on that day help most people."),
    (False, 1, "Dizzy when I get up in the morning, since the new tablet. Should I go on taking it?"),
)  # fmt: skip
_PLAN = (
    ("Start", 6, (("Measure blood pressure", "daily"), ("Walk 20 minutes", "daily"))),
    ("Build up", 12, (("Measure blood pressure", "daily"), ("Walk 30 minutes", "5 times a week"),
                      ("Weekly injection", "weekly"), ("Weigh in", "weekly"))),
    ("Keep it", 26, (("Measure blood pressure", "3 times a week"), ("Walk 30 minutes", "5 times a week"))),
)  # fmt: skip
_PLAN_BEGAN_DAYS = 75
_MARKED = ((34, _PLAN_BEGAN_DAYS), (1, 32))
"""How many days ago the first phase and the present one were."""
_KEPT = {"Measure blood pressure": 0.8, "Walk 20 minutes": 0.5, "Walk 30 minutes": 0.6, "Weekly injection": 1.0,
         "Weigh in": 0.75}  # fmt: skip
"""How often what is due is done."""
_EYES, _KIDNEYS = "Ophthalmology", "Nephrology"


def make_long_work(story: LongStory) -> None:
    """Add it, to the rest of the demo's record."""
    _labs(story)
    _referral(story, _KIDNEYS, "Kidney function falling over a year, albumin in the urine", days=26, answer="")
    _referral(story, _EYES, "Yearly look at the back of the eye", days=210,
              answer="Mild nonproliferative retinopathy, both eyes. No treatment. Again in a year.")  # fmt: skip
    _talk(story)
    _plan(story)
    _task(story)


def _labs(story: LongStory) -> None:
    """Signed ones of six years; one of this morning's waiting results is hers."""
    world, laboratory = story.world, Laboratory(story.world, "long-labs")
    others = {row["order_id"] for row in world.rows["lab_review"]
              if row["patient_id"] == story.patient.id and row["state"] is ReviewState.SIGNED}  # fmt: skip
    world.rows["lab_review"] = [row for row in world.rows["lab_review"] if row["order_id"] not in others]
    world.rows["lab_orders"] = [row for row in world.rows["lab_orders"] if row["id"] not in others]
    for number, days in enumerate(_LAB_DAYS):
        past = number / len(_LAB_DAYS)
        known = {_A1C: round(7.3 + 1.9 * past, 1), _GLUCOSE: round(138 + 40 * past), _CREATININE: 1.15 - 0.3 * past,
                 _POTASSIUM: round(4.9 - 0.6 * past, 1)}  # fmt: skip
        laboratory.signed(story.patient, story.provider, _PANELS, known, world.ago(days=days, hours=2))
    order, review = _waiting(story)
    at = order["completed_at"]
    known = {_A1C: 7.1, _GLUCOSE: 131, _CREATININE: 1.31, _POTASSIUM: 5.6}
    order.update(patient_id=story.patient.id, provider_id=story.provider.id, tests=_PANELS,
                 results=laboratory.results(_PANELS, known, at))  # fmt: skip
    review.update(patient_id=story.patient.id, owner_user=story.provider.user_id, abnormal=True)


def _waiting(story: LongStory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The latest waiting result that is neither critical nor corrected, hers if there is one, with its review."""
    rows = story.world.rows
    usual = [one for one in rows["lab_review"]
             if one["state"] is ReviewState.WAITING and not one["critical"] and not one["corrected"]]  # fmt: skip
    hers = [one for one in usual if one["patient_id"] == story.patient.id]
    review = max(hers or usual, key=lambda one: (one["resulted_at"], one["order_id"]))
    return next(one for one in rows["lab_orders"] if one["id"] == review["order_id"]), review


def _referral(story: LongStory, specialty: str, reason: str, *, days: int, answer: str) -> None:
    world, ids = story.world, story.ids
    made = world.ago(days=days)
    done = made + timedelta(days=30) if answer else None
    status = ReferralStatus.COMPLETED if answer else ReferralStatus.SENT
    row = world.add(
        "referrals", id=ids.cuid(), patient_id=story.patient.id, visit_id=None, provider_id=story.provider.id,
        specialty=specialty, reason=reason, priority=ReferralPriority.ROUTINE if answer else ReferralPriority.URGENT,
        status=status, referred_to=f"{specialty}, Bay Specialists", notes=None, sent_at=made, completed_at=done,
        created_at=made, updated_at=done or made,
    )  # fmt: skip
    parts = (("Problems", ("Type 2 diabetes mellitus", "Essential hypertension")),)
    world.add("referral_detail", referral_id=row["id"], clinic_id=world.clinic_id, letter=letter_text(reason, parts),
              recipient={"address": "300 Bay Road\nSan Francisco, CA 94105", "fax": "(415) 555-0190"},
              attachments=None, sent_by=story.provider.user_id,
              accepted_at=made + timedelta(days=3) if answer else None,
              appointment_on=(made + timedelta(days=25)).date() if answer else None, answer=answer,
              cancel_reason=None, updated_at=row["updated_at"])  # fmt: skip


def _talk(story: LongStory) -> None:
    world, ids, provider = story.world, story.ids, story.provider
    last = world.ago(days=_CHAT[-1][1])
    thread = world.add("message_threads", id=ids.uuid(), patient_id=story.patient.id, clinic_id=world.clinic_id,
                       participants=[story.patient.user_id, provider.user_id], subject="The injection and the tablets",
                       last_message_at=last, created_at=world.ago(days=_CHAT[0][1]), updated_at=last)  # fmt: skip
    for ours, days, words in _CHAT:
        at = world.ago(days=days)
        read = days > 1
        world.add("messages", id=ids.uuid(), thread_id=thread["id"],
                  sender_id=provider.user_id if ours else story.patient.user_id, content=words, attachments=None,
                  read=read, read_at=at + timedelta(hours=2) if read else None, created_at=at)  # fmt: skip


def _plan(story: LongStory) -> None:
    """Instead of the plan that she may have been given with others; done as people do it."""
    world, ids = story.world, story.ids
    world.rows["care_plans"] = [row for row in world.rows["care_plans"] if row["patient_id"] != story.patient.id]
    phases: list[dict[str, Any]] = [{"name": name, "durationWeeks": weeks,
               "tasks": [{"id": ids.uuid(), "title": title, "description": "", "frequency": every,
                          "completed": number == 0} for title, every in tasks]}
              for number, (name, weeks, tasks) in enumerate(_PLAN)]  # fmt: skip
    plan = world.add("care_plans", id=ids.uuid(), patient_id=story.patient.id, phases=phases,
                     created_at=world.ago(days=_PLAN_BEGAN_DAYS), updated_at=world.ago(days=2))  # fmt: skip
    for number, (first, last) in enumerate(_MARKED):
        for task in phases[number]["tasks"]:
            _mark(story, plan["id"], task, first, last)


def _mark(story: LongStory, plan_id: str, task: dict[str, Any], first: int, last: int) -> None:
    """Mark the days on which it was done, between so many days ago."""
    world = story.world
    step = 7 if task["frequency"] == "weekly" else 1
    for day in range(first + step - 1, last + 1, step):
        if story.dice.random() < _KEPT[task["title"]]:
            world.add("care_task_mark", id=story.ids.uuid(), clinic_id=world.clinic_id, patient_id=story.patient.id,
                      plan_id=plan_id, plan_task=task["id"], day=world.today - timedelta(days=day), done=True,
                      by_user=story.provider.user_id, updated_at=world.ago(days=day))  # fmt: skip


def _task(story: LongStory) -> None:
    world, at = story.world, story.world.ago(days=2)
    world.add("task", id=story.ids.uuid(), clinic_id=world.clinic_id, patient_id=story.patient.id, visit_id=None,
              kind=TaskKind.CALL_BACK, title="Has the kidney clinic called about an appointment?", detail="",
              owner_user=None, owner_role=Role.MEDICAL_ASSISTANT, due_on=world.today + timedelta(days=1), due_at=None,
              window_days=0, source_table=None, source_id=None, status=TaskStatus.OPEN, outcome=None, payload=None,
              created_by=story.provider.user_id, created_at=at, done_by=None, done_at=None, updated_at=at)  # fmt: skip
