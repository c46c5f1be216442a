"""Flags of patients in words: what they are called, and which one somebody means."""

from __future__ import annotations

from app.kernel.i18n import t

DECEASED = "DECEASED"
"""What imports put on somebody who has died."""


def known_flags() -> dict[str, str]:
    """Return the flags that have words of their own, each with them, in the order in which they are offered."""
    return {
        "HIGH_RISK": t("High risk"), "FALL_RISK": t("Fall risk"), "INTERPRETER": t("Interpreter"),
        "RPM_ENROLLED": t("RPM enrolled"), "VIP": t("VIP"), "NEEDS_RIDE": t("Needs a ride"),
        "HARD_OF_HEARING": t("Hard of hearing"), "WHEELCHAIR": t("Wheelchair"), "ON_GLP1": t("On GLP-1"),
    }  # fmt: skip


def flag_text(flag: str) -> str:
    """Return "High risk" for HIGH_RISK."""
    imported = {DECEASED: t("Deceased"), "INACTIVE": t("Inactive")}  # from other programs: not offered
    return known_flags().get(flag) or imported.get(flag) or flag.replace("_", " ").capitalize()


def flag_of(said: str) -> str:
    """Return the flag that is meant by its words ("High risk", in the person's language) or by itself (HIGH_RISK)."""
    words = " ".join(said.split())
    meant = [flag for flag, text in known_flags().items() if text.casefold() == words.casefold()]
    return meant[0] if meant else words.upper().replace(" ", "_")
