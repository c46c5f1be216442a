"""What becomes of a rule's part in a run: raised or dropped while it is held, withdrawn once it was raised."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from app.commands.rules import DecideRuleRun
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.rules import RunPart
from app.ui.areas.rules.desk import RulesDesk
from app.ui.areas.rules.held import HeldPanel, HeldStrip
from app.ui.areas.rules.run_card import RunCard
from app.ui.parts.words import clock, day_inside
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.work import PendingAction, ShellApi

_OFFERED = 20
"""What earlier runs raised is somebody's work by now."""


class _DecidedOn(Protocol):
    """What the decisions need of their page."""

    @property
    def api(self) -> ShellApi: ...
    @property
    def desk(self) -> RulesDesk: ...
    @property
    def held(self) -> HeldStrip: ...
    @property
    def run_card(self) -> RunCard: ...
    def refresh(self) -> None: ...


class Decisions:
    """The decisions of one page. Each waits ten seconds, since none can be taken back, and is asked for once."""

    def __init__(self, page: _DecidedOn) -> None:
        self._page = page
        self._going: set[tuple[str, str]] = set()

    def going(self, part: RunPart) -> bool:
        """Whether something is decided of it already: waiting, or on its way."""
        return (part.run_id, part.rule_id) in self._going

    def see(self) -> None:
        """Show whom the held rule found."""
        part = self._page.held.part
        if part is not None:
            self._page.api.show_panel(HeldPanel(self._page.api, part))

    def raise_all(self) -> None:
        """Raise what is held."""
        part = self._page.held.part
        if part is not None:
            going = tn("Raising “{rule}” for {n} patient", "Raising “{rule}” for {n} patients", part.triggered,
                       rule=part.rule_name)  # fmt: skip
            done = tn("Raised “{rule}” for {n} patient", "Raised “{rule}” for {n} patients", part.triggered,
                      rule=part.rule_name)  # fmt: skip
            self._pending(part, "RAISE", going, done)

    def drop(self) -> None:
        """Raise nothing of what is held."""
        part = self._page.held.part
        if part is not None:
            going = t("Dropping “{rule}”: nothing will be raised", rule=part.rule_name)
            self._pending(part, "DROP", going, t("Dropped: “{rule}” has raised nothing", rule=part.rule_name))

    def offer_withdraw(self) -> None:
        """Offer what the latest runs raised."""
        self._page.desk.ask_raised(self._choose_withdraw, self._page.api.problem)

    def _choose_withdraw(self, parts: tuple[RunPart, ...]) -> None:
        api = self._page.api
        today = api.workspace.reader().today
        items = [
            MenuItem(f"{one.rule_name} ({one.raised:,}) · {day_inside(one.run_at.astimezone(api.zone).date(), today)} "
                     f"{clock(one.run_at, api.zone)}", partial(self._withdraw, one))
            for one in parts[:_OFFERED]
        ]  # fmt: skip
        if items:
            open_menu(self._page.run_card.withdraw_button, t("Withdraw what a rule raised"), items)

    def _withdraw(self, part: RunPart) -> None:
        going = t("Withdrawing what “{rule}” raised", rule=part.rule_name)
        self._pending(part, "WITHDRAW", going, t("Withdrawn: what “{rule}” raised", rule=part.rule_name))

    def _pending(self, part: RunPart, decision: str, going: str, done: str) -> None:
        """Begin it. A second click begins no second one, which would go on when the first is cancelled."""
        if self.going(part):
            return
        key = (part.run_id, part.rule_id)
        self._going.add(key)
        command = DecideRuleRun(run_id=part.run_id, rule_id=part.rule_id, decision=decision)
        self._page.api.pending(
            PendingAction(text=going, command=command, done_text=done, on_done=lambda _done: self._over(key),
                          on_refused=lambda error: self._over(key, error), on_cancelled=lambda: self._over(key))
        )  # fmt: skip
        self._page.held.show_going(self.going)

    def _over(self, key: tuple[str, str], error: AppError | None = None) -> None:
        self._going.discard(key)
        if error is not None:
            self._page.api.problem(error)
        self._page.held.show_going(self.going)
        self._page.refresh()
