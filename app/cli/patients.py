"""``patients …``: search, show, add."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.cli.verbs import verb
from app.commands.merging import MergePatients, UnmergePatients
from app.commands.patients import ConfirmIdentity, EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.kernel.errors import Conflict
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.patient_card import PatientCard, patient_card
from app.queries.patients import PatientHit, likely_duplicates, search_patients
from app.workspace.workspace import Workspace


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def hit_json(hit: PatientHit) -> dict[str, Any]:
    """Return a found patient in the shape scripts rely on."""
    return {
        "id": hit.id, "firstName": hit.first_name, "lastName": hit.last_name, "dateOfBirth": _iso(hit.born),
        "phone": hit.phone, "mrn": hit.mrn, "score": hit.score,
    }  # fmt: skip


@verb("patients search", positional=("text",))
def search(ws: Workspace, text: str, limit: int = 20, offset: int = 0) -> dict[str, Any]:
    """Find patients by name parts, birth date, phone or MRN."""
    page = ws.ask(search_patients, text=text, limit=limit, offset=offset)
    return {"items": [hit_json(hit) for hit in page.items], "more": page.more}


@verb("patients show", positional=("patient",))
def show(ws: Workspace, patient: str) -> dict[str, Any]:
    """Show one patient's details, household and visits."""
    return card_json(ws.ask(patient_card, patient_id=patient, opening=True))


def card_json(card: PatientCard) -> dict[str, Any]:
    """Return a patient's card as JSON; ``demographics`` as it stands in the database."""
    return {
        "id": card.id,
        "firstName": card.first_name,
        "lastName": card.last_name,
        "dateOfBirth": _iso(card.born),
        "age": card.age,
        "heightCm": card.height_cm,
        "flags": list(card.flags),
        "email": card.login_email,
        "identityToConfirm": card.identity_to_confirm,
        "mergedInto": card.merged_into,
        "demographics": card.raw_demographics,
        "unreadable": list(card.demographics.unreadable),
        "households": [
            {"id": home.id, "name": home.name,
             "members": [{"patientId": m.patient_id, "name": m.name, "relation": m.relation, "guardian": m.guardian}
                         for m in home.members]}
            for home in card.households
        ],
        "visits": [
            {"id": v.id, "startTime": v.start.isoformat(), "endTime": v.end.isoformat(), "status": v.status,
             "visitMode": v.mode, "providerName": v.provider_name, "type": v.type_name, "reason": v.reason}
            for v in card.visits
        ],
    }  # fmt: skip


@verb("patients add")
def add(
    ws: Workspace,
    first_name: str = "",
    last_name: str = "",
    date_of_birth: date | None = None,
    email: str | None = None,
    phone: str = "",
    mrn: str = "",
    sex: str = "",
    language: str = "",
    preferred_name: str = "",
    height_cm: float | None = None,
    flags: tuple[str, ...] = (),
    demographics: dict[str, Any] | None = None,
    confirm: bool = False,
) -> dict[str, Any]:
    """Register a patient; a likely duplicate is refused unless --confirm is given."""
    if not confirm:
        _refuse_duplicates(ws, first_name, last_name, date_of_birth, phone)
    details: dict[str, Any] = dict(demographics or {})
    simple = {"mrn": mrn, "sex": sex, "language": language, "preferredName": preferred_name}
    details |= {key: value for key, value in simple.items() if value}
    if phone:
        details["phones"] = [{"system": "phone", "use": "mobile", "value": phone}]
    command = RegisterPatient(
        patient_id=new_uuid(), user_id=new_uuid(), first_name=first_name, last_name=last_name,
        date_of_birth=date_of_birth, email=email, height_cm=height_cm, demographics=details, flags=flags,
        unusual_confirmed=confirm,
    )  # fmt: skip
    outcome = ws.execute(command)
    return {**outcome.result, "id": command.patient_id, "warnings": list(outcome.warnings)}


def _refuse_duplicates(ws: Workspace, first: str, last: str, born: date | None, phone: str) -> None:
    found = ws.ask(likely_duplicates, first_name=first, last_name=last, born=born, phone=phone)
    same = [hit_json(one.patient) for one in found if one.same_person]
    if same:
        raise Conflict(
            "LikelyDuplicate",
            t("This person may be registered already. Use --confirm to register anyway."),
            server=same,
        )


@verb("patients edit", positional=("patient",), rpc=True)
def edit(ws: Workspace, patient: str, changes: dict[str, Any], confirm: bool = False) -> dict[str, Any]:
    """Change fields: {"field": new} or {"field": {"old": …, "new": …}} with the names of the JSON."""
    current: dict[str, Any] = {}
    if any(not _is_pair(value) for value in changes.values()):
        shown = card_json(ws.ask(patient_card, patient_id=patient))
        current = (shown["demographics"] or {}) | shown
    pairs = {
        name: value if _is_pair(value) else {"old": current.get(name), "new": value} for name, value in changes.items()
    }
    wanted = tuple(FieldChange(name, pair["old"], pair["new"]) for name, pair in pairs.items())
    outcome = ws.execute(EditPatient(patient_id=patient, changes=wanted, unusual_confirmed=confirm))
    return dict(outcome.result)


@verb("patients merge", positional=("keep", "drop"))
def merge(ws: Workspace, keep: str, drop: str) -> dict[str, Any]:
    """Move everything of DROP to KEEP; for administrators."""
    return dict(ws.execute(MergePatients(keep_id=keep, drop_id=drop)).result)


@verb("patients unmerge", positional=("drop",))
def unmerge(ws: Workspace, drop: str) -> dict[str, Any]:
    """Take a merge back."""
    return dict(ws.execute(UnmergePatients(drop_id=drop)).result)


def _is_pair(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"old", "new"}


@verb("patients flag", positional=("patient",))
def flag(ws: Workspace, patient: str, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> dict[str, Any]:
    """Set and take away flags."""
    return dict(ws.execute(FlagPatient(patient_id=patient, add=add, remove=remove)).result)


@verb("patients confirm", positional=("patient",))
def confirm_identity(ws: Workspace, patient: str) -> dict[str, Any]:
    """Say that the patient's identity has been seen."""
    return dict(ws.execute(ConfirmIdentity(patient_id=patient)).result)
