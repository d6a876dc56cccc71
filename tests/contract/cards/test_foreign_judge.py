"""OpenSC reads the emulated card with its own driver for Italian CNS cards.

An emulator and a reader by one hand agree on each other's mistakes; this is the third party.
"""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.contract.cards.conftest import Bench
from tests.emulated.cards.file_chip import Reads
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import (
    CARD_ID,
    CONTACTLESS_ATR,
    EF_SIZE,
    bank_card,
    identity_card,
    ts_cns,
)

pytestmark = pytest.mark.skipif(
    shutil.which("opensc-tool") is None, reason="no OpenSC on this machine (Debian: opensc)"
)
HOLDER = Holder(surname="D'AMICO", name="ANNA MARIA", residence_address="VIA " + "LUNGA " * 30)


def opensc(bench: Bench, *command: str) -> bytes:
    """Standard output of an OpenSC tool that succeeds on the first reader."""
    result = subprocess.run(
        [*command, "--reader", "0"],
        env={**os.environ, **bench.pcscd.environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@pytest.mark.parametrize(
    "reads",
    [Reads(), Reads(exact=True), Reads(warns=True), Reads(at_most=100), Reads(chained=True)],
    ids=["plain", "6Cxx", "6282", "100 at most", "61xx"],
)
def test_opensc_takes_the_card_for_a_cns_and_reads_its_data(bench: Bench, reads: Reads) -> None:
    bench.insert(ts_cns(HOLDER, reads=reads))
    assert opensc(bench, "opensc-tool", "--name").strip() == b"CNS card"
    data = opensc(bench, "pkcs15-tool", "--read-data-object", "EF_DatiPersonali", "--raw")
    assert data == HOLDER.record().ljust(EF_SIZE, b"\x00")
    card_id = opensc(bench, "pkcs15-tool", "--read-data-object", "EF_IDCarta", "--raw")
    assert card_id == CARD_ID


def test_opensc_finds_the_name_where_we_put_it(bench: Bench) -> None:
    """It takes the card's label from the fourth and fifth field of the record."""
    bench.insert(ts_cns(HOLDER))
    assert b"ANNA MARIA D'AMICO" in opensc(bench, "pkcs15-tool", "--list-info")


@pytest.mark.parametrize("chip", [bank_card, identity_card], ids=["bank card", "identity card"])
def test_opensc_does_not_take_other_cards_for_one(bench: Bench, chip: type[object]) -> None:
    bench.insert(chip())  # type: ignore[arg-type]  # both make chips
    result = subprocess.run(
        ["opensc-tool", "--name", "--reader", "0"],
        env={**os.environ, **bench.pcscd.environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"CNS" not in result.stdout


def test_opensc_does_not_know_the_contactless_card_by_its_atr(bench: Bench) -> None:
    """Why the kiosk does not look at the ATR: the same card over NFC shows nothing there."""
    bench.insert(ts_cns(HOLDER, atr=CONTACTLESS_ATR))
    result = subprocess.run(
        ["opensc-tool", "--name", "--reader", "0"],
        env={**os.environ, **bench.pcscd.environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"CNS" not in result.stdout
