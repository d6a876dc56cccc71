"""OpenPACE's libeac, by ctypes, as the terminal that a chip is judged by. No line of it is ours.

Debian: libeac3. The protocol's mathematics are libeac's alone; this module only carries its values
in and out of commands (ICAO 9303-11 clauses 4.4.4 and 9.8).
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from typing import Any

MRZ, CAN = 1, 2
"""enum s_type of eac/pace.h."""
_PACE_KEYS = 0
"""EAC_ID_PACE."""


class _Buffer(ctypes.Structure):
    """BUF_MEM of OpenSSL."""

    _fields_ = [
        ("length", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("max", ctypes.c_size_t),
        ("flags", ctypes.c_ulong),
    ]


_POINTER = ctypes.POINTER(_Buffer)
_GIVES_BUFFER = (
    "PACE_STEP3A_generate_mapping_data",
    "PACE_STEP3B_generate_ephemeral_key",
    "PACE_STEP3D_compute_authentication_token",
    "EAC_add_iso_pad",
    "EAC_remove_iso_pad",
    "EAC_encrypt",
    "EAC_decrypt",
    "EAC_authenticate",
)


def load() -> Any | None:
    """The library with its types told, None where it is not installed."""
    try:
        library = ctypes.CDLL("libeac.so.3")
    except OSError:
        return None
    library.EAC_CTX_new.restype = ctypes.c_void_p
    library.PACE_SEC_new.restype = ctypes.c_void_p
    library.PACE_SEC_new.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    for name in _GIVES_BUFFER:
        getattr(library, name).restype = _POINTER
    library.EAC_init()
    return library


class Refusal(Exception):  # noqa: N818 - the judge's word, no error of ours
    """libeac, or the chip, does not go on."""


class LibeacTerminal:
    """A terminal on one chip.

    Attributes:
        agreed: libeac has verified the chip's token.
    """

    def __init__(self, library: Any, transmit: Callable[[bytes], bytes]) -> None:
        self._library = library
        self._transmit = transmit
        self._context = ctypes.c_void_p(library.EAC_CTX_new())
        self._kept: list[Any] = []
        self.agreed = False

    def _buffer(self, data: bytes) -> Any:
        text = ctypes.create_string_buffer(data, len(data))
        made = _Buffer(len(data), ctypes.cast(text, ctypes.c_void_p).value, len(data), 0)
        self._kept += [text, made]
        return ctypes.byref(made)

    def _asked(self, name: str, *values: bytes) -> bytes:
        """A function that gives a buffer."""
        given = getattr(self._library, name)(self._context, *map(self._buffer, values))
        if not given:
            raise Refusal(name)
        return ctypes.string_at(given.contents.data, given.contents.length)

    def _done(self, name: str, *values: Any) -> None:
        """A function that gives 1 where all is well."""
        if getattr(self._library, name)(self._context, *values) != 1:
            raise Refusal(name)

    def command(self, command: bytes) -> bytes:
        """The data of the chip's answer.

        Raises:
            Refusal: the status is not 9000.
        """
        answer = self._transmit(command)
        if answer[-2:] != b"\x90\x00":
            raise Refusal(answer[-2:].hex())
        return answer[:-2]

    def take(self, card_access: bytes) -> None:
        """Let libeac choose from EF.CardAccess.

        Raises:
            Refusal: it makes nothing of it.
        """
        text = ctypes.create_string_buffer(card_access, len(card_access))
        size = len(card_access)
        if self._library.EAC_CTX_init_ef_cardaccess(text, size, self._context) != 1:
            raise Refusal("EF.CardAccess")

    def choose(self, oid: str, parameter: int) -> None:
        """Choose a protocol and its domain parameters, where several are offered.

        Raises:
            Refusal: libeac does not know them.
        """
        number = self._library.EAC_OBJ_txt2nid(oid.encode())
        self._done("EAC_CTX_init_pace", number, parameter)

    def pace(self, oid: bytes, secret: bytes, kind: int, *, parameter: int | None = None) -> None:
        """Open the chip.

        Args:
            oid: content octets of the protocol's object identifier.
            secret: digits of the CAN, or the zone's three fields with their check digits.
            kind: `MRZ` or `CAN`.
            parameter: domain parameters, to be told where the chip offers several.
        """
        library = self._library
        if kind == MRZ:
            secret = _as_card_zone(secret)
        made = library.PACE_SEC_new(secret, len(secret), kind)
        if not made:
            raise Refusal("password")
        password = ctypes.c_void_p(made)
        chosen = b"\x80" + bytes([len(oid)]) + oid + b"\x83\x01" + bytes([kind])
        if parameter is not None:
            chosen += b"\x84\x01" + bytes([parameter])
        self.command(b"\x00\x22\xc1\xa4" + bytes([len(chosen)]) + chosen)
        nonce = self._step(b"", 0x80)
        self._done("PACE_STEP2_dec_nonce", password, self._buffer(nonce))
        theirs = self._step(_object(0x81, self._asked("PACE_STEP3A_generate_mapping_data")), 0x82)
        self._done("PACE_STEP3A_map_generator", self._buffer(theirs))
        public = self._asked("PACE_STEP3B_generate_ephemeral_key")
        theirs = self._step(_object(0x83, public), 0x84)
        self._done("PACE_STEP3B_compute_shared_secret", self._buffer(theirs))
        self._done("PACE_STEP3C_derive_keys")
        token = self._asked("PACE_STEP3D_compute_authentication_token", theirs)
        answer = self._step(_object(0x85, token), 0x86, last=True)
        self._done("PACE_STEP3D_verify_authentication_token", self._buffer(answer))
        self._done("EAC_CTX_set_encryption_ctx", _PACE_KEYS)
        self.agreed = True

    def _step(self, data: bytes, wanted: int, *, last: bool = False) -> bytes:
        """GENERAL AUTHENTICATE; the value of the object that the chip answers with."""
        body = _object(0x7C, data)
        long = len(body) > 255
        size = len(body).to_bytes(3 if long else 1, "big")
        header = bytes([0x00 if last else 0x10, 0x86, 0x00, 0x00])
        answer = self.command(header + size + body + (b"\x00\x00" if long else b"\x00"))
        found = _objects(_objects(answer)[0x7C])
        return found[wanted]

    def protected(self, header: bytes, data: bytes, expected: int | None) -> bytes:
        """The plain data of the answer to a protected command.

        Raises:
            Refusal: a status other than 9000, or libeac finds the code wrong.
        """
        self._done("EAC_increment_ssc")
        masked = bytes([header[0] | 0x0C]) + header[1:]
        carried = b""
        if data:
            hidden = self._asked("EAC_encrypt", self._asked("EAC_add_iso_pad", data))
            carried = _object(0x87, b"\x01" + hidden)
        if expected is not None:
            carried += _object(0x97, bytes([expected & 0xFF]))
        message = self._asked("EAC_add_iso_pad", masked) + carried
        code = self._asked("EAC_authenticate", self._padded(message))
        body = carried + _object(0x8E, code[:8])
        answer = self._transmit(masked + bytes([len(body)]) + body + b"\x00")
        self._done("EAC_increment_ssc")
        found = _objects(answer[:-2])
        covered = b"".join(_object(tag, value) for tag, value in found.items() if tag != 0x8E)
        if self._asked("EAC_authenticate", self._padded(covered))[:8] != found[0x8E]:
            raise Refusal("code of the answer")
        if found[0x99] != b"\x90\x00" or answer[-2:] != found[0x99]:
            raise Refusal(found[0x99].hex())
        if 0x87 not in found:
            return b""
        padded = self._asked("EAC_decrypt", found[0x87][1:])
        plain = self._library.EAC_remove_iso_pad(self._buffer(padded))
        return ctypes.string_at(plain.contents.data, plain.contents.length)

    def _padded(self, message: bytes) -> bytes:
        return self._asked("EAC_add_iso_pad", message)


def _as_card_zone(information: bytes) -> bytes:
    """The three fields where libeac looks for them: in the zone of a card (TD1)."""
    number, birth, expiry = information[:10], information[10:17], information[17:24]
    return b"<" * 5 + number + b"<" * 15 + birth + b"<" + expiry


def _object(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + value


def _objects(data: bytes) -> dict[int, bytes]:
    """Values by tag; one-byte tags are all there are here."""
    found, at = {}, 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size > 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        found[tag] = data[at : at + size]
        at += size
    return found
