"""One private Avahi for all; a virtual printer and a private cupsd for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hw.printer.ipp import IppTimes
from hw.printer.ipp_job import Waiting
from tests.emulated.printing.name_service import NameService
from tests.emulated.printing.private_cups import PrivateCups
from tests.emulated.printing.virtual_printer import VirtualPrinter

LETTER = "na_letter_8.5x11in"
"""The only page that ippeveprinter 2.4 has in its tray."""

TIMES = IppTimes(
    answer=2.0,
    poll=0.1,
    withdraw=1.0,
    waiting=Waiting(stopped=1.2, stalled=1.8, silent=1.0, job=20.0),
)


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameService]:
    with NameService(tmp_path_factory.mktemp("names")) as service:
        yield service


@pytest.fixture(scope="module")
def device(
    names: NameService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VirtualPrinter]:
    folder = tmp_path_factory.mktemp("printer")
    keys = folder / "keys"
    keys.mkdir()
    with VirtualPrinter(folder, names.environment, options=("-K", str(keys))) as printer:
        yield printer


@pytest.fixture(scope="module")
def cups(names: NameService) -> Iterator[PrivateCups]:
    with PrivateCups(names.environment) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """Mend the virtual printer behind each test that troubled it, and let it finish."""
    yield
    if "device" in request.fixturenames:
        printer: VirtualPrinter = request.getfixturevalue("device")
        if printer.troubled or not printer.running:
            printer.mend()
            printer.stop()
            printer.start()
            printer.troubled = False
