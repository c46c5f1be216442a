"""What each group of verbs is about, for ``--help``."""

from __future__ import annotations

from app.kernel.i18n import t


def group_help() -> dict[str, str]:
    """Return a sentence for each group, by its words."""
    return {**_of_patients(), **_of_the_clinic()}


def _of_patients() -> dict[str, str]:
    return {
        "alerts": t("What rules and results have raised: read it, close it, hand it over."),
        "care-plans": t("Plans of care, their phases and tasks."),
        "chart": t("What a chart shows: its summary, its timeline, devices, who opened it."),
        "export": t("Give records out: PDF, FHIR, CSV, calendar."),
        "export pdf": t("Letters, notes and charts as PDF."),
        "lab-messages": t("Laboratories' messages that nobody could be found for."),
        "labs": t("Orders, results and their review."),
        "limits": t("From when on a vital sign is out of range or critical; GLP-1 thresholds."),
        "lists": t("Allergies, problems and medicines of a patient."),
        "measurement": t("Take back what was entered wrongly."),
        "messages": t("Conversations with patients and their templates."),
        "notes": t("Excuse notes; notes of visits under “notes visit”."),
        "notes visit": t("Notes of visits: write, sign, add to."),
        "patients": t("Find, register, change and merge patients."),
        "referrals": t("Referrals and how far each is."),
        "requests": t("Patients' requests for a visit, from triage to booking."),
        "summaries": t("Weekly summaries: make them, read them, send them to patients."),
        "tasks": t("What is to be done for patients, and by whom."),
        "visit": t("One visit: next step, undo, move, its video room."),
        "visits": t("Lists of visits."),
    }


def _of_the_clinic() -> dict[str, str]:
    return {
        "audit": t("Who read and changed what, and whether the chain of it is whole."),
        "availability": t("Providers' weekly hours and days that differ."),
        "clinic": t("The clinic's name, time zone and what its screens go by."),
        "conflicts": t("What was done offline and needs a person's decision."),
        "cover": t("Who stands in for whom."),
        "db": t("The database: address, upgrade, checks, encrypted backups."),
        "import": t("Take records in: FHIR, CSV, HL7; safe to repeat."),
        "offline": t("This workstation without the server."),
        "providers": t("Who sees patients."),
        "reports": t("Figures of the clinic over a period."),
        "rules": t("What the clinic watches by itself: write, run, try out, switch on and off."),
        "schedule": t("A day of all providers."),
        "server": t("A PostgreSQL server for the whole clinic."),
        "slots": t("Bookable times: make them, find the next ones."),
        "staff": t("Accounts, roles and sessions."),
        "staff sessions": t("Sessions on the web."),
        "sync": t("Send and fetch what waits."),
    }


def common_options() -> str:
    """Return what every verb takes besides its own options."""
    return t(
        "Every command takes, before or after its words: --json (one JSON document), --profile NAME (which clinic), "
        "--as EMAIL (who; the password comes from MHA_PASSWORD, the keyring or a prompt). "
        "Exit codes: 0 done, 1 refused or conflict, 2 usage, 3 no server."
    )
