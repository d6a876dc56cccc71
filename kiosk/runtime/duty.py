"""Who is on duty at the counter: station, card and PIN, then the roster, then the mirror (R-004-6).

The card is the operator: pulled, it signs them out, and nothing is recorded without it. A menu
opens by the roster's rights; the hub judges each act again by the roster of the moment. Who forgot
their card signs in by daily password, until midnight (R-004-34).
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from hw.errors import DeviceTrouble
from hw.ports import OperatorCard
from hw.readings import (
    CardEvent,
    CardInserted,
    CardRemoved,
    OperatorIdentity,
    ReaderReady,
)
from kiosk import log_events
from kiosk.flows.clerk.desk import OF_A_COUNTER, MirrorStanding, Operator
from kiosk.flows.clerk.effects import SignIn, SignInByDay
from kiosk.flows.clerk.events import HoldOffTold, OperatorCardTold, SignedIn, SignInFailed
from kiosk.flows.events import Event
from kiosk.runtime.daily import BY_CARD_ALONE, DayOpened, DayRefused, DaySigner
from kiosk.runtime.hold_off import HoldOff
from kiosk.runtime.mirroring import Mirroring
from sync.edge.mirror import MirrorTrouble
from sync.edge.mirror.shelf import Shelf
from sync.model import certificates, rosters
from sync.model.addresses import Residence
from sync.model.console import ConsoleAct, UserAct
from sync.model.counter import CounterAct
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import duty_statement
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import OperatorSigner, Unsigned

_PURPOSE: Final = "mirror"
_NO_SECRET: Final = "token.no-secret"  # noqa: S105  a failure code
HELD_OFF: Final = "sign-in.wait"
"""Nobody can sign in for a while, after failed tries."""
OTHER_HOLDER: Final = "operator.other-holder"
"""The card's certificate names somebody else than the roster does (R-004-6)."""
_TRIES: Final = frozenset(
    {
        *("token.pin-wrong", "token.pin-blocked", "token.not-genuine", "token.other-person"),
        *("token.untrusted", "token.revoked", "operator.unknown", "operator.expired"),
        OTHER_HOLDER,
    }
)
"""What counts as a failed try: a card or a PIN that are not an operator's."""
_CODICE_FISCALE: Final = re.compile(
    r"(?<![A-Z0-9])[A-Z]{6}[A-Z0-9]{2}[A-Z][A-Z0-9]{2}[A-Z][A-Z0-9]{3}[A-Z](?![A-Z0-9])"
)


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
        thumbprint: SHA-256 of the certificate of the card, or of the day's key.
        presence: shows the hub that they are.
        codice_fiscale: as the card's certificate bears it, or as the hub has compared it with the
            daily password; empty where the roster names no holder. Another roster has another salt:
            by this alone the same person is found in it.
        day: the key of a sign-in by daily password; None with a card.
    """

    entry: OperatorEntry
    thumbprint: bytes
    presence: Presence = field(repr=False, compare=False)
    codice_fiscale: str = field(default="", repr=False, compare=False)
    day: DaySigner | None = field(default=None, repr=False, compare=False)

    @property
    def serves(self) -> bool:
        """Whether they serve people, and so have the mirror."""
        return bool(self.entry.rights & OF_A_COUNTER)


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked beside card and roster.

    Attributes:
        hold_off: counts failed tries; None where nobody counts.
        standing: why the station itself may not work (`station.blocked`), the first check of
            R-004-6; empty where it may.
        by_day: asks the hub for a sign-in by daily password; None where there is none.
    """

    hold_off: HoldOff | None = None
    standing: Callable[[], str] = lambda: ""
    by_day: Callable[[str, bytearray], DayOpened | DayRefused] | None = None


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
        checks: what is asked beside.
    """

    def __init__(  # noqa: PLR0913  each is another part of the station
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
        checks: Checks | None = None,
    ) -> None:
        self._card = card
        self._roster = roster
        self._shelf = shelf
        self._mirroring = mirroring
        self._post = post
        self._today = today
        self._station = station
        self._renew = renew
        self._checks = checks or Checks()
        self._comune = certificates.comune_of(station)
        self._lock = threading.Lock()
        self._on_duty: OnDuty | None = None
        self._stopped = ""
        self._present: set[str] = set()
        self._told_present: bool | None = None

    @property
    def on_duty(self) -> OnDuty | None:
        """Who is signed in, as far as the card still is, or the day lasts."""
        found = self._on_duty
        if found is None:
            return None
        still = self._card.signed_in if found.day is None else found.day.seconds_left > 0
        return found if still else None

    def signer(self) -> OperatorSigner | Unsigned:
        """What signs acts now; `operator.card-away` where nobody is signed in."""
        found = self.on_duty
        if found is None:
            return Unsigned("operator.card-away")
        if self._stopped:
            return Unsigned(self._stopped)
        return CardSigner(self._card, found.thumbprint) if found.day is None else found.day

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
        entry = self.entry_now(found)
        if isinstance(entry, str):
            return entry
        problem = rosters.act_problem(entry, act, on=self._today(), residence=residence)
        return "" if problem is None else problem.code

    def console_may_not(self, act: ConsoleAct) -> str:
        """Why an administrator may not do an act by the newest roster; empty where they may."""
        found = self.on_duty
        if found is None:
            return "operator.card-away"
        entry = self.entry_now(found)
        if isinstance(entry, str):
            return entry
        itself = isinstance(act, UserAct) and act.codice_fiscale == found.codice_fiscale
        problem = rosters.console_problem(entry, act, on=self._today(), of_oneself=itself)
        return "" if problem is None else problem.code

    def may_carry(self) -> bool:
        """Whether the operator may use a removable medium by the newest roster."""
        found = self.on_duty
        entry = None if found is None else self.entry_now(found)
        return isinstance(entry, OperatorEntry) and rosters.may(
            entry, Right.DEVICES, on=self._today()
        )

    def entry_now(self, found: OnDuty) -> OperatorEntry | str | None:
        """The operator's line of the newest roster, None where there is none; or a failure code."""
        roster = self._roster()
        if isinstance(roster, str):
            return roster
        if found.day is None:
            return roster.entry(found.thumbprint, self._comune)
        return _line_of(roster, found.codice_fiscale, found.entry.comune)

    def sign_in(self, effect: SignIn) -> None:
        """Posts `SignedIn` or `SignInFailed`. Blocks for card and disk; the PIN is overwritten."""
        try:
            found = self._not_now() or self._sign_in(effect.pin)
        finally:
            effect.pin[:] = bytes(len(effect.pin))
        self._settle(effect.session_id, found)

    def sign_in_by_day(self, effect: SignInByDay) -> None:
        """Posts `SignedIn` or `SignInFailed`. Blocks for the hub; the password is overwritten."""
        try:
            found = self._not_now() or self._sign_in_by_day(effect.codice_fiscale, effect.password)
        finally:
            effect.password[:] = bytes(len(effect.password))
        self._settle(effect.session_id, found)

    def _settle(
        self, session_id: UUID, found: tuple[OnDuty, str] | DeviceTrouble | DayRefused | str
    ) -> None:
        """Tell who is signed in, or why nobody is; count a failed try."""
        if not isinstance(found, tuple):
            code = found if isinstance(found, str) else found.code
            if not isinstance(found, DeviceTrouble | DayRefused):
                self._card.sign_out()
            log_events.write(log_events.SIGNED_IN, code=code)
            left = _left(found) if isinstance(found, DeviceTrouble) else None
            asked = found.wait_seconds if isinstance(found, DayRefused) else 0
            self._post(SignInFailed(session_id, code, left, self._waits(found, code), asked))
            return
        on_duty, trouble = found
        with self._lock:
            self._on_duty, self._stopped = on_duty, ""
        if self._checks.hold_off is not None:
            self._checks.hold_off.succeeded()
        standing = MirrorStanding(code=trouble or None)
        if on_duty.serves and not trouble:
            standing = self._mirroring.standing()
        log_events.write(log_events.SIGNED_IN, code=trouble or "ok")
        entry = on_duty.entry
        operator = Operator(
            entry.name,
            entry.office,
            entry.rights,
            entry.comuni,
            entry.comune,
            entry.profiles,
            thumbprint=on_duty.thumbprint,
            codice_fiscale=on_duty.codice_fiscale,
        )
        day_seconds = None if on_duty.day is None else on_duty.day.seconds_left
        self._post(SignedIn(session_id, operator, standing, day_seconds))
        if on_duty.serves and not trouble:
            self._mirroring.start(on_duty.presence)

    def _not_now(self) -> str:
        """Why nobody may even try: the station is blocked (R-004-6, 16), or holds off."""
        hold_off = self._checks.hold_off
        held = hold_off is not None and hold_off.waiting() > 0
        return self._checks.standing() or (HELD_OFF if held else "")

    def _waits(self, found: DeviceTrouble | DayRefused | str, code: str) -> int:
        """Seconds until the next try; a failed one makes them more."""
        hold_off = self._checks.hold_off
        if hold_off is None:
            return 0
        tried = found.tried if isinstance(found, DayRefused) else code in _TRIES
        return hold_off.failed() if tried else hold_off.waiting()

    def sign_out(self) -> None:
        """Let the card and whoever is signed in go; the mirror is kept in step no more."""
        with self._lock:
            was, self._on_duty = self._on_duty, None
        if was is not None and was.day is not None:
            was.day.forget()
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
        """Post how the readers stand, and how long the station holds off: a session begins."""
        self._post(OperatorCardTold(bool(self._present)))
        wait = 0 if self._checks.hold_off is None else self._checks.hold_off.waiting()
        if wait:
            self._post(HoldOffTold(wait))

    def _pulled(self, reader: str) -> None:
        """The operator's own card is away where its reader is empty, or nobody knows which it is."""
        if self._on_duty is None or self._on_duty.day is not None:
            return
        if self._card.reader and reader not in {"", self._card.reader}:
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
        entry = roster.entry(thumbprint, self._comune)
        if entry is None:
            return "operator.unknown"
        if self._today() > entry.until:
            return "operator.expired"
        code = codice_fiscale_of(identity)
        if not roster.names_holder(entry, code):
            return OTHER_HOLDER
        presence = Presence(CardSigner(self._card, thumbprint))
        on_duty = OnDuty(entry, thumbprint, presence, code if entry.holder else "")
        if not on_duty.serves:
            return on_duty, ""  # who administers is told nothing of the registry
        secret = self._card.derive(f"{_PURPOSE} {self._station}")
        if isinstance(secret, DeviceTrouble) and secret.code != _NO_SECRET:
            return secret
        found = None if isinstance(secret, DeviceTrouble) else secret
        return on_duty, self._open_mirror(roster, thumbprint, found)

    def _open_mirror(self, roster: Roster, thumbprint: bytes, secret: bytes | None) -> str:
        """Empty, or why it is not open. Without a secret it lies in memory alone."""
        known = {one.thumbprint for one in roster.entries if self._today() <= one.until}
        mirror = self._shelf.open_for(thumbprint, secret, known)
        return mirror.code if isinstance(mirror, MirrorTrouble) else ""

    def _sign_in_by_day(
        self, codice_fiscale: str, password: bytearray
    ) -> tuple[OnDuty, str] | DayRefused | str:
        """The hub's word for the day, then the roster's for the rights."""
        roster = self._roster()
        if isinstance(roster, str):
            return roster
        if self._checks.by_day is None:
            return "daily.not-here"
        opened = self._checks.by_day(codice_fiscale, password)
        if isinstance(opened, DayRefused):
            return opened
        signer = opened.signer
        code = codice_fiscale.strip().upper()
        entry = _line_of(roster, code, self._comune)
        if entry is None or self._today() > entry.until:
            signer.forget()
            # The password was right: no try that failed.
            return DayRefused("operator.unknown" if entry is None else "operator.expired")
        on_duty = OnDuty(entry, signer.thumbprint, Presence(signer), code, signer)
        if not on_duty.serves:
            return on_duty, ""
        return on_duty, self._open_mirror(roster, signer.thumbprint, None)


def _line_of(roster: Roster, codice_fiscale: str, comune: str) -> OperatorEntry | None:
    """What a daily password opens: the person's line of a comune, of any where none is named."""
    for one in roster.entries:
        named = bool(one.holder) and roster.names_holder(one, codice_fiscale)
        if named and comune in {"", one.comune}:
            return replace(one, rights=one.rights - BY_CARD_ALONE)
    return None


def _left(trouble: DeviceTrouble) -> int | None:
    left = dict(trouble.details).get("left", "")
    return int(left) if left.isdecimal() else None


def codice_fiscale_of(identity: OperatorIdentity) -> str:
    """The codice fiscale in a card's certificate (R-004-6); empty where it bears none.

    In the serialNumber (`TINIT-...`, ETSI EN 319 412-1, 5.1.3) or at the head of a CNS's common name.
    """
    for text in (identity.identifier, identity.name):
        found = _CODICE_FISCALE.search(text.upper())
        if found:
            return found[0]
    return ""
