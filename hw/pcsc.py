"""The one door to pyscard: readers, cards in them, and a watch over both.

pyscard's own monitors are not used: they poll, they call back on threads of their own, and they
end for good when pcscd does. A loop over SCardGetStatusChange sees a card at once, can be
cancelled, and outlives the daemon.

libpcsclite serves one call at a time per context, so the watch and each connection have their own.
It takes one lock for all contexts, and keeps it while it waits for pcscd to establish another one;
pyscard takes that lock after listing readers while it holds Python's own (SCardFreeMemory). Side by
side these two calls would freeze the whole program while pcscd hangs: hence `_one_of_two`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from smartcard import scard

from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardListener
from hw.readings import CardEvent, CardInserted, CardRemoved, ReaderReady

_NEW_READER: Final = "\\\\?PnP?\\Notification"
"""The pseudo reader whose state changes when the list of readers does (PC/SC part 5)."""
_WAIT_MS: Final = 1000
"""Longest wait for a change. A reader that comes in the instant before a wait begins is seen only
at the next one."""
_RETRY_SECONDS: Final = 0.5
"""Between two tries to reach a daemon that is away."""
_NOTICE_MS: Final = 700
"""Within this time pcscd knows that a card is gone: it looks every 400 ms where the reader does
not tell by itself."""
_GONE: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE
_SERVICE_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "reader.service-absent")
_READER_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "reader.absent")
_CARD_REMOVED: Final = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
_CARD_UNRESPONSIVE: Final = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
_TROUBLES: Final[Mapping[int, DeviceTrouble]] = {
    scard.SCARD_E_NO_SERVICE: _SERVICE_ABSENT,
    scard.SCARD_E_SERVICE_STOPPED: _SERVICE_ABSENT,
    scard.SCARD_E_NO_READERS_AVAILABLE: _READER_ABSENT,
    scard.SCARD_E_UNKNOWN_READER: _READER_ABSENT,
    scard.SCARD_E_READER_UNAVAILABLE: _READER_ABSENT,
    scard.SCARD_E_NO_SMARTCARD: _CARD_REMOVED,
    scard.SCARD_W_REMOVED_CARD: _CARD_REMOVED,
    scard.SCARD_W_UNRESPONSIVE_CARD: _CARD_UNRESPONSIVE,
    scard.SCARD_W_UNPOWERED_CARD: _CARD_UNRESPONSIVE,
    scard.SCARD_W_UNSUPPORTED_CARD: _CARD_UNRESPONSIVE,
    scard.SCARD_E_PROTO_MISMATCH: _CARD_UNRESPONSIVE,
    scard.SCARD_E_SHARING_VIOLATION: DeviceTrouble(TroubleKind.REFUSED, "reader.busy"),
}


_one_of_two: Final = threading.Lock()
"""Held while a context is established, and while readers are listed."""


def _call(function: Callable[..., Any], *arguments: object) -> tuple[int, tuple[Any, ...]]:
    """Result code and results of a pyscard function; what it raises becomes a result code."""
    try:
        answer = function(*arguments)
    except (scard.error, SystemError, OverflowError, UnicodeError):
        return scard.SCARD_F_UNKNOWN_ERROR, ()
    if isinstance(answer, int):
        return answer, ()
    return answer[0], tuple(answer[1:])


def _trouble(code: int) -> DeviceTrouble:
    """The trouble behind a result code of PC/SC."""
    unknown = DeviceTrouble(
        TroubleKind.PROTOCOL, "reader.failed", (("pcsc", f"{code & 0xFFFFFFFF:08X}"),)
    )
    return _TROUBLES.get(code, unknown)


def _establish() -> tuple[int, Any]:
    with _one_of_two:
        code, results = _call(scard.SCardEstablishContext, scard.SCARD_SCOPE_SYSTEM)
    return code, results[0] if results else None


@dataclass(frozen=True, slots=True)
class SlotState:
    """How one reader stands.

    Attributes:
        usable: the reader answers.
        present: a card lies in it.
        mute: the card does not answer its reset.
        changes: pcscd's count of cards put in and pulled, modulo 65536.
    """

    usable: bool
    present: bool
    mute: bool
    changes: int

    @classmethod
    def from_flags(cls, flags: int) -> SlotState:
        """From dwEventState; its upper half is the count of changes (PC/SC part 5)."""
        usable = not flags & _GONE
        present = usable and bool(flags & scard.SCARD_STATE_PRESENT)
        return cls(usable, present, bool(flags & scard.SCARD_STATE_MUTE), flags >> 16 & 0xFFFF)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How all readers stand.

    Attributes:
        service: whether pcscd answers; where it does not, there are no slots.
        slots: state by name of the reader.
    """

    service: bool
    slots: Mapping[str, SlotState] = field(default_factory=dict)

    def usable(self) -> tuple[str, ...]:
        """Names of the readers that answer."""
        return tuple(name for name, state in self.slots.items() if state.usable)


