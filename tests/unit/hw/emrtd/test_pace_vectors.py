"""PACE as the standards print it: ICAO 9303-11 appendices G, H and I, BSI's worked example."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hw.apdu.secure_messaging import pad
from hw.cards.emrtd import key_derivation, pace
from hw.cards.emrtd.ciphers import Suite, cmac8
from hw.cards.emrtd.domain_parameters import subject_public_key
from hw.cards.emrtd.groups import AnyGroup, ModularGroup
from hw.cards.emrtd.pace import PaceSession, authenticate, choose
from hw.cards.emrtd.pace_mapping import (
    chip_authentication_data,
    generic,
    integrated,
    mapping_public_key,
    pseudo_random,
    verify_mapping,
)
from hw.cards.emrtd.security_infos import Mapping, PaceInfo, parse
from hw.document_readings import CardAccessNumber, MrzKey
from tests.unit.hw.emrtd.scripted import ScriptedLink, drawn

VECTORS = Path(__file__).parents[3] / "vectors"
ICAO: list[dict[str, Any]] = json.loads((VECTORS / "icao9303_11_pace.json").read_text())["examples"]
BSI: dict[str, str] = json.loads((VECTORS / "tr03110_worked_example.json").read_text())


def by_name(name: str) -> dict[str, Any]:
    return next(example for example in ICAO if example["name"].startswith(name))


def of_hex(example: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(example[name])


@dataclass(frozen=True)
class Told:
    """What an example says of its beginning."""

    info: PaceInfo
    group: AnyGroup
    random: tuple[bytes, ...]


def told(example: dict[str, Any]) -> Told:
    (info,) = choose(parse(of_hex(example, "card_access")))
    assert info.group is not None
    values = [bytes.fromhex(value) for value in example["random"]]
    if isinstance(info.group, ModularGroup):
        # H.2 prints an exponent longer than the group's order; the order is what counts.
        exponent = int.from_bytes(values[-1], "big") % info.group.order
        values[-1] = exponent.to_bytes((info.group.order.bit_length() + 7) // 8, "big")
    return Told(info, info.group, tuple(values))


@pytest.mark.parametrize("example", ICAO, ids=lambda example: example["name"])
def test_whole_exchange_is_that_of_the_standard(
    example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    beginning = told(example)
    if example["mrz"] is None:
        # Appendix H gives a key of no document; everything behind the password is replayed.
        monkeypatch.setattr(pace, "password_key", lambda *_: of_hex(example, "k_pi"))
    key = MrzKey(*(example["mrz"] or ("", "", "")))
    link = ScriptedLink(example["exchange"])
    session = authenticate(
        link, beginning.info, key, several=False, random=drawn(*beginning.random)
    )
    assert isinstance(session, PaceSession)
    assert not link.left
    session.cipher.advance()
    expected = pad(bytes(15) + b"\x01" + b"message", 16)
    assert session.cipher.mac(b"message") == cmac8(of_hex(example, "ks_mac"), expected)
    vector = Suite.AES_128.encrypt(of_hex(example, "ks_enc"), bytes(15) + b"\x01")
    block = bytes(range(16))
    assert session.cipher.encrypt(block) == Suite.AES_128.encrypt(
        of_hex(example, "ks_enc"), block, vector
    )


@pytest.mark.parametrize("example", [e for e in ICAO if e["mrz"]], ids=lambda e: e["name"])
def test_password_key_and_nonce(example: dict[str, Any]) -> None:
    key = key_derivation.password_key(MrzKey(*example["mrz"]), Suite.AES_128)
    assert key == of_hex(example, "k_pi")
    encrypted = bytes.fromhex(example["exchange"][1][1])[4:-2]
    assert Suite.AES_128.decrypt(key, encrypted) == of_hex(example, "nonce")


@pytest.mark.parametrize("example", [e for e in ICAO if "h" in e], ids=lambda e: e["name"])
def test_generic_mapping(example: dict[str, Any]) -> None:
    beginning = told(example)
    group = beginning.group
    chip, terminal = (int(example["chip_secrets"][0], 16), int(example["random"][0], 16))
    chip_key = group.multiply(chip, group.base)
    assert group.encode(group.multiply(terminal, chip_key)) == of_hex(example, "h")
    generator = generic(group, of_hex(example, "nonce"), terminal, chip_key)
    assert group.encode(generator) == of_hex(example, "generator")
    # and from the chip's side, whose arithmetic is the same
    terminal_key = group.multiply(terminal, group.base)
    assert generic(group, of_hex(example, "nonce"), chip, terminal_key) == generator
    # The chip of I.1 draws beyond the order of the group.
    own = group.multiply(int(example["chip_secrets"][1], 16) % group.order, generator)
    assert group.shared(int(example["random"][1], 16), own) == of_hex(example, "shared")


@pytest.mark.parametrize("name", ["H.1", "H.2"])
def test_integrated_mapping(name: str) -> None:
    example = by_name(name)
    beginning = told(example)
    nonce, own = of_hex(example, "nonce"), beginning.random[0]
    group = beginning.group
    number = pseudo_random(nonce, own, Suite.AES_128, group.p.bit_length())
    assert number == of_hex(example, "pseudo_random")
    assert int.from_bytes(number, "big") % group.p == int(example["reduced"], 16)
    generator = integrated(group, nonce, own, Suite.AES_128)
    assert group.encode(generator) == of_hex(example, "generator")


def test_chip_authentication_mapping() -> None:
    example = by_name("I.1")
    beginning = told(example)
    link = ScriptedLink(example["exchange"])
    session = authenticate(
        link,
        beginning.info,
        MrzKey(*example["mrz"]),
        several=False,
        random=drawn(*beginning.random),
    )
    assert isinstance(session, PaceSession)
    evidence = session.mapping_evidence
    assert evidence is not None
    assert evidence.data == int(example["chip_authentication_data"], 16)
    infos = parse(bytes.fromhex("3164") + of_hex(example, "chip_public_key_info"))
    key = mapping_public_key(infos, beginning.info)
    assert key is not None
    assert verify_mapping(evidence, key)


def test_chip_authentication_data_vector() -> None:
    example = by_name("I.1")
    beginning = told(example)
    assert Suite.AES_128.encrypt(of_hex(example, "ks_enc"), b"\xff" * 16) == of_hex(example, "iv")
    encrypted = bytes.fromhex(example["exchange"][-1][1])[14:-2]
    data = chip_authentication_data(
        beginning.info, beginning.group, of_hex(example, "ks_enc"), encrypted
    )
    assert data == int(example["chip_authentication_data"], 16)


# --- BSI's worked example, ECDH and DH


def number(name: str) -> int:
    return int(BSI[name], 16)


def value(name: str) -> bytes:
    return bytes.fromhex(BSI[name])


@pytest.mark.parametrize("kind", ["ecdh", "dh"])
def test_bsi_pace(kind: str) -> None:
    name = f"tc_{kind}_"
    (info,) = choose(parse(value(name + "ef_cardaccess")))
    group: AnyGroup | None = info.group
    assert group is not None
    assert info.mapping is Mapping.GENERIC
    key_pi = key_derivation.password_key(CardAccessNumber("123456"), Suite.AES_128)
    if kind == "ecdh":
        assert Suite.AES_128.decrypt(key_pi, value(name + "nonce_enc")) == value(name + "nonce")
    terminal = number(name + "map_pcd_priv_key") % group.order
    chip = number(name + "map_picc_priv_key") % group.order
    terminal_key = group.decode(value(name + "map_pcd_pub_key"))
    chip_key = group.decode(value(name + "map_picc_pub_key"))
    assert group.multiply(terminal, group.base) == terminal_key
    assert group.multiply(chip, group.base) == chip_key
    assert group.encode(group.multiply(terminal, chip_key)) == value(name + "map_shared_secret_h")
    generator = generic(group, value(name + "nonce"), terminal, chip_key)
    assert group.encode(generator) == value(name + "map_generator")

    own = number(name + "pcd_priv_key") % group.order
    own_key = group.multiply(own, generator)
    assert group.encode(own_key) == value(name + "pcd_pub_key").lstrip(b"\x00")
    theirs = value(name + "picc_pub_key")
    shared = group.shared(own, group.decode(theirs))
    assert shared == value(name + "shared_secret_k")
    assert Suite.AES_128.derive(shared, 1) == value(name + "k_enc")
    mac_key = Suite.AES_128.derive(shared, 2)
    assert mac_key == value(name + "k_mac")
    token = pace._token(info, mac_key, theirs)
    assert token == value(name + "authentication_token_pcd")
    token = pace._token(info, mac_key, group.encode(own_key))
    assert token == value(name + "authentication_token_picc")


def test_bsi_secure_messaging() -> None:
    session = Suite.AES_128.session(value("tc_ecdh_shared_secret_k"))
    session.advance()
    assert session.encrypt(pad(value("tc_ecdh_d1"), 16)) == value("tc_ecdh_e1")
    session.advance()
    assert session.mac(value("tc_ecdh_ad1")) == value("tc_ecdh_a1")


@pytest.mark.parametrize("kind", ["ecdh", "dh"])
def test_bsi_chip_authentication(kind: str) -> None:
    """Version 2 puts a nonce into the derivation; group, key and shared secret are version 1's."""
    name = f"tc_{kind}_ca_"
    (info,) = parse(value(f"tc_{kind}_ef_cardaccess")).chip_authentication
    card_security = value(f"tc_{kind}_ef_cardsecurity")
    start = card_security.index(
        bytes.fromhex("04007F000702020102" if kind == "ecdh" else "04007F000702020101")
    )
    spki = card_security[start + 9 :]
    spki = spki[: 2 + spki[1]] if spki[1] < 0x80 else spki[: 3 + spki[2]]
    key = subject_public_key(spki)
    group: AnyGroup | None = key.group
    assert group is not None
    assert key.value == value(name + "picc_pub_key")
    own = number(name + "pcd_priv_key") % group.order
    own_key = group.multiply(own, group.base)
    assert group.encode(own_key) == value(name + "pcd_pub_key")
    shared = group.shared(own, group.decode(key.value))
    assert shared == value(name + "shared_secret_k")
    nonce = value(name + "nonce")
    assert Suite.AES_128.derive(shared + nonce, 1) == value(name + "k_enc")
    mac_key = Suite.AES_128.derive(shared + nonce, 2)
    assert mac_key == value(name + "k_mac")
    tag = "86" if kind == "ecdh" else "84"
    size = "41" if kind == "ecdh" else "8180"
    content = bytes.fromhex("060A") + info.oid + bytes.fromhex(tag + size) + group.encode(own_key)
    length = bytes((len(content),)) if len(content) < 0x80 else bytes((0x81, len(content)))
    token = cmac8(mac_key, bytes.fromhex("7F49") + length + content)
    assert token == value(name + "picc_token")
