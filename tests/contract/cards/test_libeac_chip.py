"""Our PACE opens a chip whose mathematics are libeac's (OpenPACE): nobody here wrote it."""

from __future__ import annotations

import pytest

from hw.apdu.command import Response, read_binary
from hw.apdu.secure_messaging import SecureMessaging
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.pace import PaceSession, authenticate, choose
from hw.cards.emrtd.security_infos import parse
from hw.document_readings import CardAccessNumber, DocumentKey, MrzKey
from hw.errors import DeviceTrouble
from tests.contract.cards.libeac_chip import CONTENT, LibeacChip
from tests.contract.cards.libeac_terminal import CAN, MRZ, load

LIBRARY = load()
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="no libeac here (Debian: libeac3)")

CIPHERS = {Suite.TRIPLE_DES: 1, Suite.AES_128: 2, Suite.AES_192: 3, Suite.AES_256: 4}
ZONE = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
"""The specimen of ICAO 9303-5."""
ZONE_KEY = MrzKey("D23145890", "740812", "120415")
CAN_DIGITS = "724865"


def card_access(agreement: int, suite: Suite, parameter: int) -> bytes:
    """EF.CardAccess with one PACEInfo of the generic mapping."""
    oid = bytes.fromhex("0400 7F00 0702 0204") + bytes((agreement, CIPHERS[suite]))
    info = b"\x06\x0a" + oid + b"\x02\x01\x02\x02\x01" + bytes((parameter,))
    return b"\x31\x14\x30\x12" + info


def open_chip(chip: LibeacChip, content: bytes, key: DocumentKey) -> PaceSession | DeviceTrouble:
    infos = parse(content)
    return authenticate(chip, choose(infos)[0], key, several=infos.several_pace_parameters)


GROUPS = [
    (1, Suite.TRIPLE_DES, 2),
    (1, Suite.TRIPLE_DES, 1),
    (1, Suite.AES_128, 0),
    (1, Suite.AES_256, 2),
    (2, Suite.TRIPLE_DES, 12),
    (2, Suite.AES_128, 8),
    (2, Suite.AES_128, 9),
    (2, Suite.AES_128, 10),
    (2, Suite.AES_128, 11),
    (2, Suite.AES_128, 12),
    (2, Suite.AES_128, 13),
    (2, Suite.AES_192, 14),
    (2, Suite.AES_192, 15),
    (2, Suite.AES_256, 16),
    (2, Suite.AES_256, 17),
    (2, Suite.AES_256, 18),
]


@pytest.mark.parametrize(("agreement", "suite", "parameter"), GROUPS)
@pytest.mark.parametrize("kind", [CAN, MRZ])
def test_a_foreign_chip_is_opened_and_read(
    kind: int, agreement: int, suite: Suite, parameter: int
) -> None:
    content = card_access(agreement, suite, parameter)
    secret = CAN_DIGITS if kind == CAN else ZONE
    chip = LibeacChip(LIBRARY, content, secret.encode(), kind)
    key: DocumentKey = CardAccessNumber(CAN_DIGITS) if kind == CAN else ZONE_KEY
    session = open_chip(chip, content, key)
    assert isinstance(session, PaceSession)
    assert chip.agreed
    assert chip.password == kind
    messages = SecureMessaging(chip, session.cipher)
    for offset in (0, 100):
        response = messages.exchange(read_binary(offset, 90))
        assert isinstance(response, Response)
        assert response.data == CONTENT[offset : offset + 90]


@pytest.mark.parametrize(("agreement", "suite", "parameter"), [GROUPS[0], GROUPS[10]])
def test_a_wrong_password_is_refused_and_told(agreement: int, suite: Suite, parameter: int) -> None:
    content = card_access(agreement, suite, parameter)
    chip = LibeacChip(LIBRARY, content, CAN_DIGITS.encode(), CAN)
    for wrong in (CardAccessNumber("724866"), ZONE_KEY):
        trouble = open_chip(chip, content, wrong)
        assert isinstance(trouble, DeviceTrouble)
        assert trouble.code == "document.wrong-key"
        assert not chip.agreed
    assert isinstance(open_chip(chip, content, CardAccessNumber(CAN_DIGITS)), PaceSession)
