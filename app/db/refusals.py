"""What our own triggers and functions refuse, by the code that they raise: in words, and the field that is wrong."""

from __future__ import annotations

from collections.abc import Callable

from app.kernel.i18n import t


def refusal_words(code: str) -> str:
    """Return what a code says to people."""
    found = _ABOUT_WORK.get(code) or _ABOUT_ACCOUNTS.get(code)
    return found() if found is not None else t("The database refused this: {code}.", code=code)


def refusal_field(code: str) -> str | None:
    """Return the field that a code is about; None where it is about no single one."""
    return _FIELDS.get(code)


_FIELDS = {
    "EmailTaken": "email", "BadEmail": "email", "OwnEmail": "email", "LoginElsewhere": "email", "NoAccount": "email",
    "BadRole": "roles", "BadProvider": "providerId", "BadVerifier": "password", "NoTimezone": "timezone",
    "NoClinic": "clinicId", "ReasonNeeded": "reason", "HoldTooLong": "heldUntil", "Gone": "runId",
}  # fmt: skip


_ABOUT_WORK: dict[str, Callable[[], str]] = {
    "BadValue": lambda: t("The database can't keep this value."),
    "TooLong": lambda: t("This is more than the database can keep or look for."),
    "HoldTooLong": lambda: t("A hold lasts 1 to 15 minutes."),
    "StateChanged": lambda: t("Someone changed this in the meantime."),
    "BadTransition": lambda: t("This step isn't possible from the present state."),
    "SlotTaken": lambda: t("This time has just been taken."),
    "NothingToUndo": lambda: t("There is nothing to undo here."),
    "UndoTooLate": lambda: t("Too much time has passed to undo this."),
    "UndoNotYours": lambda: t("Only the person who did this can undo it."),
    "LastAdmin": lambda: t("This is the last active administrator; a clinic needs one."),
    "NotAllowed": lambda: t("Your role doesn't allow this."),
    "SamePatient": lambda: t("These are one and the same patient."),
    "NoPatient": lambda: t("There is no such patient here."),
    "AlreadyMerged": lambda: t("One of the two was merged with another patient in the meantime."),
    "NotMerged": lambda: t("This merge has been undone already."),
    "UndoLaterMerge": lambda: t("The other patient was merged again later. Undo that merge first."),
    "DocumentLocked": lambda: t("A sent or signed document can't be changed."),
    "CommandDiscarded": lambda: t("This was discarded. It can't be done any more."),
    "AlreadyApplied": lambda: t("This has been done already. It can't be discarded any more."),
    "AuthorActive": lambda: t("This person's account is open. They send what is theirs when they sign in."),
    "NotEnrolled": lambda: t("This computer isn't set up to work offline."),
    "WorkstationRevoked": lambda: t("An administrator has withdrawn this computer's access."),
    "ReasonNeeded": lambda: t("A reason is needed."),
    "AlreadyDecided": lambda: t("This has been decided already."),
    "RunAnswered": lambda: t("The rule was changed and has run again since. Decide about what it holds now."),
    "NoRun": lambda: t("There is no such run here, or it has ended."),
    "NoRule": lambda: t("There is no such rule here."),
    "BadRule": lambda: t("This rule can't be evaluated."),
    "Gone": lambda: t("This reading of files is no longer there."),
    "StillReading": lambda: t("These files are still being read. Wait until that has ended."),
    "NotDue": lambda: t("No run is due then."),
    "WeekAhead": lambda: t("That week hasn't begun yet."),
}
_ABOUT_ACCOUNTS: dict[str, Callable[[], str]] = {
    "EmailTaken": lambda: t("This e-mail address already has an account."),
    "BadEmail": lambda: t("This is not an e-mail address."),
    "OwnEmail": lambda: t("Your own e-mail address is corrected by another administrator."),
    "LoginElsewhere": lambda: t("Another clinic's database on this server has an account with this e-mail address."),
    "NoAccount": lambda: t("There is no such account in this clinic."),
    "BadRole": lambda: t("Choose at least one role: front desk, provider or administrator."),
    "BadProvider": lambda: t("This provider isn't the clinic's, or has another account."),
    "BadVerifier": lambda: t("The database didn't accept the form of the password."),
    "AccountDisabled": lambda: t("This account is disabled. Enable it first."),
    "NoClinic": lambda: t("There is no clinic with this id in the database."),
    "NoTimezone": lambda: t("A new clinic needs its time zone."),
}
