"""Who may read a document chip: passwords and their tries, sessions, the chip's own proofs.

ICAO 9303-11 clauses 4 and 6, ISO/IEC 7816-4 clause 11.5 (security environments).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from tests.emulated.cards.document import Document, Manners
from tests.emulated.cards.emrtd_apdu import (
    NO_REFERENCE,
    NOT_ALLOWED,
    NOT_SATISFIED,
    OK,
    REFUSED_TRY,
    WRONG_COUNT,
    WRONG_DATA,
    WRONG_INSTRUCTION,
    WRONG_LENGTH,
    WRONG_PARAMETERS,
    CommandApdu,
    Refused,
    object_of,
    tlv,
)
from tests.emulated.cards.emrtd_authentications import BasicAccess, agreed_keys
from tests.emulated.cards.emrtd_crypto import SessionKeys, Suite
from tests.emulated.cards.emrtd_pace import PaceRun, Random, WrongPassword
from tests.emulated.cards.emrtd_protocols import ChipKey, Mapping, PaceOffer, oid_value

MRZ, CAN = 1, 2
"""References of the passwords, TR-03110-3 B.11.1."""


class AccessControl:
    """The access conditions of one chip.

    Attributes:
        session: keys of the open session, None without.
        wrong_tries: wrong passwords in a row, by reference. A reset does not undo them.
        runs: how often PACE has begun.
        authenticated: protocols that have succeeded since power on.
    """

    def __init__(
        self,
        document: Document,
        manners: Manners,
        random: Random,
        sleep: Callable[[float], None],
    ) -> None:
        self._document = document
        self._manners = manners
        self._random = random
        self._sleep = sleep
        self.wrong_tries = {MRZ: 0, CAN: 0}
        self.runs = 0
        self.session: SessionKeys | None = None
        self.authenticated: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Forget every session, as at power on."""
        self.close()
        self.authenticated = []
        self._basic = BasicAccess(self._document.zone_information, self._random)
        self._chip_key: ChipKey | None = None

    def close(self) -> None:
        """End the session."""
        self.session = None
        self._next: SessionKeys | None = None
        self._run: PaceRun | None = None
        self._reference = 0
        self._offer: PaceOffer | None = None
        self._chip_key = None

    def renew(self) -> None:
        """Go over to the keys of Chip Authentication, once its last answer is protected."""
        if self._next is not None:
            self.session, self._next = self._next, None

    # --- Basic Access Control

    def challenge(self, apdu: CommandApdu) -> bytes:
        """GET CHALLENGE."""
        if not self._document.basic_access:
            raise Refused(WRONG_INSTRUCTION)
        if apdu.expected != 8:
            raise Refused(WRONG_LENGTH)
        return self._basic.challenge()

    def external_authenticate(self, apdu: CommandApdu) -> bytes:
        """EXTERNAL AUTHENTICATE."""
        if not self._document.basic_access:
            raise Refused(WRONG_INSTRUCTION)
        self._wait(MRZ)
        try:
            answer, keys = self._basic.authenticate(apdu.data)
        except Refused as refusal:
            if refusal.status != REFUSED_TRY:
                raise
            raise self._wrong(MRZ) from None
        self._open(MRZ, keys, "BAC")
        return answer

    # --- PACE and Chip Authentication

    def set_environment(self, apdu: CommandApdu) -> tuple[bytes, bytes]:
        """MANAGE SECURITY ENVIRONMENT: which protocol, which password, which key."""
        chosen = object_of(apdu.data, 0x80)
        match apdu.p1, apdu.p2:
            case 0xC1, 0xA4:
                return b"", self._choose_pace(apdu.data, chosen or b"")
            case 0x41, 0xA4:
                self._choose_chip_key(apdu.data, chosen or b"")
                return b"", OK
            case 0x41, 0xA6:
                self._agree_at_once(apdu.data)
                return b"", OK
            case _:
                raise Refused(WRONG_PARAMETERS)

    def _choose_pace(self, data: bytes, chosen: bytes) -> bytes:
        """MSE:Set AT for PACE, clause 4.4.4.1."""
        self._run = self._offer = None
        matching = [one for one in self._document.offers if oid_value(one.oid) == chosen]
        if not matching:
            raise Refused(WRONG_DATA)
        parameter = object_of(data, 0x84)
        if parameter is None and self._manners.always_needs_parameter:
            raise Refused(WRONG_COUNT)
        if parameter is not None:
            matching = [one for one in matching if bytes([one.parameter]) == parameter]
        ambiguous = len(matching) > 1 or (
            parameter is None and self._manners.needs_parameter and len(self._document.offers) > 1
        )
        if not matching or ambiguous:
            raise Refused(NO_REFERENCE)
        reference = int.from_bytes(object_of(data, 0x83) or b"", "big")
        if reference not in self.wrong_tries or not self._password(reference):
            raise Refused(NO_REFERENCE)
        self._offer, self._reference = matching[0], reference
        left = self._left(reference)
        if left == 0:
            self._offer = None
            return self._manners.blocked
        return OK if left is None or left == self._manners.tries else bytes([0x63, 0xC0 | left])

    def _choose_chip_key(self, data: bytes, chosen: bytes) -> None:
        """MSE:Set AT for Chip Authentication, clause 6.2.4.2."""
        self._need_session()
        self._chip_key = self._key_named(data, lambda key: oid_value(key.oid) == chosen)

    def _agree_at_once(self, data: bytes) -> None:
        """MSE:Set KAT: Chip Authentication in one command, 3DES alone (clause 6.2.4.1)."""
        self._need_session()
        if not self._manners.agrees_at_once:
            raise Refused(WRONG_PARAMETERS)
        key = self._key_named(data, lambda key: key.suite is Suite.TRIPLE_DES)
        public = object_of(data, 0x91)
        if public is None:
            raise Refused(WRONG_DATA)
        self._next = agreed_keys(key, public)
        self.authenticated.append("CA")

    def _key_named(self, data: bytes, wanted: Callable[[ChipKey], bool]) -> ChipKey:
        reference = object_of(data, 0x84)
        number = None if reference is None else int.from_bytes(reference, "big")
        keys = [key for key in self._document.chip_keys if wanted(key)]
        if not keys:
            raise Refused(WRONG_DATA)
        keys = [key for key in keys if key.key_id == number]
        if len(keys) != 1:
            raise Refused(NO_REFERENCE)
        return keys[0]

    def general_authenticate(self, apdu: CommandApdu) -> bytes:
        """GENERAL AUTHENTICATE: the steps of PACE, or Chip Authentication."""
        asked = object_of(apdu.data, 0x7C)
        if asked is None:
            raise Refused(WRONG_DATA)
        if self._chip_key is not None:
            return self._agree(self._chip_key, asked)
        if self._run is None:
            self._run = self._begin()
        try:
            answer = self._run.step(asked)
        except WrongPassword:
            self._run = self._offer = None
            raise self._wrong(self._reference) from None
        except Refused:
            self._run = self._offer = None
            raise
        if self._run.session is not None:
            run, reference = self._run, self._reference
            self._open(reference, run.session, "PACE")
        return tlv(0x7C, answer)

    def _begin(self) -> PaceRun:
        offer, self._offer = self._offer, None
        if offer is None:
            raise Refused(NOT_SATISFIED)
        self._wait(self._reference)
        size = self._manners.nonce_size or 16
        if offer.mapping is Mapping.INTEGRATED and offer.suite.key_size > 16:
            size = 32
        self.runs += 1
        return PaceRun(
            offer,
            self._password(self._reference),
            self._random,
            nonce_size=size,
            mapping_key=self._document.mapping_key,
            numbers=replace(
                self._manners.numbers, zero_led=self.runs <= self._manners.zero_led_runs
            ),
        )

    def _agree(self, key: ChipKey, asked: bytes) -> bytes:
        """Chip Authentication's GENERAL AUTHENTICATE, clause 6.2.4.2."""
        self._chip_key = None
        public = object_of(asked, 0x80)
        if public is None:
            raise Refused(WRONG_DATA)
        self._next = agreed_keys(key, public)
        self.authenticated.append("CA")
        return tlv(0x7C, b"")

    def internal_authenticate(self, apdu: CommandApdu) -> bytes:
        """INTERNAL AUTHENTICATE: Active Authentication, clause 6.1.3."""
        if self._document.active_key is None:
            raise Refused(WRONG_INSTRUCTION)
        if len(apdu.data) != 8:
            raise Refused(WRONG_LENGTH)
        self.authenticated.append("AA")
        return self._document.active_key.answer(apdu.data, self._random)

    # --- passwords

    def _password(self, reference: int) -> bytes:
        if reference == CAN:
            return self._document.can.encode()
        zone = self._document.zone_information
        return hashlib.sha1(zone, usedforsecurity=False).digest() if zone else b""

    def _left(self, reference: int) -> int | None:
        tries = self._manners.tries
        return None if tries is None else max(0, tries - self.wrong_tries[reference])

    def _wait(self, reference: int) -> None:
        """Make guessing slow, clause 4.4.1 of TR-03110-1 and every real chip."""
        delays, wrong = self._manners.delays, self.wrong_tries[reference]
        if delays and wrong:
            self._sleep(delays[min(wrong, len(delays)) - 1])

    def _wrong(self, reference: int) -> Refused:
        self.wrong_tries[reference] += 1
        left = self._left(reference)
        return Refused(self._manners.wrong_key if left is None else bytes([0x63, 0xC0 | left]))

    def _open(self, reference: int, keys: SessionKeys | None, protocol: str) -> None:
        self.close()
        self.wrong_tries[reference] = 0
        self.session = keys
        self.authenticated.append(protocol)

    def _need_session(self) -> None:
        if self.session is None:
            raise Refused(NOT_ALLOWED)
