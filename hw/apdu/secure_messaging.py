"""Secure messaging as a link: every command and answer encrypted and authenticated.

ICAO 9303-11 clause 9.8, which narrows ISO/IEC 7816-4 clause 10: data in DO 87 (DO 85 for odd
instructions), Le in DO 97, status word in DO 99, checksum in DO 8E. What is computed with keys lies
in a `SessionCipher`; nothing here knows an algorithm.
"""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass
from typing import Final, Protocol

from hw.apdu import tlv
from hw.apdu.command import (
    LONGEST_ANSWER,
    LONGEST_DATA,
    LONGEST_EXTENDED_ANSWER,
    Command,
    Response,
)
from hw.apdu.link import Link
from hw.apdu.status import name_of
from hw.errors import DeviceTrouble, TroubleKind

_SECURED: Final = 0x0C
"""Bits of the class byte: secure messaging, command header authenticated."""
_CRYPTOGRAM: Final = 0x87
_CRYPTOGRAM_OF_OBJECTS: Final = 0x85
_LE: Final = 0x97
_STATUS: Final = 0x99
_CHECKSUM: Final = 0x8E
_PADDED: Final = b"\x01"
_PAD: Final = 0x80
_MAC_SIZE: Final = 8
_MOST_OBJECTS: Final = 8
"""More than any protected answer has."""
_TRAILER: Final = (2 + 2) + (2 + _MAC_SIZE)
"""Bytes of DO 99 and DO 8E, which every protected answer ends with."""


class SessionCipher(Protocol):
    """Keys and send sequence counter (SSC) of one session, 3DES or AES (clause 9.8.6)."""

    @property
    def block(self) -> int:
        """Block size in bytes, to which data are padded: 8 or 16."""
        ...

    def advance(self) -> None:
        """Add one to the SSC: once before each command, once before each answer."""
        ...

    def encrypt(self, padded: bytes) -> bytes:
        """Encrypt whole blocks under KSenc."""
        ...

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt whole blocks under KSenc."""
        ...

    def mac(self, data: bytes) -> bytes:
        """Checksum of 8 bytes under KSmac over the SSC and `data`, which is padded in here."""
        ...

    def wipe(self) -> None:
        """Forget the keys. Nothing else may be called after it."""
        ...


class SecureMessaging:
    """A session. After any breach it is dead: no further command reaches the card.

    An answer without protection ends it too, be it an error: whoever can strip the protection
    could else choose what the reader believes, and the chip itself has dropped its keys
    (clause 9.8.3).
    """

    def __init__(self, following: Link, cipher: SessionCipher) -> None:
        self._next = following
        self._cipher: SessionCipher | None = cipher
        # A stop comes from another thread; it must not take the keys away in the middle of a sum.
        self._computing = threading.RLock()

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self._cipher is not None

    def wipe(self) -> None:
        """End the session and forget its keys. Safe to call twice, at any moment, on any thread."""
        with self._computing:
            cipher, self._cipher = self._cipher, None
            if cipher is not None:
                cipher.wipe()

    def _current(self) -> SessionCipher | None:
        """The cipher, read anew: another thread may have taken it."""
        return self._cipher

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer `command` under protection.

        Returns:
            The answer that the chip vouches for, errors included. Or trouble, with the session
            dead: `card.secure-messaging` with a reason where the answer is not protected as it
            must be, else what the link below gives.
        """
        with self._computing:
            cipher = self._current()
            if cipher is None:
                return _breach("session-ended")
            cipher.advance()
            protected = protect(command, cipher)
        answer = self._next.exchange(protected)
        if isinstance(answer, DeviceTrouble):
            self.wipe()
            return answer
        with self._computing:
            cipher = self._current()
            if cipher is None:
                return _breach("session-ended")
            cipher.advance()
            try:
                return unprotect(command, answer, cipher)
            except tlv.Malformed as malformed:
                self.wipe()
                return _breach(malformed.reason, name_of(answer.status))


def protect(command: Command, cipher: SessionCipher) -> Command:
    """The protected form of `command` (clause 9.8.4.1), with the SSC as it stands."""
    cla = command.cla | _SECURED
    objects = b""
    if command.data:
        cryptogram = cipher.encrypt(pad(command.data, cipher.block))
        if command.ins & 1:
            objects = tlv.encode(_CRYPTOGRAM_OF_OBJECTS, cryptogram)
        else:
            objects = tlv.encode(_CRYPTOGRAM, _PADDED + cryptogram)
    if command.le is not None:
        modulus, size = (LONGEST_EXTENDED_ANSWER, 2)
        if command.fits_short:
            modulus, size = (LONGEST_ANSWER, 1)
        objects += tlv.encode(_LE, (command.le % modulus).to_bytes(size, "big"))
    header = pad(bytes((cla, command.ins, command.p1, command.p2)), cipher.block)
    # With no objects the header alone is authenticated, and is not padded a second time.
    checksum = cipher.mac(header + objects if objects else header[:4])
    data = objects + tlv.encode(_CHECKSUM, checksum)
    answer = protected_size(command.le or 0, cipher.block)
    short = len(data) <= LONGEST_DATA and answer <= LONGEST_ANSWER
    le = LONGEST_ANSWER if short else LONGEST_EXTENDED_ANSWER
    return Command(command.ins, command.p1, command.p2, data, le, cla)


