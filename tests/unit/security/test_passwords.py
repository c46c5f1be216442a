"""What is accepted as a password, and what is kept of it."""

from __future__ import annotations

from hashlib import sha256

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refused
from app.security.identity import email_key, login_role
from app.security.passwords import bcrypt_hash, check_password, make_password, make_secrets


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "WeakPassword"),
        ("nine char", "WeakPassword"),
        ("aaaaaaaaaaaa", "WeakPassword"),
        ("abcdefghijkl", "WeakPassword"),
        ("9876543210", "WeakPassword"),
        ("1234567890", "WeakPassword"),
        ("Password123!", "WeakPassword"),
        ("passw0rd 2031", "WeakPassword"),
        ("qwertz123456", "WeakPassword"),
        ("Contraseña1234", "WeakPassword"),
        ("robin.doe@clinic.example", "WeakPassword"),
        ("robin.doe1", "WeakPassword"),
        ("Penhaligon99", "WeakPassword"),
        ("with\x00a NUL in it", "BadPassword"),
        ("half a \ud800 character", "BadPassword"),
        (" starts with space", "BadPassword"),
        ("ends with space ", "BadPassword"),
        ("ä" * 20 + "öü" * 20, "BadPassword"),
        ("x1" * 40, "BadPassword"),
    ],
)
def test_a_weak_password_is_refused_and_the_field_named(password: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_password(password, email="robin.doe@clinic.example", name="Robin Penhaligon", field="newPassword")
    assert (caught.value.code, caught.value.field) == (code, "newPassword")
    assert password.strip() == "" or password not in caught.value.message


@pytest.mark.parametrize(
    "password",
    [
        "granite umbrella nine",
        "correct horse b",
        "пароль из слов",
        "密码由几个词语组成才好",
        "Tr0ub4dor&3x",
        "robins sing in spring",
    ],
)
def test_several_words_are_a_password(password: str) -> None:
    check_password(password, email="robin@clinic.example", name="Robin Doe")


def test_a_made_password_is_accepted() -> None:
    for _ in range(200):
        check_password(make_password(), email="someone@clinic.example", name="Some One")


def test_two_made_passwords_differ() -> None:
    assert len({make_password() for _ in range(200)}) == 200


def test_the_backend_can_check_the_same_password() -> None:
    stored = bcrypt_hash("пароль из слов", cost=10)
    assert bcrypt.checkpw("пароль из слов".encode(), stored.encode())
    assert not bcrypt.checkpw(b"another", stored.encode())


def test_secrets_are_not_shown() -> None:
    kept = make_secrets("granite umbrella nine")
    assert "SCRAM" not in repr(kept)
    assert "$2b$" not in repr(kept)


def test_an_e_mail_makes_an_opaque_role_however_it_is_typed() -> None:
    role = login_role("Robin.Doe@Clinic.Example")
    assert role == login_role("  robin.doe@clinic.example\n")
    assert role == "mha_u_" + sha256(b"robin.doe@clinic.example").hexdigest()[:40]
    assert login_role("e\u0301@x.example") == login_role("é@x.example")
    assert login_role("a@x.example") != login_role("b@x.example")


@given(st.text())
def test_folding_an_address_twice_changes_nothing(text: str) -> None:
    once = email_key(text)
    assert email_key(once) == once
