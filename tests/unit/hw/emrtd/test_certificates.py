"""Certificates taken apart: what is kept of them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import core, x509

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates
from tests.emulated.documents.certification import Form, algorithm, certify, name
from tests.emulated.documents.pki import DocumentPki

FULL = Form(
    serial=0x1234,
    starts="2021-02-03",
    ends="2031-02-03",
    authority=True,
    path_length=0,
    usage=("key_cert_sign", "crl_sign"),
    key_period=("2021-02-03", "2024-02-03"),
    document_types=("C", "P"),
    extended=("2.23.136.1.1.3",),
    policies=("1.3.76.16.2.1",),
)
MADE = certify(name("it", "Somebody"), "p256", FULL)


def changed(change: Any) -> bytes:
    parsed = MADE.parsed
    change(parsed["tbs_certificate"])
    made: bytes = parsed.dump(force=True)
    return made


def test_everything_that_is_used_is_kept() -> None:
    found = certificates.parse(MADE.certificate)
    assert found.country == found.issuer_country == "IT"
    assert found.fields == (
        ("country_name", "it"), ("organization_name", "Test"), ("common_name", "Somebody"),
    )  # fmt: skip
    assert (found.serial, found.authority, found.path_length) == (0x1234, True, 0)
    assert found.usage == frozenset({"key_cert_sign", "crl_sign"})
    assert found.extended_usage == {"2.23.136.1.1.3"}
    assert found.policies == {"1.3.76.16.2.1"}
    assert found.document_types == ("C", "P")
    assert found.key_identifier == found.issuer_key_identifier
    assert found.validity.start == datetime(2021, 2, 3, tzinfo=UTC)
    assert found.key_period is not None
    assert found.key_period.end == datetime(2024, 2, 3, tzinfo=UTC)
    assert not found.unknown_critical
    assert found.signed_by(found.key)
    assert "Somebody" not in repr(found)


def test_a_certificate_that_says_little() -> None:
    found = certificates.parse(certify(name("", "Little"), "p256", Form(usage=None)).certificate)
    assert (found.country, found.authority, found.path_length, found.key_period) == (
        "", False, None, None,
    )  # fmt: skip
    assert found.usage is None
    assert found.may("digital_signature")
    assert found.document_types == ()


def test_names_are_the_same_in_other_letters_and_spaces() -> None:
    one = certificates.parse(certify(name("IT", "Country  Signer"), "p256", Form()).certificate)
    other = certificates.parse(certify(name("it", "country signer"), "p256", Form()).certificate)
    assert one.subject == other.subject
    assert one.subject != certificates.parse(MADE.certificate).subject


def without_end(body: Any) -> None:
    body["validity"]["not_after"] = x509.Time(
        {"general_time": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}
    )


def test_a_certificate_without_end_ends_late_enough_to_calculate_with() -> None:
    found = certificates.parse(changed(without_end))
    assert found.validity.end is not None
    assert found.validity.end.year == 9998


def test_a_critical_extension_that_nobody_knows() -> None:
    made = certify(name("IT", "X"), "p256", Form(critical="1.2.3.4"))
    assert certificates.parse(made.certificate).unknown_critical


def long_serial(body: Any) -> None:
    body["serial_number"] = 1 << 4096


def extension_twice(body: Any) -> None:
    body["extensions"].append(body["extensions"][0].copy())


def many_extensions(body: Any) -> None:
    for number in range(100):
        body["extensions"].append(
            {"extn_id": f"1.2.3.{number}", "extn_value": core.ParsableOctetString(b"\x05\x00")}
        )


def other_method_inside(body: Any) -> None:
    body["signature"] = algorithm("ecdsa", "sha512")


def text_for_a_name(body: Any) -> None:
    body["subject"] = name("IT", "\u0627a")  # letters of two directions: no prepared name


@pytest.mark.parametrize(
    "change",
    [
        long_serial, extension_twice, many_extensions, other_method_inside,
        text_for_a_name,
    ],
)  # fmt: skip
def test_certificates_that_are_refused(change: Any) -> None:
    with pytest.raises(Malformed):
        certificates.parse(changed(change))


@pytest.mark.parametrize("day", [b"210230000000Z", b"21020300000000", b"2102030000+99"])
def test_a_time_that_is_not_on_the_calendar(day: bytes) -> None:
    data = MADE.certificate.replace(b"210203000000Z", day[:13], 1)
    with pytest.raises(Malformed):
        certificates.parse(data)


def test_no_cut_and_no_flip_gets_out_as_anything_else() -> None:
    data = DocumentPki.make("IT", kind="bp256", explicit=True).csca.certificate
    for at in range(0, len(data), 3):
        with pytest.raises(Malformed):
            certificates.parse(data[:at])
        for bit in (0x01, 0x08, 0x20, 0x80):
            bad = bytearray(data)
            bad[at] ^= bit
            try:
                certificates.parse(bytes(bad))
            except Malformed:
                continue
