"""The composition root: the only place that opens devices, store, link and window."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from hw.camera.wire import CameraSettings
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble
from hw.ports import KeyStore
from hw.rig import Rig, RigSettings, open_rig
from kiosk import VERSION, fitting, log_events, settings
from kiosk.documents.press import preload
from kiosk.flows import drafts, events, italian_time
from kiosk.flows.events import Event
from kiosk.flows.office import Network, StationRole
from kiosk.flows.out_of_service import StationStanding
from kiosk.flows.session import Session, begin
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.composing import CounterStation, Means, home_effects
from kiosk.runtime.corrections import Corrections
from kiosk.runtime.counter_papers import Sender
from kiosk.runtime.courier import MEDIA, Carrying
from kiosk.runtime.device_notes import NotedDevices
from kiosk.runtime.devices import Cards
from kiosk.runtime.drafts import DraftDropped, DraftStore, boot_id
from kiosk.runtime.effects import Effects, Parts
from kiosk.runtime.endpoints import InstallerEffects, endpoints_of
from kiosk.runtime.engine import Engine
from kiosk.runtime.fingers import Fingers
from kiosk.runtime.identity import Documents
from kiosk.runtime.kept_pages import KeptPages
from kiosk.runtime.memory import keep_to_ourselves
from kiosk.runtime.network import NetworkWatch
from kiosk.runtime.printing import Papers
from kiosk.runtime.readiness import Readiness
from kiosk.runtime.records import Records
from kiosk.runtime.scanning import Scanning
from kiosk.runtime.signing import StationSigner
from kiosk.runtime.station_care import Cared, StationCare
from kiosk.runtime.ticks import Ticks
from kiosk.runtime.trusting import DocumentBelief
from kiosk.runtime.voice import Voice
from kiosk.screens.context import Previews
from kiosk.screens.window import KioskWindow
from kiosk.settings import Settings, SettingsError
from kiosk.station_keys import SOFTWARE, certify_in_tpm, open_keys, vault_of
from kiosk.strings.catalogue import Catalogue
from sync.edge import station, window_notes
from sync.edge.clock import StationClock, uuid7
from sync.edge.enrolment import DeviceKeys
from sync.edge.inquiries import Inquiries
from sync.edge.link.status import CONNECTING
from sync.edge.own_certificate import certificate_problem
from sync.edge.standing import StandingBook
from sync.edge.station import ProfileError, StationProfile
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import TLS_KEY, Vault
from sync.edge.wakeup import Role, WakeUp
from sync.model import codice_fiscale, places
from sync.model.audit import AuditEvent
from sync.model.station_settings import SettingValue


class Kiosk:
    """One station, composed. `run` blocks until the window is closed.

    Args:
        config: the window's settings.
        profile: the station's, shared with its link.
        rig: its devices.
        key: its key store.
        role: for whom the station stands there.
    """

    def __init__(
        self,
        config: Settings,
        profile: StationProfile,
        rig: Rig,
        key: KeyStore,
        role: StationRole = StationRole.CITIZEN,
    ) -> None:
        vault = vault_of(key)
        self._profile = profile
        self._rig = rig
        self._key = key
        self._config = config
        self._card_traffic = config.card_traffic
        self._clock = StationClock()
        self._office = fitting.office_of(
            config, profile.name, role, software_key=key.protection == SOFTWARE
        )
        self._catalogues = {
            language: Catalogue.load(language, on_missing=_text_missing)
            for language in config.languages
        }
        self.window = KioskWindow(
            self._emit,
            self._catalogues,
            size=config.size,
            fullscreen=config.full_screen,
            hand_scanner=fitting.hand_scanner(config),
            previews=_previews(rig),
        )
        self._drafts = DraftStore(
            config.memory_folder,
            boot_id=boot_id(),
            monotonic=_seconds_since_boot,
            lasts=config.idle_seconds,
            vault=vault,
        )
        self.engine = Engine(
            fresh=self._fresh, show=self.window.show, keep=self._drafts, audit=self._transition
        )
        self._wake_up = WakeUp(_made(profile.store), Role.WINDOW)
        self._records = Records(
            profile,
            StationSigner(key),
            office=config.office,
            post=self._emit,
            recorded=lambda: self._wake_up.ring(Role.LINK),
            vault=vault,
            refusal=self._refusal,
            pages=KeptPages(
                lambda: self._office,
                self._catalogues[config.languages[0]],
                self._clock.now_ms,
            ).of,
        )
        self._auditing = Auditing(self._records, self._clock)
        self._belief = DocumentBelief(
            profile, self._records.store, lambda taken: rig.trust_documents(fitting.anchors(taken))
        )
        self._inquiries = Inquiries(
            profile,
            self._records.store,
            StationSigner(key),
            lambda: self._wake_up.ring(Role.LINK),
            self._clock,
        )
        self._care = StationCare(
            Cared(
                profile,
                self._records.store,
                self._inquiries,
                DeviceKeys(
                    StationSigner(key),
                    key.public_spki,
                    vault.password(TLS_KEY),
                    certify_in_tpm(config.key),
                ),
                self._clock.now_ms,
                self._emit,
                config.enrolment_address,
                role is not StationRole.CITIZEN,
                vault,
                Corrections(
                    profile.name, self._catalogues.values(), self._steer, self._reworded
                ).adopt,
            )
        )
        self._counter: CounterStation | None = None
        self._effects = self._compose_effects(config, vault)
        self._network = NetworkWatch(
            self._look_at_network, self._wake_up, self._network_changed, self._inquiries.look
        )
        self._ticks = Ticks(self._emit, _today)

    @classmethod
    def of(cls, station_dir: Path, role: StationRole = StationRole.CITIZEN) -> Kiosk:
        """The kiosk of a station's folder.

        Raises:
            SettingsError: the folder's settings or key cannot be used; the text says why.
        """
        config = settings.load(station_dir)
        try:
            profile = station.load(station_dir)
            profile.root_key()
            profile.signing_key()
        except ProfileError as error:
            raise SettingsError(str(error)) from error
        wrong = certificate_problem(profile)
        if wrong is not None:
            message = f"tls/station.pem: {wrong.code}"
            raise SettingsError(message)
        key = open_keys(station_dir, config.key)
        try:
            rig = open_rig(_devices(config), _tell_remedy)
        except ValueError as error:
            message = f"station.toml: devices.{error}"
            raise SettingsError(message) from error
        return cls(config, profile, rig, key, role)

    def run(self) -> None:
        """Show the window and serve until it is closed."""
        if self._card_traffic:
            log_events.show_card_traffic()
        trouble = self._records.open()
        log_events.write(
            log_events.STARTED,
            store=trouble.code if trouble else "ok",
            drafts=self._drafts.available,
        )
        if not self._drafts.available:
            log_events.write(log_events.DRAFT_UNAVAILABLE)
        self._restore()
        self._auditing.start(VERSION, self._office.role.value)
        self.engine.start(self._effects)
        self._care.start()
        self._network.start()
        self._ticks.start()
        self._rig.attend()
        self._devices.start()
        self._belief.renew()
        if self._counter is not None:
            self._counter.start()
        # The first page would take over a second, the first codice fiscale half of one.
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
        try:
            self.window.run()
        finally:
            self._close()

    def _emit(self, event: Event) -> None:
        self._auditing.hear(event)
        self.engine.post(event)

    def _transition(self, happened: str, before: str, after: str) -> None:
        self._auditing.note(AuditEvent.TRANSITION, happened, before, after)

    def _network_changed(self, event: Event) -> None:
        self._emit(event)
        self._care.poke()
        if self._counter is not None:
            self._counter.poke()

    def _close(self) -> None:
        self._ticks.stop()
        self._network.stop()
        self._care.stop()
        self.engine.stop()
        self._effects.stop()
        if self._counter is not None:
            self._counter.close()
        self._rig.close()
        self._auditing.stop()
        self._records.close()
        self._key.close()
        self._wake_up.close()
        log_events.write(log_events.STOPPED)

    def _compose_effects(self, config: Settings, vault: Vault) -> Effects:
        rig = self._rig
        self._devices = NotedDevices(rig, VERSION, partial(window_notes.keep, self._profile.store))
        self._papers = papers = Papers(
            slip_printer=rig.slip_printer,
            page_printer=rig.page_printer,
            office=self._office,
            catalogues=self._catalogues,
            post=self._from_printers,
        )
        means = Means(
            self._profile,
            self._records,
            self._inquiries,
            self._clock,
            config.memory_folder / "mirror" if self._drafts.available else None,
            self._emit,
            _today,
            self._belief.renew,
            self._auditing,
            fitting.breached_passwords(config),
            vault,
            config.media,
            self._care.refusal,
            self._care.poke,
        )
        if self._office.role is StationRole.COUNTER or self._office.signs_in:
            sender = Sender(
                self._office,
                self._catalogues,
                fitting.paper_settings(config),
                fitting.secret_file(config.station_dir, "office.key")[: fitting.SECRET_BYTES],
            )
            old_key = fitting.secret_file(config.station_dir, "office-old.key")[
                : fitting.SECRET_BYTES
            ]
            self._counter = CounterStation(means, rig, papers, sender, old_key)
        carrying = Carrying(
            self._profile,
            self._records.store,
            StationSigner(self._key),
            vault,
            self._care.shelf,
            config.media or Path(config.enrolment_media or MEDIA),
            self._emit,
            lambda: self._wake_up.ring(Role.LINK),
        )
        self._endpoints = InstallerEffects(
            endpoints_of(config.endpoints),
            self._emit,
            carry=carrying.begin,
            may_carry=self._may_carry,
        )
        parts = Parts(
            home=home_effects(means),
            clerk=None if self._counter is None else self._counter.effects,
            installer=self._endpoints,
            cards=Cards(rig, self._emit),
            documents=Documents(rig, self._emit, _today, self._belief.renew),
            records=self._records,
            papers=papers,
            voice=Voice(rig.speaker, self._catalogues, self._emit),
            fingers=Fingers(
                rig.fingerprints,
                self._emit,
                lambda trouble: rig.device_failed(DeviceKind.FINGERPRINT, trouble),
            ),
            scanning=Scanning(rig.barcodes, self._emit),
            readiness=Readiness(
                self._devices,
                sensor=rig.fingerprints,
                speaker=rig.speaker,
                scanner=rig.barcodes,
                print_test=papers.print_test,
                abandon_printing=papers.abandon_test,
                post=self._emit,
            ),
        )
        return Effects(parts, post=self._emit, started=self._started)

    def _may_carry(self) -> bool:
        """At an installer's station that asks for no card nobody can be signed in."""
        if self._counter is None:
            return self._office.role is StationRole.INSTALLER
        return self._counter.may_carry()

    def _from_printers(self, event: Event) -> None:
        """Pass a printer's answer on; one that failed is looked at at once."""
        if isinstance(event, events.PrintFailed):
            slip = event.document.on_slip
            kind = DeviceKind.SLIP_PRINTER if slip else DeviceKind.PAGE_PRINTER
            self._rig.look_at(kind)
        self._emit(event)

    def _started(self) -> events.Started:
        return events.Started(uuid4(), uuid7(self._clock.now_ms()), _today())

    def _fresh(self, last: Session | None) -> Session:
        started = self._started()
        return begin(
            session_id=started.session_id,
            operation_id=started.operation_id,
            today=started.today,
            office=self._office,
            network=last.network if last else Network.OFFLINE,
            standing=last.standing if last else StationStanding(self._standing_before()),
            facts=last.facts if last else None,
        )

    def _steer(self, values: Mapping[str, SettingValue]) -> None:
        """The hub steers this station so, from now on; what it does not steer is as in its folder."""
        config = fitting.steered(self._config, values)
        office = fitting.office_of(
            config,
            self._profile.name,
            self._office.role,
            software_key=self._office.software_key,
        )
        # Whether it asks for a card first was settled at the start, with everything that needs it.
        self._office = office = replace(
            office, signs_in=self._office.signs_in, texts=self._office.texts
        )
        self._papers.steer(office)
        self._endpoints.steer(endpoints_of(config.endpoints))
        if self._counter is not None:
            self._counter.steer(office, fitting.paper_settings(config))
        self._emit(events.OfficeTold(office))

    def _reworded(self, version: int) -> None:
        """Texts were corrected: the first page is drawn anew, others from the next one on."""
        self._office = replace(self._office, texts=version)
        self._emit(events.OfficeTold(self._office))

    def _refusal(self) -> str:
        return self._care.refusal()

    def _standing_before(self) -> str:
        """How the station stood when it was switched off: its first page says so at once."""
        return StandingBook(self._profile.store, self._profile.name).current().value

    def _restore(self) -> None:
        """Take up the form that a crash of the program left behind, where there is one."""
        kept = self._drafts.load()
        if kept is None:
            return
        if isinstance(kept, DraftDropped):
            log_events.write(log_events.DRAFT_DROPPED, code=kept.code)
            return
        if drafts.session_from_draft(kept, self.engine.session) is None:
            self._drafts.drop()
            log_events.write(log_events.DRAFT_DROPPED, code="draft.other-version")
            return
        log_events.write(log_events.DRAFT_RESTORED)
        self.engine.post(events.DraftRestored(kept))

    def _look_at_network(self) -> Network:
        self._care.look()
        status = self._records.link_status()
        if isinstance(status, StoreTrouble):
            return Network.OFFLINE
        if status.connected:
            return Network.ONLINE if status.hub_present else Network.HUB_AWAY
        return Network.CONNECTING if status.code == CONNECTING else Network.OFFLINE


