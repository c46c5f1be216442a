"""The demo as a profile: made once however many ask, left to whoever is at work, and its workstation heals itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import psycopg
import pytest

from app.cluster.server import EmbeddedServer
from app.commands.staff import EditStaff
from app.domain.enums import Role
from app.kernel.clock import FixedClock, SystemClock
from app.kernel.errors import Refused
from app.kernel.paths import Paths
from app.kernel.profiles import DEMO, load_profiles
from app.setup.connect import conninfo, target_of_profile
from app.setup.demo.sign_ins import DemoClinic, SignIn
from app.setup.demo_offline import enrol_demo, store_in_use
from app.setup.demo_profile import prepare_demo
from app.setup.offline import OfflineWork
from app.setup.services import Sessions
from app.sync.model import SyncStatus
from app.workspace.enrolment_state import read_state
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace

PATIENTS = 60


def quiet(_done: int, _total: int, _text: str) -> None:
    """Progress that nobody watches."""


class Demo:
    """The demo in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.from_environment({"MHA_HOME": str(home)})

    def prepare(self, *, fresh: bool = False, later: timedelta = timedelta(0)) -> DemoClinic:
        """What every start of the demo does, with the machine's clock ahead by ``later``."""
        clock = FixedClock(SystemClock().now() + later)
        return prepare_demo(self.paths, quiet, patients=PATIENTS, clock=clock, fresh=fresh)

    @property
    def work(self) -> OfflineWork:
        return OfflineWork(self.paths, DEMO, is_demo=True)

    def connection(self, who: SignIn) -> dict[str, object]:
        profile = load_profiles(self.paths).choose(DEMO)
        return conninfo(target_of_profile(self.paths, profile), who.email, who.password)

    def sign_in(self, who: SignIn) -> Workspace:
        """As the window does."""
        return self.work.sign_in(lambda: self.connection(who), who.email, who.password, live=True)

    def mark(self) -> None:
        """Leave something in the clinic that one made anew doesn't have."""
        with psycopg.connect(self.owner_url) as raw:
            raw.execute("CREATE TABLE public.this_very_one (n int)")

    @property
    def is_marked(self) -> bool:
        with psycopg.connect(self.owner_url) as raw:
            return raw.execute("SELECT to_regclass('public.this_very_one') IS NOT NULL").fetchall() == [(True,)]

    @property
    def owner_url(self) -> str:
        return EmbeddedServer(DEMO, self.paths).start().owner_url


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.prepare()
    yield demo
    EmbeddedServer(DEMO, demo.paths).stop()


@pytest.fixture
def demo(standing: Demo) -> Demo:
    """Marked, and this morning's."""
    standing.prepare()
    if not standing.is_marked:
        standing.mark()
    return standing


def test_two_that_start_at_once_make_it_once(demo: Demo) -> None:
    """Each would throw away the database that the other fills."""
    with psycopg.connect(demo.owner_url) as raw:
        raw.execute("UPDATE desktop.clinic_settings SET settings = settings - 'demo'")
    with ThreadPoolExecutor(2) as pool:
        first, second = (one.result(timeout=300) for one in [pool.submit(demo.prepare) for _ in range(2)])
    assert (first.clinic_id, first.patients) == (second.clinic_id, second.patients)
    assert not demo.is_marked, "made anew"
    with psycopg.connect(demo.owner_url) as raw:
        assert raw.execute("SELECT count(*) FROM public.patients").fetchall() == [(first.patients,)]


def test_a_window_with_its_connection_cut_is_at_work_too(demo: Demo) -> None:
    who = demo.prepare().sign_ins[0]
    enrol_demo(demo.paths, quiet)
    with demo.sign_in(who):
        assert store_in_use(demo.paths)
    assert not store_in_use(demo.paths)


def test_made_anew_under_a_workstation_at_work_it_is_let_in_again(demo: Demo) -> None:
    who = demo.prepare().sign_ins[0]
    enrol_demo(demo.paths, quiet)
    before = read_state(demo.work.folder)
    assert before is not None
    heard = Event()

    def listen(status: SyncStatus) -> None:
        if status.unknown:
            heard.set()

    with demo.sign_in(who) as workspace:
        assert workspace.sync is not None
        workspace.sync.changed.append(listen)
        demo.prepare(fresh=True)
        assert heard.wait(60), "the window hears that its clinic is gone"
        assert read_state(demo.work.folder) == before, "what it works with isn't pulled away under it"
    # The window signs in again, as it does by itself.
    assert demo.prepare().sign_ins[0] == who
    enrol_demo(demo.paths, quiet)
    after = read_state(demo.work.folder)
    assert after is not None
    assert after.id != before.id
    with demo.sign_in(who) as workspace:
        assert workspace.sync is not None
        assert workspace.sync.sync_now().needs_attention == 0
        assert not workspace.sync.status().unknown


def test_a_stale_one_is_left_to_whoever_is_at_work(demo: Demo) -> None:
    tomorrow = timedelta(days=1)
    who = demo.prepare().sign_ins[0]
    with open_workspace(demo.connection(who), workstation="desk 2") as workspace:
        workspace.go_live()
        demo.prepare(later=tomorrow)
        assert demo.is_marked
    demo.prepare(later=tomorrow)
    assert not demo.is_marked, "nobody is there any more"


def test_a_card_signs_in_after_its_email_was_corrected(demo: Demo) -> None:
    """The card was made before; the next start shows what holds."""
    people = demo.prepare().sign_ins
    admin = next(one for one in people if one.role is Role.ADMIN)
    who = next(one for one in people if one.role is not Role.ADMIN)
    with open_workspace(demo.connection(admin), workstation="desk 2") as workspace:
        workspace.execute(EditStaff(user_id=who.user_id, email="corrected@harbor.example", name="Corrected Name",
                                    old_email=who.email, old_name=who.name))  # fmt: skip
    profile = load_profiles(demo.paths).choose(DEMO)
    sessions = Sessions(demo.paths)
    with sessions.sign_in(profile, who.email, who.password) as workspace:
        assert (workspace.actor.user_id, workspace.actor.email) == (who.user_id, "corrected@harbor.example")
    with pytest.raises(Refused):
        sessions.sign_in(profile, "nobody@harbor.example", who.password)
    again = next(one for one in demo.prepare().sign_ins if one.user_id == who.user_id)
    assert (again.email, again.name) == ("corrected@harbor.example", "Corrected Name")
    assert [one for one in demo.prepare().sign_ins if one.user_id != who.user_id] == [
        one for one in people if one.user_id != who.user_id
    ]
