"""Machine readable zones of all three sizes; the examples are those of ICAO 9303."""

from __future__ import annotations

import pytest

from hw.apdu.tlv import Malformed
from hw.cards.emrtd.mrz import Zone, ZoneForm, check_digit, parse
from hw.document_readings import MrzKey

TD1_NL = (
    "I<NLDXI85935F86999999990<<<<<<7208148F1108268NLD<<<<<<<<<<<8VAN<DER<STEEN<<MARIANNE<LOUISE"
)
TD2_ICAO = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236<<<<<<<2"
TD2_LONG = "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<D23145890<UTO3407127M95071227349<<<8"
TD3_ICAO = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
)


def reason_of(text: str) -> str:
    with pytest.raises(Malformed) as caught:
        parse(text)
    return caught.value.reason


def td1(number: str, optional: str = "", names: str = "ROSSI<<MARIO") -> str:
    """A zone of an invented Italian card, with right check digits."""
    first = f"C<ITA{number[:9].ljust(9, '<')}"
    first += check_digit(number[:9].ljust(9, "<")) if len(number) <= 9 else "<"
    rest = "" if len(number) <= 9 else number[9:] + check_digit(number)
    first += (rest + ("<" if rest and optional else "") + optional).ljust(15, "<")
    second = f"800101{check_digit('800101')}M310101{check_digit('310101')}ITA" + "<" * 11
    composite = first[5:] + second[:7] + second[8:15] + second[18:]
    return first + second + check_digit(composite) + names.ljust(30, "<")[:30]


def test_check_digits_are_those_of_the_standard() -> None:
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"
    assert check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == "8"
    assert check_digit("CA00000AA") == "4"


def test_td1() -> None:
    zone = parse(TD1_NL)
    assert (zone.form, zone.document_code, zone.issuing_state) == (ZoneForm.TD1, "I", "NLD")
    assert (zone.document_number, zone.birth_date, zone.sex) == ("XI85935F8", "720814", "F")
    assert (zone.expiry_date, zone.nationality) == ("110826", "NLD")
    assert (zone.primary, zone.secondary) == ("VAN DER STEEN", "MARIANNE LOUISE")
    assert zone.optional == ("999999990", "")
    assert zone.names_cut
    assert zone.wrong_digits == ()


def test_td2() -> None:
    zone = parse(TD2_ICAO)
    assert (zone.form, zone.document_number) == (ZoneForm.TD2, "L898902C")
    assert (zone.primary, zone.secondary) == ("ERIKSSON", "ANNA MARIA")
    assert not zone.names_cut
    assert zone.wrong_digits == ()
    assert zone.key == MrzKey("L898902C", "690806", "940623")


def test_td3() -> None:
    zone = parse(TD3_ICAO[:44] + "\r\n" + TD3_ICAO[44:])
    assert (zone.form, zone.document_code, zone.document_number) == (
        ZoneForm.TD3,
        "P",
        "L898902C3",
    )
    assert zone.optional == ("ZE184226B",)
    assert zone.wrong_digits == ()


@pytest.mark.parametrize(
    ("names", "cut"),
    [
        ("ROSSI<<MARIA<ALESSANDRA<GIOVAN", True),
        # Cut where a word ends: one filler is left of those that divide it from the next.
        ("DELLA<VALLE<CASTELLANI<<MARIA<", True),
        ("ROSSI<<MARIA<ALESSANDRA<GIOV<<", False),
        # Nothing is left of the given names.
        ("WOLFESCHLEGELSTEINHAUSENBERGER", True),
        ("WOLFESCHLEGELSTEINHAUSENBERG<<", True),
        ("WOLFESCHLEGELSTEINHAUSENBER<<<", False),
        ("WOLFESCHLEGELSTEINHAUSEN<<<<<<", False),
        ("ROSSI<<MARIO<<<<<<<<<<<<<<<<<<", False),
    ],
)
def test_names_that_leave_no_room_may_be_cut(names: str, *, cut: bool) -> None:
    assert parse(td1("CA00000AA", names=names)).names_cut is cut


def test_a_long_number_is_put_together() -> None:
    zone = parse(TD2_LONG)
    assert zone.document_number == "D23145890734"
    assert zone.optional == ("",)
    assert zone.wrong_digits == ()


@pytest.mark.parametrize("number", ["CA00000AA", "D231458907", "AB12345678CDEF12345"])
def test_every_length_of_number_opens_with_itself(number: str) -> None:
    zone = parse(td1(number))
    assert zone.document_number == number
    assert zone.key.document_number == number
    assert zone.wrong_digits == ()


def test_a_filler_for_a_check_digit_alone_makes_no_long_number() -> None:
    text = td1("CA00000AA")
    zone = parse(text[:14] + "<" + text[15:])
    assert zone.document_number == "CA00000AA"
    assert "document-number" in zone.wrong_digits


def test_an_empty_optional_field_may_have_a_filler_for_its_digit() -> None:
    text = TD3_ICAO[:72] + "<" * 15
    composite = text[44:54] + text[57:64] + text[65:87]
    assert parse(text + check_digit(composite)).wrong_digits == ()


@pytest.mark.parametrize(
    ("place", "name"),
    [(14, "document-number"), (36, "birth-date"), (44, "expiry-date"), (59, "composite")],
)
def test_a_wrong_check_digit_is_named(place: int, name: str) -> None:
    wrong = str((int(TD1_NL[place]) + 1) % 10)
    zone = parse(TD1_NL[:place] + wrong + TD1_NL[place + 1 :])
    assert name in zone.wrong_digits
    assert set(zone.wrong_digits) <= {name, "composite"}


def test_unknown_parts_of_dates_stay() -> None:
    zone = parse(TD1_NL[:30] + "72<<<<4" + TD1_NL[37:])
    assert zone.birth_date == "72<<<<"


def test_what_is_no_zone_is_refused() -> None:
    assert reason_of("") == "mrz-size"
    assert reason_of(TD1_NL + "<") == "mrz-size"
    assert reason_of(TD1_NL.lower()) == "mrz-character"
    assert reason_of("À" + TD1_NL[1:]) == "mrz-character"
    assert reason_of(TD1_NL[:30] + "A20814" + TD1_NL[36:]) == "mrz-date"
    assert reason_of(TD1_NL[:60] + "<" * 30) == "mrz-names"


def test_nothing_of_it_is_shown() -> None:
    zone = parse(TD1_NL)
    assert isinstance(zone, Zone)
    assert repr(zone) == "Zone(TD1)"
