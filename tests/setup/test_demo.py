"""The demo clinic: the same for the same seed and day, rows everywhere, every scene there, always mid-morning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import event

from app.commands.stores import ServerStore
from app.domain.care_plans import read_phases
from app.domain.enums import Role, VisitStatus
from app.kernel.clock import FixedClock
from app.kernel.errors import Refused
from app.queries.alerts import AlertBox, alert_page
from app.queries.counts import rail_counts
from app.queries.rules import found_patients, rule_runs, rules, run_parts, try_rule
from app.queries.tasks import task_inbox
from app.queries.today import today_board
from app.security.connection import Address, connection_parameters
from app.setup.demo.figures import demo_figures
from app.setup.demo.seed import build_world, make_demo
from app.setup.demo.sign_ins import DemoClinic
from app.setup.demo.world import ZONE, demo_morning
from app.setup.migrate import upgrade
from app.workspace.rule_runs import back_test
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.shapes import faults_of

NOW = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
"""Monday evening at the demo's clinic."""
PATIENTS = 150
PASSWORD = "correct horse battery"


def test_the_same_seed_and_day_make_the_same_rows() -> None:
    first, staff = build_world(7, PATIENTS, NOW)
    again, _ = build_world(7, PATIENTS, NOW.replace(hour=4))
    other, _ = build_world(8, PATIENTS, NOW)
    assert first.rows == again.rows
    assert first.rows["patients"] != other.rows["patients"]
    assert len(first.rows["patients"]) == PATIENTS
    assert faults_of(first.rows) == [], "as the backend and the phones write it"
    assert {role for person in staff for role in person.roles} >= {Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN}


def test_what_people_come_for_fits_their_age_and_care_plans_have_something_to_begin_from() -> None:
    world, _ = build_world(7, PATIENTS, NOW)
    born = {row["id"]: row["date_of_birth"] for row in world.rows["patients"]}
    checks = [row for row in world.rows["visits"] if "child" in row["reason_text"]]
    assert checks
    for row in checks:
        assert born[row["patient_id"]] is not None
        assert (world.today - born[row["patient_id"]]).days < 20 * 365, "below 18 when the visit was or will be"
    shapes = [read_phases(row["phases"]) for row in world.rows["care_plan_template"]]
    assert [(shape.unreadable, len(shape.phases)) for shape in shapes] == [(0, 3), (0, 3)]


def test_nothing_of_a_referral_lies_in_the_future() -> None:
    """Completed in a week, it said of itself on the day on which it was opened."""
    world, _ = build_world(7, PATIENTS, NOW)
    times = [row[name] for row in world.rows["referrals"] for name in ("created_at", "sent_at", "completed_at")]
    times += [row["accepted_at"] for row in world.rows["referral_detail"]]
    assert len([at for at in times if at is not None]) > 40
    assert all(at <= world.now for at in times if at is not None)


@pytest.mark.parametrize(
    ("real", "day"),
    [
        ("2026-11-24T03:05+00:00", "2026-11-23"),
        ("2026-11-24T12:00+00:00", "2026-11-24"),
        ("2026-11-21T20:00+00:00", "2026-11-23"),
        ("2026-03-08T20:00+00:00", "2026-03-09"),
    ],
)
def test_it_is_always_mid_morning_of_an_open_day(real: str, day: str) -> None:
    local = demo_morning(datetime.fromisoformat(real)).astimezone(ZONE)
    assert f"{local:%Y-%m-%d %H:%M}" == f"{day} 10:42"
    assert local.weekday() < 5


@pytest.fixture(scope="module")
def demo(server: Server) -> Iterator[tuple[str, DemoClinic]]:
    """The name of a database with the demo in it; tests leave it as it is."""
    before = server.logins()
    name = server.create("demo")
    upgrade(server.owner_url(name))
    made = make_demo(server.owner_url(name), PASSWORD, patients=PATIENTS)
    yield name, made
    server.drop(name)
    server.restore_logins(before)


@pytest.fixture(scope="module")
def desk(server: Server, demo: tuple[str, DemoClinic]) -> Iterator[Workspace]:
    name, made = demo
    address = Address(database=name, hosts=(str(server.folder),), ports=(5432,))
    who = next(one for one in made.sign_ins if one.role is Role.MEDICAL_ASSISTANT)
    parameters = connection_parameters(address, email=who.email, password=who.password)
    with open_workspace(parameters, workstation="desk") as workspace:
        yield workspace


