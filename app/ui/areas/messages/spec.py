"""What the shell knows of the messages before they are opened."""

from __future__ import annotations

from operator import methodcaller

from app.domain.permissions import Permission
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import NewMessage, ShowMessages


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.messages.page import MessagesPage

    return MessagesPage(api)


def _on_thread(key: str, title: str, shortcut: str, icon: str) -> Action:
    return Action(id=f"messages.{key}", title=title, shortcut=shortcut, area="messages", icon=icon,
                  permission=Permission.MESSAGE, handler=methodcaller(key),
                  enabled=lambda page: page.row is not None)  # fmt: skip


SPEC = AreaSpec(
    key="messages",
    title="Messages",
    icon="message",
    factory=_page,
    opens=(ShowMessages, NewMessage),
    draft_kinds=(draft_kinds.MESSAGE,),
    actions=(
        Action(id="messages.begin", title="New message", shortcut="Ctrl+Shift+J", area="messages", icon="plus",
               everywhere=True, permission=Permission.MESSAGE, handler=methodcaller("begin")),
        _on_thread("open_chart", "Open the chart", "Ctrl+O", "right"),
        _on_thread("give", "Give the conversation to somebody", "Ctrl+H", "swap"),
        _on_thread("finish", "Done with the conversation", "Ctrl+D", "check"),
        _on_thread("answer", "Answer", "Alt+A", "edit"),
    ),
)  # fmt: skip
