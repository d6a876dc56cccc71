"""EF.SOD taken apart: its versions, its signed attributes, and every way in which it can be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import cms

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import sod
from tests.emulated.documents.pki import DocumentPki, lds_object, wrapped

PKI = DocumentPki.make("IT")
FILES = {1: b"zone", 2: b"face" * 5000, 11: b"details", 14: b"keys"}


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("version", [0, 1])
def test_both_versions_and_every_hash(version: int, digest: str) -> None:
    found = sod.parse(PKI.sign_sod(FILES, version=version, digest=digest))
    assert (found.version, found.algorithm) == (version, digest)
    assert (found.lds_version, found.unicode_version) == (
        ("0108", "040000") if version else ("", "")
    )
    assert list(found.digests) == [1, 2, 11, 14]
    assert all(found.matches(number, data) for number, data in FILES.items())
    assert found.matches(2, FILES[2] + b"\x00") is False
    assert found.matches(15, b"") is None


def test_the_signer_may_be_named_by_its_key() -> None:
    found = sod.parse(PKI.sign_sod(FILES, by_key_identifier=True))
    signer = found.signed.signer()
    assert signer is not None
    assert found.signed.signed_by(signer.key)


def test_the_signer_is_found_among_others() -> None:
    other = PKI.new_signer("p256", number=3).certificate
    found = sod.parse(PKI.sign_sod(FILES, certificates=(other, PKI.csca.certificate)))
    signer = found.signed.signer()
    assert signer is not None
    assert found.signed.signed_by(signer.key)


def test_a_signer_that_is_not_carried_is_not_there() -> None:
    assert sod.parse(PKI.sign_sod(FILES, with_signer=False)).signed.signer() is None


def no_certificates(signed: Any) -> None:
    del signed["certificates"]


def test_certificates_may_be_absent_but_not_many() -> None:
    assert sod.parse(PKI.sign_sod(FILES, change=no_certificates)).signed.signer() is None
    many = (PKI.new_signer("p256").certificate,) * 17
    with pytest.raises(Malformed, match="cms-certificates"):
        sod.parse(PKI.sign_sod(FILES, certificates=many))


def test_files_of_other_applications_have_higher_numbers() -> None:
    data = PKI.sign_sod({0xA1: b"number", 0x1B: b"key"})
    with pytest.raises(Malformed, match="sod-digests"):
        sod.parse(data)
    assert sod.parse(data, last=0xFF).matches(0xA1, b"number")


def test_representations_tell_nothing() -> None:
    found = sod.parse(PKI.sign_sod(FILES))
    assert repr(found) == "SecurityObject(v0, groups [1, 2, 11, 14])"
    assert repr(found.signed).startswith("SignedData(2.23.136.1.1.1")


def listed(**changes: Any) -> bytes:
    """An LDS security object with one part that is wrong."""
    parts: dict[str, Any] = {
        "version": b"\x02\x01\x00",
        "algorithm": b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01",
        "end": b"",
    }
    one = b"\x30%c\x02\x01%c\x04\x20" + bytes(32)
    numbers = changes.pop("numbers", (1, 2))
    body = b"".join(one % (0x25, number) for number in numbers)
    parts["digests"] = b"\x30\x82" + len(body).to_bytes(2) + body
    parts |= changes
    content = b"".join(parts[each] for each in ("version", "algorithm", "digests", "end"))
    return b"\x30\x82" + len(content).to_bytes(2) + content


def test_the_crafted_list_itself_is_right() -> None:
    assert sod.parse(PKI.sign_sod({}, content=listed())).digests == {1: bytes(32), 2: bytes(32)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05\x00",
        b"\x30\x00",
        listed(version=b"\x02\x01\x02"),
        listed(version=b"\x02\x09" + b"\x7f" * 9),
        listed(version=b"\x04\x01\x00"),
        listed(algorithm=b"\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a"),  # SHA-1 with hashes of 32 bytes
        listed(algorithm=b"\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05"),  # MD5
        listed(algorithm=b"\x30\x84\x00\x00\x10\x03\x06\x82\x10\x00" + b"\x81" * 4095 + b"\x01"),
        listed(numbers=()),
        listed(numbers=(0, 1)),
        listed(numbers=(1, 17)),
        listed(numbers=(1, 2, 1)),
        listed(numbers=range(1, 100)),
        listed(digests=b"\x30\x09\x30\x07\x02\x01\x01\x04\x02ab"),
        listed(digests=b"\x30\x80\x00\x00"),
        listed(end=b"\x30\x0e\x13\x040107\x13\x06040000"),  # versions in version 0
        listed() + b"\x00",
        listed()[:-1],
        b"\x30\x83\x01\x00\x00" + bytes(0x10000),
        lds_object({1: b"a"}, version=2),
    ],
)
def test_lists_that_are_none(content: bytes) -> None:
    with pytest.raises(Malformed):
        sod.parse(PKI.sign_sod({}, content=content))


def without(name: str) -> Any:
    def change(attributes: list[Any]) -> None:
        attributes[:] = [each for each in attributes if each["type"] != name]

    return change


def twice(name: str) -> Any:
    def change(attributes: list[Any]) -> None:
        attributes += [each for each in attributes if each["type"] == name]

    return change


def two_values(attributes: list[Any]) -> None:
    attributes[1]["values"] *= 2


def no_value(attributes: list[Any]) -> None:
    attributes[1]["values"] = []


@pytest.mark.parametrize(
    "how",
    [
        {"attributes": False},
        {"change_attributes": without("content_type")},
        {"change_attributes": without("message_digest")},
        {"change_attributes": twice("content_type")},
        {"change_attributes": twice("message_digest")},
        {"change_attributes": two_values},
        {"change_attributes": no_value},
    ],
)
def test_signed_attributes_must_be_there_once(how: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="cms-attributes"):
        sod.parse(PKI.sign_sod(FILES, **how))


def two_signers(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0].copy() for _ in range(2)]


def no_signer(signed: Any) -> None:
    signed["signer_infos"] = []


def other_digest(signed: Any) -> None:
    signed["digest_algorithms"] = [{"algorithm": "sha512"}]


def no_content(signed: Any) -> None:
    signed["encap_content_info"] = cms.EncapsulatedContentInfo({"content_type": "2.23.136.1.1.1"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (two_signers, "cms-signers"),
        (no_signer, "cms-signers"),
        (other_digest, "cms-digest"),
        (no_content, "cms-no-content"),
    ],
)
def test_one_signer_over_one_content(change: Any, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        sod.parse(PKI.sign_sod(FILES, change=change))


def test_other_content_is_no_security_object() -> None:
    with pytest.raises(Malformed, match="sod-content-type"):
        sod.parse(PKI.sign_sod(FILES, content_type="2.23.136.1.1.2"))


GOOD = PKI.sign_sod(FILES)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x77\x00",
        GOOD[:-1],
        GOOD + b"\x00",
        wrapped(GOOD),
        wrapped(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x00\x00\x00\x00"),
        wrapped(b"\x30\x84\x7f\xff\xff\xff"),
        wrapped(b"\x30\x82\x80\x00" + b"\x04\x82\x7f\xfc" + bytes(0x7FFC)),
        wrapped(b"\x30\x82\x7f\x00" + b"\x05\x00" * 0x3F80),
        wrapped(bytes(0x20000)),
        b"\x78" + GOOD[1:],
    ],
)
def test_files_that_are_no_security_object(data: bytes) -> None:
    with pytest.raises(Malformed):
        sod.parse(data)


def test_each_cut_and_each_flip_ends_in_malformed_or_a_value() -> None:
    for at in range(0, len(GOOD), 7):
        with pytest.raises(Malformed):
            sod.parse(GOOD[:at])
        for bit in (0x01, 0x20, 0x80):
            bad = bytearray(GOOD)
            bad[at] ^= bit
            try:
                sod.parse(bytes(bad)).signed.signer()
            except Malformed:
                continue
