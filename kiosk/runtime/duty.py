"""Who is on duty at the counter: card and PIN, then the roster, then the mirror.

The card is the operator: pulled, it signs them out, and nothing is recorded without it. A menu
opens by the roster's rights; the hub judges each act again by the roster of the moment.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from hw.errors import DeviceTrouble
from hw.ports import OperatorCard
from hw.readings import CardEvent, CardInserted, CardRemoved, ReaderReady
from kiosk import log_events
from kiosk.flows.clerk.desk import MirrorStanding, Operator
from kiosk.flows.clerk.effects import SignIn
from kiosk.flows.clerk.events import OperatorCardTold, SignedIn, SignInFailed
from kiosk.flows.events import Event
from kiosk.runtime.mirroring import Mirroring
from sync.edge.mirror import MirrorTrouble
from sync.edge.mirror.shelf import Shelf
from sync.model import rosters
from sync.model.addresses import Residence
from sync.model.counter import CounterAct
from sync.model.rosters import OperatorEntry, Roster
from sync.wire import duty_statement
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import OperatorSigner, Unsigned

_PURPOSE: Final = "mirror"
_NO_SECRET: Final = "token.no-secret"  # noqa: S105  a failure code


class CardWatching(Protocol):
    """What tells of cards in readers, beside what flows watch."""

    def watch_operator_cards(self, listener: Callable[[CardEvent], None]) -> None:
        """Tell `listener` what happens at the readers, beginning with how they stand."""
        ...

    def stop_watching_operator_cards(self) -> None:
        """Tell no more."""
        ...


class CardSigner:
    """The signed-in card as the journal uses it.

    Args:
        card: signs while it is in.
        thumbprint: of the certificate with which its holder signed in.
    """

    def __init__(self, card: OperatorCard, thumbprint: bytes) -> None:
        self._card = card
        self.thumbprint = thumbprint

    def sign(self, message: bytes) -> bytes | Unsigned:
        """The card's signature; or why it did not sign."""
        made = self._card.sign_header(message)
        if isinstance(made, DeviceTrouble):
            log_events.write(log_events.DEVICE_TROUBLE, code=made.code)
            return Unsigned(made.code)
        # Another card of the same reader would have its own certificate.
        return made.signature if made.certificate == self.thumbprint else Unsigned("token.removed")


