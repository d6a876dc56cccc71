"""A security object that nobody here made: the BSI specimen (tests/vectors/emrtd/SOURCE.txt)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import passive_auth, sod
from hw.cards.emrtd.trust_anchors import EMPTY
from hw.document_readings import Finding
from tests.unit.hw.emrtd import openssl_judge

VECTORS = Path(__file__).parents[3] / "vectors" / "emrtd"
SOD = (VECTORS / "EF_SOD.bin").read_bytes()
FILES = {number: (VECTORS / f"Datagroup{number}.bin").read_bytes() for number in (1, 14)}
UNLISTED = (VECTORS / "Datagroup15.bin").read_bytes()
TODAY = date(2014, 6, 1)


def test_it_is_taken_apart_as_openssl_does(tmp_path: Path) -> None:
    found = sod.parse(SOD)
    assert openssl_judge.signature_holds(SOD, tmp_path)
    assert found.signed.content == (tmp_path / "content.der").read_bytes()
    assert (found.version, found.algorithm) == (0, "sha256")
    assert list(found.digests) == [1, 2, 3, 14, 4]
    assert str(found.signed.method) == "RSASSA-PSS sha256"
    assert found.signed.method.salt == 32
    signer = found.signed.signer()
    assert signer is not None
    assert signer.fields[-1] == ("common_name", "HJP PB DS")
    assert signer.serial == 1387230198055


def test_signature_and_hashes_hold() -> None:
    found = sod.parse(SOD)
    signer = found.signed.signer()
    assert signer is not None
    assert found.signed.content_is_signed
    assert found.signed.signed_by(signer.key)
    assert all(found.matches(number, data) for number, data in FILES.items())
    assert found.matches(15, UNLISTED) is None
    assert found.matches(1, FILES[14]) is False


def test_without_its_country_signer_it_is_not_proven() -> None:
    result = passive_auth.verify(SOD, FILES, EMPTY, TODAY)
    assert result.genuine.finding is Finding.NOT_PROVABLE
    assert result.genuine.reasons == ("genuine.no-trust-list",)
    assert result.unaltered.reasons == ("unaltered.signer-unproven",)
    assert result.matching == {1, 14}
    assert result.proven == frozenset()


def test_a_file_that_is_not_listed_is_told() -> None:
    result = passive_auth.verify(SOD, {**FILES, 15: UNLISTED}, EMPTY, TODAY)
    assert result.unaltered.reasons == ("unaltered.file-unsigned",)


@pytest.mark.slow
def test_openssl_and_we_agree_on_every_flipped_byte(tmp_path: Path) -> None:
    _agree(tmp_path, range(4, len(SOD)))


def test_openssl_and_we_agree_on_flipped_bytes(tmp_path: Path) -> None:
    _agree(tmp_path, range(4, len(SOD), 37))


def _agree(folder: Path, places: range) -> None:
    for at in places:
        bad = bytearray(SOD)
        bad[at] ^= 0x01
        data = bytes(bad)
        if _holds(data):
            assert openssl_judge.signature_holds(data, folder), at


def _holds(data: bytes) -> bool:
    try:
        found = sod.parse(data)
        signer = found.signed.signer()
    except Malformed:
        return False
    return (
        signer is not None and found.signed.content_is_signed and found.signed.signed_by(signer.key)
    )