_EMPTY_SLOT: Final = SlotState(usable=False, present=False, mute=False, changes=0)


def events_between(before: Snapshot | None, after: Snapshot) -> tuple[CardEvent, ...]:
    """What to tell of the way from `before` (None: nothing told yet) to `after`.

    A card that was swapped between two looks is told as removed and inserted.
    """
    told: list[CardEvent] = []
    old_slots = before.slots if before else {}
    for name in {**old_slots, **after.slots}:
        old = old_slots.get(name, _EMPTY_SLOT)
        new = after.slots.get(name, _EMPTY_SLOT)
        if old.present and (not new.present or _swapped(old, new)):
            told.append(CardRemoved(name))
    usable = after.usable()
    if not after.service:
        if before is None or before.service:
            told.append(_SERVICE_ABSENT)
    elif not usable:
        if before is None or not before.service or before.usable():
            told.append(_READER_ABSENT)
    elif before is None or not before.usable():
        told.append(ReaderReady(usable))
    for name, new in after.slots.items():
        old = old_slots.get(name, _EMPTY_SLOT)
        if new.present and (not old.present or _swapped(old, new)):
            told.append(_CARD_UNRESPONSIVE if new.mute else CardInserted(name))
    return tuple(told)


def _swapped(old: SlotState, new: SlotState) -> bool:
    """Whether at least one removal and one insertion lie between two looks that both see a card."""
    return (new.changes - old.changes) % 0x10000 > 1 or (old.mute and not new.mute)


def occupied_slots() -> tuple[PcscSlot, ...] | DeviceTrouble:
    """The readers in which a card lies now.

    Returns:
        The slots, none where all readers are empty; `reader.absent` where no reader answers;
        `reader.service-absent` where pcscd does not.
    """
    states = _states()
    if isinstance(states, DeviceTrouble):
        return states
    return tuple(PcscSlot(name) for name, state in states.items() if state.present)


def usable_readers() -> tuple[str, ...] | DeviceTrouble:
    """Names of the readers that answer, with or without a card; trouble as `occupied_slots`."""
    states = _states()
    if isinstance(states, DeviceTrouble):
        return states
    return tuple(name for name, state in states.items() if state.usable)


def insertions() -> dict[str, int] | DeviceTrouble:
    """Which card lies where: pcscd's count of changes, by name of the reader in which one lies.

    A reader whose count is the same at two looks has had the same card in it all the time.

    Returns:
        The counts (see `SlotState.changes`), or trouble as `occupied_slots`.
    """
    states = _states()
    if isinstance(states, DeviceTrouble):
        return states
    return {name: state.changes for name, state in states.items() if state.present}


def _states() -> dict[str, SlotState] | DeviceTrouble:
    """How every reader stands now."""
    code, context = _establish()
    if code != scard.SCARD_S_SUCCESS:
        return _trouble(code)
    try:
        seen = _look(context, {}, wait_ms=0)
    finally:
        _call(scard.SCardReleaseContext, context)
    if seen is None:
        return _SERVICE_ABSENT
    states = {name: SlotState.from_flags(flags) for name, flags in seen.items()}
    return states if Snapshot(service=True, slots=states).usable() else _READER_ABSENT


def _look(context: Any, known: Mapping[str, int], *, wait_ms: int) -> dict[str, int] | None:
    """State flags by reader, after waiting for a change against `known`.

    Returns at once where a reader is there that is not in `known`. None where pcscd is lost.
    """
    with _one_of_two:
        code, results = _call(scard.SCardListReaders, context, [])
    if code not in {scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE}:
        return None
    names: list[str] = results[0] if results and results[0] else []
    asked = [(name, known.get(name, scard.SCARD_STATE_UNAWARE)) for name in names]
    if wait_ms:
        asked.append((_NEW_READER, scard.SCARD_STATE_UNAWARE))
    if not asked:
        return {}
    code, results = _call(scard.SCardGetStatusChange, context, wait_ms, asked)
    flags = {name: known[name] for name in names if name in known}
    if code in {scard.SCARD_E_TIMEOUT, scard.SCARD_E_CANCELLED, scard.SCARD_E_UNKNOWN_READER}:
        return flags
    if code != scard.SCARD_S_SUCCESS:
        return None
    for name, event, _ in results[0]:
        if name != _NEW_READER:
            flags[name] = event & ~scard.SCARD_STATE_CHANGED
    return flags


