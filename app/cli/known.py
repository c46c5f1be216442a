"""A listing that is empty because an id was mistyped says so: an empty list would read as "nothing there"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cli.verbs import JSON, Verb
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES, set_language, t
from app.queries.clinic import providers
from app.queries.patient_card import patient_card
from app.workspace.workspace import Workspace


def carry_out(found: Verb, ws: Workspace, given: Mapping[str, Any]) -> JSON:
    """Do what a verb does, in the clinic's language: letters and refusals, as in a window that has chosen none.

    Asks about ids only where nothing was found: what is found costs no trip more.
    Raises what the verb raises, and ``Refused`` "NoPatient" or "NoProvider" naming the argument.
    """
    if ws.clinic.locale in LANGUAGES:
        set_language(ws.clinic.locale)
    result = found.function(ws, **given)
    if isinstance(result, dict) and result.get("items") == []:
        patient = given.get("patient")
        if patient or "patient" in found.positional:
            require_patient(ws, patient)
        require_provider(ws, given.get("provider") or None)
    return result


def require_patient(ws: Workspace, patient: object) -> None:
    """Refuse an id that no patient has, an empty one too; None is no id. ``Refused`` "NoPatient" names "patient"."""
    if not isinstance(patient, str):
        return
    try:
        ws.ask(patient_card, patient_id=patient)
    except Refused as error:
        if error.code == "NoPatient":
            raise Refused(error.code, error.message, field="patient") from error
        raise


def require_provider(ws: Workspace, provider: object) -> None:
    """Refuse an id that no provider has, an empty one too; None is no id. ``Refused`` "NoProvider" names "provider"."""
    if isinstance(provider, str) and all(one.id != provider for one in ws.ask(providers, inactive=True)):
        raise Refused("NoProvider", t("There is no such provider here."), field="provider")
