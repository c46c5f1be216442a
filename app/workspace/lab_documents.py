"""Documents that a laboratory sent with an order's results: found in its messages, written to a file on demand."""

from __future__ import annotations

import re
from pathlib import Path

from app.domain.lab_documents import LabDocument
from app.interop.hl7.documents import documents_of
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import write_private
from app.queries.access import Access, note_access
from app.queries.lab_documents import order_messages
from app.workspace.workspace import Workspace

_NUMBERED = re.compile(r" \(\d+\)$")
"""What tells results of one test apart that stand in one message."""


def lab_documents(workspace: Workspace, order_id: str, name: str = "") -> tuple[LabDocument, ...]:
    """Return the documents of an order, each once; those of the newest message go first.

    ``name``: only those of one test, and those that name none. Raises ``Refused`` "NoSuchOrder", "NotAllowed",
    ``Unavailable`` without the server: a workstation keeps no messages.
    """
    bodies = workspace.ask(order_messages, order_id=order_id).bodies
    found = tuple(dict.fromkeys(one for body in bodies for one in documents_of(body)))
    plain = _NUMBERED.sub("", name)
    return tuple(one for one in found if not name or plain in (one.name, one.code) or not one.name)


def save_document(workspace: Workspace, order_id: str, document: LabDocument, file: Path) -> int:
    """Write a document, readable for its owner only, and keep in the access log that it left; returns its bytes."""
    patient_id = workspace.ask(order_messages, order_id=order_id).patient_id
    try:
        write_private(file, document.data)
    except OSError as error:
        raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="file") from error
    workspace.ask(note_access, patient_ids=(patient_id,), kind=Access.EXPORT)
    return len(document.data)
