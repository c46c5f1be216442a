"""What areas work with: lanes, actions, pages, panels and the shell's interface. See docs/guides/areas.md."""

from app.ui.work.action import Action, action_tip, bind, shortcut_text
from app.ui.work.area import AreaPage, AreaSpec
from app.ui.work.drafts import Draft, DraftsPort, new_subject
from app.ui.work.lane import Lane, alive, drop_questions
from app.ui.work.panel import PanelPage
from app.ui.work.places import Place, RestoreDraft
from app.ui.work.port import ChangesPort, WorkspacePort
from app.ui.work.progress import Progress, Step
from app.ui.work.shell_api import Pending, PendingAction, ShellApi, ToastButton, ToastTone
from app.ui.work.sync_port import SyncPort
from app.ui.work.sync_view import SyncView

__all__ = [
    "Action",
    "AreaPage",
    "AreaSpec",
    "ChangesPort",
    "Draft",
    "DraftsPort",
    "Lane",
    "PanelPage",
    "Pending",
    "PendingAction",
    "Place",
    "Progress",
    "RestoreDraft",
    "ShellApi",
    "Step",
    "SyncPort",
    "SyncView",
    "ToastButton",
    "ToastTone",
    "WorkspacePort",
    "action_tip",
    "alive",
    "bind",
    "drop_questions",
    "new_subject",
    "shortcut_text",
]
