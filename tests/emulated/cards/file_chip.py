"""A chip with a tree of files, ISO/IEC 7816-4: SELECT in its variants and READ BINARY.

Cards answer the same read in many lawful ways; `Reads` picks one. Written from the standard and
judged by a foreign reader (OpenSC), because an emulator and a reader by one hand share mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MF = "3F00"
OK = b"\x90\x00"
NOT_FOUND = b"\x6a\x82"
WRONG_INSTRUCTION = b"\x6d\x00"
WRONG_CLASS = b"\x6e\x00"
WRONG_LENGTH = b"\x67\x00"
WRONG_P1P2 = b"\x6b\x00"
WRONG_P1P2_OF_SELECT = b"\x6a\x86"
NO_CURRENT_EF = b"\x69\x86"
END_REACHED = b"\x62\x82"


@dataclass(frozen=True, slots=True)
class Reads:
    """How the chip answers READ BINARY.

    Attributes:
        at_most: most bytes in one answer.
        exact: a wish longer than what is there is refused with 6Cxx.
        no_full_le: a wish for 256 bytes (Le 00) is refused with 6700.
        end: status of a read that begins at or behind the end of the file.
        warns: a read that goes over the end gives its bytes with 6282.
        chained: data are announced with 61xx and fetched with GET RESPONSE, as T=0 cards do.
        chunk: bytes announced at a time where `chained`.
    """

    at_most: int = 256
    exact: bool = False
    no_full_le: bool = False
    end: bytes = WRONG_P1P2
    warns: bool = False
    chained: bool = False
    chunk: int = 255


@dataclass
class FileChip:
    """A chip whose files are given as hexadecimal paths below the MF.

    Attributes:
        atr: answer to reset.
        files: content by path (`3F0011001102`); each prefix of a path is a DF.
        applications: path of the DF that SELECT by name enters, by AID.
        reads: how READ BINARY is answered.
        overrides: called before the chip's own answer; None leaves the answer to the chip.
        seen: every command since the chip was made.
    """

    atr: bytes
    files: Mapping[str, bytes]
    applications: Mapping[bytes, str] = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)
    overrides: Callable[[bytes], bytes | None] | None = None
    seen: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._directories = {
            path[:end] for path in self.files for end in range(4, len(path), 4)
        } | set(self.applications.values())
        self.reset()

    def reset(self) -> None:
        """Be as after power on: the MF selected, no EF."""
        self._directory = MF
        self._file: str | None = None
        self._waiting = b""
        self._waiting_status = OK

    def answer(self, command: bytes) -> bytes:
        """Response APDU."""
        self.seen.append(command)
        if self.overrides is not None:
            overridden = self.overrides(command)
            if overridden is not None:
                return overridden
        if len(command) < 4:
            return WRONG_LENGTH
        if command[0] != 0x00:
            return WRONG_CLASS
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB0:
                return self._read_binary(command)
            case 0xC0:
                return self._get_response(command)
            case _:
                return WRONG_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        """SELECT, clause 11.2.2: by identifier, child, parent, name, path from MF or from here."""
        mode, what = command[2], command[5 : 5 + command[4]] if len(command) > 5 else b""
        name = what.hex().upper()
        target: str | None
        match mode:
            case 0x00 if name in {"", MF}:
                target = MF
            case 0x00:
                target = self._near(name)
            case 0x01 | 0x02:
                target = self._directory + name
            case 0x03:
                target = self._directory[:-4] or MF
            case 0x04:
                target = self.applications.get(what)
            case 0x08:
                target = MF + name.removeprefix(MF)
            case 0x09:
                target = self._directory + name
            case _:
                return WRONG_P1P2_OF_SELECT
        if target is None or not self._enter(target):
            return NOT_FOUND
        if command[3] & 0x0C == 0x0C:
            return OK
        return self._deliver(self._control_information(target), OK)

    def _near(self, name: str) -> str | None:
        """A file by its identifier: child of the current DF, the DF itself, or its sibling."""
        here = self._directory
        for target in (here + name, here if here[-4:] == name else "", here[:-4] + name):
            if target and (target in self.files or target in self._directories):
                return target
        return None

    def _enter(self, target: str) -> bool:
        if target in self._directories:
            self._directory, self._file = target, None
        elif target in self.files:
            self._directory, self._file = target[:-4], target
        else:
            return False
        return True

    def _control_information(self, target: str) -> bytes:
        """File control parameters, clause 7.4.3: size, descriptor, identifier."""
        content = self.files.get(target)
        size = len(content or b"").to_bytes(2, "big")
        descriptor = b"\x38" if content is None else b"\x01"
        inside = b"\x80\x02" + size + b"\x82\x01" + descriptor
        inside += b"\x83\x02" + bytes.fromhex(target[-4:])
        return b"\x6f" + bytes([len(inside)]) + inside

    def _read_binary(self, command: bytes) -> bytes:
        """READ BINARY of the current EF, clause 11.3.3."""
        if len(command) != 5:
            return WRONG_LENGTH
        if self._file is None:
            return NO_CURRENT_EF
        content, reads = self.files[self._file], self.reads
        offset, wanted = int.from_bytes(command[2:4], "big"), command[4] or 256
        if offset >= len(content):
            return reads.end
        if reads.no_full_le and wanted == 256:
            return WRONG_LENGTH
        left = len(content) - offset
        if reads.exact and wanted > min(left, reads.at_most):
            return bytes([0x6C, min(left, reads.at_most) & 0xFF])
        part = content[offset : offset + min(wanted, reads.at_most)]
        status = END_REACHED if reads.warns and wanted > left == len(part) else OK
        return self._deliver(part, status)

    def _deliver(self, data: bytes, status: bytes) -> bytes:
        if not self.reads.chained:
            return data + status
        self._waiting, self._waiting_status = data, status
        return bytes([0x61, min(len(data), self.reads.chunk) & 0xFF])

    def _get_response(self, command: bytes) -> bytes:
        """GET RESPONSE, clause 11.7.1."""
        if not self._waiting:
            return b"\x69\x85"
        if len(command) != 5:
            return WRONG_LENGTH
        part, self._waiting = self._waiting[: command[4] or 256], self._waiting[command[4] or 256 :]
        if self._waiting:
            return part + bytes([0x61, min(len(self._waiting), self.reads.chunk) & 0xFF])
        return part + self._waiting_status
