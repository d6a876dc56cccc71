"""OpenPACE's libeac, by ctypes, as the chip that our terminal is judged by. No line of it is ours.

Debian: libeac3. The protocol's mathematics are libeac's alone; this module only takes its values
out of commands and puts them into answers (ICAO 9303-11 clauses 4.4.4 and 9.8). libeac has the
generic mapping over both kinds of groups; of the integrated mapping it has an older form that no
chip uses, and Chip Authentication Mapping it lacks.
"""

from __future__ import annotations

import ctypes
from typing import Any

from hw.apdu.command import Command, Response
from hw.errors import DeviceTrouble
from tests.contract.cards.libeac_terminal import _POINTER, Refusal, _Buffer, _object, _objects

_PACE_KEYS = 0
"""EAC_ID_PACE."""
WRONG_PASSWORD = 0x6300
CONTENT = bytes(range(200))
"""What READ BINARY gives under protection."""


class LibeacChip:
    """A chip in the field, at the end of a link.

    Attributes:
        commands: every command that came, as bytes.
        agreed: libeac has verified the terminal's token.
        password: which password the terminal named, 1 for the MRZ, 2 for the CAN.
    """

    def __init__(self, library: Any, card_access: bytes, secret: bytes, kind: int) -> None:
        library.PACE_STEP1_enc_nonce.restype = _POINTER
        self._library = library
        self._context = ctypes.c_void_p(library.EAC_CTX_new())
        text = ctypes.create_string_buffer(card_access, len(card_access))
        if library.EAC_CTX_init_ef_cardaccess(text, len(card_access), self._context) != 1:
            raise Refusal("EF.CardAccess")
        made = library.PACE_SEC_new(secret, len(secret), kind)
        if not made:
            raise Refusal("password")
        self._password = ctypes.c_void_p(made)
        self._kept: list[Any] = []
        self._theirs = b""
        self.commands: list[bytes] = []
        self.agreed = False
        self.password = 0

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Answer as the standard has it; what libeac refuses is 6A80."""
        self.commands.append(command.to_bytes())
        try:
            return self._answer(command)
        except Refusal:
            return Response(b"", 0x6A80)

    def _answer(self, command: Command) -> Response:
        if command.ins == 0x22:
            self.password = _objects(command.data)[0x83][0]
            return Response(b"", 0x9000)
        if command.ins == 0x86:
            return self._step(_objects(_objects(command.data)[0x7C]))
        return self._protected(command)

    def _step(self, asked: dict[int, bytes]) -> Response:
        if not asked:
            return _dynamic(0x80, self._given("PACE_STEP1_enc_nonce", self._password))
        if 0x81 in asked:
            own = self._given("PACE_STEP3A_generate_mapping_data")
            self._done("PACE_STEP3A_map_generator", self._buffer(asked[0x81]))
            return _dynamic(0x82, own)
        if 0x83 in asked:
            own = self._given("PACE_STEP3B_generate_ephemeral_key")
            self._theirs = asked[0x83]
            self._done("PACE_STEP3B_compute_shared_secret", self._buffer(self._theirs))
            self._done("PACE_STEP3C_derive_keys")
            return _dynamic(0x84, own)
        verify = self._library.PACE_STEP3D_verify_authentication_token
        if verify(self._context, self._buffer(asked[0x85])) != 1:
            return Response(b"", WRONG_PASSWORD)
        token = self._given("PACE_STEP3D_compute_authentication_token", self._buffer(self._theirs))
        self._done("EAC_CTX_set_encryption_ctx", _PACE_KEYS)
        self.agreed = True
        return _dynamic(0x86, token)

    def _protected(self, command: Command) -> Response:
        """READ BINARY under secure messaging, libeac checking and making the codes."""
        self._done("EAC_increment_ssc")
        found = _objects(command.data)
        header = bytes((command.cla, command.ins, command.p1, command.p2))
        covered = self._padded(header) + _object(0x97, found[0x97])
        if self._code(covered) != found[0x8E]:
            raise Refusal("code of the command")
        self._done("EAC_increment_ssc")
        plain = CONTENT[command.p2 : command.p2 + found[0x97][0]]
        hidden = self._given("EAC_encrypt", self._buffer(self._padded(plain)))
        body = _object(0x87, b"\x01" + hidden) + _object(0x99, b"\x90\x00")
        return Response(body + _object(0x8E, self._code(body)), 0x9000)

    def _code(self, message: bytes) -> bytes:
        return self._given("EAC_authenticate", self._buffer(self._padded(message)))[:8]

    def _padded(self, message: bytes) -> bytes:
        return self._given("EAC_add_iso_pad", self._buffer(message))

    def _buffer(self, data: bytes) -> Any:
        text = ctypes.create_string_buffer(data, len(data))
        made = _Buffer(len(data), ctypes.cast(text, ctypes.c_void_p).value, len(data), 0)
        self._kept += [text, made]
        return ctypes.byref(made)

    def _given(self, name: str, *values: Any) -> bytes:
        """A function that gives a buffer."""
        given = getattr(self._library, name)(self._context, *values)
        if not given:
            raise Refusal(name)
        return ctypes.string_at(given.contents.data, given.contents.length)

    def _done(self, name: str, *values: Any) -> None:
        """A function that gives 1 where all is well."""
        if getattr(self._library, name)(self._context, *values) != 1:
            raise Refusal(name)


def _dynamic(tag: int, value: bytes) -> Response:
    return Response(_object(0x7C, _object(tag, value)), 0x9000)
