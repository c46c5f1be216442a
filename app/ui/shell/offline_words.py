"""What the sign-in page says of offline work: that it can begin, and why it can't."""

from __future__ import annotations

from datetime import datetime

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.ui.shell.services import OfflineDoor


def door_words(door: OfflineDoor, now: datetime) -> tuple[str, str]:
    """Return lead and text while the server can't be reached and this computer may work without it."""
    if door.in_use:
        return (
            t("Another window of this computer works offline."),
            t("The server can't be reached. Go on in that window; only one can have the offline data."),
        )
    lead = t("The server can't be reached. You can sign in offline.")
    if door.last_online is None:
        return lead, t("Whoever signed in here with the server in the last days can.")
    return lead, t("Last online {when}.", when=_ago(door.last_online, now))


def _ago(then: datetime, now: datetime) -> str:
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 60:
        return tn("{n} minute ago", "{n} minutes ago", minutes)
    if minutes < 48 * 60:
        return tn("{n} hour ago", "{n} hours ago", minutes // 60)
    return tn("{n} day ago", "{n} days ago", minutes // (24 * 60))


def refusal_words(error: AppError) -> tuple[str, str]:
    """Return why somebody can't sign in, and what to do; other refusals in their own words."""
    if error.code in {"NoWorkstationSecret", "NoKeyring"}:
        return (
            t("The keyring doesn't open."),
            t("The key to the offline data lies in this computer's keyring. Unlock it, or sign in to the computer "
              "again. If it is lost, an administrator opens the data with the recovery key once the server is back."),
        )  # fmt: skip
    known = {
        "LeaseEnded": (
            t("Too long without the server."),
            t("You last signed in online too many days ago. What you did here is safe; sign in once the server is "
              "back."),
        ),
        "ClockSetBack": (
            t("This computer's clock is wrong."),
            t("It shows an earlier time than it did before. Set date and time right, then try again."),
        ),
        "NotKnownHere": (
            t("You haven't been here before."),
            t("Without the server only people can sign in who did so online at this computer in the last days."),
        ),
        "WorkstationRevoked": (
            t("This computer was taken out of service."),
            t("An administrator withdrew its right to the clinic's data. Ask them, or use another computer."),
        ),
        "StoreDamaged": (
            t("The offline data can't be read."),
            t("Nothing is thrown away: with the server back, signing in saves what was not sent yet."),
        ),
        "StoreTooNew": (
            t("The offline data are of a newer program."),
            t("Install the update on this computer."),
        ),
    }  # fmt: skip
    return known.get(error.code, (error.message, ""))
