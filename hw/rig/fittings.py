"""Devices out of what the settings say of them."""

from __future__ import annotations

import os

from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.taking import FingerTaking
from hw.fingerprint.uru4000_source import Uru4000Source
from hw.ports import Printer
from hw.printer.page_printer import page_printer
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address as parse_slip_address


def slip_printer_at(address: str) -> Printer | None:
    """The thermal printer at an address; None where the address is empty.

    Raises:
        ValueError: it cannot be an address.
    """
    return ThermalPrinter(parse_slip_address(address)) if address else None


def page_printer_at(address: str) -> Printer | None:
    """The page printer at an address; None where the address is empty.

    Raises:
        ValueError: it cannot be an address.
    """
    return page_printer(address) if address else None


def sensor_of(way: str) -> FingerTaking | None:
    """The fingerprint sensor; None where the station has none.

    Raises:
        ValueError: none of the ways of `hw.rig.settings.SENSORS`.
    """
    match way:
        case "":
            return None
        case "uru4000":
            return FingerTaking(Uru4000Source(os.environ), LibfprintMatcher())
        case "libfprint":
            return FingerTaking(LibfprintSource(environment=os.environ), LibfprintMatcher())
        case _:
            raise ValueError("no such way to a fingerprint sensor")
