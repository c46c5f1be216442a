"""What stood written as a person began to type over it: others' changes stay, and on the same field one chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.commands.paper_edits import same
from app.commands.patients import FieldChange
from app.ui.parts.conflict_view import ConflictView


class Merging:
    """``seen`` has the fields of a paper as JSON by the names of its command; empty while nothing is written yet."""

    def __init__(self, title_of: Callable[[str], str], show: Callable[[str, Any], str]) -> None:
        self.seen: dict[str, Any] = {}
        self.view = ConflictView(title_of=title_of, show=show)

    def begin(self, written: Mapping[str, Any]) -> None:
        """Another paper, or the same one as it stands written now."""
        self.seen = dict(written)
        self.view.show_conflict({})

    def changes(self, values: Mapping[str, Any]) -> tuple[FieldChange, ...]:
        """Return what of the form differs from what was seen."""
        return tuple(
            FieldChange(name, was, values[name]) for name, was in self.seen.items() if not same(values[name], was)
        )

    def take_up(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the form shows of a draft: its own changes, on what was seen then, and all else as it is now."""
        seen = body.get("seen")
        if not self.seen or not isinstance(seen, Mapping):
            return dict(body)
        mine = {name for name in self.seen if name in seen and name in body and not same(body[name], seen[name])}
        self.seen.update({name: seen[name] for name in mine})
        return {**body, **{name: now for name, now in self.seen.items() if name not in mine}}

    def news(self, values: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the form shows after somebody wrote: what is changed here stays, and clashes when it is saved."""
        mine = {change.field for change in self.changes(values)}
        self.seen = {name: self.seen[name] if name in mine else now for name, now in written.items()}
        return {**values, **{name: now for name, now in written.items() if name not in mine}}

    def settle(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form as it is after the choices: what stays of mine replaces theirs knowingly."""
        choices = self.view.choices()
        self.seen.update({name: theirs for name, (theirs, _) in choices.items()})
        self.view.show_conflict({})
        return {**values, **{name: theirs for name, (theirs, mine) in choices.items() if not mine}}

    def clash(self, fields: Mapping[str, Mapping[str, Any]]) -> None:
        """Show both sides of what was refused; the keyboard is at the first choice."""
        self.view.show_conflict(fields)
        next(iter(self.view.lines.values())).choice.setFocus()
