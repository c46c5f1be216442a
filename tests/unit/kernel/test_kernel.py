"""The kernel's small promises: profiles on disk, paths, ids, clocks, typed text, translations."""

from __future__ import annotations

import re
import stat
import sys
import unicodedata
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.clock import FixedClock, OffsetClock, SystemClock, truncate_ms
from app.kernel.errors import Refused
from app.kernel.i18n import again, language, set_language, t, tn
from app.kernel.ids import DerivedIds, base36, new_cuid, new_uuid
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, Profiles, load_profiles, remember
from app.kernel.text import clean_identifier, clean_optional, clean_text
from app.kernel.wall_clock import wall_clock

CUID = re.compile(r"c[0-9a-z]{24}")
NOON = datetime(2026, 3, 8, 12, 0, 0, 987_654, tzinfo=UTC)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.from_environment({"MHA_HOME": str(tmp_path / "Ünïcode home")})


@pytest.fixture
def _english() -> Iterator[None]:
    yield
    set_language("en")


def test_one_variable_relocates_everything(tmp_path: Path) -> None:
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path)})
    assert {paths.data.parent, paths.config.parent, paths.logs.parent} == {tmp_path}
    assert paths.embedded("demo").is_relative_to(paths.data)
    assert paths.profile_data("demo") != paths.profile_data("clinic")
    assert not paths.data.exists()


def test_without_it_the_platforms_folders_are_used() -> None:
    paths = Paths.from_environment({"MHA_HOME": ""})
    assert paths.data.is_absolute()
    assert "myhealthally" in str(paths.data)


def test_profiles_come_back_as_they_were_kept(paths: Paths) -> None:
    assert load_profiles(paths) == Profiles()
    server = Profile("north", ProfileKind.SERVER, "Nördlich", hosts=("a.example", "b.example"), port=6432,
                     database="c", ca_file="ca.pem", last_email="a@b.example")  # fmt: skip
    remember(paths, server)
    remember(paths, Profile("demo", ProfileKind.EMBEDDED, "Demo"))
    known = load_profiles(paths)
    assert known.find("north") == server
    assert known.last == "demo"
    remember(paths, Profile("north", ProfileKind.SERVER, "North", hosts=("a.example",)))
    assert [one.title for one in load_profiles(paths).items] == ["Demo", "North"]
    assert [file.name for file in paths.config.iterdir()] == ["profiles.json"], "no half-written file stays"
    if sys.platform != "win32":
        assert stat.S_IMODE(paths.profiles_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"profiles": 3}',
        '{"profiles": [{"name": "x"}]}',
        '{"profiles": [{"name": "x", "kind": "moon", "title": ""}]}',
    ],
)
def test_a_damaged_list_of_profiles_is_refused_by_name_and_left(paths: Paths, text: str) -> None:
    paths.config.mkdir(parents=True)
    paths.profiles_file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=re.escape(str(paths.profiles_file))) as refused:
        load_profiles(paths)
    assert refused.value.code == "BadProfiles"
    assert paths.profiles_file.read_text(encoding="utf-8") == text


def test_a_profile_is_chosen_by_name_then_last_then_only() -> None:
    one, two = Profile("a", ProfileKind.EMBEDDED, "A"), Profile("b", ProfileKind.EMBEDDED, "B")
    assert Profiles((one, two), "b").choose(None) == two
    assert Profiles((one, two), "b").choose("a") == one
    assert Profiles((one,), "gone").choose(None) == one
    for profiles, name in ((Profiles((one, two), ""), None), (Profiles(), None), (Profiles((one,), "a"), "c")):
        with pytest.raises(Refused) as refused:
            profiles.choose(name)
        assert (refused.value.code, refused.value.field) == ("NoProfile", "profile")


def test_fresh_ids_have_the_backends_forms_and_never_repeat() -> None:
    made = {new_cuid() for _ in range(5000)} | {new_uuid() for _ in range(5000)}
    assert len(made) == 10_000
    assert all(CUID.fullmatch(one) or uuid.UUID(one).version == 4 for one in made)
    stamps = [int(new_cuid()[1:9], 36) for _ in range(3)]
    assert stamps == sorted(stamps)
    assert abs(stamps[0] / 1000 - datetime.now(UTC).timestamp()) < 60


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_derived_ids_follow_from_the_command(command: str) -> None:
    first, second = DerivedIds(command), DerivedIds(command)
    ids = [first.uuid(), first.cuid(), first.uuid()]
    assert ids == [second.uuid(), second.cuid(), second.uuid()]
    assert len(set(ids)) == 3
    assert CUID.fullmatch(ids[1])
    assert (uuid.UUID(ids[0]).version, uuid.UUID(ids[0]).variant) == (4, uuid.RFC_4122)


