"""The demo's workstation is let in from the beginning, so that its connection can be cut for trying out."""

from __future__ import annotations

import logging
import shutil

from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import DEMO, load_profiles
from app.setup.connect import conninfo, demo_sign_ins, target_of_profile
from app.setup.plan import Report
from app.sync.single import SingleInstance
from app.workspace.enrolment_state import is_enrolled, offline_folder

log = logging.getLogger(__name__)


def enrol_demo(paths: Paths, report: Report) -> None:
    """Enrol this computer for the demo clinic, once. A demo that can't work offline is still a demo: only logged."""
    admin = next((one for one in demo_sign_ins(paths) if one.role is Role.ADMIN), None)
    if admin is None or is_enrolled(offline_folder(paths, DEMO)):
        return
    # Loaded only here: on every later morning the demo opens sooner without.
    from app.setup.offline import OfflineWork  # noqa: PLC0415
    from app.workspace.signin import open_workspace  # noqa: PLC0415

    work = OfflineWork(paths, DEMO, is_demo=True)
    profile = next(one for one in load_profiles(paths).items if one.name == DEMO)
    text = t("Fetching the clinic's records")
    try:
        parameters = conninfo(target_of_profile(paths, profile), admin.email, admin.password)
        with open_workspace(parameters, workstation="demo") as workspace:
            work.enrol(workspace, admin.password, lambda step: report(step.tables_done, step.tables, text))
    except AppError as error:
        log.warning("the demo can't work offline here: %s", error.code)


def store_in_use(paths: Paths) -> bool:
    """Whether a window or command works with what this computer keeps of the demo, its connection cut perhaps."""
    folder = offline_folder(paths, DEMO)
    if not folder.exists():
        return False
    single = SingleInstance(folder)
    free = single.acquire()
    single.release()
    return not free


def forget_demo(paths: Paths) -> None:
    """Forget what was kept of a demo that is invented anew: its people never existed.

    What a window works with is left to it. It signs in anew once it hears that its clinic is gone, and then this is
    called again.
    """
    folder = offline_folder(paths, DEMO)
    if not folder.exists():
        return
    single = SingleInstance(folder)
    try:
        if single.acquire():
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        single.release()
