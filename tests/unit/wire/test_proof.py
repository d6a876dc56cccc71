from __future__ import annotations

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model import registration_number
from sync.model.errors import Problem
from sync.wire import canonical, cose, proof
from sync.wire.canonical import Malformed
from sync.wire.proof import Proof, base45, from_base45, make_proof, read_proof, verify
from tests.unit.wire.material import OURS, STATION, THEIRS

NUMBER = registration_number.issue(17, 1).text
KEY = OURS.station.verifying_key


def made() -> str:
    return make_proof(
        registration_number=NUMBER,
        recorded_at=1_800_000_000_000,
        operation_hash=bytes(range(32)),
        station=STATION,
        signer=OURS.station,
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [  # RFC 9285, 4.3 and 4.4
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert base45(data) == text
    assert from_base45(text) == data


@given(st.binary(max_size=400))
def test_bytes_come_back(data: bytes) -> None:
    text = base45(data)
    assert from_base45(text) == data
    # A scanner may strip blanks from the end: there are none.
    assert text == text.rstrip()


@pytest.mark.parametrize("text", ["A", "GGW", ":::", "::", "ab", "BB8É", "BB8A"])
def test_what_is_no_base45(text: str) -> None:
    with pytest.raises(Malformed):
        from_base45(text)


def test_a_proof_holds_without_a_network() -> None:
    read = read_proof(made())
    assert isinstance(read, Proof)
    assert read.registration_number == NUMBER
    assert read.recorded_at == 1_800_000_000_000
    assert read.operation_hash == bytes(range(32))
    assert read.station == STATION
    assert verify(read, KEY)
    assert not verify(read, THEIRS.station.verifying_key)


def test_it_fits_a_code_that_a_printer_of_receipts_can_print() -> None:
    text = made()
    code = segno.make(text, error="m")
    assert code.mode == "alphanumeric"
    assert int(code.version) <= 10


@pytest.mark.parametrize(
    "text", ["", "https://example.org", "spt1:", "WIFI:S:net;;", "SPT2:BB8", "x" * 10_000]
)
def test_a_code_that_is_not_ours_is_told_apart(text: str) -> None:
    assert read_proof(text) == Problem("proof.not-ours")


@pytest.mark.parametrize("text", ["SPT1:", "SPT1:BB8", "SPT1:é", "SPT1:" + "A" * 10_000, "SPT1:A"])
def test_a_damaged_code_is_told_apart(text: str) -> None:
    assert read_proof(text) == Problem("proof.damaged")


def test_cut_short_anywhere_it_is_no_proof() -> None:
    text = made()
    for length in range(len(text)):
        assert isinstance(read_proof(text[:length]), Problem)


@given(st.integers(5, 250), st.sampled_from("0A9Z:$"))
@settings(max_examples=100)
def test_no_changed_letter_goes_unnoticed(place: int, letter: str) -> None:
    text = made()
    place = min(place, len(text) - 1)
    changed = text[:place] + letter + text[place + 1 :]
    read = read_proof(changed)
    assert changed == text or isinstance(read, Problem) or not verify(read, KEY)


@pytest.mark.parametrize(
    "plain",
    [
        [2, NUMBER, 0, bytes(32), STATION],
        [1, "22K", 0, bytes(32), STATION],
        [1, "0" * 9, 0, bytes(32), STATION],
        [1, NUMBER, -1, bytes(32), STATION],
        [1, NUMBER, 0, bytes(31), STATION],
        [1, NUMBER, 0, bytes(32), "No Name"],
        [1, NUMBER, 0, bytes(32)],
    ],
)
def test_other_shapes_are_refused_although_signed(plain: object) -> None:
    key_id = OURS.station.key_id[: proof.KEY_ID_BYTES]
    data = cose.sign(proof.PURPOSE, canonical.encode(plain), OURS.station, key_id=key_id).data
    assert read_proof(proof.PREFIX + base45(data)) == Problem("proof.damaged")


def test_an_envelope_is_no_proof() -> None:
    """A signature made for one purpose is never taken for another."""
    payload = canonical.encode([1, NUMBER, 0, bytes(32), STATION])
    data = cose.sign("application/sportello-operation+cose", payload, OURS.station).data
    assert read_proof(proof.PREFIX + base45(data)) == Problem("proof.damaged")