class Presence:
    """Shows the hub that an operator is signed in here: what their card signed, while it is fresh.

    One statement serves many questions; a new one is signed when half of its life is over. One that
    still lives may be shown for a moment after the card is gone: a lease is given back with it.

    Args:
        card: signs.
    """

    def __init__(self, card: OperatorSigner) -> None:
        self._card = card
        self._lock = threading.Lock()
        self._held: DutyStatement | None = None

    def statement(self, station: str, now: int) -> DutyStatement | Unsigned:
        """The statement for `station`, the same for a while; or why the card does not sign one."""
        with self._lock:
            held = self._held
            if held is not None and held.is_fresh(now, duty_statement.LIFE_MILLISECONDS // 2):
                return held
            made = duty_statement.make(station, self._card, signed_at=now)
            if isinstance(made, DutyStatement):
                self._held = made
            elif held is not None and held.is_fresh(now):
                return held
            return made


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The operator who is signed in.

    Attributes:
        thumbprint: SHA-256 of the certificate of the card.
        presence: shows the hub that they are.
    """

    entry: OperatorEntry
    thumbprint: bytes
    presence: Presence = field(repr=False, compare=False)


class Duty:
    """Signs operators in and out.

    Args:
        card: the operator's card, in any reader.
        roster: the newest roster, or the code of why there is none.
        shelf: opens the mirror.
        mirroring: keeps it in step.
        post: takes the events.
        today: civil date of the station.
        station: its name: the secret of a card is another one at every station.
        renew: called before a card is judged: brings what is believed up to date.
    """

    def __init__(
        self,
        card: OperatorCard,
        roster: Callable[[], Roster | str],
        shelf: Shelf,
        mirroring: Mirroring,
        *,
        post: Callable[[Event], None],
        today: Callable[[], date],
        station: str,
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self._card = card
        self._roster = roster
        self._shelf = shelf
        self._mirroring = mirroring
        self._post = post
        self._today = today
        self._station = station
        self._renew = renew
        self._lock = threading.Lock()
        self._on_duty: OnDuty | None = None
        self._stopped = ""
        self._present: set[str] = set()
        self._told_present: bool | None = None

    @property
    def on_duty(self) -> OnDuty | None:
        """Who is signed in, as far as the card still is."""
        found = self._on_duty
        return found if found is not None and self._card.signed_in else None

    def signer(self) -> CardSigner | Unsigned:
        """What signs acts now; `operator.card-away` where nobody is signed in."""
        found = self.on_duty
        if found is None:
            return Unsigned("operator.card-away")
        if self._stopped:
            return Unsigned(self._stopped)
        return CardSigner(self._card, found.thumbprint)

    def heard(self, code: str) -> None:
        """What the hub says of the operator: empty, or why it answers nothing to them any more.

        It judges by a roster that this station may not have yet: nothing more is recorded until it
        answers again, or somebody else signs in.

        Args:
            code: `operator.unknown`, `operator.expired`, `operator.no-right` ...
        """
        if code != self._stopped:
            log_events.write(log_events.DUTY_STOPPED, code=code or "ok")
        self._stopped = code

    def may_not(self, act: CounterAct, residence: Residence | None) -> str:
        """Why the operator may not do an act by the newest roster; empty where they may."""
        found = self.on_duty
        if found is None:
            return "operator.card-away"
        roster = self._roster()
        if isinstance(roster, str):
            return roster
        entry = roster.entry(found.thumbprint)
        problem = rosters.act_problem(entry, act, on=self._today(), residence=residence)
        return "" if problem is None else problem.code

    def sign_in(self, effect: SignIn) -> None:
        """Posts `SignedIn` or `SignInFailed`. Blocks for card and disk; the PIN is overwritten."""
        try:
            found = self._sign_in(effect.pin)
        finally:
            effect.pin[:] = bytes(len(effect.pin))
        if isinstance(found, DeviceTrouble):
            log_events.write(log_events.SIGNED_IN, code=found.code)
            self._post(SignInFailed(effect.session_id, found.code, _left(found)))
            return
        if isinstance(found, str):
            self._card.sign_out()
            log_events.write(log_events.SIGNED_IN, code=found)
            self._post(SignInFailed(effect.session_id, found))
            return
        on_duty, trouble = found
        with self._lock:
            self._on_duty, self._stopped = on_duty, ""
        entry = on_duty.entry
        standing = MirrorStanding(code=trouble) if trouble else self._mirroring.standing()
        log_events.write(log_events.SIGNED_IN, code=trouble or "ok")
        operator = Operator(
            entry.name,
            entry.office,
            entry.rights,
            entry.comuni,
            thumbprint=on_duty.thumbprint,
        )
        self._post(SignedIn(effect.session_id, operator, standing))
        if not trouble:
            self._mirroring.start(on_duty.presence)

    def sign_out(self) -> None:
        """Let the card and whoever is signed in go; the mirror is kept in step no more."""
        with self._lock:
            was, self._on_duty = self._on_duty, None
        self._mirroring.stop()
        self._card.sign_out()
        if was is not None:
            log_events.write(log_events.SIGNED_OUT)

    def told_of_card(self, event: CardEvent) -> None:
        """What happens at the readers; posts `OperatorCardTold` where that changed."""
        match event:
            case CardInserted(reader):
                self._present.add(reader)
            case CardRemoved(reader):
                self._present.discard(reader)
                self._pulled(reader)
            case ReaderReady():
                pass
            case DeviceTrouble(code=code):
                # A mute card lies there, but it is nobody's.
                if code != "card.unresponsive":
                    self._present.clear()
                    self._pulled("")
        present = bool(self._present)
        if present is not self._told_present:
            self._told_present = present
            self._post(OperatorCardTold(present))

    def tell_card(self) -> None:
        """Post how the readers stand: a session begins."""
        self._post(OperatorCardTold(bool(self._present)))

    def _pulled(self, reader: str) -> None:
        """The operator's own card is away where its reader is empty, or nobody knows which it is."""
        if self._on_duty is None or (self._card.reader and reader not in {"", self._card.reader}):
            return
        if self._present:
            # Another card lies in another reader: still the operator's is away.
            self._post(OperatorCardTold(present=False))
            self._told_present = None
        threading.Thread(target=self.sign_out, name="sign-out", daemon=True).start()

    def _sign_in(self, pin: bytearray) -> tuple[OnDuty, str] | DeviceTrouble | str:
        self._renew()
        roster = self._roster()
        if isinstance(roster, str):
            return roster
        identity = self._card.sign_in(pin.decode("ascii", "replace"))
        if isinstance(identity, DeviceTrouble):
            return identity
        thumbprint = hashlib.sha256(identity.certificate).digest()
        entry = roster.entry(thumbprint)
        if entry is None:
            return "operator.unknown"
        if self._today() > entry.until:
            return "operator.expired"
        secret = self._card.derive(f"{_PURPOSE} {self._station}")
        if isinstance(secret, DeviceTrouble) and secret.code != _NO_SECRET:
            return secret
        mirror = self._shelf.open_for(
            thumbprint,
            None if isinstance(secret, DeviceTrouble) else secret,
            {one.thumbprint for one in roster.entries if self._today() <= one.until},
        )
        trouble = mirror.code if isinstance(mirror, MirrorTrouble) else ""
        presence = Presence(CardSigner(self._card, thumbprint))
        return OnDuty(entry, thumbprint, presence), trouble


def _left(trouble: DeviceTrouble) -> int | None:
    left = dict(trouble.details).get("left", "")
    return int(left) if left.isdecimal() else None
