"""The values that columns may hold: the 16 enums of the shared database, and ours.

The labels of the shared ones are fixed by the backend; each member's value is its label.
"""

from __future__ import annotations

from enum import StrEnum


class VisitMode(StrEnum):
    """How patient and provider meet."""

    VIRTUAL = "VIRTUAL"
    IN_PERSON = "IN_PERSON"


class VisitType(StrEnum):
    """How the visit came about."""

    WALK_IN = "WALK_IN"
    SCHEDULED = "SCHEDULED"


class RequestType(StrEnum):
    """What a patient asks for."""

    WALK_IN = "WALK_IN"
    SCHEDULED = "SCHEDULED"


class SeverityLevel(StrEnum):
    """How urgent a visit request is, mildest first."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


class SlotStatus(StrEnum):
    """What a slot is to somebody who wants it; an expired HELD counts as FREE."""

    FREE = "FREE"
    HELD = "HELD"
    BOOKED = "BOOKED"
    BLOCKED = "BLOCKED"


class RequestStatus(StrEnum):
    """Where a visit request stands."""

    NEW = "NEW"
    TRIAGED = "TRIAGED"
    AWAITING_PATIENT_CONFIRMATION = "AWAITING_PATIENT_CONFIRMATION"
    CONVERTED_TO_VISIT = "CONVERTED_TO_VISIT"
    CANCELLED = "CANCELLED"


class VisitStatus(StrEnum):
    """Where a visit stands; the machine is in ``states``."""

    PLANNED = "PLANNED"
    CHECKED_IN = "CHECKED_IN"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class TelemedStatus(StrEnum):
    """Where the session of a virtual visit stands."""

    NOT_STARTED = "NOT_STARTED"
    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class AvailabilityStatus(StrEnum):
    """Whether a row of availability counts; a dated PAUSED row takes time away."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class DeviceProvider(StrEnum):
    """Whose device or cloud a reading came from."""

    APPLE = "APPLE"
    OURA = "OURA"
    FITBIT = "FITBIT"
    GARMIN = "GARMIN"
    WITHINGS = "WITHINGS"


class HRVContext(StrEnum):
    """What the person was doing when heart-rate variability was taken."""

    SLEEP = "SLEEP"
    REST = "REST"
    WORKOUT = "WORKOUT"
    UNKNOWN = "UNKNOWN"


class LabOrderStatus(StrEnum):
    """Where a lab order stands."""

    ORDERED = "ORDERED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ReferralPriority(StrEnum):
    """How soon a referral must be seen."""

    ROUTINE = "ROUTINE"
    URGENT = "URGENT"
    STAT = "STAT"


class ReferralStatus(StrEnum):
    """Where a referral stands."""

    PENDING = "PENDING"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ExcuseNoteType(StrEnum):
    """Whom an excuse note is for."""

    WORK = "WORK"
    SCHOOL = "SCHOOL"
    GENERAL = "GENERAL"


class ExcuseNoteStatus(StrEnum):
    """Where an excuse note stands."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    EXPIRED = "EXPIRED"


class Role(StrEnum):
    """What a user is: ``users.role`` keeps the main one, ``desktop.login.roles`` all of a staff member's."""

    PATIENT = "PATIENT"
    PROVIDER = "PROVIDER"
    MEDICAL_ASSISTANT = "MEDICAL_ASSISTANT"
    ADMIN = "ADMIN"


class SlotOrigin(StrEnum):
    """Where a slot comes from (``desktop.slot_detail.origin``).

    ``grid`` generated from availability, ``made`` for a walk-in, a drop or a block off the grid,
    ``history`` for an imported past visit, ``retired`` holding a visit that was cancelled or left,
    ``adopted`` another program's slot of which something had to be noted: generation never takes it away, unless it
    lies where the hours ask for one; then it is ``grid``.
    """

    GRID = "grid"
    ADOPTED = "adopted"
    MADE = "made"
    HISTORY = "history"
    RETIRED = "retired"


class FlowMark(StrEnum):
    """Where a patient is inside the clinic, beside the visit's status."""

    READY = "READY"
    TO_CHECK_OUT = "TO_CHECK_OUT"


class WaitingStatus(StrEnum):
    """Where an entry of the waiting list for earlier slots stands."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    BOOKED = "BOOKED"
    REMOVED = "REMOVED"


class WalkInStatus(StrEnum):
    """Where a person stands who came without an appointment."""

    WAITING = "WAITING"
    PLACED = "PLACED"
    LEFT = "LEFT"


class VisitNoteStatus(StrEnum):
    """Whether a visit note can still be written."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"


class TaskKind(StrEnum):
    """What a task asks for."""

    CALL_BACK = "CALL_BACK"
    TELL_RESULT = "TELL_RESULT"
    BOOK_FOLLOW_UP = "BOOK_FOLLOW_UP"
    MOVE_VISIT = "MOVE_VISIT"
    PROPOSE_MERGE = "PROPOSE_MERGE"
    REVIEW = "REVIEW"


class TaskStatus(StrEnum):
    """Where a task stands."""

    OPEN = "OPEN"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class ReviewState(StrEnum):
    """Whether results wait for a signature."""

    WAITING = "WAITING"
    SIGNED = "SIGNED"


class NextStep(StrEnum):
    """What follows a signed result."""

    NOTHING = "NOTHING"
    MESSAGE = "MESSAGE"
    CALL = "CALL"
    VISIT = "VISIT"
    REPEAT = "REPEAT"


class LabMessageState(StrEnum):
    """What became of a laboratory's message."""

    APPLIED = "APPLIED"
    UNMATCHED = "UNMATCHED"
    REFUSED = "REFUSED"


class RunState(StrEnum):
    """Where an evaluation of the rules stands."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class RunRuleState(StrEnum):
    """What became of what a rule would raise in a run."""

    RAISED = "RAISED"
    HELD = "HELD"
    DROPPED = "DROPPED"
    WITHDRAWN = "WITHDRAWN"


class HeldMessageState(StrEnum):
    """Whether a rule's message was sent."""

    WAITING = "WAITING"
    SENT = "SENT"
    DROPPED = "DROPPED"


class AlertStatus(StrEnum):
    """Where an alert stands; plain text in the shared database."""

    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"
    DISMISSED = "DISMISSED"


class AlertSeverity(StrEnum):
    """How much an alert matters, the worst last; plain text in the shared database."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