class PcscSlot:
    """One reader. Implements `CardSlot`."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """Name of the reader, as PC/SC gives it."""
        return self._name

    def connect(self) -> PcscChannel | DeviceTrouble:
        """Power the card and take it for ourselves alone."""
        code, context = _establish()
        if code != scard.SCARD_S_SUCCESS:
            return _trouble(code)
        code, results = _call(
            scard.SCardConnect,
            context,
            self._name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        if code != scard.SCARD_S_SUCCESS:
            _call(scard.SCardReleaseContext, context)
            return _trouble(code)
        return PcscChannel(context, results[0], results[1], self._name)


class PcscChannel:
    """A card that is ours until `close`. Implements `CardChannel`; made by `PcscSlot.connect`."""

    def __init__(self, context: Any, card: Any, protocol: int, name: str) -> None:
        self._context = context
        self._card = card
        t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._protocol = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1
        self._name = name
        self._open = True

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        """Send one command APDU; blocks as long as reader and card do."""
        if not self._open:
            return _CARD_REMOVED
        code, results = _call(scard.SCardTransmit, self._card, self._protocol, list(command))
        if code == scard.SCARD_S_SUCCESS and results[0]:
            return bytes(results[0])
        # A pulled card, a silent card and a dead daemon can all give the same result code, and
        # some drivers call it a success that nothing came.
        return _TROUBLES.get(code) or self.loss() or _CARD_UNRESPONSIVE

    def loss(self) -> DeviceTrouble | None:
        """Why this card cannot be talked to any more; None where it still lies in its reader.

        Waits up to 0.7 seconds for pcscd to notice.
        """
        flags = {self._name: scard.SCARD_STATE_UNAWARE}
        for wait_ms in (0, _NOTICE_MS):
            code, results = _call(
                scard.SCardGetStatusChange, self._context, wait_ms, list(flags.items())
            )
            if code == scard.SCARD_E_TIMEOUT:
                return None
            if code == scard.SCARD_E_UNKNOWN_READER:
                return _READER_ABSENT
            if code != scard.SCARD_S_SUCCESS:
                return _SERVICE_ABSENT
            event = results[0][0][1]
            state = SlotState.from_flags(event)
            if not state.usable:
                return _READER_ABSENT
            if not state.present:
                return _CARD_REMOVED
            flags = {self._name: event & ~scard.SCARD_STATE_CHANGED}
        return _CARD_REMOVED  # it changed and is present: another card by now

    def close(self) -> None:
        """Let the card go, powering it down, so that nothing selected or verified stays."""
        if self._open:
            self._open = False
            _call(scard.SCardDisconnect, self._card, scard.SCARD_UNPOWER_CARD)
            _call(scard.SCardReleaseContext, self._context)


class CardWatch:
    """Tells a listener what happens at the readers, on a thread of its own, until `stop`."""

    def __init__(self, listener: CardListener) -> None:
        self._listener = listener
        self._stopped = threading.Event()
        self._telling = threading.RLock()
        self._context: Any = None
        self._thread = threading.Thread(target=self._run, name="card-watch", daemon=True)

    def start(self) -> None:
        """Begin, by telling how the readers stand now."""
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """End the watch. When this returns, the listener is not called any more.

        May be called by the listener itself. Where pcscd hangs, the thread is left behind after
        `patience` seconds; it ends by itself, and tells nothing.
        """
        with self._telling:
            self._stopped.set()
        if threading.current_thread() is self._thread:
            return
        # Not on this thread: while pcscd hangs, the call that cancels hangs too.
        threading.Thread(target=self._cancel, name="card-watch-end", daemon=True).start()
        self._thread.join(patience)

    def _cancel(self) -> None:
        """Cancel again and again: libpcsclite forgets a cancel that comes before the wait."""
        while self._thread.is_alive():
            context = self._context
            if context is not None:
                _call(scard.SCardCancel, context)
            self._thread.join(0.05)

    def _run(self) -> None:
        told: Snapshot | None = None
        while not self._stopped.is_set():
            code, context = _establish()
            if code == scard.SCARD_S_SUCCESS:
                self._context = context
                told = self._follow(context, told)
                self._context = None
                _call(scard.SCardReleaseContext, context)
            told = self._tell(told, Snapshot(service=False))
            self._stopped.wait(_RETRY_SECONDS)

    def _follow(self, context: Any, told: Snapshot | None) -> Snapshot | None:
        """Tell every change until pcscd is lost or the watch ends."""
        known: dict[str, int] = {}
        while not self._stopped.is_set():
            seen = _look(context, known, wait_ms=_WAIT_MS if known else 0)
            if seen is None:
                break
            known = seen
            states = {name: SlotState.from_flags(flags) for name, flags in seen.items()}
            told = self._tell(told, Snapshot(service=True, slots=states))
            if not known:
                self._stopped.wait(_RETRY_SECONDS)
        return told

    def _tell(self, told: Snapshot | None, now: Snapshot) -> Snapshot:
        for event in events_between(told, now):
            with self._telling:
                if self._stopped.is_set():
                    break
                self._listener(event)
        return now