_PRESSURES = """
    SELECT w.patient_id, w.week_start::date, (w.summary #>> '{bpTrend,systolic}')::float8,
        (w.summary #>> '{bpTrend,change}')::float8, avg(r.value), count(r.value)
    FROM public.weekly_summaries w LEFT JOIN (
        SELECT patient_id, timestamp, (value ->> 'systolic')::float8 AS value FROM public.measurements
        WHERE type = 'BLOOD_PRESSURE'
        UNION ALL SELECT patient_id, timestamp, systolic_bp FROM public.vital_readings WHERE systolic_bp IS NOT NULL
    ) r ON r.patient_id = w.patient_id
        AND (r.timestamp AT TIME ZONE 'UTC' AT TIME ZONE %s)::date - w.week_start::date BETWEEN 0 AND 6
    GROUP BY w.id ORDER BY 1, 2"""


def test_past_weeks_say_what_the_readings_say(server: Server, demo: tuple[str, DemoClinic]) -> None:
    """Ten more than the week before stood beside 138 and 135."""
    with psycopg.connect(server.url(demo[0])) as connection:
        found = connection.execute(_PRESSURES, [ZONE.key]).fetchall()
    weeks = {(patient, start): mean for patient, start, mean, *_ in found}
    assert sum(mean is not None for mean in weeks.values()) > 20
    for patient, start, mean, change, measured, count in found:
        assert (mean is None) == (count == 0)
        assert mean == pytest.approx(measured, abs=0.051)
        before = weeks.get((patient, start - timedelta(days=7)))
        if mean is not None and before is not None:
            assert change == pytest.approx(mean - before, abs=0.051)


def test_the_back_test_of_the_rule_that_is_shown_first_finds_somebody_and_the_run_is_true(
    server: Server, demo: tuple[str, DemoClinic]
) -> None:
    name, made = demo
    address = Address(database=name, hosts=(str(server.folder),), ports=(5432,))
    who = next(one for one in made.sign_ins if one.role is Role.ADMIN)
    parameters = connection_parameters(address, email=who.email, password=who.password)
    with open_workspace(parameters, workstation="desk") as admin:
        first = admin.ask(rules)[0]
        body = {"metric": first.metric, "windowDays": first.window_days, "condition": first.raw_condition}
        trial = back_test(admin, body, days=90)
        (run,), (held,) = admin.ask(rule_runs), admin.ask(run_parts, held=True)
        said = {one.patient_id for one in admin.ask(found_patients, run_id=run.run_id, run_at=run.run_at,
                                                    rule_id=held.rule_id)}  # fmt: skip
        true = {one.rule_id: {who.patient_id for who in admin.ask(try_rule, rule={
            "metric": one.metric, "windowDays": one.window_days, "condition": one.raw_condition}, at=run.run_at)}
            for one in admin.ask(rules) if one.enabled}  # fmt: skip
        raised = {one.patient_id for one in admin.ask(alert_page, box=AlertBox.ALL, limit=500).items}
    assert said == true.pop(held.rule_id), "held are those whom the rule finds"
    assert set().union(*true.values()) <= raised, "the others find nobody who has no alert yet"
    assert run.figures["rules"] == len(true) + 1
    assert first.name == "Pressure above 140, RPM"
    assert trial.patients, "even in a small demo"
    assert trial.alerts > len(trial.patients), "one of them more than once"
    assert len([count for _, count in trial.weeks if count]) > 1


def test_there_are_rows_in_all_25_tables(server: Server, demo: tuple[str, DemoClinic]) -> None:
    with psycopg.connect(server.owner_url(demo[0])) as owner:
        owner.execute("SET ROLE none")
        tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert len(tables) == 25
        empty = [
            table
            for table in tables
            if owner.execute(f'SELECT FROM public."{table}" LIMIT 1'.encode()).fetchone() is None
        ]
    assert empty == []


