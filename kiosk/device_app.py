"""The window of a device that is no station yet: it asks for the one-time code and enrols.

It has no store, no link and no printer: nothing can be recorded here. When the device is a station
the program ends, and whoever started it starts it anew as that station.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from kiosk import VERSION, log_events
from kiosk.enrolling import make_or_open_keys, settings_writer
from kiosk.flows import events, italian_time
from kiosk.flows.effects import Effect, EndSession
from kiosk.flows.installer.effects import InstallerEffect
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.flows.session import Session, begin
from kiosk.runtime.courier import MEDIA
from kiosk.runtime.drafts import DraftStore, boot_id
from kiosk.runtime.engine import Engine
from kiosk.runtime.memory import keep_to_ourselves
from kiosk.runtime.provisioning import Provisioning, Ways
from kiosk.screens.window import KioskWindow
from kiosk.settings import LANGUAGES, SettingsError, load_device
from kiosk.strings.catalogue import Catalogue
from sync.edge import posting
from sync.edge.enrolment import Enrolment
from sync.model.preregistration import Community

STARTED_ANEW = 0
UNUSABLE = 2


class DeviceKiosk:
    """One device, composed. `run` blocks until it is a station or the window is closed.

    Args:
        folder: the station's folder to be.
        address: of the hub's pages, where the image brings one.
        media: folder where sticks appear.
    """

    def __init__(self, folder: Path, *, address: str = "", media: Path = MEDIA) -> None:
        self._office = OfficeInfo(
            station="",
            name="",
            comune="",
            community=next(iter(Community)),
            role=StationRole.INSTALLER,
            software=VERSION,
            enrolment_address=address,
            slip_printer=False,
            page_printer=False,
            reads_documents=False,
        )
        catalogues = {language: Catalogue.load(language) for language in LANGUAGES}
        self.window = KioskWindow(self._emit, catalogues)
        nowhere = folder / "enrolment" / "no-drafts"
        self.engine = Engine(
            fresh=self._fresh,
            show=self.window.show,
            keep=DraftStore(nowhere, boot_id=boot_id(), monotonic=time.monotonic, lasts=1),
        )
        self.provisioning = Provisioning(
            Enrolment(folder, lambda: time.time_ns() // 1_000_000),
            lambda: make_or_open_keys(folder),
            settings_writer(folder),
            self._emit,
            Ways(posting.post, address, media),
            self.window.stop,
        )

    def run(self) -> None:
        """Show the window and serve until it is closed."""
        self.engine.start(self)
        self.provisioning.start()
        try:
            self.window.run()
        finally:
            self.provisioning.stop()
            self.engine.stop()
            log_events.write(log_events.STOPPED)

    def perform(self, effect: Effect, session: Session) -> None:
        """Carry out what the pages ask for; all but the enrolment is not here."""
        if isinstance(effect, InstallerEffect):
            self.provisioning.perform(effect)
        elif isinstance(effect, EndSession):
            self._emit(events.Started(uuid4(), uuid4(), session.today))

    def _emit(self, event: events.Event) -> None:
        self.engine.post(event)

    def _fresh(self, last: Session | None) -> Session:
        return begin(
            session_id=uuid4(),
            operation_id=uuid4(),
            today=last.today if last else _today(),
            office=self._office,
        )


def _today() -> date:
    return italian_time.in_italy(datetime.now(tz=UTC)).date()


def run(folder: Path) -> int:
    """Run a device's window until it is a station, or is told to stop.

    Returns:
        The program's exit code: 0, or 2 where the image's `station.toml` cannot be used.
    """
    log_events.set_up()
    keep_to_ourselves()
    try:
        entry = load_device(folder)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    media = Path(entry.enrolment_media) if entry.enrolment_media else MEDIA
    DeviceKiosk(folder, address=entry.enrolment_address, media=media).run()
    return STARTED_ANEW
