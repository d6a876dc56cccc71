"""Makes the page printer of a station from its address in the settings."""

from __future__ import annotations

from hw.ports import Printer
from hw.printer.appsocket import AppSocketAddress, AppSocketPrinter
from hw.printer.cups import CupsPrinter
from hw.printer.ipp import IppPrinter
from hw.printer.ipp_address import parse_cups, parse_ipp


def page_printer(address: str, *, identity: str = "") -> Printer:
    """The printer behind an address.

    Args:
        address: `ipp://host[:port][/path]`, `ipps://host[:port][/path][?sha256=<certificate>]`,
            `cups://queue[@host[:port]]`, or `tcp://host[:port][?waiteof=false]`.
        identity: of the device that must stand there, as `status` told it once; empty for any.

    Raises:
        ValueError: another form. Addresses are the installer's; a wrong one must be seen.
    """
    scheme = address.partition("://")[0]
    if scheme in {"ipp", "ipps"}:
        return IppPrinter(parse_ipp(address), identity=identity)
    if scheme == "cups":
        return CupsPrinter(parse_cups(address), identity=identity)
    return AppSocketPrinter(AppSocketAddress.parse(address))
