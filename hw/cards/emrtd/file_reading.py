"""Reads the files of a chip in the fewest exchanges, and keeps what was read over a lost field.

A file is selected by the same READ BINARY that brings its first bytes (short EF identifier), and
those are as many as one answer holds: the header in them tells how much is left to ask for. Cards
that want it otherwise are met one step at a time, and what was learnt of a card is kept too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hw.apdu import tlv
from hw.apdu.command import Command, Response, read_binary, read_far, read_short_file
from hw.apdu.link import Link
from hw.apdu.status import StatusWord, name_of
from hw.apdu.tlv import Malformed
from hw.cards.emrtd.lds import ElementaryFile
from hw.errors import DeviceTrouble, TroubleKind

_SELECT: Final = 0xA4
_FAR: Final = 0x8000
"""From this offset on READ BINARY has no room for it in P1-P2."""
_FAR_OBJECT: Final = 0x53
_FAR_OVERHEAD: Final = 5
_SMALLER: Final = (4096, 1024, 231, 223, 192, 128, 64)
"""Sizes to ask for in turn where a chip refuses a length. The last is the least that is accepted:
a chip that gives less, before a file's end, is not read."""
_LENGTH_REFUSED: Final = frozenset({StatusWord.WRONG_LENGTH, StatusWord.WRONG_P1_P2})
_DATA_FOLLOW: Final = frozenset({StatusWord.OK, StatusWord.END_REACHED})
_ABSENT: Final = frozenset({StatusWord.FILE_NOT_FOUND, StatusWord.RECORD_NOT_FOUND})
_WANTS_SELECT: Final = frozenset(
    {
        StatusWord.INCORRECT_P1_P2,
        StatusWord.FUNCTION_NOT_SUPPORTED,
        StatusWord.INCOMPATIBLE_FILE,
        StatusWord.NO_CURRENT_EF,
    }
)
_SELECTS: Final = ((0x02, 0x0C), (0x00, 0x0C), (0x00, 0x00))
"""P1-P2 of SELECT by identifier, in the order in which they are tried (ICAO 9303-10 3.6.2)."""
_OTHER_SELECT: Final = frozenset({StatusWord.INCORRECT_P1_P2, StatusWord.INCORRECT_DATA})
_MOST_DENIALS: Final = 2
"""A file that is denied in the clear is asked for once more, in a new session."""

Told: TypeAlias = Callable[[ElementaryFile, int, int], None]
"""Gets each advance: the file, bytes of it that are there, bytes it has."""


@dataclass(slots=True)
class Manner:
    """What was learnt of a chip's way of giving files.

    Attributes:
        most: most bytes that it gives at once, as far as known; None: as the limits allow.
        short_identifiers: READ BINARY takes short EF identifiers.
        select: index of the form of SELECT that it takes.
    """

    most: int | None = None
    short_identifiers: bool = True
    select: int = 0


@dataclass(slots=True, repr=False)
class KeptFile:
    """What there is of a file.

    Attributes:
        data: its first bytes.
        size: bytes of the whole.
    """

    data: bytearray
    size: int

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self.data) == self.size


@dataclass(slots=True, repr=False)
class KeptFiles:
    """Files and beginnings of files of one chip, by name; outlives the contact with it.

    Attributes:
        files: what there is.
        missing: status word by name of the file, for those that the chip does not give. Only what
            a session vouches for stands here.
        denied: status words that came without protection in the place of a file, by its name:
            anybody on the way may have sent them.
        manner: its way of giving them.
    """

    files: dict[str, KeptFile] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    denied: dict[str, list[int]] = field(default_factory=dict)
    manner: Manner = field(default_factory=Manner)

    def whole(self, file: ElementaryFile) -> bytes | None:
        """The content, None where it is not there to its end."""
        kept = self.files.get(file.name)
        return bytes(kept.data) if kept is not None and kept.whole else None

    def given_up(self, file: ElementaryFile) -> bool:
        """Whether it is not asked for any more, with its reason in `missing` or `denied`."""
        if self.whole(file) is not None:
            return False
        denials = self.denied.get(file.name, ())
        return file.name in self.missing or len(denials) >= _MOST_DENIALS

    def wipe(self) -> None:
        """Overwrite and forget."""
        for kept in self.files.values():
            kept.data[:] = bytes(len(kept.data))
        self.files.clear()


