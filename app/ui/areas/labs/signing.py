"""Signing from the page: what was displayed, the ten seconds, what comes back, the draft that stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from app.commands.core import Outcome
from app.commands.labs_review import MOST_TOGETHER, Shown, SignResults
from app.domain.enums import NextStep
from app.kernel.errors import AppError
from app.kernel.i18n import later, t, tn
from app.queries.labs import ReviewRow
from app.queries.labs_order import OrderResults
from app.ui.work import Draft, PendingAction, ShellApi, draft_kinds

if TYPE_CHECKING:
    from app.ui.areas.labs.detail import ResultDetail
    from app.ui.areas.labs.review_list import ReviewCard


class _SignedOn(Protocol):
    """What the signatures need of their page."""

    @property
    def api(self) -> ShellApi: ...
    @property
    def rows(self) -> ReviewCard: ...
    @property
    def detail(self) -> ResultDetail: ...
    def refresh(self) -> None: ...
    def gone(self) -> None: ...
    def came_back(self, order_id: str) -> None: ...


def _is_in_range(row: ReviewRow) -> bool:
    """Whether limits alone say that all is well: a text, and what can't be read, want a look and a signature each."""
    read = row.gist is not None and not (row.gist.to_read or row.gist.unreadable)
    return read and not (row.critical or row.abnormal or row.partial)


class Signing:
    """The signatures of one page."""

    def __init__(self, page: _SignedOn) -> None:
        self._page = page
        self.under_way: set[str] = set()
        """Orders whose signature waits for its ten seconds."""
        self._seen: dict[str, str] = {}
        """Digest of the results that were displayed, by order."""
        self._kept: dict[str, Mapping[str, Any]] = {}

    def saw(self, order: OrderResults) -> None:
        """Remember what was displayed."""
        self._seen[order.id] = order.results_hash

    def sign(self, order: OrderResults, detail: ResultDetail) -> None:
        """Begin the ten seconds for one order, and open the next."""
        command = SignResults(
            shown=(Shown(order.id, order.results_hash),),
            sign_for=None if order.may_sign else order.owner_user,
            **detail.next_step.values(),
        )
        title = later("Signature for {name}", name=order.patient_name)
        draft = Draft(draft_kinds.SIGN_RESULTS, order.id, title, {**detail.next_step.body(), "orderId": order.id})
        self._begin(command, t("Signing the results of {name}", name=order.patient_name), draft, order)

    def together(self) -> tuple[Shown, ...]:
        """What of the list was displayed as it stands, is final and in range, and waits for the person.

        As many as one command takes: of old results an import brings thousands.
        """
        items = (self._page.rows.row_of(item.key) for item in self._page.rows.items())
        rows = [row for row in items if row is not None and (row.mine or row.signs_for)]
        fine = [row for row in rows if row.history or _is_in_range(row)]
        return tuple(
            Shown(row.order_id, row.results_hash)
            for row in fine
            if row.history or self._seen.get(row.order_id) == row.results_hash
        )[:MOST_TOGETHER]

    def sign_together(self) -> None:
        """Begin the ten seconds for several."""
        shown = self.together()
        if shown:
            text = tn("Signing {n} result in range", "Signing {n} results in range", len(shown))
            self._begin(SignResults(shown=shown, next_step=NextStep.NOTHING), text, None, None)

    def _begin(self, command: SignResults, text: str, draft: Draft | None, order: OrderResults | None) -> None:
        ids = [shown.order_id for shown in command.shown]

        def done(outcome: Outcome) -> None:
            self.under_way.difference_update(ids)
            said = tn("Signed {n} result in range", "Signed {n} results in range", len(ids))
            self._page.api.did(t("Signed the results of {name}", name=order.patient_name) if order else said, outcome)
            self._page.refresh()

        def back(error: AppError | None = None) -> None:
            self.under_way.difference_update(ids)
            if draft is not None:
                self._kept[ids[0]] = draft.body
            self._page.came_back(ids[0])
            if error is not None and not (order and self._page.detail.next_step.show_error(error.field, error.message)):
                self._page.api.problem(error)

        self.under_way.update(ids)
        self._page.api.pending(
            PendingAction(text=text, command=command, draft=draft, on_done=done, on_refused=back, on_cancelled=back)
        )
        self._page.gone()

    def take_up(self, order: OrderResults) -> None:
        """Put back what was chosen for an order whose signature came back or was a draft."""
        body = self._kept.pop(order.id, None)
        if body is not None:
            self._page.detail.next_step.restore(body)

    def restore(self, draft: Draft) -> None:
        """Take up a draft that the shell kept."""
        page = self._page
        if draft.kind == draft_kinds.SIGN_RESULTS:
            self._kept[draft.subject] = draft.body
            page.came_back(draft.subject)
        elif draft.kind == draft_kinds.ORDER_LABS:
            from app.ui.parts.lab_order_panel import LabOrderPanel

            page.api.show_panel(LabOrderPanel.restored(page.api, draft))
        elif draft.kind == draft_kinds.ENTER_RESULTS:
            from app.ui.parts.lab_entry_panel import LabEntryPanel

            page.api.show_panel(LabEntryPanel.restored(page.api, draft))