def test_the_mornings_scenes_are_on_the_board(desk: Workspace) -> None:
    board = desk.ask(today_board)
    by_status = {status: [card for card in board.cards if card.status is status] for status in VisitStatus}
    assert all(by_status[VisitStatus(one)] for one in ("PLANNED", "CHECKED_IN", "IN_PROGRESS", "COMPLETED"))
    assert board.walk_ins[0].patient_name == "Rosalind Achebe"
    assert len(board.walk_ins) == 3
    assert [card for card in board.cards if card.to_move], "a provider called in sick"
    names = {card.patient_name for card in board.cards}
    assert names >= {"Zygmunt Lis", "Inés González Núñez", "Fatima Al-Sayed", "Fátima Alsaied"}
    assert board.requests[0].severity == "RED"


def test_nobody_comes_twice_today_nor_shares_a_room(desk: Workspace) -> None:
    board = desk.ask(today_board)
    seen = [card.patient_id for card in board.cards]
    assert len(seen) == len(set(seen))
    assert not {card.patient_id for card in board.walk_ins} & set(seen)
    rooms = [card.room for card in board.cards if card.room and card.status is not VisitStatus.COMPLETED]
    assert rooms
    assert len(rooms) == len(set(rooms))


def test_the_sign_in_page_tells_what_the_board_shows(
    server: Server, demo: tuple[str, DemoClinic], desk: Workspace
) -> None:
    name, made = demo
    provider = next(one for one in made.sign_ins if one.role is Role.PROVIDER)
    figures = demo_figures(server.owner_url(name), provider.email)
    assert figures is not None
    board = desk.ask(today_board)
    planned = [card for card in board.cards if card.status is VisitStatus.PLANNED]
    assert figures.arrived == len([card for card in board.cards if card.status is VisitStatus.CHECKED_IN])
    assert figures.walk_ins == len(board.walk_ins)
    assert 21 <= figures.longest_wait <= 25
    assert figures.to_move == len([card for card in planned if card.to_move])
    assert figures.next == min(card.start for card in planned if not card.to_move and card.start >= figures.now)
    assert figures.absent == "Dr Tomasz Wójcik"
    assert figures.critical == 2
    local = figures.now.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (figures.zone.key, local.weekday() < 5, local.hour) == ("America/Los_Angeles", True, 10)


def test_the_rails_numbers_are_two_statements(desk: Workspace) -> None:
    arrived = [card for card in desk.ask(today_board).cards if card.status is VisitStatus.CHECKED_IN]
    statements: list[str] = []
    assert isinstance(desk.store, ServerStore)
    engine = desk.store.database.engine

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        found = desk.ask(rail_counts)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert len(statements) == 2, "how long a referral may wait at this clinic, and all numbers"
    today = desk.reader().today
    due = [task for task in desk.ask(task_inbox).items if task.due_on is None or task.due_on <= today]
    assert (found["today"], found["tasks"]) == (len(arrived), len(due))


def test_no_demo_no_figures(owner_url: str) -> None:
    assert demo_figures(owner_url) is None


def test_a_real_clinic_is_never_replaced(owner_url: str) -> None:
    with pytest.raises(Refused) as refused:
        make_demo(owner_url, PASSWORD, patients=PATIENTS, clock=FixedClock(NOW))
    assert refused.value.code == "NotEmpty"
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM clinics").fetchone() == (2,)


def test_the_words_of_the_cards_follow_the_figures(server: Server, demo: tuple[str, DemoClinic]) -> None:
    from app.ui.shell.demo_info import demo_info

    name, made = demo
    provider = next(one for one in made.sign_ins if one.role is Role.PROVIDER)
    figures = demo_figures(server.owner_url(name), provider.email)
    assert figures is not None
    info = demo_info("Harbor Street Clinic", made.sign_ins, replace(figures, arrived=1, to_move=1, walk_ins=0))
    assert [card.role for card in info.cards] == ["Front desk", "Provider", "Administrator"]
    assert info.cards[0].now.startswith("1 waiting, ")
    assert "1 visit to move" in {scene.detail for scene in info.scenes}
    assert "Walk-in queue" not in {scene.title for scene in info.scenes}
    assert info.when.endswith(f", {figures.now.astimezone(ZONE):%H:%M}")
    assert str(figures.now.astimezone(ZONE).day) in info.when
