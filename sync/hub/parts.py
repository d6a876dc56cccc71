"""Parts that travel apart: taken piece by piece, and complete when they are what the header names.

An operation does not wait for its parts: it is decided when its turn comes, and the parts that are
not here are shown as missing, with their age. A part is taken only where an entry that is held names
it, and no more of it than the header says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sync.hub.device_ca import office as device_office
from sync.hub.log_events import Event, log
from sync.hub.store import chains
from sync.hub.store import parts as kept
from sync.hub.store.database import Store
from sync.hub.store.parts import Part
from sync.wire import envelope, parts
from sync.wire.canonical import Malformed
from sync.wire.parts import PartAnswer, Piece
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import Signer

MISSING: Final = "parts.missing"
"""It has not come yet, or went with its operation's body; a concern when it is old."""
OPENED: Final = "parts.unreadable"
"""A part is whole and cannot be opened: sealed to another key, or moved from another operation."""


Keys = Mapping[bytes, UnsealingKey]
"""The hub's private keys, by their ids."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """Why a part cannot be read: `part.unknown`, `parts.missing` or `parts.unreadable`."""

    code: str


class Parts:
    """Takes pieces, one after the other."""

    def __init__(self, signer: Signer, clock: Callable[[], int]) -> None:
        """Set the door up.

        Args:
            signer: the hub's key.
            clock: milliseconds since 1970.
        """
        self._signer = signer
        self._clock = clock

    def take(self, store: Store, station: str, message: bytes) -> bytes | None:
        """Takes a piece that came in the name of a station; the answer, to be sent now.

        None where it is no piece: there is nothing to be said of it.

        Raises:
            StoreError: it could not be stored; nothing may be answered.
        """
        try:
            piece = parts.read(message)
        except Malformed:
            return None
        standing = device_office.trouble(store, station)
        if standing is not None:
            return self._answer(PartAnswer(station, piece.digest, 0, False, False, standing))  # noqa: FBT003  a record's fields
        with store.transaction(of=station):
            held = kept.part(store, station, piece.digest)
            if held is None:
                said = PartAnswer(station, piece.digest, 0, False, False, parts.UNKNOWN)  # noqa: FBT003  a record's fields
            else:
                said = self._store(store, held, piece)
        return self._answer(said)

    def _store(self, store: Store, held: Part, piece: Piece) -> PartAnswer:
        """Keeps the piece where it goes on from what is held; what is held now."""
        if held.completed_at is not None:
            return _said(held, held.size, complete=True)
        fits = piece.offset == held.held and held.held + len(piece.data) <= held.size
        if not piece.data or not fits:
            return _said(held, held.held)
        now_held = kept.add_piece(store, held, piece.data)
        if now_held < held.size:
            return _said(held, now_held)
        if not kept.is_whole(store, held.station, held.digest):
            kept.begin_again(store, held.station, held.digest)
            log(Event.PART_DAMAGED, station=held.station, seq=held.seq)
            return _said(held, 0, trouble=parts.DAMAGED)
        kept.completed(store, held.station, held.digest, self._clock())
        log(Event.PART_STORED, station=held.station, seq=held.seq, size=held.size)
        return _said(held, held.size, complete=True)

    def _answer(self, said: PartAnswer) -> bytes:
        return parts.sign(said, self._signer)


def _said(
    held: Part, size: int, *, complete: bool = False, trouble: str | None = None
) -> PartAnswer:
    return PartAnswer(
        held.station,
        held.digest,
        size,
        complete,
        complete and bool(held.secured or held.shed_at is not None),
        trouble,
    )


def opened(store: Store, station: str, digest: bytes, keys: Keys) -> bytes | Unopened:
    """What a part holds, for whoever may see it.

    Args:
        store: the registry.
        station: whose chain names it.
        digest: which part.
        keys: the hub's.
    """
    held = kept.part(store, station, digest)
    if held is None:
        return Unopened(parts.UNKNOWN)
    entries = chains.envelopes(store, station, held.seq, held.seq)
    data = entries[0][1] if entries else None
    if held.completed_at is None or held.shed_at is not None or data is None:
        return Unopened(MISSING)
    header = envelope.parse(data).header
    key = keys.get(header.sealing_key_id)
    sealed = kept.sealed(store, station, digest)
    plain = (
        None if key is None else parts.unseal(sealed, held.kind, station, header.operation_id, key)
    )
    return Unopened(OPENED) if plain is None else plain
