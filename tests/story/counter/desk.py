"""A counter without a window: real broker, hub, link, pcscd and printer, and events in a list."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.keystore.software import SoftwareKey
from hw.rig import RigSettings, open_rig
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.clerk.effects import ClerkEffect, SignIn
from kiosk.flows.clerk.events import OperatorCardTold, SignedIn
from kiosk.flows.events import Event
from kiosk.flows.home_effects import HomeEffect
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.composing import CounterStation, Means, home_effects
from kiosk.runtime.counter_papers import Sender
from kiosk.runtime.printing import Papers
from kiosk.runtime.records import Records
from kiosk.runtime.signing import StationSigner
from kiosk.strings.catalogue import Catalogue
from sync.edge import station
from sync.edge.clock import StationClock
from sync.edge.inquiries import Inquiries
from sync.edge.wakeup import Role, WakeUp
from sync.model.preregistration import Community
from sync.model.registration import Registration
from tests.emulated.cards.pcscd import PrivatePcscd
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.services import (
    Broker,
    CuttableNetwork,
    HubProcess,
    LinkProcess,
    MailServer,
    wait_until,
)
from tests.workbench.counter import (
    ANNA,
    BRUNO,
    OPERATOR_PIN,
    Clerk,
    make_counters,
    operators_issuer,
    put_registrations,
    put_roster,
)
from tests.workbench.pki import Ports, make_site

PATIENCE = 20.0
T = TypeVar("T")


class Town:
    """A site with its services and one or more counters, each with a reader of its own.

    Args:
        stations: names of the counters.
        people: whom the registry holds already.
    """

    def __init__(self, stations: Sequence[str], people: Sequence[Registration]) -> None:
        self._stations = stations
        self._people = people
        self._open = ExitStack()

    def __enter__(self) -> Self:
        enter = self._open.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="d-counter-")))
        self.site = make_site(folder / "site", self._stations, ports=Ports.free(relay=True))
        make_counters(self.site, self._stations)
        put_roster(self.site, (ANNA, BRUNO), self._stations)
        put_registrations(self.site, self._people)
        self.pcscd = enter(PrivatePcscd(folder / "pcsc"))
        self.pcscd.use_in_this_process()
        self.printer = enter(EmulatedIppPrinter())
        self.broker = enter(Broker(self.site))
        self.mail = enter(MailServer(self.site))
        self.hub = enter(HubProcess(self.site))
        self.network = enter(CuttableNetwork(self.site))
        self.links = {name: enter(LinkProcess(self.site, name)) for name in self._stations}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()


class Counter:
    """One counter's runtime, as the kiosk composes it.

    Attributes:
        told: every event that was posted.
    """

    def __init__(self, town: Town, name: str, *, reader: int = 0) -> None:
        self.town = town
        folder = town.site.stations[name]
        self.profile = station.load(folder)
        self.reader = town.pcscd.readers[reader]
        self.memory = Path(tempfile.mkdtemp(prefix="d-counter-", dir="/dev/shm"))
        self.session = UUID(int=1)
        self.told: list[Event] = []
        self._changed = threading.Condition()
        key = SoftwareKey.load(folder / "key" / "signing.pem")
        assert isinstance(key, SoftwareKey)
        signer = StationSigner(key)
        self.wake = WakeUp(self.profile.store, Role.WINDOW)
        self.records = Records(
            self.profile,
            signer,
            office="Comune di Esempio",
            post=self.post,
            recorded=lambda: self.wake.ring(Role.LINK),
        )
        clock = StationClock()
        self.inquiries = Inquiries(
            self.profile,
            self.records.store,
            signer,
            lambda: self.wake.ring(Role.LINK),
            clock,
        )
        self.rig = open_rig(RigSettings(page_printer=town.printer.uri, speech=False))
        issuer = operators_issuer()
        self.rig.trust_documents(
            TrustAnchors(
                operator_issuers=(issuer.der,),
                revocation_lists=(issuer.revocation_list(),),
                version=1,
            )
        )
        office = OfficeInfo(
            station=name,
            name="Comune di Esempio",
            comune="L219",
            community=Community.SISTEMA_PIEMONTE,
            role=StationRole.COUNTER,
        )
        catalogues = {language: Catalogue.load(language) for language in ("it", "en")}
        papers = Papers(
            slip_printer=None,
            page_printer=self.rig.page_printer,
            office=office,
            catalogues=catalogues,
            post=self.post,
        )
        means = Means(
            self.profile,
            self.records,
            self.inquiries,
            clock,
            self.memory,
            self.post,
            lambda: datetime.now(tz=UTC).astimezone().date(),
            lambda: None,
            Auditing(self.records, clock),
        )
        sender = Sender(
            office, catalogues, PaperSettings(), (folder / "key" / "office.key").read_bytes()
        )
        self.station = CounterStation(means, self.rig, papers, sender)
        self.home = home_effects(means)
        self._over = threading.Event()
        self._ringing = threading.Thread(target=self._ring, daemon=True)
        self._ringing.start()
        self.station.start()

    def _ring(self) -> None:
        while not self._over.is_set():
            if self.wake.wait(0.5):
                self.inquiries.look()

    def post(self, event: Event) -> None:
        with self._changed:
            self.told.append(event)
            self._changed.notify_all()

    def ask(
        self, effect: ClerkEffect | HomeEffect, wanted: type[T], seconds: float = PATIENCE
    ) -> T:
        """Performs an effect and gives the first event of that type that comes after it."""
        with self._changed:
            since = len(self.told)
        self.perform(effect)
        return self.await_event(wanted, since=since, seconds=seconds)

    def perform(self, effect: ClerkEffect | HomeEffect) -> None:
        if isinstance(effect, HomeEffect):
            self.home.perform(effect)
        else:
            self.station.effects.perform(effect)

    def await_event(
        self,
        wanted: type[T],
        test: Callable[[T], bool] = lambda _: True,
        *,
        since: int = 0,
        seconds: float = PATIENCE,
    ) -> T:
        """The first such event behind the first `since`."""

        def found() -> list[T]:
            return [one for one in self.told[since:] if isinstance(one, wanted) and test(one)]

        with self._changed:
            assert self._changed.wait_for(found, seconds), (
                f"no {wanted.__name__} within {seconds} s; told: "
                f"{[type(one).__name__ for one in self.told]}"
            )
            return found()[0]

    def sign_in(self, clerk: Clerk = ANNA) -> SignedIn:
        """An operator puts the card in and types the PIN."""
        since = len(self.told)
        self.reader.insert(clerk.chip())
        self.await_event(OperatorCardTold, lambda one: one.present, since=since)
        pin = bytearray(OPERATOR_PIN.encode())
        signed = self.ask(SignIn(self.session, pin), SignedIn, seconds=40)
        assert not any(pin)
        return signed

    def connected(self) -> bool:
        status = self.records.link_status()
        return bool(getattr(status, "connected", False) and getattr(status, "hub_present", False))

    def await_connection(self) -> None:
        wait_until(self.connected, PATIENCE, "the hub")

    def close(self) -> None:
        self._over.set()
        self.home.stop()
        self.station.effects.stop()
        self.station.close()
        self.rig.close()
        self.records.close()
        self._ringing.join(3)
        self.wake.close()
        shutil.rmtree(self.memory, ignore_errors=True)