def is_protected(data: bytes) -> bool:
    """Whether `data` have the form of a whole protected answer: data objects, a checksum last."""
    try:
        elements = tlv.read_all(data, _MOST_OBJECTS)
    except tlv.Malformed:
        return False
    return bool(elements) and elements[-1].tag == _CHECKSUM


@dataclass(slots=True)
class _Objects:
    """The data objects of a protected answer."""

    authenticated: bytes
    cryptogram: bytes | None
    status: int
    checksum: bytes


def unprotect(command: Command, answer: Response, cipher: SessionCipher) -> Response:
    """What the chip answered to `command`, with the SSC as it stands (clause 9.8.4.2).

    Raises:
        Malformed: the answer is not protected, or not as it must be.
    """
    if not answer.data:
        raise tlv.Malformed("unprotected")
    objects = _split(answer.data, odd=bool(command.ins & 1))
    if not hmac.compare_digest(cipher.mac(objects.authenticated), objects.checksum):
        raise tlv.Malformed("wrong-checksum")
    if objects.status != answer.status:
        raise tlv.Malformed("two-status-words")
    if objects.cryptogram is None:
        return Response(b"", objects.status)
    if not objects.cryptogram or len(objects.cryptogram) % cipher.block:
        raise tlv.Malformed("cryptogram-not-of-blocks")
    data = unpad(cipher.decrypt(objects.cryptogram), cipher.block)
    if command.le is not None and len(data) > command.le:
        raise tlv.Malformed("more-than-asked")
    return Response(data, objects.status)


def _split(data: bytes, *, odd: bool) -> _Objects:
    """Cryptogram (if any), status word and checksum, in this order and nothing else."""
    elements = list(tlv.read_all(data, _MOST_OBJECTS))
    if not elements or elements[-1].tag != _CHECKSUM:
        raise tlv.Malformed("no-checksum")
    checksum = elements.pop().value
    if len(checksum) != _MAC_SIZE:
        raise tlv.Malformed("checksum-size")
    if not elements or elements[-1].tag != _STATUS:
        raise tlv.Malformed("no-status")
    status = elements.pop().value
    if len(status) != 2:
        raise tlv.Malformed("status-size")
    cryptogram: bytes | None = None
    if elements:
        first = elements.pop(0)
        if elements or first.tag != (_CRYPTOGRAM_OF_OBJECTS if odd else _CRYPTOGRAM):
            raise tlv.Malformed("unexpected-object")
        if not odd and not first.value.startswith(_PADDED):
            raise tlv.Malformed("padding-indicator")
        cryptogram = first.value if odd else first.value[1:]
    authenticated = data[: -(2 + _MAC_SIZE)]
    return _Objects(authenticated, cryptogram, int.from_bytes(status, "big"), checksum)


def pad(data: bytes, block: int) -> bytes:
    """Padding of ISO/IEC 9797-1 method 2: 80, then zeros to a whole block; never none."""
    size = (len(data) // block + 1) * block
    return (data + bytes((_PAD,))).ljust(size, b"\x00")


def unpad(data: bytes, block: int) -> bytes:
    """Take off the padding of `pad`.

    Raises:
        Malformed: there is none within the last block.
    """
    bare = data.rstrip(b"\x00")
    if not bare or bare[-1] != _PAD or len(data) - len(bare) >= block:
        raise tlv.Malformed("padding")
    return bare[:-1]


def protected_size(plain: int, block: int) -> int:
    """Bytes of the protected answer that carries `plain` bytes of data."""
    if not plain:
        return _TRAILER
    value = 1 + (plain // block + 1) * block
    length = 1 if value < 0x80 else 2 if value < 0x100 else 3 if value < 0x10000 else 4
    return 1 + length + value + _TRAILER


def most_plain(most_answer: int, block: int) -> int:
    """The most data bytes whose protected answer fits into `most_answer` bytes; 0 where none do.

    231 with 3DES and 223 with AES for answers in short format.
    """
    blocks = max(0, most_answer - _TRAILER - 3) // block
    while blocks > 0 and protected_size(blocks * block - 1, block) > most_answer:
        blocks -= 1
    return max(0, blocks * block - 1)


def _breach(reason: str, status: str | None = None) -> DeviceTrouble:
    """`card.secure-messaging`: the protection does not hold."""
    details = (("reason", reason), *((("status", status),) if status else ()))
    return DeviceTrouble(TroubleKind.PROTOCOL, "card.secure-messaging", details)
