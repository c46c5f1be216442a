"""Sending from a conversation: the ten seconds, what comes back, the draft that stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.commands.core import Outcome
from app.commands.messages import SendMessage
from app.domain.messages import Attachment, left_open, read_attachments
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.ui.work import Draft, PendingAction, ShellApi, draft_kinds


@dataclass(frozen=True, slots=True)
class Letter:
    """What is being written: into a conversation, or a new one with a patient; maybe for a task."""

    patient_id: str
    patient_name: str
    thread_id: str = ""
    text: str = ""
    subject: str = ""
    task_id: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def key(self) -> str:
        """What its draft is kept under."""
        return self.thread_id or f"new:{self.patient_id}"

    def draft(self) -> Draft:
        """Return the draft that is kept of it."""
        body: dict[str, Any] = {
            "patientId": self.patient_id, "name": self.patient_name, "threadId": self.thread_id, "text": self.text,
            "subject": self.subject, "taskId": self.task_id,
            "attachments": [{"url": one.url, "filename": one.filename, "type": one.type, "size": one.size}
                            for one in self.attachments],
        }  # fmt: skip
        return Draft(draft_kinds.MESSAGE, self.key, later("Message to {name}", name=self.patient_name), body)


def letter_of(draft: Draft) -> Letter:
    """Read a draft without trust."""

    def text(key: str) -> str:
        found = draft.body.get(key)
        return found if isinstance(found, str) else ""

    return Letter(text("patientId"), text("name"), text("threadId"), text("text"), text("subject"), text("taskId"),
                  read_attachments(draft.body.get("attachments")))  # fmt: skip


def why_not(letter: Letter) -> str:
    """Return why a letter can't be sent as it is; empty when it can."""
    if not letter.text.strip():
        return t("Write something first.")
    if open_ones := left_open(letter.text):
        return t("Fill in {what} first.", what=f"{{{open_ones[0]}}}")
    return ""


def send_letter(
    api: ShellApi, letter: Letter, *, done: Callable[[Outcome], object],
    back: Callable[[Letter, AppError | None], object],
) -> None:  # fmt: skip
    """Begin the ten seconds; ``back`` gets the letter again when it is cancelled or refused."""
    command = SendMessage(
        text=letter.text,
        patient_id=None if letter.thread_id else letter.patient_id,
        thread_id=letter.thread_id or None,
        subject=letter.subject,
        attachments=letter.attachments,
        task_id=letter.task_id or None,
    )

    def sent(outcome: Outcome) -> None:
        api.did(t("Sent to {name}", name=letter.patient_name), outcome)
        done(outcome)

    api.pending(
        PendingAction(
            text=t("Sending a message to {name}", name=letter.patient_name), command=command, draft=letter.draft(),
            on_done=sent, on_refused=lambda error: back(letter, error), on_cancelled=lambda: back(letter, None),
        )
    )  # fmt: skip
