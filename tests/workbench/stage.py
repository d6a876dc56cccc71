"""A town hall on one machine: real services, one kiosk, and hands to cut what can be cut.

Broker, hub, link, mail server, pcscd and the kiosk's window are real processes. Only what lies
below them is emulated: the chip in the card reader, the sensor on the bus, the camera, the two
printers, the wire to the broker.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.edge import station
from sync.edge.outbox import Outbox, OutboxEntry
from sync.edge.trouble import StoreTrouble
from sync.hub.store import registrations
from sync.hub.store.database import Store as HubStore
from sync.wire.document_trust import DocumentTrust
from tests.emulated.camera.mjpeg import EmulatedCamera
from tests.emulated.cards.cns_certificates import CnsIssuer
from tests.emulated.cards.identity_documents import italian_pki
from tests.emulated.cards.pcscd import PrivatePcscd
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.services import (
    Broker,
    CuttableNetwork,
    HubProcess,
    LinkProcess,
    MailServer,
    ServiceError,
)
from tests.emulated.thermal import EmulatedThermalPrinter
from tests.emulated.usb.uru4000 import EmulatedUru4000
from tests.workbench.administrators import Administrator, put_administrators
from tests.workbench.counter import (
    ANNA,
    BRUNO,
    Clerk,
    make_counters,
    operators_issuer,
    put_registrations,
    put_roster,
)
from tests.workbench.display import Display
from tests.workbench.kiosk_process import KioskProcess
from tests.workbench.person import Person
from tests.workbench.pki import Ports, make_site
from tests.workbench.population import Population
from tests.workbench.second_counter import SECOND
from tests.workbench.vaults import open_store

STATION = "kiosk-0001"


def document_issuers(version: int = 1) -> DocumentTrust:
    """Those who issue the emulated identity cards, health cards and operators' cards."""
    country, region, operators = italian_pki(), CnsIssuer.make(), operators_issuer()
    return DocumentTrust(
        version=version,
        issued=time.time_ns() // 1_000_000,
        country_signers=country.certificates,
        health_card_issuers=(region.der,),
        operator_issuers=(operators.der,),
        revocation_lists=(
            country.revocation_list(),
            region.revocation_list(),
            operators.revocation_list(),
        ),
    )


