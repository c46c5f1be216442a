"""What can be done with "Needs attention", for the palette, the keys and the page's own buttons."""

from __future__ import annotations

from app.ui.work import Action

ACTIONS = (
    Action(id="attention.retry", title="Try again", shortcut="Alt+R", area="attention", icon="refresh",
           handler=lambda page: page.retry(), enabled=lambda page: page.may_decide),
    Action(id="attention.change", title="Change", shortcut="Alt+C", area="attention", icon="edit",
           handler=lambda page: page.change(), enabled=lambda page: page.may_change),
    Action(id="attention.theirs", title="Take theirs", shortcut="Alt+T", area="attention", icon="check",
           handler=lambda page: page.take_theirs(), enabled=lambda page: page.may_give_up),
    Action(id="attention.save", title="Save with these choices", shortcut="Ctrl+Return", area="attention", icon="check",
           handler=lambda page: page.save_choices(), enabled=lambda page: page.may_save_choices),
    Action(id="attention.discard", title="Discard with a reason", shortcut="Alt+D", area="attention", icon="trash",
           handler=lambda page: page.begin_discard(), enabled=lambda page: page.may_give_up),
    Action(id="attention.adopt", title="Take over", shortcut="Alt+A", area="attention", icon="user",
           handler=lambda page: page.adopt(), enabled=lambda page: page.may_adopt),
    Action(id="attention.hand", title="Hand over", shortcut="Alt+H", area="attention", icon="right",
           handler=lambda page: page.begin_hand_over(), enabled=lambda page: page.may_hand_over),
)  # fmt: skip
