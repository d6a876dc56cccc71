"""One visit of a removable medium: answers are taken from it, what waits is written to it.

Nothing is taken out of the journal: an entry counts as carried, and waits until the hub's signed
answer has come on any way. What an earlier visit left on the same medium and still holds unanswered
entries stays there; what is answered goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sync.edge.clock import StationClock
from sync.edge.courier.answers import AnswerTaker, Taken
from sync.edge.link.dispatch import Entries
from sync.edge.link.packing import Message, pack
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.store.carried import CarriedParcel
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault, VaultTrouble
from sync.wire import batch, courier
from sync.wire import medium as media
from sync.wire.courier import Parcel
from sync.wire.medium import ANSWER, PARCEL, Medium, MediumError, file_name
from sync.wire.sealing import SealingKey
from sync.wire.signer import NotSignedError, Signer
from sync.wire.trust import TrustTrouble

KEYS: Final = "courier answers"
"""What the vault seals the keys of answers for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit came to.

    Attributes:
        code: why not all was done, a failure code; empty where it was. What is told below was
            done all the same.
        on_medium: entries of this station that are on the medium now and wait for the hub.
        waiting: entries that the hub does not hold as far as is known.
        settled: entries of which this visit brought the hub's decision.
        stored: entries of which it brought the hub's word that it holds them.
        lists: signed lists that it brought and that were put in place.
        answers: answers that were read.
    """

    code: str = ""
    on_medium: int = 0
    waiting: int = 0
    settled: int = 0
    stored: int = 0
    lists: tuple[str, ...] = ()
    answers: int = 0


_Range = tuple[int, int]
"""The first and the last of some entries."""


class _Refusal(Exception):  # noqa: N818 - a value on its way out of some calls
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Courier:
    """Carries one station's journal by hand. Not for several threads at once.

    Args:
        profile: the station.
        store: its open store.
        signer: its signing key.
        lists: version of each signed list that it wants, as it holds it.
        take_list: puts a list in place, by name; returns a failure code, empty for none
            (`ListShelf.take`).
        vault: seals the keys of answers.
        clock: the station's.
        full_bytes: a parcel with so much in it takes no further message.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Store,
        signer: Signer,
        *,
        lists: Callable[[], Mapping[str, int]] = dict,
        take_list: Callable[[str, bytes], str] | None = None,
        vault: Vault | None = None,
        clock: StationClock | None = None,
        full_bytes: int = courier.FULL_BYTES,
    ) -> None:
        self._profile = profile
        self._store = store
        self._signer = signer
        self._lists = lists
        self._vault = vault
        self._clock = clock or StationClock()
        self._full_bytes = full_bytes
        self._taker = AnswerTaker(profile, store, self._clock, take_list)

    def visit(self, mount: Path | None, *, plain_folder: bool = False) -> Visit:
        """Reads answers from the medium at `mount`, then writes to it what the hub lacks.

        When it returns without a code the medium may be pulled out.

        Args:
            mount: where it is mounted; None where none ever is.
            plain_folder: whether a folder of the station's own disk is taken for a medium.
        """
        visit = Visit()
        try:
            with media.opened(mount, plain_folder=plain_folder) as medium:
                medium.tidy()
                known = self._parcels()
                taken = self._take_answers(medium, known)
                visit = replace(
                    visit,
                    answers=taken.answers,
                    settled=taken.settled,
                    stored=taken.stored,
                    lists=taken.lists,
                    code=taken.code,
                )
                try:
                    self._write(medium)
                except MediumError as error:  # what fitted is there, and counts
                    visit = replace(visit, code=error.code)
                medium.settle()
                visit = self._counted(visit, medium)
        except MediumError as error:
            visit = self._counted(replace(visit, code=visit.code or error.code), None)
        except _Refusal as refusal:
            visit = replace(visit, code=refusal.code)
        return visit

    # --- answers

    def _take_answers(self, medium: Medium, known: list[CarriedParcel]) -> Taken:
        """Every answer to a parcel of ours, the oldest first; none of them counts twice."""
        taken = Taken()
        on_it = set(medium.names(ANSWER))
        for parcel in reversed(known):
            name = file_name(parcel.parcel_id, ANSWER)
            if name not in on_it:
                continue
            data = medium.read(name, most=courier.MOST_ANSWER_BYTES)
            key = self._opened(parcel)
            if data is None or key is None:
                continue
            answer = courier.open_answer(data, parcel.parcel_id, key)
            if answer is None or answer.station != self._profile.name:
                taken = replace(taken, code=taken.code or "courier.answer-damaged")
                continue
            taken = taken.with_more(self._taker.take(answer))
            if taken.code.startswith("store."):
                return taken  # what is not kept is read again at the next visit
            refusal = self._store.carried.answered(parcel.parcel_id, self._clock.now_ms())
            if refusal is not None:
                raise _Refusal(refusal.code)
            medium.remove(name)
        return taken

    def _opened(self, parcel: CarriedParcel) -> bytes | None:
        if self._vault is None:
            return parcel.key
        found = self._vault.open(KEYS, parcel.key, parcel.parcel_id)
        return None if isinstance(found, VaultTrouble) else found

    # --- parcels

    def _write(self, medium: Medium) -> None:
        """Writes what is on no medium yet, then what is on others alone, while there is room."""
        hub = self._hub_key()
        standing, head, stood = self._store.standing(), self._store.head(), self._stood()
        if isinstance(standing, StoreTrouble):
            raise _Refusal(standing.code)
        if isinstance(head, StoreTrouble):
            raise _Refusal(head.code)
        start, known = min(standing.watermark, stood) + 1, standing.decided
        here, elsewhere = self._carried(medium, start, hub)
        written = self._fill(medium, hub, _missing(start, head.seq, here + elsewhere), known)
        try:
            second = _missing(start, head.seq, here + written)
            written += self._fill(medium, hub, second, known)
        except MediumError as error:
            if error.code != media.FULL or not here + written:
                raise
            return  # it holds what no other does, and a copy of some of the rest
        if not written:  # every visit asks how far the hub is
            self._put(medium, hub, (head.seq + 1, head.seq), known, [])

    def _carried(
        self, medium: Medium, start: int, hub: SealingKey
    ) -> tuple[list[_Range], list[_Range]]:
        """The entries that wait on this medium and on others. Takes away our parcels that nobody needs.

        A parcel stays whose entries are needed, whole and for the hub's key of today: a medium that is
        visited every day is not written anew every day. One that was made before the newest that was
        answered counts as lost: what of it the hub wants goes out again.
        """
        known = self._parcels()
        heard = max((one.made_at for one in known if one.answered_at is not None), default=-1)
        names = set(medium.names(PARCEL))
        here: list[_Range] = []
        elsewhere: list[_Range] = []
        reached = 0
        for one in sorted(known, key=lambda one: (one.first, -one.last)):
            name = file_name(one.parcel_id, PARCEL)
            is_good = one.last >= max(start, one.first) and one.sealed_to == hub.key_id
            is_good = is_good and one.answered_at is None
            if name not in names:
                if is_good and one.made_at > heard:
                    elsewhere.append((one.first, one.last))
            elif is_good and one.last > reached and medium.size(name) == one.size:
                reached = one.last
                here.append((one.first, one.last))
            else:
                medium.remove(name)
        return here, elsewhere

    def _fill(
        self, medium: Medium, hub: SealingKey, ranges: list[_Range], known: int
    ) -> list[_Range]:
        """Writes these entries; returns which were written."""
        written: list[_Range] = []
        for first, end in ranges:
            next_one = first
            while next_one <= end:
                messages, last = self._messages(next_one, end, known)
                if not messages:
                    return written  # what is left are entries that nobody can vouch for yet
                self._put(medium, hub, (next_one, last), known, messages)
                written.append((next_one, last))
                next_one = last + 1
        return written

    def _messages(self, first: int, end: int, known: int) -> tuple[list[bytes], int]:
        """The messages from `first` to `end` that fill one parcel, and the last entry in them."""
        messages: list[bytes] = []
        size, last = 0, first - 1
        while last < end and size < self._full_bytes and len(messages) < courier.MOST_MESSAGES:
            most = min(batch.MOST_ITEMS, end - last)
            made = pack(Entries(last + 1, most), self._store, known=known)
            if isinstance(made, StoreTrouble):
                raise _Refusal(made.code)
            if not isinstance(made, Message):
                break
            messages.append(made.data)
            size, last = size + len(made.data), made.last
        return messages, last

    def _put(
        self,
        medium: Medium,
        hub: SealingKey,
        entries: tuple[int, int],
        known: int,
        messages: list[bytes],
    ) -> None:
        parcel_id, key = courier.new_id(), courier.new_answer_key()
        parcel = Parcel(
            parcel_id,
            self._profile.name,
            self._clock.now_ms(),
            known,
            self._lists(),
            key,
            tuple(messages),
        )
        try:
            data = courier.seal(parcel, self._signer, hub)
        except NotSignedError as error:
            raise _Refusal(error.code) from None
        kept = key if self._vault is None else self._vault.seal(KEYS, key, parcel_id)
        row = CarriedParcel(
            parcel_id, kept, entries[0], entries[1], parcel.made_at, len(data), hub.key_id
        )
        refusal = self._store.carried.add(row)
        if refusal is not None:
            raise _Refusal(refusal.code)
        try:
            medium.write(file_name(parcel_id, PARCEL), data)
        except MediumError:
            self._store.carried.forget(parcel_id)
            raise

    # --- its own

    def _parcels(self) -> list[CarriedParcel]:
        found = self._store.carried.parcels()
        if isinstance(found, StoreTrouble):
            raise _Refusal(found.code)
        return found

    def _stood(self) -> int:
        """Where the hub's chain ends, where a medium brought news of that; else the journal's end."""
        found = self._store.carried.stood()
        if isinstance(found, StoreTrouble):
            raise _Refusal(found.code)
        return (1 << 62) if found is None else found

    def _hub_key(self) -> SealingKey:
        version = self._store.trust_version()
        if isinstance(version, StoreTrouble):
            raise _Refusal(version.code)
        try:
            hub = self._profile.hub_trust(at_least=version)
        except ProfileError:
            raise _Refusal("trust.absent") from None
        if isinstance(hub, TrustTrouble):
            raise _Refusal(hub.code)
        return hub.sealing_key

    def _counted(self, visit: Visit, medium: Medium | None) -> Visit:
        standing, head = self._store.standing(), self._store.head()
        if isinstance(standing, StoreTrouble) or isinstance(head, StoreTrouble):
            return visit
        waiting = max(0, head.seq - standing.watermark)
        if medium is None:
            return replace(visit, waiting=waiting)
        here = set(medium.names(PARCEL))
        on_medium = sum(
            max(0, one.last - max(one.first, standing.watermark + 1) + 1)
            for one in self._parcels()
            if file_name(one.parcel_id, PARCEL) in here
        )
        return replace(visit, waiting=waiting, on_medium=min(on_medium, waiting))


def _missing(start: int, end: int, held: list[_Range]) -> list[_Range]:
    """What of the entries from `start` to `end` is in none of these."""
    found: list[_Range] = []
    next_one = start
    for first, last in sorted(held):
        if first > min(next_one, end):
            found.append((next_one, min(first - 1, end)))
        next_one = max(next_one, last + 1)
    if next_one <= end:
        found.append((next_one, end))
    return [one for one in found if one[0] <= one[1]]
