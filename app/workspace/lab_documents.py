"""Documents that a laboratory sent with an order's results: found in its messages, written to a file on demand."""

from __future__ import annotations

import re
from pathlib import Path

from app.domain.lab_documents import LabDocument, OrderDocuments
from app.interop.hl7.documents import documents_of
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import write_private
from app.queries.access import Access, note_access
from app.queries.lab_documents import order_messages
from app.workspace.workspace import Workspace

_NUMBERED = re.compile(r" \(\d+\)$")
"""What tells results of one test apart that stand in one message."""


def lab_documents(workspace: Workspace, order_id: str, name: str = "") -> OrderDocuments:
    """Return the documents of an order, each once; those of the newest message go first.

    ``name``: only those of one test, and those that name none. Raises ``Refused`` "NoSuchOrder", "NotAllowed",
    ``Unavailable`` without the server: a workstation keeps no messages.
    """
    messages = workspace.ask(order_messages, order_id=order_id)
    found = dict.fromkeys(one for body in messages.bodies for one in documents_of(body))
    plain = _NUMBERED.sub("", name)
    wanted = (one for one in found if not name or plain in (one.name, one.code) or not one.name)
    return OrderDocuments(messages.patient_id, tuple(wanted))


def save_document(workspace: Workspace, patient_id: str, document: LabDocument, file: Path) -> int:
    """Write a document, readable for its owner only, and keep in the access log that it left; returns its bytes."""
    try:
        write_private(file, document.data)
    except OSError as error:
        raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="file") from error
    workspace.ask(note_access, patient_ids=(patient_id,), kind=Access.EXPORT)
    return len(document.data)
