"""Whose chart a verb shows: a record that was merged is nobody's, what stood in it is the survivor's."""

from __future__ import annotations

from app.commands.living import merged_meanwhile
from app.kernel.errors import Refused
from app.queries.patient_card import PatientCard, patient_card
from app.workspace.workspace import Workspace


def living(ws: Workspace, patient: str) -> PatientCard:
    """Return the patient's card; refuses an unknown one (NoPatient) and a merged one (Merged, with ``into``).

    A merged record's rows have moved: an empty list under a person's name would say that there is nothing.
    """
    try:
        card = ws.ask(patient_card, patient_id=patient)
    except Refused as error:
        if error.code == "NoPatient":  # the argument is called so here
            raise Refused(error.code, error.message, field="patient") from error
        raise
    if card.merged_into is not None:
        raise merged_meanwhile(card.merged_into)
    return card
