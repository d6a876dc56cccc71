"""The services number of an identity card over a real pcscd: by itself, and beside a reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.cards.ias import NisReading
from hw.document_readings import DocumentReading, DocumentRequest, Finding
from hw.errors import DeviceTrouble
from hw.rig import RigSettings, open_rig
from tests.contract.cards.conftest import SITE_KEY, Bench
from tests.emulated.cards.bad_documents import cloned_services
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import NIS, can_key, cie, cie_8_byte_nonce, italian_pki
from tests.emulated.cards.ts_cns import bank_card


def trusted(bench: Bench) -> None:
    """Let the bench believe the country whose cards these are."""
    bench.rig.trust_documents(TrustAnchors(certificates=italian_pki().certificates))


def number(bench: Bench, chip: EmrtdChip) -> NisReading:
    """What the card in the reader says."""
    bench.insert(chip)
    found = bench.rig.read_services_number()
    assert isinstance(found, NisReading), found
    return found


@pytest.mark.parametrize("make", [cie, cie_8_byte_nonce], ids=["by name", "by master file"])
def test_the_same_card_is_known_again_and_its_number_is_nowhere(
    bench: Bench, make: Callable[[], EmrtdChip]
) -> None:
    trusted(bench)
    first, second = number(bench, make()), number(bench, make())
    assert first.hashed == second.hashed
    assert first.anti_clone is Finding.PROVEN
    assert NIS not in repr(first).encode()
    elsewhere = open_rig(RigSettings(speech=False, site_key=bytes(reversed(SITE_KEY))))
    other = elsewhere.read_services_number()
    elsewhere.close()
    assert isinstance(other, NisReading)
    assert other.hashed != first.hashed


def test_a_copy_of_the_number_is_told(bench: Bench) -> None:
    trusted(bench)
    assert number(bench, cloned_services()).anti_clone is Finding.REFUTED


def test_other_cards_and_sites_without_a_key(bench: Bench) -> None:
    bench.insert(bank_card())
    found = bench.rig.read_services_number()
    assert isinstance(found, DeviceTrouble)
    assert found.code == "document.no-nis"
    keyless = open_rig(RigSettings(speech=False))
    without = keyless.read_services_number()
    assert isinstance(without, DeviceTrouble)
    assert without.code == "key.absent"
    keyless.close()


def test_a_reading_for_the_check_says_what_the_number_shows(bench: Bench) -> None:
    trusted(bench)
    bench.insert(cie())
    request = DocumentRequest(can_key(cie()), date(2026, 11, 22))
    for with_face, expected in ((True, ["nis.challenge", "nis.weak"]), (False, [])):
        outcome = bench.rig.read_document(
            replace(request, with_face=with_face), lambda _progress: None
        )
        assert isinstance(outcome, DocumentReading)
        assert [text for name, text in outcome.facts if name == "services number"] == expected
