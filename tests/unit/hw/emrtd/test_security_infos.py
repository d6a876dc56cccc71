"""What chips say they can do, in the standards' own examples and in forms that try the reader."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest

from hw.apdu.tlv import Malformed, Tlv, encode, read
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.curves import BRAINPOOL_P224R1, BRAINPOOL_P256R1, P_256
from hw.cards.emrtd.domain_parameters import (
    DH_KEY_AGREEMENT,
    DH_PUBLIC_NUMBER,
    EC_DH,
    EC_PUBLIC_KEY,
    STANDARDIZED_PARAMETERS,
    curve_of,
    dotted,
    group_of,
    subject_public_key,
)
from hw.cards.emrtd.groups import MODP_1024_160, MODP_2048_256, STANDARDIZED, ModularGroup
from hw.cards.emrtd.security_infos import (
    KeyAgreement,
    Mapping,
    SecurityInfos,
    TerminalAuthenticationInfo,
    parse,
)

BSI: dict[str, str] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "tr03110_worked_example.json").read_text()
)
CIE = bytes.fromhex("31143012060A04007F00070202040101020102020102")
"""EF.CardAccess of the Italian identity card, from public traces of 2018 to 2023."""


def sequence(*parts: bytes) -> bytes:
    return encode(0x30, b"".join(parts))


def integer(number: int) -> bytes:
    return encode(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(value: bytes | str) -> bytes:
    return encode(0x06, bytes.fromhex(value) if isinstance(value, str) else value)


def infos(*entries: bytes) -> bytes:
    return encode(0x31, b"".join(entries))


def smartcard(arcs: str) -> bytes:
    return oid("04007F00070202" + arcs)


def ec_parameters(**changes: bytes) -> bytes:
    """ECParameters of P-256, with members put in place of the true ones."""
    curve = P_256
    whole = {
        "version": integer(1),
        "field": sequence(oid("2A8648CE3D0101"), integer(curve.p)),
        "curve": sequence(encode(4, curve.a.to_bytes(32)), encode(4, curve.b.to_bytes(32))),
        "base": encode(4, curve.encode(curve.base)),
        "order": integer(curve.order),
        "cofactor": integer(1),
    }
    return sequence(*(whole | changes).values())


def algorithm(identifier: bytes, *parameters: bytes) -> Tlv:
    return read(sequence(oid(identifier), *parameters))[0]


# --- whole files


def test_card_access_of_the_italian_card() -> None:
    (info,) = parse(CIE).pace
    assert (info.agreement, info.mapping) == (KeyAgreement.DH, Mapping.GENERIC)
    assert (info.suite, info.version, info.parameter) == (Suite.TRIPLE_DES, 2, 2)
    assert info.group is MODP_2048_256
    assert info.name == "PACE DH-GM 3DES"
    assert info.oid.hex().upper() == "04007F00070202040101"
    assert not parse(CIE).several_pace_parameters


@pytest.mark.parametrize(
    ("kind", "group", "name"),
    [("ecdh", BRAINPOOL_P256R1, "CA ECDH AES-128"), ("dh", MODP_1024_160, "CA DH AES-128")],
)
def test_card_access_of_the_bsi_example(kind: str, group: object, name: str) -> None:
    found = parse(bytes.fromhex(BSI[f"tc_{kind}_ef_cardaccess"]))
    assert [info.group for info in found.pace] == [group]
    assert [(info.name, info.key_id) for info in found.chip_authentication] == [(name, 1)]
    assert found.terminal_authentication == (TerminalAuthenticationInfo(2),)
    # Domain parameters of Chip Authentication version 2, card info locator, privileged terminal.
    assert len(found.others) == 3
    assert found.others[1:] == ("0.4.0.127.0.7.2.2.6", "0.4.0.127.0.7.2.2.8")


def test_dg14_with_explicit_parameters() -> None:
    """As in the specimen of BSI TR-03105-5: a key on brainpoolP224r1, its parameters in full."""
    curve = BRAINPOOL_P224R1
    parameters = sequence(
        integer(1),
        sequence(oid("2A8648CE3D0101"), integer(curve.p)),
        sequence(encode(4, curve.a.to_bytes(28)), encode(4, curve.b.to_bytes(28))),
        encode(4, curve.encode(curve.base)),
        integer(curve.order),
        integer(1),
    )
    point = curve.encode(curve.multiply(99, curve.base))
    spki = sequence(sequence(oid(EC_PUBLIC_KEY), parameters), encode(3, b"\x00" + point))
    content = infos(
        sequence(smartcard("0102"), spki),
        sequence(smartcard("030201"), integer(1)),
        sequence(smartcard("02"), integer(1)),
        sequence(oid("678108010105"), integer(1), oid("04007F00070101040103")),
    )
    found = parse(encode(0x6E, content))
    assert found == parse(content)
    (key,) = found.chip_keys
    assert key.group is curve
    assert key.value == point
    assert key.key_id is None
    assert found.chip_authentication[0].suite is Suite.TRIPLE_DES
    assert found.active_authentication is not None
    assert found.active_authentication.signature_algorithm.hex() == "04007f00070101040103"


def test_explicit_parameters_for_pace_count_when_they_are_standardized() -> None:
    own = sequence(smartcard("0402"), sequence(oid(EC_PUBLIC_KEY), ec_parameters()), integer(40))
    named = sequence(smartcard("040202"), integer(2), integer(40))
    assert parse(infos(named, own)).pace[0].group is P_256
    # without numbers, one set of parameters is meant
    unnamed = sequence(smartcard("040202"), integer(2))
    single = sequence(smartcard("0402"), sequence(oid(EC_PUBLIC_KEY), ec_parameters()))
    assert parse(infos(unnamed, single)).pace[0].group is P_256
    assert parse(infos(unnamed, single, own)).pace[0].group is None
    assert parse(infos(unnamed)).pace[0].group is None
    weak = ec_parameters(curve=sequence(encode(4, b"\x01"), encode(4, bytes(32))))
    bad = sequence(smartcard("0402"), sequence(oid(EC_PUBLIC_KEY), weak), integer(40))
    assert parse(infos(named, bad)).pace[0].group is None


@pytest.mark.parametrize("parameter", [3, 7, 19, 31, 255])
def test_parameter_ids_without_a_group(parameter: int) -> None:
    content = infos(sequence(smartcard("040202"), integer(2), integer(parameter)))
    assert parse(content).pace[0].group is None


def test_group_of_the_other_kind_is_none() -> None:
    content = infos(sequence(smartcard("040102"), integer(2), integer(13)))
    assert parse(content).pace[0].group is None


@pytest.mark.parametrize("arcs", ["04", "0405", "040502", "040205", "0402020202", "09", "0303", ""])
def test_unknown_protocols_are_kept_as_numbers(arcs: str) -> None:
    found = parse(infos(sequence(smartcard(arcs), integer(2))))
    assert found.pace == ()
    assert len(found.others) == 1
    assert found.others[0].startswith("0.4.0.127.0.7.2.2")


def test_odd_entry_does_not_hide_the_others() -> None:
    odd = [
        sequence(smartcard("040202")),
        sequence(smartcard("040202"), encode(4, b"\x02")),
        sequence(smartcard("040202"), integer(2), encode(2, b"\x01" * 900)),
        sequence(smartcard("0102"), encode(4, b"")),
        sequence(smartcard("0102"), sequence(sequence(oid(EC_PUBLIC_KEY)))),
        sequence(smartcard("02"), encode(2, b"")),
        sequence(oid("678108010105"), integer(1), integer(1)),
    ]
    found = parse(infos(*odd, CIE[2:]))
    assert len(found.pace) == 1
    assert len(found.others) == len(odd)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x31",
        b"\x31\x05\x30",
        b"\x30\x00",
        b"\x31\x00\x00",
        b"\x31\x02\x02\x00",
        b"\x31\x02\x30\x00",
        b"\x31\x04\x30\x02\x06\x00",
        b"\x31\x05\x30\x03\x06\x01\x80",
        b"\x31\x80\x30\x00\x00\x00",
        b"\x31\x84\xff\xff\xff\xff",
        b"\x6e\x02\x30\x00",
        encode(0x31, b"\x30\x03\x06\x01\x01" * 65),
        encode(0x31, b"\x00" * 20_000),
        infos(sequence(oid(b"\x01" * 33))),
        infos(sequence(*[integer(1)] * 4)),
    ],
)
def test_what_is_no_set_of_infos_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_empty_set_is_a_set() -> None:
    assert parse(b"\x31\x00") == SecurityInfos()


def test_altered_bytes_never_raise_anything_else() -> None:
    dice = random.Random(20261122)
    samples = [CIE, bytes.fromhex(BSI["tc_dh_ef_cardaccess"]), encode(0x6E, infos(CIE[2:]))]
    for _ in range(4000):
        data = bytearray(dice.choice(samples))
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        cut = dice.randint(0, len(data)) if dice.random() < 0.2 else len(data)
        with suppress(Malformed):
            parse(bytes(data[:cut]))


# --- keys and parameters


def test_names_of_groups() -> None:
    for number, group in STANDARDIZED.items():
        assert group_of(algorithm(STANDARDIZED_PARAMETERS, integer(number))) is group
    for identifier in (EC_PUBLIC_KEY, EC_DH):
        assert group_of(algorithm(identifier, oid("2A8648CE3D030107"))) is P_256
        assert group_of(algorithm(identifier, oid("2B8104000A"))) is None
    assert group_of(algorithm(EC_PUBLIC_KEY)) is None
    assert group_of(algorithm(b"\x2a\x03", integer(1))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"field": sequence(oid("2A8648CE3D0101"), integer(P_256.p + 2))},
        {"field": sequence(oid("2A8648CE3D0101"), integer(1 << 8000))},
        {"curve": sequence(encode(4, b"\x03"), encode(4, P_256.b.to_bytes(32)))},
        {"curve": sequence(encode(4, P_256.a.to_bytes(32)), encode(4, bytes(60_000)))},
        {"base": encode(4, P_256.encode(P_256.multiply(2, P_256.base)))},
        {"base": encode(4, b"\x02" + P_256.base.x.to_bytes(32))},
        {"base": encode(4, b"")},
        {"order": integer(P_256.order - 1)},
        {"cofactor": integer(2)},
    ],
)
def test_parameters_that_differ_in_anything_have_no_group(changes: dict[str, bytes]) -> None:
    """CVE-2020-0601: whoever chooses the generator knows the private key of any public one."""
    assert curve_of(read(ec_parameters(**changes))[0]) is None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"base": encode(4, bytes((2 + P_256.base.y % 2,)) + P_256.base.x.to_bytes(32))},
        {"cofactor": b""},
        {"curve": sequence(
            encode(4, P_256.a.to_bytes(32)), encode(4, P_256.b.to_bytes(32)), encode(3, b"\x00abc")
        )},
    ],
)  # fmt: skip
def test_parameters_that_are_the_same_have_one(changes: dict[str, bytes]) -> None:
    assert curve_of(read(ec_parameters(**changes))[0]) is P_256


@pytest.mark.parametrize(
    "changes",
    [
        {"version": integer(9)},
        {"version": encode(4, b"\x01")},
        {"field": sequence(oid("2A8648CE3D0102"), integer(P_256.p))},
        {"field": sequence(oid("2A8648CE3D0101"), encode(2, b"\xff"))},
        {"field": sequence(oid("2A8648CE3D0101"), encode(2, b"\x01" * 2000))},
        {"base": integer(4)},
        {"order": encode(4, b"")},
    ],
)
def test_parameters_of_no_form_are_malformed(changes: dict[str, bytes]) -> None:
    with pytest.raises(Malformed):
        curve_of(read(ec_parameters(**changes))[0])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_dh_parameters_in_both_forms(number: int) -> None:
    group = STANDARDIZED[number]
    assert isinstance(group, ModularGroup)
    p, g, q = integer(group.p), integer(group.base), integer(group.order)
    assert group_of(algorithm(DH_KEY_AGREEMENT, sequence(p, g))) is group
    assert group_of(algorithm(DH_KEY_AGREEMENT, sequence(p, g, integer(256)))) is group
    assert group_of(algorithm(DH_PUBLIC_NUMBER, sequence(p, g, q))) is group
    assert group_of(algorithm(DH_PUBLIC_NUMBER, sequence(p, g))) is None
    assert group_of(algorithm(DH_PUBLIC_NUMBER, sequence(p, g, integer(3)))) is None
    assert group_of(algorithm(DH_KEY_AGREEMENT, sequence(p, integer(2)))) is None
    assert group_of(algorithm(DH_KEY_AGREEMENT, sequence(integer(23), integer(5)))) is None


def test_public_value_of_a_dh_key_is_taken_out_of_its_integer() -> None:
    group = MODP_2048_256
    parameters = sequence(integer(group.p), integer(group.base))
    bits = encode(3, b"\x00" + integer(group.base))
    key = subject_public_key(sequence(sequence(oid(DH_KEY_AGREEMENT), parameters), bits))
    assert key.group is group
    assert group.decode(key.value) == group.base
    for wrong in (b"\x01" + integer(5), b"\x00" + integer(5) + b"\x00", b"\x00", b""):
        with pytest.raises(Malformed):
            subject_public_key(
                sequence(sequence(oid(DH_KEY_AGREEMENT), parameters), encode(3, wrong))
            )


def test_numbers_with_dots() -> None:
    assert dotted(bytes.fromhex("04007F00070202040101")) == "0.4.0.127.0.7.2.2.4.1.1"
    assert dotted(bytes.fromhex("2A864886F70D010101")) == "1.2.840.113549.1.1.1"
    assert dotted(bytes.fromhex("678108010105")) == "2.23.136.1.1.5"
    assert dotted(bytes.fromhex("883703")) == "2.999.3"
    assert dotted(b"") == ""