def _devices(config: Settings) -> RigSettings:
    """What the rig has to know.

    Raises:
        SettingsError: the camera's entries make no sense.
    """
    devices = RigSettings(
        config.slip_printer,
        config.page_printer,
        fingerprint=config.fingerprint,
        camera=_camera(config),
        site_key=fitting.secret_file(config.station_dir, "site.key"),
    )
    devices = replace(devices, restarts={**devices.restarts, **config.restarts})
    if config.pkcs11_module:
        devices = replace(devices, pkcs11_module=config.pkcs11_module)
    return devices


def _previews(rig: Rig) -> Previews:
    return Previews(
        camera=rig.barcodes.preview if rig.barcodes else None,
        finger=rig.fingerprints.preview if rig.fingerprints else None,
    )


def _camera(config: Settings) -> CameraSettings | None:
    entry = config.camera
    if entry is None:
        return None
    try:
        return CameraSettings(
            entry.address, entry.width, entry.height, entry.rate, entry.turned, entry.mirrored
        )
    except ValueError as error:
        message = f"station.toml: devices.camera: {error}"
        raise SettingsError(message) from error


def _tell_remedy(kind: DeviceKind, name: str, trouble: DeviceTrouble | None) -> None:
    code = trouble.code if trouble else "done"
    log_events.write(log_events.DEVICE_REMEDY, device=kind.value, remedy=name, code=code)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _today() -> date:
    return italian_time.in_italy(datetime.now(tz=UTC)).date()


def _seconds_since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _text_missing(key: str) -> None:
    log_events.write(log_events.TEXT_MISSING, key=key)


def _warm_up() -> None:
    codice_fiscale.preload()
    places.preload()
    preload()


def run(
    station_dir: Path,
    role: StationRole = StationRole.CITIZEN,
    *,
    on_ready: Callable[[Kiosk], None] = lambda _kiosk: None,
) -> int:
    """Run a station's kiosk until it is closed or told to stop (SIGTERM, SIGINT).

    Args:
        station_dir: the station's folder.
        role: for whom it stands there: whose screens are shown.
        on_ready: called with the composed kiosk before its window opens.

    Returns:
        The program's exit code: 0, or 2 where the folder cannot be used.
    """
    log_events.set_up()
    keep_to_ourselves()
    try:
        kiosk = Kiosk.of(station_dir, role)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: kiosk.window.stop())
    on_ready(kiosk)
    kiosk.run()
    return 0
