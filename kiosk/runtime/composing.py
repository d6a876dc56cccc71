"""Puts a counter and a citizen's procedures together from what the composition root opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from hw.ports import OperatorCard
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.clerk.events import MirrorTold, SignedIn, SignInFailed
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.runtime import daily
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.console import Console, ConsoleMeans
from kiosk.runtime.counter import Counter, Places
from kiosk.runtime.counter_papers import CounterPapers, Sender
from kiosk.runtime.downloads import Certificates
from kiosk.runtime.duty import CardWatching, Checks, Duty
from kiosk.runtime.hold_off import HoldOff
from kiosk.runtime.home import Home
from kiosk.runtime.issuing import Issuing
from kiosk.runtime.leases import Leases
from kiosk.runtime.mirroring import Mirroring
from kiosk.runtime.outbox import OutboxDesk, OutboxMeans
from kiosk.runtime.own_threads import ClerkEffects, HomeEffects
from kiosk.runtime.printing import Papers
from kiosk.runtime.records import Records
from kiosk.runtime.rosters import RosterBelief
from kiosk.runtime.sent_acts import SentActs
from sync.edge.clock import StationClock
from sync.edge.inquiries import Asker, Inquiries, Trouble
from sync.edge.mirror.shelf import Shelf
from sync.edge.station import StationProfile
from sync.edge.vault import Vault
from sync.model.audit import AuditEvent
from sync.model.counter import CounterAct
from sync.model.reconciliation import Stamp
from sync.model.rosters import Roster
from sync.strength import BreachedPasswords
from sync.wire.sealing import SealingKey


class CounterRig(CardWatching, Protocol):
    """The part of the rig that a counter needs."""

    def operator_card(self) -> OperatorCard:
        """The operator's card, in any reader."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What counter and procedures work with.

    Attributes:
        memory: memory-backed folder; None where there is none.
        post: takes the events.
        today: civil date of the station.
        renew: brings what cards are judged by up to date.
        auditing: keeps the audit trail.
        media: folder for downloads of the console, where a medium is mounted; None for none.
        standing: why the station may not work (`station.blocked`); empty where it may.
        ask_lists: asks the hub for newer signed lists, soon.
        breached: list of stolen passwords, None where there is none.
        vault: what the station's files are sealed with; None at a station without key store.
    """

    profile: StationProfile
    records: Records
    inquiries: Inquiries
    clock: StationClock
    memory: Path | None
    post: Callable[[Event], None]
    today: Callable[[], date]
    renew: Callable[[], None]
    auditing: Auditing
    breached: BreachedPasswords | None = None
    vault: Vault | None = None
    media: Path | None = None
    standing: Callable[[], str] = lambda: ""
    ask_lists: Callable[[], None] = lambda: None


class CounterStation:
    """A counter's parts that outlive a session.

    Attributes:
        effects: carries out what clerks' pages ask for.
    """

    def __init__(
        self, means: Means, rig: CounterRig, papers: Papers, sender: Sender, old_key: bytes = b""
    ) -> None:
        """Compose it; nothing is opened before an operator signs in.

        Args:
            means: shared with everything else.
            rig: the devices.
            papers: the printers.
            sender: who hands papers out.
            old_key: the office's key before this one, for papers that still have it.
        """
        self._rig = rig
        self._ask_lists = means.ask_lists
        profile, post, clock = means.profile, means.post, means.clock
        self._shelf = Shelf(profile.store.with_name("mirror"), means.memory, vault=means.vault)
        roster = RosterBelief(profile, means.records.store, means.vault)
        self._mirroring = Mirroring(
            self._shelf,
            means.inquiries,
            means.records.outcome,
            lambda standing: post(MirrorTold(standing)),
            clock.now_ms,
            heard=self._heard,
        )
        self._duty = duty = Duty(
            rig.operator_card(),
            roster.current,
            self._shelf,
            self._mirroring,
            post=_audited(means.auditing, post),
            today=means.today,
            station=profile.name,
            renew=means.renew,
            checks=Checks(
                HoldOff(profile.store.with_name("hold-off.json")),
                means.standing,
                lambda code, password: daily.sign_in(
                    means.inquiries, code, password, wall_ms=clock.now_ms
                ),
            ),
        )
        means.auditing.actor = lambda: b"" if duty.on_duty is None else duty.on_duty.thumbprint
        issuing = Issuing(means.today)

        def letter_key() -> SealingKey | str:
            hub = means.inquiries.hub()
            return hub.code if isinstance(hub, Trouble) else hub.letter_key

        def operator() -> Asker | None:
            return None if duty.on_duty is None else duty.on_duty.presence

        keys = tuple(key for key in (sender.office_key, old_key) if key)
        counter = Counter(
            duty,
            self._shelf,
            self._mirroring,
            means.inquiries,
            means.records,
            issuing,
            Leases(means.inquiries, operator, post),
            Places(profile.name, keys, letter_key, post, means.auditing),
        )
        self._papers = counter_papers = CounterPapers(
            papers,
            issuing,
            sender,
            operator=lambda: "" if duty.on_duty is None else duty.on_duty.entry.name,
            post=post,
            now=lambda: datetime.now().astimezone(),
            in_hand=counter.in_hand,
        )
        console = Console(
            duty,
            ConsoleMeans(
                means.inquiries,
                means.records,
                means.auditing,
                letter_key,
                Certificates(means.media),
                profile.signed_trust_list,
                post,
                lambda: datetime.now().astimezone(),
                means.today,
            ),
            SentActs(means.records.outcome, post),
        )
        new_operation_id = means.records.new_operation_id
        outbox = OutboxDesk(
            duty,
            OutboxMeans(
                means.records,
                means.inquiries,
                means.auditing,
                lambda thumbprint: _name_of(roster.current(), thumbprint),
                profile.code,
                self._note,
                post,
            ),
        )
        self.effects = ClerkEffects(
            counter, counter_papers, console, outbox, post, new_operation_id
        )

    def _note(self, act: CounterAct, when: Stamp) -> None:
        """What the copy of the registry shows at once, where it is open."""
        mirror = self._shelf.mirror
        if mirror is not None:
            mirror.note(act, when)
        self._mirroring.poke()

    def _heard(self, code: str) -> None:
        """What the hub has against the operator: a newer roster says it too, and is asked for."""
        if code:
            self._ask_lists()
        self._duty.heard(code)

    def may_carry(self) -> bool:
        """Whether somebody is signed in who may use a removable medium."""
        return self._duty.may_carry()

    def steer(self, office: OfficeInfo, papers: PaperSettings) -> None:
        """The hub steers the office otherwise: on papers from now on."""
        self._papers.steer(office, papers)

    def start(self) -> None:
        """Begin to tell whether an operator's card is in."""
        self._rig.watch_operator_cards(self._duty.told_of_card)

    def poke(self) -> None:
        """The network came back."""
        self._mirroring.poke()

    def close(self) -> None:
        """Close the mirror; nobody is on duty any more."""
        self._rig.stop_watching_operator_cards()
        self._mirroring.stop()
        self._shelf.close()


def _name_of(roster: Roster | str, thumbprint: bytes) -> str:
    """The operator of a card, as the roster names them; empty where it does not."""
    entry = None if isinstance(roster, str) else roster.entry(thumbprint)
    return "" if entry is None else entry.name


def _audited(auditing: Auditing, post: Callable[[Event], None]) -> Callable[[Event], None]:
    """Keeps who signed in, and who could not, before the flow hears of it."""

    def told(event: Event) -> None:
        match event:
            case SignedIn(day_seconds=day_seconds):
                way = "card" if day_seconds is None else "daily-password"
                auditing.note(AuditEvent.SIGNED_IN, way)
            case SignInFailed(code=code):
                auditing.note(AuditEvent.REFUSED, code)
            case _:
                pass
        post(event)

    return told


def home_effects(means: Means) -> HomeEffects:
    """What carries out a citizen's procedure."""
    home = Home(
        means.inquiries,
        means.records,
        means.post,
        means.clock.now_ms,
        breached=means.breached,
    )
    return HomeEffects(home, means.post)
