"""The chip of an electronic travel document, ICAO 9303-10 and 9303-11, as a `Chip`.

One hand wrote this side and another the reader; foreign code (libeac3) and the printed examples of
the standards judge it. What it holds is a `Document`, how it behaves its `Manners`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from tests.emulated.cards.document import (
    APPLICATION_SHORT_IDENTIFIERS,
    DIRECTORY,
    EF_ATR,
    EF_CARD_ACCESS,
    EF_CARD_SECURITY,
    EF_DIR,
    SHORT_IDENTIFIERS,
    Document,
    Manners,
    limits_file,
)
from tests.emulated.cards.emrtd_access import AccessControl
from tests.emulated.cards.emrtd_apdu import (
    END_REACHED,
    MESSAGING_MISSING,
    NO_CHAINING,
    NO_CURRENT_EF,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_SATISFIED,
    OK,
    WRONG_CLASS,
    WRONG_DATA,
    WRONG_INSTRUCTION,
    WRONG_LENGTH,
    WRONG_PARAMETERS,
    CommandApdu,
    Refused,
    object_of,
    parse,
    protect,
    tlv,
    unprotect,
)
from tests.emulated.cards.emrtd_pace import Random
from tests.emulated.cards.ias_chip import IasApplication

EMRTD_NAME = bytes.fromhex("A0000002471001")
_MASTER, _EMRTD, _IAS = "MF", "eMRTD", "IAS"
_PROTECTED_DATA_GROUPS = frozenset({0x103, 0x104})
"""Fingerprints and irises: only after Terminal Authentication, which no kiosk can do."""
_MOST_CHAINED = 65535


class EmrtdChip:
    """A travel document on the reader.

    Attributes:
        document: its contents.
        manners: its behaviour.
        access: passwords, sessions and authentications.
        seen: every command since the chip was made.
        reads: whole files and parts that were read: (file identifier, offset, bytes).
    """

    def __init__(
        self,
        document: Document,
        manners: Manners | None = None,
        *,
        random: Random = secrets.token_bytes,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """A chip with its power off.

        Args:
            document: its contents.
            manners: its behaviour.
            random: gives nonces and ephemeral keys; replaced to replay printed examples.
            sleep: lets time go by after wrong passwords.
        """
        self.document = document
        self.manners = manners or Manners()
        self.access = AccessControl(document, self.manners, random, sleep)
        self.seen: list[bytes] = []
        self.reads: list[tuple[int, int, int]] = []
        self._master_files = _master_files(document, self.manners)
        self._application_files = document.files()
        self.reset()

    @property
    def atr(self) -> bytes:
        """Answer to reset."""
        return self.manners.atr

    def reset(self) -> None:
        """Be as after power on: the MF selected, no session. Wrong tries stay counted."""
        self.access.reset()
        self._ias = IasApplication(self.document.ias) if self.document.ias else None
        self._application = _MASTER
        self._file: int | None = None
        self._chained = b""
        self._waiting = b""
        self._waiting_status = OK

    def answer(self, command: bytes) -> bytes:
        """Response APDU."""
        self.seen.append(command)
        try:
            apdu = parse(command, extended=self.manners.extended)
            if apdu.ins == 0xC0 and not apdu.cla & 0x0C and self._waiting:
                return self._next_part(apdu.expected or 256)
            self._waiting = b""
            whole = self._link(apdu)
            if whole is None:
                return OK
            data, status = self._protected(whole)
        except Refused as refusal:
            return refusal.status
        return self._deliver(data, status, in_parts=not whole.extended and len(data) > 256)

    def _link(self, apdu: CommandApdu) -> CommandApdu | None:
        """Join chained commands; None while parts are missing (ISO/IEC 7816-4 clause 5.3.3).

        GENERAL AUTHENTICATE sets the bit of chaining in each step but the last; its data are whole
        as soon as DO 7C is.
        """
        if apdu.cla & 0x10 and apdu.ins == 0x86 and not self.manners.steps_chained:
            raise Refused(NO_CHAINING)
        if not apdu.cla & 0x10:
            data, self._chained = self._chained + apdu.data, b""
        elif apdu.ins == 0x86 and not self._chained and _is_whole(apdu.data):
            data = apdu.data
        else:
            if not self.manners.command_chaining:
                raise Refused(NO_CHAINING)
            self._chained += apdu.data
            if len(self._chained) > _MOST_CHAINED:
                raise Refused(WRONG_LENGTH)
            if apdu.ins != 0x86 or not _is_whole(self._chained):
                return None
            data, self._chained = self._chained, b""
        return CommandApdu(
            apdu.cla & 0xEF, apdu.ins, apdu.p1, apdu.p2, data, apdu.expected, apdu.extended
        )

    def _protected(self, apdu: CommandApdu) -> tuple[bytes, bytes]:
        """Data and status of a command, within the session where there is one."""
        keys = self.access.session
        if apdu.cla & 0x0C == 0:
            if keys is not None:
                self._leave_session(apdu)
            if apdu.cla & 0x83:
                raise Refused(WRONG_CLASS)
            return self._done(apdu)
        if apdu.cla & 0x0C != 0x0C:
            raise Refused(WRONG_CLASS)
        if keys is None:
            raise Refused(MESSAGING_MISSING)
        try:
            plain = unprotect(keys, apdu)
        except Refused:
            self.access.close()
            raise
        try:
            data, status = self._done(plain, protected=True)
        except Refused as refusal:
            if self.manners.bare_errors:
                self.access.close()
                raise
            data, status = b"", refusal.status
        answer = protect(keys, apdu.ins, data, status)
        self.access.renew()
        return answer, self.manners.outer_status or status

    def _leave_session(self, apdu: CommandApdu) -> None:
        """A plain command ends the session, clause 9.8.3."""
        self.access.close()
        if not self.manners.selects_plain and apdu.ins == 0xA4:
            raise Refused(MESSAGING_MISSING)

    def _done(self, apdu: CommandApdu, *, protected: bool = False) -> tuple[bytes, bytes]:
        """Data and status of a plain or unwrapped command."""
        silent = apdu.ins == 0x22 or (apdu.ins == 0xA4 and apdu.p2 & 0x0C == 0x0C)
        if silent and apdu.expected is not None and self.manners.strict_le:
            raise Refused(WRONG_LENGTH)
        match apdu.ins:
            case 0xA4:
                return self._select(apdu)
            case 0xB0 | 0xB1:
                return self._read(apdu, protected=protected)
            case _ if self._application == _IAS and self._ias is not None:
                return self._ias.answer(apdu)
            case 0x84:
                return self.access.challenge(apdu), OK
            case 0x82:
                return self.access.external_authenticate(apdu), OK
            case 0x22:
                return self.access.set_environment(apdu)
            case 0x86:
                return self.access.general_authenticate(apdu), OK
            case 0x88:
                self._need_session()
                return self.access.internal_authenticate(apdu), OK
            case _:
                raise Refused(WRONG_INSTRUCTION)

    # --- files

    def _select(self, apdu: CommandApdu) -> tuple[bytes, bytes]:
        """SELECT, ISO/IEC 7816-4 clause 11.2.2, in the forms that document chips know."""
        by_name = apdu.p1 == 0x04
        allowed = self.manners.application_p2 if by_name else self.manners.select_p2
        if apdu.p2 not in allowed:
            raise Refused(WRONG_PARAMETERS)
        if by_name:
            self._enter(apdu.data)
        elif apdu.p1 == 0x00 and apdu.data in {b"", b"\x3f\x00"}:
            if not self.manners.master_selectable:
                raise Refused(NOT_SATISFIED)
            if apdu.data or self.manners.empty_selects_master:
                self._application, self._file = _MASTER, None
        elif apdu.p1 in {0x00, 0x02} and len(apdu.data) == 2:
            self._select_file(int.from_bytes(apdu.data, "big"))
        else:
            raise Refused(WRONG_PARAMETERS if apdu.p1 not in {0x00, 0x02} else WRONG_DATA)
        if apdu.p2 == 0x0C or not self.manners.control_information:
            return b"", OK
        return tlv(0x6F, self._control_information()), OK

    def _enter(self, name: bytes) -> None:
        if name == EMRTD_NAME:
            self._application, self._file = _EMRTD, None
            return
        from_master = self._application != _EMRTD
        if self._ias is None or not self._ias.enter(name, from_master=from_master):
            raise Refused(NOT_FOUND)
        self._application, self._file = _IAS, None

    def _select_file(self, identifier: int) -> None:
        self._content(identifier)
        self._file = identifier

    def _control_information(self) -> bytes:
        if self._file is None:
            return tlv(0x84, EMRTD_NAME) if self._application == _EMRTD else b""
        size = len(self._content(self._file)).to_bytes(2, "big")
        return tlv(0x80, size) + tlv(0x83, self._file.to_bytes(2, "big"))

    def _content(self, identifier: int) -> bytes:
        """A file that may be read now.

        Raises:
            Refused: it is not there (6A82) or not open to this session (6982).
        """
        if self._application == _IAS and self._ias is not None:
            return self._ias.content(identifier)
        if self._application == _MASTER:
            if identifier not in self._master_files:
                raise Refused(NOT_FOUND)
            if identifier == EF_CARD_SECURITY:
                self._need_session()
            return self._master_files[identifier]
        self._need_session()
        if identifier not in self._application_files:
            raise Refused(NOT_FOUND)
        if identifier in _PROTECTED_DATA_GROUPS:
            raise Refused(NOT_ALLOWED)
        return self._application_files[identifier]

    def _need_session(self) -> None:
        if self.access.session is None:
            raise Refused(NOT_ALLOWED)

    def _read(self, apdu: CommandApdu, *, protected: bool) -> tuple[bytes, bytes]:
        """READ BINARY, clause 11.3.3; the odd instruction has its offset in DO 54."""
        if apdu.expected is None:
            raise Refused(WRONG_LENGTH)
        odd = apdu.ins == 0xB1
        offset = self._odd_offset(apdu) if odd else self._even_offset(apdu)
        if self._file is None:
            raise Refused(NO_CURRENT_EF)
        content = self._content(self._file)
        wanted = apdu.expected - (4 if odd else 0)
        if self.manners.no_full_le and apdu.expected == 256 and not apdu.extended:
            raise Refused(WRONG_LENGTH)
        if offset >= len(content):
            raise Refused(self.manners.end)
        left = len(content) - offset
        most = min(self.manners.most_answer, self._room(apdu) if protected else wanted)
        if wanted > most and self.manners.too_much != "fewer":
            raise Refused(
                WRONG_LENGTH if self.manners.too_much == "6700" else bytes([0x6C, most & 0xFF])
            )
        if self.manners.exact and wanted > left:
            raise Refused(bytes([0x6C, left & 0xFF]))
        part = content[offset : offset + min(wanted, most)]
        self.reads.append((self._file, offset, len(part)))
        over = wanted > left and len(part) == left
        status = END_REACHED if self.manners.warns and over else OK
        return (tlv(0x53, part) if odd else part), status

    def _even_offset(self, apdu: CommandApdu) -> int:
        if not apdu.p1 & 0x80:
            return apdu.p1 << 8 | apdu.p2
        if not self.manners.short_identifiers or apdu.p1 & 0x60:
            raise Refused(WRONG_PARAMETERS)
        self._select_file(self._identifier_of(apdu.p1 & 0x1F))
        return apdu.p2

    def _odd_offset(self, apdu: CommandApdu) -> int:
        if not self.manners.odd_read:
            raise Refused(WRONG_INSTRUCTION)
        named = apdu.p1 << 8 | apdu.p2
        if named:
            self._select_file(named if named > 0x1F else self._identifier_of(named))
        offset = object_of(apdu.data, 0x54)
        if offset is None:
            raise Refused(WRONG_DATA)
        return int.from_bytes(offset, "big")

    def _identifier_of(self, short: int) -> int:
        if self._application == _IAS and self._ias is not None:
            return self._ias.identifier_of(short)
        known = SHORT_IDENTIFIERS if self._application == _MASTER else APPLICATION_SHORT_IDENTIFIERS
        for identifier, own in known.items():
            if own == short:
                return identifier
        raise Refused(NOT_FOUND)

    def _room(self, apdu: CommandApdu) -> int:
        """Most plain bytes whose protected answer fits what was asked for (Le of the short form).

        The objects around them: DO 87 with its padding indicator, DO 99, DO 8E.
        """
        keys = self.access.session
        if apdu.extended or self.manners.response_chaining or keys is None:
            return self.manners.most_answer
        block = keys.suite.block
        around = 3 + (apdu.ins == 0xB0) + 4 + 10
        return (256 - around) // block * block - 1 - (4 if apdu.ins == 0xB1 else 0)

    # --- answers in parts

    def _deliver(self, data: bytes, status: bytes, *, in_parts: bool) -> bytes:
        """The answer, or the announcement of its first part (clause 5.3.4)."""
        if not data or not (in_parts or self.manners.response_chaining):
            return data + status
        self._waiting, self._waiting_status = data, status
        return self._announced()

    def _announced(self) -> bytes:
        return bytes([0x61, min(len(self._waiting), self.manners.chunk) & 0xFF])

    def _next_part(self, wanted: int) -> bytes:
        """GET RESPONSE, clause 11.7.1."""
        part, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
        return part + (self._announced() if self._waiting else self._waiting_status)


def _is_whole(data: bytes) -> bool:
    """Whether dynamic authentication data are there to their end."""
    try:
        return object_of(data, 0x7C) is not None
    except Refused:
        return False


def _master_files(document: Document, manners: Manners) -> dict[int, bytes]:
    files = {
        EF_ATR: limits_file(manners) if manners.info_file else None,
        EF_DIR: DIRECTORY if manners.directory else None,
        EF_CARD_ACCESS: document.card_access,
        EF_CARD_SECURITY: document.card_security,
    }
    return {identifier: content for identifier, content in files.items() if content is not None}
