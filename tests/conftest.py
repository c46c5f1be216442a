"""What every test gets: a window-less Qt, files of its own, real PostgreSQL, and failure on unexpected noise."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["TZ"] = "Pacific/Chatham"  # 12:45 h east of UTC: a local time taken for UTC shows at once
os.environ["LC_ALL"] = "C.UTF-8"  # names of days in English; Qt warns of a locale that isn't there
os.environ.pop("LANGUAGE", None)
_OURS = ("MHA_DATABASE_URL", "MHA_PASSWORD", "MHA_NEW_PASSWORD", "MHA_RECOVERY_KEY")
for _name in [*(n for n in os.environ if n.startswith("PG")), *_OURS]:
    os.environ.pop(_name, None)
if hasattr(time, "tzset"):
    time.tzset()

import psycopg  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

from tests.support import postgres  # noqa: E402
from tests.support.again import NEIGHBOURS  # noqa: E402
from tests.support.compiled import share_compiled_statements  # noqa: E402
from tests.support.neighbours import of_this_run  # noqa: E402
from tests.support.wire import Wire  # noqa: E402

if TYPE_CHECKING:
    from tests.support.postgres import Server

share_compiled_statements()
# The same examples at each run: what is handed in must not pass or fail by a seed, nor by how busy the machine is.
# New ones are looked for with ``--hypothesis-profile search``.
settings.register_profile("search", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
settings.load_profile("steady")
_RUN = "MHA_TEST_RUN"
_LEAD = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder once, in the process that starts the workers."""
    lead = not hasattr(config, "workerinput")
    config.stash[_LEAD] = lead
    if lead:
        os.environ[_RUN] = str(postgres.run_folder())
    os.environ["MHA_HOME"] = str(Path(os.environ[_RUN]) / f"home-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    config.stash[NEIGHBOURS] = of_this_run(Path(os.environ[_RUN]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a worker that wants to be alone in between two tests."""
    with item.config.stash[NEIGHBOURS].among():
        return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what a killed worker left."""
    if config.stash.get(_LEAD, False):
        postgres.remove(Path(os.environ[_RUN]))


@pytest.fixture(autouse=True)
def _no_logged_errors(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which the program logged an error that the test didn't announce with ``logs_errors``."""
    yield
    if request.node.get_closest_marker("logs_errors") is None:
        errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
        assert not errors, [f"{r.name}: {r.getMessage()}" for r in errors]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ``MHA_HOME`` for this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MHA_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _application(qapp: object) -> object:
    """A process has one Qt application: the full one comes before what prints papers makes a lesser one."""
    return qapp


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Server]]:
    """Start the cluster of a version when it's first asked for."""
    from contextlib import ExitStack

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with ExitStack() as stack:
        started: dict[str, Server] = {}

        def get(version: str) -> Server:
            if version not in started:
                folder = Path(os.environ[_RUN]) / f"{worker}-{version}"
                started[version] = stack.enter_context(postgres.running_server(folder, version))
            return started[version]

        yield get


@pytest.fixture(scope="session")
def server(servers: Callable[[str], Server]) -> Server:
    """PostgreSQL 18 (or the version that MHA_TEST_PG names)."""
    return servers(os.environ.get("MHA_TEST_PG", "18"))


@pytest.fixture(scope="session", params=postgres.versions_here())
def each_server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Every PostgreSQL version on this machine in turn (18, and 15 where it's installed)."""
    return servers(request.param)


@pytest.fixture
def empty_db(server: Server) -> Iterator[str]:
    """The name of an empty database owned by ``clinic_owner``."""
    name = server.create("empty")
    yield name
    server.drop(name)


@pytest.fixture
def each_empty_db(each_server: Server) -> Iterator[str]:
    """An empty database on every PostgreSQL version in turn."""
    name = each_server.create("empty")
    yield name
    each_server.drop(name)


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """A recorder between client and server: ``wire.through(url)``, then ``wire.statements`` and ``wire.trips``."""
    with Wire(server.folder / ".s.PGSQL.5432") as recorder:
        yield recorder


@pytest.fixture(scope="session")
def clinic_template(server: Server) -> str:
    """A migrated database with two clinics and their staff; tests get copies of it, never the database itself."""
    from tests.support.clinics import make_template

    return make_template(server)


@pytest.fixture(scope="session")
def base_templates() -> dict[str, str]:
    """The triggers' database of each version, kept while pytest goes to and fro between the versions.

    Fixtures of a parameter are made anew at each return to it, and logins of the first database would be in the way
    of the second's.
    """
    return {}


@pytest.fixture
def clinic_db(server: Server, clinic_template: str) -> Iterator[str]:
    """The name of a fresh copy of the two-clinic database; logins that the test made or changed are put right after."""
    logins = server.logins()
    name = server.create("clinic", template=clinic_template)
    server.hand_logins_to(name)
    yield name
    server.drop(name)
    server.restore_logins(logins)


@pytest.fixture
def owner_url(server: Server, clinic_db: str) -> str:
    """The owner's URL of ``clinic_db``: the rights of migrations, no superuser."""
    return server.owner_url(clinic_db)


@pytest.fixture
def connect_as(server: Server, clinic_db: str) -> Iterator[Callable[..., psycopg.Connection]]:
    """Connect to ``clinic_db`` as a member of staff: ``connect_as("PROVIDER")``, ``connect_as("ADMIN", clinic=2)``."""
    from contextlib import ExitStack

    from tests.support.clinics import staff_url

    with ExitStack() as stack:

        def connect(role: str, clinic: int = 1, *, autocommit: bool = True) -> psycopg.Connection:
            url = staff_url(server, clinic_db, role, clinic)
            return stack.enter_context(psycopg.connect(url, autocommit=autocommit))

        yield connect
