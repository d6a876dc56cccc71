"""The services number of the CIE: hashed at once, and checked as far as that goes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw.apdu import traffic
from hw.apdu.chain import SHORT, card_link
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.cards.ias import REASONS, NisReading, read_nis
from hw.document_readings import Finding
from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.direct import REMOVED, DirectChannel
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.ias_chip import IasContents
from tests.emulated.cards.identity_documents import (
    NIS,
    bac_only,
    cie,
    cie_8_byte_nonce,
    foreign_pki,
    italian_pki,
    services_key,
)
from tests.unit.hw.apdu.script import Script

SITE_KEY = b"a key of this very site, long en"
TODAY = date(2026, 11, 22)


def anchors(pki: object = None) -> tuple[TrustAnchors, date]:
    country = italian_pki() if pki is None else foreign_pki()
    return TrustAnchors(certificates=country.certificates, version=1), TODAY


def with_ias(chip: EmrtdChip, **changes: object) -> EmrtdChip:
    """The same chip with another content of its IAS application."""
    contents = chip.document.ias
    assert contents is not None
    return EmrtdChip(replace(chip.document, ias=replace(contents, **changes)), chip.manners)  # type: ignore[arg-type]  # any field


def read(chip: EmrtdChip, trusted: tuple[TrustAnchors, date] | None = None) -> NisReading:
    link = card_link(DirectChannel(chip), SHORT)
    reading = read_nis(link, SITE_KEY, trusted=trusted or anchors())
    assert isinstance(reading, NisReading)
    return reading


@pytest.mark.parametrize("make", [cie, cie_8_byte_nonce], ids=["by name", "master file first"])
def test_both_families_of_chips_are_read_and_proven(make: Callable[[], EmrtdChip]) -> None:
    reading = read(make())
    assert reading.hashed == hmac.new(SITE_KEY, NIS, hashlib.sha256).digest()
    assert reading.anti_clone is Finding.PROVEN
    assert reading.reasons == ("nis.challenge", "nis.weak")


@pytest.mark.parametrize(
    "manners",
    [
        Manners(short_identifiers=False, select_p2=frozenset({0x0C})),
        Manners(extended=False, warns=False),
        Manners(extended=False, exact=True),
    ],
)
def test_chips_of_other_manners_are_read_too(manners: Manners) -> None:
    if not manners.short_identifiers:
        # The number itself is asked for by its short identifier, as all public readers do.
        trouble = read_nis(card_link(DirectChannel(cie(manners=manners))), SITE_KEY)
        assert isinstance(trouble, DeviceTrouble)
        return
    assert read(cie(manners=manners)).anti_clone is Finding.PROVEN


def test_the_digits_show_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(traffic.TRAFFIC)
    caplog.set_level(traffic.TRAFFIC, logger="hw.apdu.traffic")
    reading = read(cie())
    assert caplog.records
    for shown in (caplog.text, repr(reading)):
        assert NIS.decode() not in shown
        assert NIS.hex() not in shown.lower()


def test_another_site_hashes_otherwise() -> None:
    other = read_nis(card_link(DirectChannel(cie())), b"another site's key, also 32 long")
    assert isinstance(other, NisReading)
    assert other.hashed != read(cie()).hashed


def test_a_short_site_key_is_a_bug() -> None:
    with pytest.raises(ValueError, match="site key"):
        read_nis(card_link(Script([])), b"short")


def test_without_a_trust_list_nothing_is_proven() -> None:
    reading = read_nis(card_link(DirectChannel(cie())), SITE_KEY)
    assert isinstance(reading, NisReading)
    assert reading.anti_clone is Finding.NOT_PROVABLE
    assert reading.reasons == ("nis.challenge", "nis.signer-unproven", "nis.weak")


def test_a_copy_with_the_files_alone_is_refuted() -> None:
    reading = read(with_ias(cie(), published=_key_file(cie()), private=_other_key()))
    assert reading.anti_clone is Finding.REFUTED
    assert "nis.challenge-failed" in reading.reasons


def test_a_copy_with_a_key_of_its_own_is_refuted() -> None:
    reading = read(with_ias(cie(), private=_other_key()))
    assert reading.anti_clone is Finding.REFUTED
    assert "nis.altered" in reading.reasons


def test_another_number_is_refuted() -> None:
    reading = read(with_ias(cie(), nis=b"999999999999"))
    assert reading.anti_clone is Finding.REFUTED
    assert "nis.altered" in reading.reasons


def test_a_list_signed_by_nobody_known_proves_nothing() -> None:
    reading = read(cie(), anchors("foreign"))
    assert reading.anti_clone is not Finding.PROVEN


@pytest.mark.parametrize("listed", [None, b"\x77\x03\x02\x01\x00", b"", b"garbage"])
def test_without_a_signed_list_nothing_is_proven(listed: bytes | None) -> None:
    reading = read(with_ias(cie(), security_object=listed))
    assert reading.anti_clone is Finding.NOT_PROVABLE
    assert "nis.no-security-object" in reading.reasons


@pytest.mark.parametrize("published", [b"", b"\x30\x00", bytes.fromhex("300602010302010F")])
def test_without_a_usable_key_nothing_is_proven(published: bytes) -> None:
    reading = read(with_ias(cie(), published=published))
    assert reading.anti_clone is not Finding.PROVEN
    assert "nis.no-key" in reading.reasons


class Altering(DirectChannel):
    """A chip whose answers to one instruction are altered."""

    def __init__(self, chip: EmrtdChip, ins: int, alter: Callable[[bytes], bytes]) -> None:
        super().__init__(chip)
        self._ins = ins
        self._alter = alter

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        answer = super().transmit(command)
        altered = command[1] == self._ins and isinstance(answer, bytes)
        return self._alter(answer) if altered and isinstance(answer, bytes) else answer


@pytest.mark.parametrize(
    ("ins", "alter", "finding", "reason"),
    [
        (0x22, lambda _: b"\x6a\x88", Finding.NOT_PROVABLE, "nis.challenge-refused"),
        (0x88, lambda _: b"\x69\x85", Finding.NOT_PROVABLE, "nis.challenge-refused"),
        (0x88, lambda answer: answer[1:], Finding.REFUTED, "nis.challenge-failed"),
        (0x88, lambda _: b"\xff" * 256 + b"\x90\x00", Finding.REFUTED, "nis.challenge-failed"),
        (0x88, lambda _: b"\x90\x00", Finding.REFUTED, "nis.challenge-failed"),
    ],
)
def test_a_chip_that_does_not_sign_as_it_should(
    ins: int, alter: Callable[[bytes], bytes], finding: Finding, reason: str
) -> None:
    link = card_link(Altering(cie(), ins, alter), SHORT)
    reading = read_nis(link, SITE_KEY, trusted=anchors())
    assert isinstance(reading, NisReading)
    assert reading.anti_clone is finding
    assert reading.reasons == (reason, "nis.weak")


def test_a_list_whose_signature_is_wrong_is_forged() -> None:
    contents = cie().document.ias
    assert contents is not None
    listed = contents.security_object
    assert listed is not None
    forged = listed[:-1] + bytes((listed[-1] ^ 1,))
    reading = read(with_ias(cie(), security_object=forged))
    assert reading.anti_clone is Finding.REFUTED
    assert "nis.forged" in reading.reasons


def test_a_card_without_the_application_says_so() -> None:
    trouble = read_nis(card_link(DirectChannel(bac_only())), SITE_KEY)
    assert isinstance(trouble, DeviceTrouble)
    assert (trouble.code, trouble.kind) == ("document.no-nis", TroubleKind.REFUSED)


def test_a_number_that_is_none_is_refused() -> None:
    script = Script(["9000", "9000", "0011223344556677889900AA9000"])
    trouble = read_nis(card_link(script), SITE_KEY)
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "nis-form") in trouble.details


def test_a_card_pulled_at_any_command_is_removed() -> None:
    whole = DirectChannel(cie())
    read_nis(card_link(whole), SITE_KEY)
    for at in range(len(whole.commands)):
        assert read_nis(card_link(DirectChannel(cie(), pulled_at=at)), SITE_KEY) == REMOVED


def test_every_reason_has_a_meaning() -> None:
    assert all(code.startswith("nis.") and meaning for code, meaning in REASONS.items())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=260), max_size=12))
def test_no_bytes_of_a_card_raise(answers: list[bytes]) -> None:
    script = Script(["9000", "9000", (NIS + b"\x90\x00").hex()])
    script._answers += [answer.hex() for answer in answers] + ["6A82"] * 400
    assert isinstance(read_nis(card_link(script), SITE_KEY), (NisReading, DeviceTrouble))


def _other_key() -> object:
    return services_key(1)


def _key_file(chip: EmrtdChip) -> bytes:
    contents = chip.document.ias
    assert isinstance(contents, IasContents)
    return contents.public_key_file