@given(st.integers(0, 36**8 - 1))
def test_base_36_reads_back(number: int) -> None:
    assert int(base36(number, 8), 36) == number
    assert len(base36(number, 8)) == 8


def test_instants_are_cut_not_rounded() -> None:
    assert truncate_ms(NOON).microsecond == 987_000
    berlin = NOON.astimezone(ZoneInfo("Europe/Berlin"))
    assert truncate_ms(berlin) == truncate_ms(NOON)
    assert truncate_ms(berlin).tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        truncate_ms(NOON.replace(tzinfo=None))


def test_clocks_stand_move_and_run_beside_each_other() -> None:
    clock = FixedClock(NOON)
    beside = OffsetClock(timedelta(hours=-2), clock)
    assert clock.now() - beside.now() == timedelta(hours=2)
    clock.advance(timedelta(minutes=5))
    assert clock.now() == truncate_ms(NOON) + timedelta(minutes=5)
    assert clock.now() - beside.now() == timedelta(hours=2)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_typed_text_is_kept_or_refused_never_cut(text: str) -> None:
    if len(text) > 40 or "\x00" in text:
        with pytest.raises(Refused) as refused:
            clean_text(text, "note", 40)
        assert (refused.value.code, refused.value.field) == ("BadValue", "note")
    else:
        assert clean_text(text, "note", 40) == unicodedata.normalize("NFC", text).strip()


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a" * 501])
def test_what_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_text(text, "name")
    assert (refused.value.code, refused.value.field) == ("BadValue", "name")


def test_an_empty_text_is_refused_only_where_it_is_needed() -> None:
    assert clean_text("  ", "name") == ""
    assert clean_optional(None, "name") is None
    assert clean_optional("  ", "name") is None
    with pytest.raises(Refused, match="needed"):
        clean_text(" \n ", "name", required=True)


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a b", "a\tb", "", "\ufeffa", "a\u2066b"])
def test_an_identifier_hides_nothing(text: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_identifier(text, "email")
    assert refused.value.field == "email"
    assert clean_identifier(" zoë@example.org ", "email") == "zoë@example.org"


@pytest.mark.usefixtures("_english")
def test_texts_are_translated_with_their_values() -> None:
    assert t("There is no clinic {name} here.", name="x") == "There is no clinic x here."
    set_language("es")
    assert language() == "es"
    assert t("There is no clinic {name} here.", name="x") == "Aquí no hay ninguna clínica x."
    assert t("A text that nobody has translated") == "A text that nobody has translated"
    assert tn("{n} waiting", "{n} waiting", 3) == "3 en espera"
    with pytest.raises(ValueError, match="no translation"):
        set_language("xx")
    assert language() == "es"


def test_a_brace_in_a_value_is_no_place() -> None:
    assert t("There is no clinic {name} here.", name="{0}") == "There is no clinic {0} here."


def test_an_hour_that_comes_twice_says_which_of_the_two_it_is() -> None:
    zone = ZoneInfo("America/New_York")
    back = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (4, 5, 6, 7)]
    assert [wall_clock(at, zone) for at in back] == ["00:30", "01:30 EDT", "01:30 EST", "02:30"]
    on = [datetime(2026, 3, 8, 6, 59, tzinfo=UTC), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)]
    assert [wall_clock(at, zone) for at in on] == ["01:59", "03:00"]


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize(("english", "spanish"), [
    ("nobody here has this record number", "nadie aquí tiene este número de historia"),
    ("the record number is known here, but the name differs",
     "el número de historia se conoce aquí, pero el nombre es otro"),
    ("not a result message: ACK is an acknowledgement", "no es un mensaje de resultados: ACK es un acuse de recibo"),
    ("was refused: sent {by} mistake", "fue rechazado: sent {by} mistake"),
    ("a person's own words: x", "a person's own words: x"),
])  # fmt: skip
def test_a_text_kept_in_one_language_is_said_in_the_other(english: str, spanish: str) -> None:
    assert (again(english), again(spanish)) == (english, english)
    set_language("es")
    assert (again(english), again(spanish)) == (spanish, spanish)


@pytest.mark.usefixtures("_english")
def test_what_is_longer_than_a_text_of_ours_is_somebodys_own_and_not_tried() -> None:
    set_language("es")
    assert again("was refused: x") == "fue rechazado: x"
    own = "was refused: " + ": " * 5000
    assert again(own) is own
