"""The bytes of the audit trail: the chain of its lines, what is sealed in them, the signed export.

A line's hash is SHA-256 over the deterministic CBOR of its number, the hash before and its fields.
What a line is about is encrypted under a key of its page with AES-256-GCM, the line's number as nonce
and the hash before as associated data; that key is sealed to the auditor's (`sync.wire.sealing`), and
the program that made it forgets it with the page. So who writes lines can read none that is older.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.model.audit import HASH_BYTES, MOST_LINES, AuditEvent, AuditLine, AuditPage
from sync.wire import canonical, cose, sealing
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Signer, VerifyingKey
from sync.wire.trust import HubTrust

FORMAT: Final = 1
PURPOSE: Final = "application/sportello-audit-export+cose"
PAGE_PURPOSE: Final = "application/sportello-audit-page+cose"
MOST_EXPORT_BYTES: Final = 64 * 1024 * 1024

_KEY_PURPOSE: Final = b"sportello audit page 1"
_KEY_BYTES: Final = 32
_MOST_SIGNED_BYTES: Final = 1024


def genesis(station: str) -> bytes:
    """What stands before a station's first line, 32 bytes; another one for every station."""
    return hashlib.sha256(b"sportello audit 1 " + station.encode()).digest()


def line_hash(number: int, before: bytes, line: AuditLine) -> bytes:
    """The hash of a line, 32 bytes.

    Args:
        number: its place in the trail, from 1.
        before: the hash of the line before.
        line: all of it.
    """
    fields = [line.at, line.event.value, line.actor, list(line.words), line.sealed]
    return hashlib.sha256(canonical.encode([number, before, *fields])).digest()


def hashes(first: int, before: bytes, lines: Iterable[AuditLine]) -> list[bytes]:
    """The hash of each line of a run."""
    found = []
    for number, line in enumerate(lines, first):
        before = line_hash(number, before, line)
        found.append(before)
    return found


class PageSeal:
    """Seals what lines are about, for one page. Its key leaves the memory sealed only.

    Attributes:
        wrapped: the key as the auditor opens it.
    """

    def __init__(self, auditor: SealingKey, random: Callable[[int], bytes] = os.urandom) -> None:
        key = random(_KEY_BYTES)
        self._key = AESGCM(key)
        self.wrapped = sealing.seal(key, auditor, _KEY_PURPOSE)

    def seal(self, subject: str, number: int, before: bytes) -> bytes:
        """What the line of that number is about. One number is never sealed twice in a page."""
        return self._key.encrypt(number.to_bytes(12), subject.encode(), before)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as an auditor reads it.

    Attributes:
        subject: what it is about; empty for nobody, None where this key does not open it.
    """

    station: str
    number: int
    line: AuditLine
    hash: bytes
    subject: str | None = field(repr=False, default="")


def read_page(station: str, page: AuditPage, auditor: UnsealingKey | None) -> list[ReadLine]:
    """The lines of a page; without the auditor's key what is sealed stays None."""
    key = None
    if auditor is not None and page.key:
        found = sealing.unseal(page.key, auditor, _KEY_PURPOSE, limit=_KEY_BYTES)
        key = AESGCM(found) if found is not None and len(found) == _KEY_BYTES else None
    read, before = [], page.before
    for number, line in enumerate(page.lines, page.first):
        digest = line_hash(number, before, line)
        subject = _subject(key, number, before, line) if line.sealed else ""
        read.append(ReadLine(station, number, line, digest, subject))
        before = digest
    return read


def _subject(key: AESGCM | None, number: int, before: bytes, line: AuditLine) -> str | None:
    if key is None:
        return None
    try:
        return key.decrypt(number.to_bytes(12), line.sealed, before).decode()
    except (InvalidTag, UnicodeDecodeError):
        return None


@dataclass(frozen=True, slots=True)
class Export:
    """A part of the trail, signed by the hub.

    Attributes:
        made_at: milliseconds since 1970.
        pages: each with the station whose it is, in the order of the trail.
    """

    made_at: int
    pages: tuple[tuple[str, AuditPage], ...]


def sign_page(station: str, page: AuditPage, hub: Signer) -> bytes:
    """The hub's signature over a page that it wrote itself."""
    last = hashes(page.first, page.before, page.lines)[-1]
    return cose.sign(PAGE_PURPOSE, canonical.encode([FORMAT, station, last]), hub).data


def is_page_signed(
    station: str, last: bytes, data: bytes, keys: Mapping[bytes, VerifyingKey]
) -> bool:
    """Whether one of the hub's keys signed the page whose last line has that hash."""
    try:
        signed = cose.parse(data, PAGE_PURPOSE, limit=_MOST_SIGNED_BYTES)
        key = keys.get(signed.key_id)
        return (
            key is not None
            and cose.verify(signed, key)
            and signed.payload == canonical.encode([FORMAT, station, last])
        )
    except Malformed:
        return False


def sign_export(export: Export, hub: Signer) -> bytes:
    """The export's bytes.

    Raises:
        ValueError: it is larger than `read_export` takes.
    """
    plain = [
        FORMAT,
        export.made_at,
        [
            [
                station,
                page.first,
                page.before,
                page.key,
                [
                    [line.at, line.event.value, line.actor, list(line.words), line.sealed]
                    for line in page.lines
                ],
            ]
            for station, page in export.pages
        ],
    ]
    data = cose.sign(PURPOSE, canonical.encode(plain), hub).data
    if len(data) > MOST_EXPORT_BYTES:
        raise ValueError("too much for one export: ask for a shorter time")
    return data


def read_export(data: bytes, hub: HubTrust) -> Export | None:
    """The export in `data`; None where it is malformed or no trusted hub signed it."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_EXPORT_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return None
        form, made_at, pages = canonical.items(
            canonical.decode(signed.payload, limit=MOST_EXPORT_BYTES), exactly=3
        )
        if form != FORMAT:
            return None
        return Export(
            canonical.natural(made_at), tuple(_page(one) for one in canonical.items(pages))
        )
    except Malformed:
        return None


def broken(pages: Sequence[tuple[str, AuditPage]]) -> list[tuple[str, int]]:
    """Where an export's pages do not follow one another: station and number of the line.

    A page that begins anew after one that is missing is told; so is a changed line, since the
    hash that the next page names is another one then.
    """
    last: dict[str, tuple[int, bytes]] = {}
    found = []
    for station, page in pages:
        expected = last.get(station)
        if expected is not None and expected != (page.first, page.before):
            found.append((station, page.first))
        run = hashes(page.first, page.before, page.lines)
        last[station] = (page.first + len(page.lines), run[-1])
    return found


def _page(plain: object) -> tuple[str, AuditPage]:
    station, first, before, key, lines = canonical.items(plain, exactly=5)
    listed = canonical.items(lines)
    if not 1 <= len(listed) <= MOST_LINES:
        raise Malformed("audit.shape")
    return canonical.text(station, longest=32), AuditPage(
        canonical.natural(first),
        canonical.octets(before, exactly=HASH_BYTES),
        canonical.octets(key),
        tuple(_line(one) for one in listed),
    )


def _line(plain: object) -> AuditLine:
    at, event, actor, words, sealed = canonical.items(plain, exactly=5)
    try:
        kind = AuditEvent(canonical.text(event, longest=64))
    except ValueError:
        raise Malformed("audit.shape") from None
    return AuditLine(
        canonical.natural(at),
        kind,
        canonical.octets(actor),
        tuple(canonical.text(word, longest=64) for word in canonical.items(words)),
        canonical.octets(sealed),
    )
