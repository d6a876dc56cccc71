"""E-mail addresses that can be, that cannot, and that are refused by rule; telephones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.contacts import parse_email, parse_phone
from sync.model.errors import Problem
from tests.unit.model.examples import emails, phones


def code_of(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("mario.rossi@example.org", "mario.rossi@example.org"),
        ("  Mario.Rossi@Example.ORG\n", "Mario.Rossi@example.org"),
        ("m+kiosk@mail.example.co.uk", "m+kiosk@mail.example.co.uk"),
        ("o'neill@example.org", "o'neill@example.org"),
        ("a@xn--citt-3na.xn--p1ai", "a@xn--citt-3na.xn--p1ai"),
        ("a@1.it", "a@1.it"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
        ("mario@pec.postacertificata.example", "mario@pec.postacertificata.example"),
    ],
)
def test_addresses_that_can_be(typed: str, address: str) -> None:
    assert parse_email(typed) == address


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "email.empty"),
        ("x" * 10_000, "email.too-long"),
        ("a@" + "x." * 10_000 + "it", "email.too-long"),
        ("x" * 65 + "@example.org", "email.too-long"),
        ("mario rossi@example.org", "email.space"),
        ("mario@example\u00a0.org", "email.space"),
        ("mario\x00@example.org", "email.characters"),
        ("mari\u00f2@example.org", "email.characters"),
        ("mario@citt\u00e0.it", "email.characters"),
        ("mario@example.org\u202e", "email.characters"),
        ("\U0001f600@example.org", "email.characters"),
        ('"mario"@example.org', "email.characters"),
        ("mario(x)@example.org", "email.characters"),
        ("mario;b@example.org", "email.characters"),
        ("mario@example,org", "email.comma"),
        ("mario.example.org", "email.at-missing"),
        ("mario@rossi@example.org", "email.at-repeated"),
        ("@example.org", "email.before-at"),
        ("mario@", "email.after-at"),
        (".mario@example.org", "email.dots"),
        ("mario.@example.org", "email.dots"),
        ("ma..rio@example.org", "email.dots"),
        ("mario@example..org", "email.dots"),
        ("mario@example.org.", "email.dots"),
        ("mario@.org", "email.dots"),
        ("mario@example", "email.domain-ending"),
        ("mario@example.o", "email.domain-ending"),
        ("mario@example.123", "email.domain-ending"),
        ("mario@192.168.0.1", "email.domain-ending"),
        ("mario@[192.168.0.1]", "email.domain"),
        ("mario@-example.org", "email.domain"),
        ("mario@example-.org", "email.domain"),
        ("mario@exa_mple.org", "email.domain"),
        ("mario@" + "x" * 64 + ".org", "email.domain"),
    ],
)
def test_each_address_that_cannot_be_is_told_apart(typed: str, code: str) -> None:
    assert code_of(parse_email(typed)) == code


@pytest.mark.rule("R-003-31")
@pytest.mark.parametrize(
    "typed",
    [
        "mario.rossi@postacertificata.gov.it",
        "mario.rossi@PostaCertificata.GOV.IT",
        " mario.rossi@postacertificata.gov.it ",
    ],
)
def test_cec_pac_is_refused(typed: str) -> None:
    problem = parse_email(typed)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.rule) == ("email.cec-pac", "R-003-31")


@given(emails)
def test_ordinary_addresses_stay_as_they_are(address: str) -> None:
    assert parse_email(address) == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_problem(text: str) -> None:
    address = parse_email(text)
    if isinstance(address, str):
        assert parse_email(address) == address
        assert address.isascii()
        assert address.isprintable()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("333 1234567", "3331234567"),
        ("011/123.45-67", "0111234567"),
        ("+39 333 123 4567", "+393331234567"),
        ("0039 333 1234567", "+393331234567"),
        ("(011) 1234567", "0111234567"),
        ("112233", "112233"),
    ],
)
def test_telephone_numbers(typed: str, number: str) -> None:
    assert parse_phone(typed) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "phone.empty"),
        (" - ", "phone.empty"),
        ("12345", "phone.too-short"),
        ("+", "phone.too-short"),
        ("00", "phone.too-short"),
        ("1234567890123456", "phone.too-long"),
        ("1" * 10_000, "phone.too-long"),
        ("333-CALL-ME", "phone.characters"),
        ("333\x001234567", "phone.characters"),
        ("\u0663\u0663\u0663123456", "phone.characters"),
        ("333+1234567", "phone.plus"),
        ("++393331234567", "phone.plus"),
        ("00+393331234567", "phone.plus"),
    ],
)
def test_each_telephone_number_that_cannot_be_is_told_apart(typed: str, code: str) -> None:
    assert code_of(parse_phone(typed)) == code


@given(phones)
def test_ordinary_numbers_stay_as_they_are(number: str) -> None:
    assert parse_phone(number) == number


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_problem(text: str) -> None:
    number = parse_phone(text)
    if isinstance(number, str):
        assert parse_phone(number) == number