class FileReader:
    """Reads files over one session."""

    def __init__(self, link: Link, kept: KeptFiles, most: int, told: Told | None = None) -> None:
        """Read through `link` into `kept`.

        Args:
            link: a chain whose current application holds the files.
            kept: what is there already; only what is missing is read.
            most: most bytes that one answer can bring, 1 to 65536.
            told: gets each advance.
        """
        self._link = link
        self._kept = kept
        self._limit = most
        self._told = told
        self._seen: set[str] = set()

    def read(self, file: ElementaryFile) -> bytes | DeviceTrouble | None:
        """The whole file.

        Returns:
            The content, its own tag first and nothing behind it; None where the chip has no such
            file or keeps it to itself (see `KeptFiles.given_up`). Or trouble: `document.damaged`
            where it is no data object of that tag, is longer than is believed, or ends too early;
            `document.changed` where its beginning is not the one that was read before the contact
            was lost; or what the link gives.
        """
        if self._kept.given_up(file):
            return None
        kept = self._kept.files.get(file.name)
        if kept is None or (not kept.whole and file.name not in self._seen):
            outcome = self._begin(file)
            if outcome is not None:
                return outcome if isinstance(outcome, DeviceTrouble) else None
            kept = self._kept.files[file.name]
        while not kept.whole:
            trouble = self._continue(file, kept)
            if trouble is not None:
                return trouble
        return bytes(kept.data)

    def has(self, file: ElementaryFile) -> bool:
        """Whether the whole file is kept."""
        return self._kept.whole(file) is not None

    def proves_same(self, file: ElementaryFile) -> bool | DeviceTrouble:
        """Whether the chip gives the same file as the one that is kept, to its last byte.

        One exchange for a file that one answer holds.
        """
        kept = self._kept.files[file.name]
        response = self._first(file, min(self._most, kept.size))
        there = 0
        while not isinstance(response, DeviceTrouble):
            part = response.data[: kept.size - there]
            if not part or part != kept.data[there : there + len(part)]:
                return False
            there += len(part)
            if there == kept.size:
                return True
            if len(part) < _SMALLER[-1] or there >= _FAR:
                return False
            wanted = min(self._most, kept.size - there)
            response = self._lengths(_from(there), wanted)
        return response

    @property
    def _most(self) -> int:
        return min(self._limit, self._kept.manner.most or self._limit)

    def _begin(self, file: ElementaryFile) -> DeviceTrouble | int | None:
        """Read the first part; a status word where the chip does not give the file."""
        response = self._first(file, self._most)
        if isinstance(response, DeviceTrouble):
            return response
        if response.status not in _DATA_FOLLOW:
            self._kept.missing[file.name] = response.status
            return response.status
        try:
            head = tlv.header(response.data)
        except Malformed as malformed:
            return _damaged(file, malformed.reason)
        if head is None or head.tag != file.tag:
            return _damaged(file, "another-file" if head else "no-content")
        if head.size > file.longest:
            return _damaged(file, "too-long")
        kept = self._kept.files.get(file.name)
        if kept is not None:
            # The card was away: what it gives now must be what it gave then.
            if kept.size != head.size or not _agree(response.data, kept):
                return changed()
            if len(response.data) < len(kept.data):
                self._advanced(file, kept)
                return None
        fresh = KeptFile(bytearray(response.data[: head.size]), head.size)
        self._kept.files[file.name] = fresh
        self._advanced(file, fresh)
        return None

    def _continue(self, file: ElementaryFile, kept: KeptFile) -> DeviceTrouble | None:
        """Read the next part of the current file."""
        offset, left = len(kept.data), kept.size - len(kept.data)
        if offset < _FAR:
            wanted = min(self._most, left)
            response = self._lengths(_from(offset), wanted)
        else:
            wanted = min(max(1, self._most - _FAR_OVERHEAD), left)
            response = self._lengths(lambda size: read_far(offset, size + _FAR_OVERHEAD), wanted)
        if isinstance(response, DeviceTrouble):
            return response
        if response.status not in _DATA_FOLLOW:
            return _damaged(file, name_of(response.status))
        part = response.data
        if offset >= _FAR:
            try:
                part = tlv.only(part, _FAR_OBJECT)
            except Malformed as malformed:
                return _damaged(file, malformed.reason)
        if len(part) < min(left, _SMALLER[-1]):
            return _damaged(file, "cut-off")
        if len(part) < wanted and offset < _FAR:
            self._kept.manner.most = len(part)
        kept.data += part[:left]
        self._advanced(file, kept)
        return None

    def _advanced(self, file: ElementaryFile, kept: KeptFile) -> None:
        self._seen.add(file.name)
        if self._told is not None:
            self._told(file, len(kept.data), kept.size)

    def _first(self, file: ElementaryFile, wanted: int) -> Response | DeviceTrouble:
        """The first part of a file, which becomes the current one."""
        manner = self._kept.manner
        if manner.short_identifiers:
            response = self._lengths(lambda size: read_short_file(file.short, 0, size), wanted)
            if isinstance(response, DeviceTrouble):
                # Some chips end the session with each refusal; the next contact knows better.
                status = bare_status(response)
                unheard = status in _ABSENT and not self._kept.files
                manner.short_identifiers = status not in _WANTS_SELECT and not unheard
                self._denied(file, status)
                return response
            if response.status not in _WANTS_SELECT:
                return response
        selected = self._select(file)
        if isinstance(selected, DeviceTrouble):
            self._denied(file, bare_status(selected))
            return selected
        if selected.status != StatusWord.OK:
            return selected
        manner.short_identifiers = False
        return self._lengths(_from(0), wanted)

    def _denied(self, file: ElementaryFile, status: int | None) -> None:
        """Remember a status word without protection that says there is no such file."""
        if status is not None and status in _ABSENT:
            self._kept.denied.setdefault(file.name, []).append(status)

    def _select(self, file: ElementaryFile) -> Response | DeviceTrouble:
        """SELECT by identifier, in the form that the chip takes."""
        manner = self._kept.manner
        while True:
            p1, p2 = _SELECTS[manner.select]
            command = Command(_SELECT, p1, p2, file.identifier.to_bytes(2, "big"))
            response = self._link.exchange(command)
            last = manner.select + 1 == len(_SELECTS)
            if isinstance(response, DeviceTrouble):
                if bare_status(response) in _OTHER_SELECT and not last:
                    manner.select += 1
                return response
            if last or response.status not in _OTHER_SELECT:
                return response
            manner.select += 1

    def _lengths(self, asked: Callable[[int], Command], wanted: int) -> Response | DeviceTrouble:
        """Ask for `wanted` bytes, and for fewer and fewer where the length is refused."""
        response = self._link.exchange(asked(wanted))
        for size in _SMALLER:
            if isinstance(response, DeviceTrouble) or response.status not in _LENGTH_REFUSED:
                break
            if size < wanted:
                response = self._link.exchange(asked(size))
                if isinstance(response, Response) and response.status in _DATA_FOLLOW:
                    self._kept.manner.most = size
        if isinstance(response, DeviceTrouble) and bare_status(response) in _LENGTH_REFUSED:
            self._kept.manner.most = next((size for size in _SMALLER if size < wanted), None)
        return response


def changed() -> DeviceTrouble:
    """`document.changed`: another card than the one whose reading was begun."""
    return DeviceTrouble(TroubleKind.REFUSED, "document.changed")


def bare_status(trouble: DeviceTrouble) -> int | None:
    """The status word with which a chip left secure messaging, None for other troubles."""
    told = dict(trouble.details)
    if trouble.code != "card.secure-messaging" or told.get("reason") != "unprotected":
        return None
    try:
        return int(told.get("status", "")[-4:], 16)
    except ValueError:
        return None


def _from(offset: int) -> Callable[[int], Command]:
    """READ BINARY of the current file, by the bytes that are wanted."""
    return lambda size: read_binary(offset, size)


def _agree(part: bytes, kept: KeptFile) -> bool:
    """Whether a beginning that was read now is the one that was read then."""
    size = min(len(part), len(kept.data))
    return bytes(part[:size]) == bytes(kept.data[:size])


def _damaged(file: ElementaryFile, reason: str) -> DeviceTrouble:
    details = (("file", file.name), ("reason", reason))
    return DeviceTrouble(TroubleKind.DAMAGED, "document.damaged", details)