class Stage:
    """Everything on, the network up and the power on when the context begins.

    Args:
        display: where the kiosk's window opens.
        idle_seconds: after so long without a touch the kiosk ends a session.
        fitted: whether the station has a fingerprint sensor and a camera too, and has people
            confirm who they are.
        role: for whom the station stands there.
        store: folder of the station's store, where it is not to be in the station's folder.
        clerks: who may act at a counter.
        registered: how many people the registry holds already, at a counter.
        second: whether the office has another counter; `SecondCounter` sets it up.
        disk: folder for all that a kiosk has on its disk: the station's folder but for its key
            store, what its programs log, their home and temporary files.
        administrators: who may also administer, at a counter.
    """

    def __init__(
        self,
        display: Display,
        *,
        idle_seconds: int = 90,
        fitted: bool = False,
        role: str = "citizen",
        store: Path | None = None,
        clerks: Sequence[Clerk] = (ANNA, BRUNO),
        registered: int = 40,
        second: bool = False,
        disk: Path | None = None,
        administrators: Sequence[Administrator] = (),
    ) -> None:
        self.display = display
        self._disk = disk
        self._fitted = fitted
        self._role = role
        self._clerks = clerks
        self._registered = registered
        self._administrators = administrators
        self._stations = (STATION, SECOND) if second else (STATION,)
        self._idle_seconds = idle_seconds
        self._store = {"store": {"path": str(store / "store")}} if store else {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._set_up()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def station_dir(self) -> Path:
        """The station's folder: all that is on the kiosk's disk."""
        return self.site.stations[STATION]

    @property
    def clerks(self) -> Sequence[Clerk]:
        """Who may act here: nobody but at a counter."""
        return self._clerks if self._role == "counter" else ()

    @property
    def person(self) -> Person:
        """Who stands before the kiosk."""
        return self.kiosk.person

    def operator_in(self, clerk: Clerk = ANNA) -> None:
        """An operator puts their card into the reader."""
        self.reader.insert(clerk.chip())

    def power_cut(self) -> None:
        """Everything on the station is dead at once, and what was in its memory is gone."""
        self.kiosk.kill()
        self.link.kill()
        shutil.rmtree(self.memory, ignore_errors=True)

    def power_on(self) -> None:
        """The station starts again: link and window."""
        self.link.start()
        self.kiosk.start()

    def outbox(self, name: str = STATION) -> list[OutboxEntry]:
        """Every operation of a station and where it stands, read from its own store."""
        profile = station.load(self.site.stations[name])
        store = open_store(profile)
        if isinstance(store, StoreTrouble):
            raise ServiceError(f"the station's store: {store.code}")
        try:
            entries = Outbox(store).entries()
        finally:
            store.close()
        if isinstance(entries, StoreTrouble):
            raise ServiceError(f"the station's outbox: {entries.code}")
        return list(entries)

    def outbox_state(self) -> str:
        """State of the newest operation, empty where there is none."""
        entries = self.outbox()
        return entries[-1].state.value if entries else ""

    def registered_numbers(self) -> list[str]:
        """The registration numbers in the hub's registry."""
        store = HubStore.open_reader(self.site.hub_dir / "registry.db")
        try:
            return [entry.number for entry in registrations.registrations(store)]
        finally:
            store.close()

    def keep_logs(self, folder: Path) -> None:
        """Copy what the services logged to `folder`, for a person who looks for a fault."""
        shutil.copytree(self.site.folder / "logs", folder / "logs", dirs_exist_ok=True)

    def _set_up(self) -> None:
        enter = self._open.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="sportello-")))
        self.memory = Path(tempfile.mkdtemp(prefix="sportello-", dir="/dev/shm"))
        self._open.callback(shutil.rmtree, self.memory, ignore_errors=True)
        self.slip_printer = enter(EmulatedThermalPrinter())
        self.page_printer = enter(EmulatedIppPrinter())
        self.camera = enter(EmulatedCamera())
        self.sensor = enter(EmulatedUru4000()) if self._fitted else None
        ports = Ports.free(relay=True)
        self.site = make_site(
            folder / "site",
            self._stations,
            ports=ports,
            overrides={
                "station": {
                    "identifies": self._fitted,
                    "home_pages": f"http://127.0.0.1:{ports.web}",
                },
                "devices": {
                    "slip_printer": self.slip_printer.address,
                    "page_printer": self.page_printer.uri,
                    "fingerprint": "uru4000" if self._fitted else "",
                    "camera": self.camera.address if self._fitted else "",
                },
                **self._store,
                "session": {
                    "idle_seconds": self._idle_seconds,
                    "warning_seconds": min(20, self._idle_seconds // 2),
                    "memory_folder": str(self.memory / "station"),
                },
            },
            documents=document_issuers(),
        )
        counters = self._stations if self._role == "counter" else self._stations[1:]
        if counters:
            make_counters(self.site, counters)
            put_roster(self.site, self._clerks, counters)
            if self._administrators:
                put_administrators(self.site, self._administrators, counters)
            put_registrations(self.site, Population(self._registered).registrations())
        on_disk = {} if self._disk is None else self._onto(self._disk)
        self.pcscd = enter(PrivatePcscd(folder / "pcsc"))
        self.reader = self.pcscd.readers[0]
        self.broker = enter(Broker(self.site))
        self.mail = enter(MailServer(self.site))
        self.hub = enter(HubProcess(self.site))
        self.network = enter(CuttableNetwork(self.site))
        self.link = enter(LinkProcess(self.site, STATION, on_disk))
        environment = {**self.display.environment, **self.pcscd.environment, **on_disk}
        if self.sensor is not None:
            environment |= self.sensor.environment()
        self.kiosk = enter(KioskProcess(self.site, STATION, environment, self._role))

    def _onto(self, disk: Path) -> dict[str, str]:
        """Moves to the disk what lies on a kiosk's, and to memory what a TPM or token would keep."""
        keys, kept = self.memory / "key", disk / "station"
        shutil.move(self.station_dir / "key", keys)
        shutil.copytree(self.station_dir, kept)
        shutil.rmtree(self.station_dir)
        self.station_dir.symlink_to(kept)
        (kept / "key").symlink_to(keys)
        logs = self.site.folder / "logs"
        logs.mkdir(exist_ok=True)
        for name in ("logs", "tmp", "home"):
            (disk / name).mkdir(parents=True)
        for name in (f"kiosk-{STATION}.log", f"link-{STATION}.log"):
            (logs / name).symlink_to(disk / "logs" / name)
        return {"TMPDIR": str(disk / "tmp"), "HOME": str(disk / "home")}
