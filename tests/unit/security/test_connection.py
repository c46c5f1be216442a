"""Connections never go over a network unchecked, whatever an address asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from app.kernel.errors import Refused
from app.security.connection import (
    SYSTEM_AUTHORITIES,
    Address,
    check_authority,
    connection_parameters,
    connection_url,
    is_local_host,
    owner_parameters,
    parse_address,
)
from app.security.identity import login_role

LOCAL = ["", "/var/run/postgresql", "@abstract", "localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]",
         "C:\\data\\run"]  # fmt: skip
FAR = ["db.clinic.example", "10.0.0.5", "192.168.1.2", "localhost.evil.example", "127.0.0.1.evil.example", "11.0.0.0",
       "::ffff:10.0.0.1", "fe80::1", "evil/../localhost"]  # fmt: skip


@pytest.mark.parametrize("host", LOCAL)
def test_sockets_and_loopback_need_no_tls(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize("host", FAR)
def test_everything_else_does(host: str) -> None:
    assert not is_local_host(host)


@pytest.mark.parametrize("host", [*FAR, "localhost,db.clinic.example", "/run,10.0.0.5"])
@pytest.mark.parametrize("wish", ["", "?sslmode=disable", "?sslmode=prefer&require_auth=none&channel_binding=disable"])
def test_a_network_is_crossed_with_a_checked_certificate_and_scram_only(host: str, wish: str) -> None:
    quoted = ",".join(f"[{part}]" if ":" in part else part.replace("/", "%2F") for part in host.split(","))
    address = parse_address(f"postgresql://who:secret@{quoted}/clinic{wish}")
    made = connection_parameters(address, email="robin@x.example", password="granite umbrella")
    assert made["sslmode"] == "verify-full"
    assert made["require_auth"] == "scram-sha-256"
    assert made["channel_binding"] == "prefer"
    assert made["sslrootcert"]
    assert (made["user"], made["password"]) == (login_role("robin@x.example"), "granite umbrella")
    owner = owner_parameters(f"postgresql://owner:word@{quoted}/clinic{wish}")
    assert owner["sslmode"] == "verify-full"
    assert (owner["user"], owner["password"]) == ("owner", "word")


def test_an_authority_without_a_certificate_is_named_before_anybody_connects(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name, said in (("ca.pem", "no certificate"), ("gone.pem", "can't be read")):
        with pytest.raises(Refused, match=said) as refused:
            check_authority(str(tmp_path / name))
        assert (refused.value.code, refused.value.field) == ("BadCertificate", "caFile")
    check_authority(SYSTEM_AUTHORITIES)


def test_every_connection_notices_a_dead_server_and_speaks_utc() -> None:
    made = connection_parameters(Address(database="clinic"), email="robin@x.example", password="x")
    assert (made["keepalives_idle"], made["keepalives_interval"], made["keepalives_count"]) == (3, 2, 3)
    assert made["tcp_user_timeout"] == 8000
    assert made["target_session_attrs"] == "read-write"
    assert made["options"] == "-c TimeZone=UTC -c search_path=public"
    assert made["require_auth"] == "scram-sha-256"
    assert "host" not in made


def test_several_hosts_and_a_certificate_of_ones_own() -> None:
    address = parse_address("postgresql://a.example:5432,b.example:5433/clinic?sslrootcert=%2Fetc%2Fclinic.pem")
    assert address == Address(
        database="clinic", hosts=("a.example", "b.example"), ports=(5432, 5433), root_certificate="/etc/clinic.pem"
    )
    made = connection_parameters(address, email="robin@x.example", password="x")
    assert (made["host"], made["port"]) == ("a.example,b.example", "5432,5433")
    assert made["sslrootcert"] == "/etc/clinic.pem"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_usual_schemes_mean_the_same(scheme: str) -> None:
    assert parse_address(f"{scheme}://h.example:6000/clinic").ports == (6000,)


@pytest.mark.parametrize(
    "text",
    ["", "postgresql://", "http://x/y", "postgresql://h:abc/clinic", "postgresql://h/", "host=a,b port=1,2,3 dbname=x"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_address(text)
    assert (caught.value.code, caught.value.field) == ("BadAddress", "url")


def test_the_owner_keeps_what_the_url_says_on_this_machine() -> None:
    made = owner_parameters("postgresql://owner:word@/clinic?host=%2Frun%2Fpg&port=5433&options=-c%20x.y%3D1")
    assert (made["host"], made["port"], made["dbname"]) == ("/run/pg", "5433", "clinic")
    assert made["options"] == "-c x.y=1 -c TimeZone=UTC -c search_path=public"
    assert "require_auth" not in made
    assert owner_parameters("postgresql://owner@127.0.0.1/clinic?sslmode=require")["sslmode"] == "require"


@given(password=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_a_url_says_the_same_as_its_parameters(password: str) -> None:
    address = Address(database="clínica 1/2", hosts=("/run/a folder/ü",), ports=(5433,))
    made = connection_parameters(address, email="robin@x.example", password=password)
    back = conninfo_to_dict(connection_url(made, password=True))
    assert back == {key: str(value) for key, value in made.items()}
    assert "password" not in conninfo_to_dict(connection_url(made))


def test_no_password_is_shown() -> None:
    made = connection_parameters(Address(database="c"), email="robin@x.example", password="granite umbrella")
    assert "granite" not in connection_url(made)
