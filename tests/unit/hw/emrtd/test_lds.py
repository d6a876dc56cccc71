"""The simple files of the LDS. DG1 and EF.COM are the examples of ICAO 9303-10 and -11."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.tlv import Malformed, encode
from hw.cards.emrtd import lds
from hw.cards.emrtd.lds import parse_common, parse_dg1, parse_dg11, parse_dg12
from hw.cards.emrtd.mrz import ZoneForm

DG1_TD1 = bytes.fromhex(
    "615D5F1F5A493C4E4C44584938353933354638363939393939393939303C3C3C3C3C3C37323038313438463131303832"
    "36384E4C443C3C3C3C3C3C3C3C3C3C3C3856414E3C4445523C535445454E3C3C4D415249414E4E453C4C4F55495345"
)
DG1_TD2 = bytes.fromhex(
    "614B5F1F48493C415441534D4954483C3C4A4F484E3C543C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C31323334353637"
    "38393C484D44373430363232314D31303132333132303132323C3C3C30"
)
DG1_TD3 = bytes.fromhex(
    "615B5F1F58503C55544F4552494B53534F4E3C3C414E4E413C4D415249413C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C3C"
    "3C4C38393839303243333655544F3734303831323246313230343135395A45313834323236423C3C3C3C3C3130"
)
COMMON = bytes.fromhex("60145F0104303130365F36063034303030305C026175")


def dg11(*elements: tuple[int, bytes]) -> bytes:
    return encode(0x6B, b"".join(encode(tag, value) for tag, value in elements))


def dg12(*elements: tuple[int, bytes]) -> bytes:
    return encode(0x6C, b"".join(encode(tag, value) for tag, value in elements))


def test_the_zones_of_the_standard() -> None:
    first, second, third = (parse_dg1(dg1) for dg1 in (DG1_TD1, DG1_TD2, DG1_TD3))
    assert (first.form, first.primary, first.secondary) == (
        ZoneForm.TD1,
        "VAN DER STEEN",
        "MARIANNE LOUISE",
    )
    assert first.wrong_digits == ()
    assert (second.form, second.document_number, second.nationality) == (
        ZoneForm.TD2,
        "123456789012",
        "HMD",
    )
    assert second.wrong_digits == ()
    assert (second.primary, second.secondary) == ("SMITH", "JOHN T")
    assert (third.form, third.document_number) == (ZoneForm.TD3, "L898902C3")
    assert third.wrong_digits == ()


def test_the_common_data_of_the_standard() -> None:
    common = parse_common(COMMON)
    assert (common.lds_version, common.unicode_version) == ("0106", "040000")
    assert common.data_groups == (1, 2)


def test_common_data_with_unknown_tags_and_no_versions() -> None:
    assert parse_common(bytes.fromhex("60075C056B99610161")).data_groups == (1, 11)
    assert parse_common(bytes.fromhex("60025C00")).data_groups == ()
    with pytest.raises(Malformed):
        parse_common(bytes.fromhex("6000"))


def test_personal_details_as_the_italian_card_has_them() -> None:
    details = parse_dg11(
        dg11(
            (0x5C, bytes.fromhex("5F0E5F105F2B5F115F42")),
            (0x5F0E, b"ROSSI<<MARIO"),
            (0x5F10, b"RSSMRA80A01H501U"),
            (0x5F2B, b"19800101"),
            (0x5F11, b"ROMA<RM"),
            (0x5F42, b"VIA ROMA 1<TORINO<TO"),
        )
    )
    assert (details.surname, details.name) == ("ROSSI", "MARIO")
    assert (details.personal_number, details.birth_date) == ("RSSMRA80A01H501U", "19800101")
    assert details.birth_place == ("ROMA", "RM")
    assert details.address == ("VIA ROMA 1", "TORINO", "TO")


def test_personal_details_with_what_others_write() -> None:
    details = parse_dg11(
        dg11(
            (0x5F0E, "D\u2019ANGELO<DE<MÜLLER<<NICOLÒ\u0000<MARIA".encode()),
            (0xA0, bytes.fromhex("020101") + encode(0x5F0F, b"ALIAS")),
            (0x5F12, b"00390611111"),
            (0x5F2B, bytes.fromhex("19800101")),
            (0x5F11, b"TIRANA"),
        )
    )
    assert (details.surname, details.name) == ("D\u2019ANGELO DE MÜLLER", "NICOLÒ MARIA")
    assert details.birth_date == "19800101"
    assert details.birth_place == ("TIRANA",)
    assert parse_dg11(dg11((0x5F0E, "NICOLÒ".encode("latin-1")))).surname == "NICOLÒ"
    assert parse_dg11(dg11()).surname == ""


def test_document_details() -> None:
    details = parse_dg12(dg12((0x5F19, b"COMUNE DI<ROMA"), (0x5F26, b"20220315")))
    assert (details.issuing_authority, details.issue_date) == ("COMUNE DI ROMA", "20220315")


@pytest.mark.parametrize("value", [b"1980010", b"19800101 ", b"\xff\xff\xff\xff", b"1980ab01"])
def test_a_date_of_another_form_is_refused(value: bytes) -> None:
    with pytest.raises(Malformed):
        parse_dg11(dg11((0x5F2B, value)))


def test_another_file_is_refused() -> None:
    with pytest.raises(Malformed):
        parse_dg11(DG1_TD1)
    with pytest.raises(Malformed):
        parse_dg1(DG1_TD1 + b"\x00")
    with pytest.raises(Malformed):
        parse_dg1(encode(0x61, encode(0x5F1E, b"")))


def test_files_are_where_the_standard_has_them() -> None:
    two, eleven = lds.data_group(2), lds.data_group(11)
    assert (two.name, two.identifier, two.short, two.tag) == ("EF.DG2", 0x0102, 2, 0x75)
    assert (eleven.identifier, eleven.short, eleven.tag) == (0x010B, 11, 0x6B)
    with pytest.raises(ValueError, match="data group"):
        lds.data_group(17)


def test_nothing_of_a_person_is_shown() -> None:
    shown = repr(parse_dg11(dg11((0x5F0E, b"ROSSI")))) + repr(parse_dg12(dg12()))
    assert "ROSSI" not in shown


@given(st.sampled_from([parse_common, parse_dg1, parse_dg11, parse_dg12]), st.data())
def test_any_bytes_are_read_or_malformed(
    parse: Callable[[bytes], object], data: st.DataObject
) -> None:
    seed = data.draw(st.sampled_from([COMMON, DG1_TD1, dg11((0x5F0E, b"A<<B"), (0x5F2B, b"x"))]))
    raw = bytearray(seed)
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for candidate in (bytes(raw), bytes(raw[:cut])):
        with contextlib.suppress(Malformed):
            parse(candidate)
