"""A second counter of the same office: its own window, reader, printer and link, the same network."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from tests.emulated.cards.pcscd import PrivatePcscd
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.services import LinkProcess
from tests.workbench.display import Display
from tests.workbench.kiosk_process import KioskProcess
from tests.workbench.person import Person

if TYPE_CHECKING:
    from tests.workbench.stage import Stage

SECOND: Final = "kiosk-0002"


class SecondCounter:
    """Another clerk's desk, for as long as the context lasts.

    Args:
        stage: set with `second=True`, and entered.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
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
    def person(self) -> Person:
        """Who works there."""
        return self.kiosk.person

    def _set_up(self) -> None:
        enter, site = self._open.enter_context, self._stage.site
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="sportello-")))
        memory = Path(tempfile.mkdtemp(prefix="sportello-", dir="/dev/shm"))
        self._open.callback(shutil.rmtree, memory, ignore_errors=True)
        self.page_printer = enter(EmulatedIppPrinter())
        settings = site.stations[SECOND] / "station.toml"
        text = settings.read_text("utf-8")
        text = text.replace(self._stage.page_printer.uri, self.page_printer.uri)
        settings.write_text(text.replace(str(self._stage.memory), str(memory)), "utf-8")
        self.display = enter(Display())
        self.pcscd = enter(PrivatePcscd(folder / "pcsc"))
        self.reader = self.pcscd.readers[0]
        self.link = enter(LinkProcess(site, SECOND))
        environment = {**self.display.environment, **self.pcscd.environment}
        self.kiosk = enter(KioskProcess(site, SECOND, environment, "counter"))
