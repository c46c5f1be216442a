"""A request as a line of the board."""

from __future__ import annotations

from app.domain.enums import RequestStatus, VisitMode
from app.kernel.i18n import t
from app.queries.requests import ProposalState, RequestRow
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.request_words import ago, severity_chip, state_word, when
from app.ui.widgets.lists import ListItem
from app.ui.work import ShellApi


def request_line(one: RequestRow, api: ShellApi) -> ListItem:
    """Who, why, how urgent, how long ago; dashed while the server doesn't know of what was done here."""
    unsent = LinkState.of(api.sync).unsent(one.request_id, ("visit_requests", "request_detail"))
    return ListItem(
        key=one.request_id, title=one.patient_name, subtitle=" ".join(one.reason.split()) or t("No reason given"),
        chip=severity_chip(one.severity), meta=ago(one.created_at, api.now()),
        sub_meta=not_yet() if unsent else _state(one, api),
        after_icon="video" if one.mode is VisitMode.VIRTUAL else "", dashed=unsent,
    )  # fmt: skip


def _state(one: RequestRow, api: ShellApi) -> str:
    proposal = one.proposal
    if one.status is not RequestStatus.AWAITING_PATIENT_CONFIRMATION or proposal is None:
        return state_word(one.status)
    if proposal.state is ProposalState.HELD and proposal.ends_at is not None:
        return t("Kept until {time}", time=when(proposal.ends_at, api.zone, api.now()))
    if proposal.state is ProposalState.BOOKED:
        return t("Booked by the patient")
    return t("Hold ended") if proposal.state is ProposalState.ENDED else t("Time taken")
