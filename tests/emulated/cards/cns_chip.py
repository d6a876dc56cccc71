"""A TS-CNS with its PIN and its key, in the generations that are met at counters.

Written from the CNS Functional Specification as far as it is public and from what middleware sends
(clauses below: ISO/IEC 7816-4 and -8); OpenSC's `itacns` driver is the judge. The PIN is reference
10, the PUK 11, eight bytes padded with FF, three tries. The key is number 01: MSE RESTORE of
environment 03, then MSE SET with tag B6 and PSO COMPUTE DIGITAL SIGNATURE over a padded block, or
MSE SET with tag B8 and PSO DECIPHER of one, which is the same raw RSA and what OpenSC sends.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.emulated.cards.file_chip import (
    OK,
    WRONG_CLASS,
    WRONG_LENGTH,
    WRONG_P1P2_OF_SELECT,
    FileChip,
    Reads,
)
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import CARD_ID, CONTACTLESS_ATR, EF_SIZE, PERSONAL_DATA

PIN: Final = "70915283"
"""No sequence: a search for it on a disk finds what was typed, and not a table of a program."""
PUK: Final = "87654321"
MOST_TRIES: Final = 3
CERTIFICATE: Final = "3F0011001101"
_SIGNING, _DECIPHERING = 0xB6, 0xB8
"""Control reference templates, ISO/IEC 7816-4 clause 10.3.3."""
_BLOCKED: Final = b"\x69\x83"
_NOT_VERIFIED: Final = b"\x69\x82"
_NO_ENVIRONMENT: Final = b"\x69\x85"
_WRONG_DATA: Final = b"\x6a\x80"
_NO_REFERENCE: Final = b"\x6a\x88"
_KEY: Final = 0x01
_CHAINED: Final = 0x10
"""Class of a command that others of the same chain follow, clause 5.3.3."""
_MOST_CHAINED: Final = 512


@dataclass(frozen=True, slots=True)
class Generation:
    """What differs from one make of card to the next.

    Attributes:
        name: how the trade calls it.
        atr: answer to reset.
        key_bits: size of the RSA key.
        extended: whether the card takes commands in extended length.
        backtracks: the PIN lies in a parent DF, so its reference needs bit 8 (90, not 10).
        application: the AID under which certificate, PIN and key live; None for the MF.
        query: answer to VERIFY without data; None for the lawful one, with the tries left.
    """

    name: str
    atr: bytes
    key_bits: int = 1024
    extended: bool = False
    backtracks: bool = False
    application: bytes | None = None
    query: bytes | None = None


def cns_atr(maker: int, mask: int, version: int, firmware: int = 0x02) -> bytes:
    """An answer to reset with the historical bytes of a CNS: makers of chip and mask, version."""
    historical = bytes([0x00, 0x6B, maker, mask, firmware, 0x00, 0x01, 0x01, 0x01])
    historical += b"CNS" + bytes([version, 0x31, 0x80])
    body = bytes.fromhex("FF1800FF8131FE55") + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


ATHENA_2014: Final = Generation("Athena 2014, CNS 1.0", cns_atr(0x02, 0x0C, 0x10))
ST_2014: Final = Generation("STIncard, CNS 1.0", cns_atr(0x02, 0x09, 0x10), backtracks=True)
ST_2021: Final = Generation(
    "STIncard 2021, CNS 1.1", cns_atr(0x02, 0x09, 0x11), 2048, extended=True, backtracks=True
)
ATHENA_2021: Final = Generation(
    "Athena 2021, CNS 1.1", cns_atr(0x02, 0x0C, 0x11), 2048, extended=True
)
IDEMIA_2021: Final = Generation(
    "IDEMIA 2021", cns_atr(0x05, 0x05, 0x10, firmware=0x20), 2048, extended=True
)
"""Says version 1.0 and has a key of 2048 bits: middleware before OpenSC 0.24 takes it for 1024."""
ACTALIS_2025: Final = Generation(
    "Actalis 2025",
    cns_atr(0x04, 0x04, 0x11),
    2048,
    extended=True,
    application=bytes.fromhex("A000000530455349474E"),
)
"""Certificate and key lie in an application of their own, which OpenSC does not look for."""
CONTACTLESS: Final = Generation("over NFC", CONTACTLESS_ATR, 2048, extended=True)
"""The ATR says nothing, so middleware that goes by it does not know the card."""
SUPPORTED: Final = (ATHENA_2014, ST_2014, ATHENA_2021, ST_2021)
"""Those that OpenSC 0.23 signs with."""
UNSUPPORTED: Final = (IDEMIA_2021, ACTALIS_2025, CONTACTLESS)


@dataclass
class CnsChip:
    """The chip. Implements `Chip`; what was spent of its tries stays over a reset, as on a card.

    Attributes:
        generation: its make.
        key: its private key.
        certificate: content of EF C_Carta, DER.
        holder: whose data it carries.
        pin: the PIN.
        tries: wrong PINs that it still takes.
        reads: how READ BINARY is answered.
        overrides: called before the chip's own answer; None leaves the answer to the chip.
        seen: every command since the chip was made.
        signatures: how many it has made.
    """

    generation: Generation
    key: rsa.RSAPrivateKey
    certificate: bytes
    holder: Holder = field(default_factory=Holder)
    pin: str = PIN
    tries: int = MOST_TRIES
    reads: Reads = field(default_factory=Reads)
    overrides: Callable[[bytes], bytes | None] | None = None
    seen: list[bytes] = field(default_factory=list)
    signatures: int = 0

    def __post_init__(self) -> None:
        self._files = self._make_files()
        self.reset()

    @property
    def atr(self) -> bytes:
        return self.generation.atr

    def reset(self) -> None:
        """Be as after power on: nothing verified, no environment."""
        self._files.reset()
        self._verified = False
        self._environment = False
        self._chosen: int | None = None
        self._chain = b""
        self._inside = self.generation.application is None

    def answer(self, command: bytes) -> bytes:
        """Response APDU."""
        self.seen.append(command)
        if self.overrides is not None:
            overridden = self.overrides(command)
            if overridden is not None:
                return overridden
        parsed = _Parsed.of(command)
        if parsed is None or (parsed.extended and not self.generation.extended):
            return WRONG_LENGTH
        if parsed.cla == _CHAINED:
            self._chain += parsed.data
            return OK if parsed.ins == 0x2A and len(self._chain) <= _MOST_CHAINED else WRONG_CLASS
        parsed, self._chain = replace(parsed, data=self._chain + parsed.data), b""
        match parsed.ins:
            case 0x20:
                return self._verify(parsed)
            case 0x22:
                return self._manage_environment(parsed)
            case 0x2A:
                return self._operate(parsed)
            case 0xA4:
                return self._select(parsed)
            case _ if parsed.extended:
                return WRONG_LENGTH
            case _:
                return self._files.answer(command)

    def _make_files(self) -> FileChip:
        files = {
            "3F002F02": bytes.fromhex("5A0A80380000000000000001"),
            "3F0010001002": bytes(16),
            "3F0010001003": CARD_ID,
            PERSONAL_DATA: self.holder.record().ljust(EF_SIZE, b"\x00"),
            "3F0012001201": bytes(16),
            "3F0012001202": bytes(16),
            "3F0012001203": bytes(16),
        }
        application = self.generation.application
        if application is None:
            files[CERTIFICATE] = self.certificate
            return FileChip(self.atr, files, reads=self.reads)
        files["3F00E5161101"] = self.certificate
        return FileChip(self.atr, files, {application: "3F00E516"}, reads=self.reads)

    def _select(self, command: _Parsed) -> bytes:
        answer = self._files.answer(command.short())
        if command.p1 == 0x04 and answer[-2:] == OK:
            self._inside = command.data == self.generation.application
        return answer

    def _verify(self, command: _Parsed) -> bytes:
        """VERIFY, ISO/IEC 7816-4 clause 11.5.6; without data it tells the tries left."""
        reference = 0x90 if self.generation.backtracks else 0x10
        if command.p1 != 0x00 or command.p2 != reference or not self._inside:
            return _NO_REFERENCE
        if not command.data:
            return self._query()
        if self.tries == 0:
            return _BLOCKED
        if len(command.data) != 8:
            return WRONG_LENGTH
        if hmac.compare_digest(command.data, self.pin.encode().ljust(8, b"\xff")):
            self.tries, self._verified = MOST_TRIES, True
            return OK
        self.tries, self._verified = self.tries - 1, False
        return bytes([0x63, 0xC0 | self.tries])

    def _query(self) -> bytes:
        if self.generation.query is not None:
            return self.generation.query
        if self._verified:
            return OK
        return bytes([0x63, 0xC0 | self.tries]) if self.tries else _BLOCKED

    def _manage_environment(self, command: _Parsed) -> bytes:
        """MANAGE SECURITY ENVIRONMENT, clause 11.5.11: F3 restores, F1 sets."""
        if command.p1 == 0xF3:
            self._environment, self._chosen = command.p2 == 0x03, None
            return OK if self._environment else _NO_REFERENCE
        if command.p1 != 0xF1 or command.p2 not in {_SIGNING, _DECIPHERING}:
            return WRONG_P1P2_OF_SELECT
        if not self._environment:
            return _NO_ENVIRONMENT
        if command.data != bytes([0x83, 0x01, _KEY]) or not self._inside:
            return _NO_REFERENCE
        self._chosen = command.p2
        return OK

    def _operate(self, command: _Parsed) -> bytes:
        """PERFORM SECURITY OPERATION, ISO/IEC 7816-8 clauses 11.7 and 11.10: raw RSA either way."""
        match command.p1, command.p2:
            case 0x9E, 0x9A:
                wanted, block = _SIGNING, command.data
            case 0x80, 0x86 if command.data[:1] == b"\x00":
                wanted, block = _DECIPHERING, command.data[1:]
            case _:
                return WRONG_P1P2_OF_SELECT
        if self._chosen != wanted:
            return _NO_ENVIRONMENT
        if not self._verified:
            return _NOT_VERIFIED
        numbers = self.key.private_numbers()
        modulus, number = numbers.public_numbers.n, int.from_bytes(block, "big")
        if len(block) != self.generation.key_bits // 8:
            return WRONG_LENGTH
        if number >= modulus:
            return _WRONG_DATA
        self.signatures += 1
        return pow(number, numbers.d, modulus).to_bytes(len(block), "big") + OK


def with_query(generation: Generation, status: bytes) -> Generation:
    """The same make, but with another answer to VERIFY without data."""
    return replace(generation, query=status)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A command APDU in its fields, clause 5.2."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    le: int | None
    extended: bool

    @classmethod
    def of(cls, command: bytes) -> _Parsed | None:
        """Split it; None where the lengths do not fit."""
        if len(command) < 4:
            return None
        (cla, ins, p1, p2), body = command[:4], command[4:]
        if not body:
            return cls(cla, ins, p1, p2, b"", None, extended=False)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, b"", body[0] or 256, extended=False)
        if body[0] or len(body) == 2:
            count, rest = body[0], body[1:]
            if len(rest) not in {count, count + 1}:
                return None
            le = (rest[count] or 256) if len(rest) > count else None
            return cls(cla, ins, p1, p2, rest[:count], le, extended=False)
        if len(body) == 3:
            return cls(
                cla, ins, p1, p2, b"", int.from_bytes(body[1:], "big") or 65536, extended=True
            )
        count, rest = int.from_bytes(body[1:3], "big"), body[3:]
        if len(rest) not in {count, count + 2}:
            return None
        le = (int.from_bytes(rest[count:], "big") or 65536) if len(rest) > count else None
        return cls(cla, ins, p1, p2, rest[:count], le, extended=True)

    def short(self) -> bytes:
        """The same command in short format."""
        data = bytes([len(self.data)]) + self.data if self.data else b""
        wish = b"" if self.le is None else bytes([min(self.le, 256) % 256])
        return bytes([self.cla, self.ins, self.p1, self.p2]) + data + wish
