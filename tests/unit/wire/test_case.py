"""The code on the summary: any station of the office reads it, nobody else does."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model.credential import Credential, OperationKind, State
from sync.model.preregistration import Preregistration
from sync.model.registration_parts import registration_of
from sync.wire import base45, canonical, case
from sync.wire.canonical import Malformed
from sync.wire.case import Case, CaseTrouble, make_case, read_case
from tests.unit.model.counter_examples import NOON, NUMBER, OFFICE, REGISTRATION, booked
from tests.unit.model.examples import DELEGATION, preregistrations

KEY = bytes(range(32))
OTHER = bytes(32)
STATION = "to-0001"
WHOLE = replace(
    REGISTRATION,
    note="Ha portato la copia della delega",
    other_note="Passa il martedi mattina",
    credential=Credential(
        State.RISCONTRATO,
        has_pin=True,
        checked_at=NOON,
        checked_by=OFFICE,
        last=booked(OperationKind.RISCONTRO_FORTE, 0xABCDEF, delegation=DELEGATION),
    ),
)


def code(read: object) -> str:
    assert isinstance(read, CaseTrouble)
    return read.code


def text_of(registration: object = WHOLE) -> str:
    made = make_case(registration, office_key=KEY, station=STATION, made_at=NOON)  # type: ignore[arg-type]
    assert made is not None
    return made


def test_a_case_reads_back() -> None:
    read = read_case(text_of(), [OTHER, KEY])
    assert read == Case(WHOLE, STATION, NOON, abridged=False)
    assert isinstance(read, Case)
    assert read.registration == WHOLE


@settings(deadline=None)
@given(preregistrations)
def test_any_registration_reads_back_or_does_not_fit(form: Preregistration) -> None:
    made = registration_of(form, number=NUMBER, registered_at=NOON)
    text = make_case(made, office_key=KEY, station=STATION, made_at=NOON)
    if text is None:
        return
    read = read_case(text, [KEY])
    assert isinstance(read, Case)
    if read.abridged:
        made = replace(made, note="", other_note="")
    assert read.registration == made


def test_a_case_fits_a_code_that_a_camera_reads_from_paper() -> None:
    text = text_of()
    assert len(text) < 750
    made = segno.make(text, error="m", micro=False)
    assert made.mode == "alphanumeric"
    assert int(made.version) <= 18


def test_of_a_long_case_the_notes_are_left_out() -> None:
    """Both notes as long as they can be, of which no letter foretells the next."""
    noise = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=500))
    text = text_of(replace(WHOLE, note=noise, other_note=noise[::-1]))
    assert len(text) <= case.MOST_CHARACTERS
    read = read_case(text, [KEY])
    assert isinstance(read, Case)
    assert read.abridged
    assert read.registration == replace(WHOLE, note="", other_note="")
    person = replace(WHOLE.person, surname=noise, name=noise)
    long = replace(WHOLE, person=person)
    assert make_case(long, office_key=KEY, station=STATION, made_at=NOON) is None


def test_the_paper_says_nothing_to_anybody_else() -> None:
    text = text_of()
    assert code(read_case(text, [OTHER])) == "case.other-office"
    assert code(read_case(text, [])) == "case.other-office"
    assert "RSSMRA" not in text
    assert text_of() != text
    assert "RSSMRA" not in repr(read_case(text, [KEY]))


@pytest.mark.parametrize("text", ["", "https://example.org", "sportello1:AB", "SPORTELLO2:AB"])
def test_other_codes_are_told(text: str) -> None:
    assert code(read_case(text, [KEY])) == "case.other-code"


def test_no_letter_of_it_can_change() -> None:
    text = text_of()
    at = len(case.PREFIX)
    for place in range(at, len(text)):
        letter = base45.ALPHABET[(base45.ALPHABET.index(text[place]) + 1) % 45]
        changed = text[:place] + letter + text[place + 1 :]
        assert isinstance(read_case(changed, [KEY]), CaseTrouble)
    for changed in (text[:-1], text + "A", text[:20], case.PREFIX, text + "A" * 2000):
        assert isinstance(read_case(changed, [KEY]), CaseTrouble)


def test_what_is_no_case_inside_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station of the office that makes what it must not: packed too well, or another shape."""
    right = canonical.encode
    for plain in ([2, STATION, 0, False, {}], [1, STATION, 0, 0, {}], [1, "/", 0, False, {}], []):
        monkeypatch.setattr(canonical, "encode", lambda _, plain=plain: right(plain))
        assert code(read_case(text_of(), [KEY])) == "case.malformed"
    monkeypatch.setattr(canonical, "encode", lambda _: bytes(100_000))
    assert code(read_case(text_of(), [KEY])) == "case.malformed"


# --- Base45


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_base45_is_that_of_the_standard(data: bytes, text: str) -> None:
    """RFC 9285, 4.3 and 4.4."""
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=200))
def test_base45_reads_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "GGW", "::", "ABa", "BB8B", "ÀBC"])
def test_what_is_no_base45_is_told(text: str) -> None:
    with pytest.raises(Malformed) as told:
        base45.decode(text)
    assert told.value.code == "base45.malformed"
