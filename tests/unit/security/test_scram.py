"""Verifiers as RFC 7677 has them, and the same ones that libpq makes for any password."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.security.scram import ITERATIONS, saslprep, scram_verifier

_SALT = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
_MESSAGE = (
    b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)
_PROOF = b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_example_of_rfc_7677() -> None:
    verifier = scram_verifier("pencil", iterations=4096, salt=_SALT)
    scheme, parameters, keys = verifier.split("$")
    assert (scheme, parameters) == ("SCRAM-SHA-256", "4096:W22ZaJ0SNY7soEsUEjb6gQ==")
    stored, server = (b64decode(key) for key in keys.split(":"))
    mask = hmac.digest(stored, _MESSAGE, "sha256")
    client = bytes(a ^ b for a, b in zip(_PROOF, mask, strict=True))
    assert sha256(client).digest() == stored
    assert b64encode(hmac.digest(server, _MESSAGE, "sha256")).decode() == _SIGNATURE


@pytest.fixture(scope="module")
def libpq() -> psycopg.pq.abc.PGconn:
    return psycopg.pq.PGconn.connect_start(b"host=/nowhere")


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=20))
@example("äöü пароль")
@example("I\u00adX")
@example("\u00aa full ＡＢ")
@example("عربي كلمة")
@example("mixed عربي and latin")
@example("tab\tü")
@example("\u200b")
@example("no-break\u00a0ü")
@example("e\u0301 combining")
@example("😀 newer than Unicode 3.2")
@example("\u0221")
@example("\ufdfa")
def test_any_password_is_prepared_as_libpq_does(libpq: psycopg.pq.abc.PGconn, password: str) -> None:
    made = libpq.encrypt_password(password.encode(), b"anybody", b"scram-sha-256").decode()
    rounds, salt = made.split("$")[1].split(":")
    assert scram_verifier(password, iterations=int(rounds), salt=b64decode(salt)) == made


@pytest.mark.parametrize(
    ("given_", "prepared"),
    [
        ("plain ASCII\x07", "plain ASCII\x07"),
        ("I\u00adX", "IX"),
        ("user\u00a0ü", "user ü"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("ü\u0007", "ü\u0007"),
        ("\u0627\u0031", "\u0627\u0031"),
    ],
)
def test_saslprep(given_: str, prepared: str) -> None:
    assert saslprep(given_) == prepared


def test_every_verifier_has_its_own_salt_and_enough_rounds() -> None:
    one, other = scram_verifier("granite umbrella"), scram_verifier("granite umbrella")
    assert one != other
    assert one.startswith(f"SCRAM-SHA-256${ITERATIONS}:")
    with pytest.raises(ValueError, match="4096"):
        scram_verifier("granite umbrella", iterations=1000)
