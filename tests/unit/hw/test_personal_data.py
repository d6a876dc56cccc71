"""The parser of EF_DatiPersonali: every cut, every damage, every field encoding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.cards.personal_data import decode_text, parse_record, record_size
from hw.errors import DeviceTrouble, TroubleKind
from hw.readings import HealthCardReading
from tests.emulated.cards.holder import Holder, record_of

HOLDER = Holder()
RECORD = HOLDER.record()


def code_of(data: bytes) -> str:
    result = parse_record(data)
    assert isinstance(result, DeviceTrouble)
    assert result.kind is TroubleKind.DAMAGED
    return result.code


def reading_of(data: bytes) -> HealthCardReading:
    result = parse_record(data)
    assert isinstance(result, HealthCardReading)
    return result


def with_fields(**changed: bytes) -> bytes:
    """The record with some fields as raw bytes."""
    names = Holder.__slots__
    fields = HOLDER.fields()
    for name, value in changed.items():
        fields[names.index(name)] = value
    return record_of(fields)


def test_a_good_record_is_read_field_by_field() -> None:
    assert parse_record(RECORD, "6030012345678901") == HealthCardReading(
        issuer="6030",
        issued_on=date(2022, 3, 15),
        expires_on=date(2028, 3, 14),
        surname="ROSSI",
        name="MARIO",
        birth_date_text="01011980",
        sex="M",
        height="",
        codice_fiscale="RSSMRA80A01H501U",
        citizenship="100",
        birth_comune="H501",
        birth_state="",
        birth_certificate="",
        residence_comune="L219",
        residence_address="VIA ROMA 1",
        expatriation_notes="",
        card_id="6030012345678901",
        doubtful=(),
    )


@pytest.mark.parametrize("cut", range(1, len(RECORD)))
def test_a_record_cut_at_any_byte_is_truncated(cut: int) -> None:
    assert code_of(RECORD[:cut]) == "card.record-truncated"


@pytest.mark.parametrize("cut", range(1, len(RECORD)))
@pytest.mark.parametrize("padding", [b"\x00", b"\xff"])
def test_a_record_cut_at_any_byte_in_a_padded_file_is_damaged(cut: int, padding: bytes) -> None:
    """A card whose writing was broken off: the file has its size, the rest of it is blank."""
    result = parse_record(RECORD[:cut].ljust(400, padding))
    if isinstance(result, HealthCardReading):
        # Only the blank rest of one last field may be lost, and then the field is blank whole.
        assert cut >= len(RECORD) - len("VIA ROMA 1") - len("00")
        assert result.residence_address in {"", HOLDER.residence_address}
    else:
        assert result.code in {
            "card.record-header",
            "card.record-field",
            "card.record-characters",
            "card.record-empty",
        }


@pytest.mark.parametrize("blank", [b"", b"\x00" * 400, b"\xff" * 400, b" " * 20, b"000000"])
def test_a_blank_file_is_an_empty_record(blank: bytes) -> None:
    assert code_of(blank) == "card.record-empty"


@pytest.mark.parametrize(
    "header", [b"00007G", b"0x006C", b"+0006C", b" 0006C", b"00_06C", b"\x00\x00\x6c\x00\x00\x00"]
)
def test_a_header_that_is_not_a_number_is_told(header: bytes) -> None:
    assert code_of(header + RECORD[6:]) == "card.record-header"


@pytest.mark.parametrize("total", [16 * 257 + 1, 0xFFFFFF])
def test_an_impossible_length_is_told(total: int) -> None:
    assert code_of(b"%06X" % total + RECORD[6:]) == "card.record-header"


@pytest.mark.parametrize("extra", [1, 2, 100])
def test_a_header_that_is_too_big_is_told(extra: int) -> None:
    record = b"%06X" % (len(RECORD) - 6 + extra) + RECORD[6:]
    assert code_of(record) == "card.record-truncated"
    assert code_of(record.ljust(400, b"\x00")) in {"card.record-field", "card.record-length"}


def test_a_header_that_is_too_small_is_told_or_loses_whole_fields_only() -> None:
    body = RECORD[6:]
    for total in range(1, len(body)):
        result = parse_record(b"%06X" % total + body)
        if isinstance(result, HealthCardReading):
            assert result.codice_fiscale == HOLDER.codice_fiscale
            assert result.residence_address in {"", HOLDER.residence_address}
            assert result.residence_comune in {"", HOLDER.residence_comune}
        else:
            assert result.code in {"card.record-length", "card.record-incomplete"}


def test_lower_case_hexadecimal_digits_are_digits() -> None:
    fields = HOLDER.fields()
    body = b"".join(b"%02x" % len(field) + field for field in fields)
    assert reading_of(b"%06x" % len(body) + body) == reading_of(RECORD)


@pytest.mark.parametrize("digits", [b"G4", b"+4", b" 4", b"0x", b"\x00\x04"])
def test_a_field_length_that_is_not_a_number_is_told(digits: bytes) -> None:
    assert RECORD[6:8] == b"04"
    result = parse_record(RECORD[:6] + digits + RECORD[8:])
    assert isinstance(result, DeviceTrouble)
    assert result.code == "card.record-field"
    assert result.details == (("field", "issuer"),)


def test_a_field_that_goes_over_the_end_is_told() -> None:
    assert code_of(RECORD[:6] + b"FF" + RECORD[8:]) == "card.record-length"


@pytest.mark.parametrize("count", range(1, 9))
def test_a_record_that_ends_before_the_codice_fiscale_is_incomplete(count: int) -> None:
    assert code_of(record_of(HOLDER.fields()[:count])) == "card.record-incomplete"


@pytest.mark.parametrize("count", range(9, 16))
def test_a_record_with_fewer_fields_is_read(count: int) -> None:
    reading = reading_of(record_of(HOLDER.fields()[:count]))
    assert reading.codice_fiscale == HOLDER.codice_fiscale
    assert reading.residence_address == ("VIA ROMA 1" if count > 14 else "")
    assert reading.doubtful == ()


def test_fields_behind_the_sixteenth_are_let_go() -> None:
    assert reading_of(record_of([*HOLDER.fields(), b"NEW", b""])) == reading_of(RECORD)


def test_without_codice_fiscale_or_any_name_the_record_is_incomplete() -> None:
    assert code_of(replace(HOLDER, codice_fiscale="").record()) == "card.record-incomplete"
    assert code_of(with_fields(codice_fiscale=b" " * 16)) == "card.record-incomplete"
    assert code_of(replace(HOLDER, surname="", name="").record()) == "card.record-incomplete"


@pytest.mark.parametrize("missing", ["surname", "name"])
def test_a_person_may_lack_one_name(missing: str) -> None:
    reading = reading_of(with_fields(**{missing: b""}))
    assert getattr(reading, missing) == ""


def test_all_other_fields_may_be_empty() -> None:
    record = Holder(**dict.fromkeys(Holder.__slots__, "")).fields()
    record[3], record[8] = b"ROSSI", b"RSSMRA80A01H501U"
    reading = reading_of(record_of(record))
    assert (reading.surname, reading.codice_fiscale) == ("ROSSI", "RSSMRA80A01H501U")
    assert (reading.issued_on, reading.expires_on, reading.birth_date_text) == (None, None, "")
    assert reading.doubtful == ()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (b"ROSSI", "ROSSI"),
        (b"ROSSI     ", "ROSSI"),
        (b"  ROSSI", "ROSSI"),
        (b"DE  ROSSI", "DE  ROSSI"),
        (b"Rossi", "Rossi"),
        (b"D'ANGELO", "D'ANGELO"),
        ("NICOLÒ".encode("latin-1"), "NICOLÒ"),
        ("NICOLÒ".encode(), "NICOLÒ"),
        ("NICOLO\u0300".encode(), "NICOLÒ"),
        ("MÜLLER".encode("latin-1"), "MÜLLER"),
        ("PEÑA ÀÈÉÌÒÙ".encode("latin-1"), "PEÑA ÀÈÉÌÒÙ"),
        ("ŠTEFAN".encode(), "ŠTEFAN"),
        (b"", ""),
        (b"     ", ""),
        (b"\x00\x00\x00", ""),
        (b"\xff\xff", ""),
    ],
)
def test_texts_of_cards_in_the_field(field: bytes, text: str) -> None:
    assert decode_text(field) == text
    assert reading_of(with_fields(surname=field)).surname == text


@pytest.mark.parametrize(
    "field",
    [
        b"ROS\x00SI",
        b"ROSSI\x00\x00",
        b"ROSSI\n",
        b"RO\x1b[31mSSI",
        b"ROSSI\x7f",
        b"ROSSI\x85\x9f",
        "\u202eISSOR".encode(),
        "ROS\u200bSI".encode(),
        "ROS\u00adSI".encode("latin-1"),
        "ROS\ue000SI".encode(),
    ],
)
def test_what_no_text_holds_is_told(field: bytes) -> None:
    result = parse_record(with_fields(surname=field))
    assert isinstance(result, DeviceTrouble)
    assert result.code == "card.record-characters"
    assert result.details == (("field", "surname"),)


def test_codes_are_put_into_upper_case_and_names_are_not() -> None:
    lower = Holder(
        **{name: getattr(HOLDER, name).lower() for name in Holder.__slots__},
    )
    reading = reading_of(lower.record())
    assert reading.codice_fiscale == "RSSMRA80A01H501U"
    assert (reading.sex, reading.birth_comune, reading.residence_comune) == ("M", "H501", "L219")
    assert (reading.surname, reading.residence_address) == ("rossi", "via roma 1")
    assert reading.doubtful == ()


@pytest.mark.parametrize(
    "text", ["31022020", "00000000", "1980", "01/01/80", "ABCDEFGH", "32011980"]
)
def test_impossible_dates_are_doubtful(text: str) -> None:
    holder = replace(HOLDER, issued_on=text, expires_on=text, birth_date=text)
    reading = reading_of(holder.record())
    assert (reading.issued_on, reading.expires_on) == (None, None)
    assert reading.birth_date_text == text
    assert reading.doubtful == ("birth_date_text", "expires_on", "issued_on")


@pytest.mark.parametrize("text", ["00011980", "00001980", "01011980", "29022020", ""])
def test_a_birth_date_may_lack_its_day_and_month(text: str) -> None:
    reading = reading_of(replace(HOLDER, birth_date=text).record())
    assert reading.birth_date_text == text
    assert reading.doubtful == ()


def test_a_birth_date_with_a_day_and_no_month_is_doubtful() -> None:
    assert reading_of(replace(HOLDER, birth_date="15001980").record()).doubtful == (
        "birth_date_text",
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("sex", "X"),
        ("codice_fiscale", "RSSMRA80A01H501"),
        ("codice_fiscale", "RSSMRA80A01H501UU"),
        ("codice_fiscale", "RSSMRA80A01H50-U"),
        ("birth_comune", "ROMA"),
        ("residence_comune", "001272"),
    ],
)
def test_codes_of_another_form_are_doubtful(field: str, text: str) -> None:
    reading = reading_of(with_fields(**{field: text.encode()}))
    assert getattr(reading, field) == text
    assert reading.doubtful == (field,)


def test_a_provisional_codice_fiscale_has_eleven_digits() -> None:
    reading = reading_of(with_fields(codice_fiscale=b"00743110157"))
    assert reading.codice_fiscale == "00743110157"
    assert reading.doubtful == ()


def test_fields_of_the_longest_length_are_read() -> None:
    reading = reading_of(with_fields(residence_address=b"A" * 255, name=b"B" * 255))
    assert len(reading.residence_address) == 255
    longest = record_of([b"A" * 255] * 8 + [b"RSSMRA80A01H501U"] + [b"A" * 255] * 7)
    assert reading_of(longest).expatriation_notes == "A" * 255


def test_what_lies_behind_the_record_is_not_read() -> None:
    for rest in (b"\x00" * 292, b"\xff" * 10, RECORD, b"04ABCD"):
        assert reading_of(RECORD + rest) == reading_of(RECORD)


def test_nothing_of_a_person_shows_when_a_reading_is_printed() -> None:
    reading = reading_of(RECORD)
    for shown in (repr(reading), str(reading), f"{reading}", f"{[reading]}"):
        assert "HealthCardReading(...)" in shown
        assert "ROSSI" not in shown


def test_no_trouble_holds_anything_of_a_person() -> None:
    for position in range(len(RECORD)):
        damaged = RECORD[:position] + b"\x01" + RECORD[position + 1 :]
        result = parse_record(damaged)
        if isinstance(result, DeviceTrouble):
            assert "ROSSI" not in repr(result)
            assert "RSSMRA" not in repr(result)


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_gives_a_reading_or_a_code(bit: int) -> None:
    for position in range(len(RECORD)):
        damaged = bytearray(RECORD)
        damaged[position] ^= 1 << bit
        result = parse_record(bytes(damaged))
        assert isinstance(result, HealthCardReading) or result.code.startswith("card.record-")


@given(st.binary(max_size=600))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(parse_record(data), (HealthCardReading, DeviceTrouble))
    size = record_size(data)
    assert size is None or isinstance(size, (int, DeviceTrouble))


@given(st.lists(st.binary(max_size=255), max_size=20))
def test_no_fields_raise(fields: list[bytes]) -> None:
    assert isinstance(parse_record(record_of(fields)), (HealthCardReading, DeviceTrouble))


LETTERS = st.characters(codec="latin-1", categories=["Lu", "Ll"], exclude_characters="µÿ")
"""Without the two that decide how a field is read: µ can make two bytes UTF-8, ÿ is padding."""
NAMES = st.text(LETTERS, min_size=1, max_size=40)


@given(NAMES, NAMES)
def test_any_western_name_is_read_as_written(surname: str, name: str) -> None:
    reading = reading_of(replace(HOLDER, surname=surname, name=name).record())
    assert (reading.surname, reading.name) == (surname, name)
