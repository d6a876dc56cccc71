"""Addresses of page printers, as the installer writes them into the station's settings."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from hw.printer.ipp_transport import Endpoint

IPP_PORT: Final = 631
_DEFAULT_PATH: Final = "/ipp/print"
_CERTIFICATE: Final = re.compile(r"[0-9a-f]{64}")
_QUEUE: Final = re.compile(r"[^\s/#?'\"\\@:]{1,127}")


def parse_ipp(address: str) -> Endpoint:
    """From `ipp://host[:port][/path]` or `ipps://host[:port][/path][?sha256=<certificate>]`.

    The path is `/ipp/print` unless told (IPP Everywhere, PWG 5100.14 4.2).

    Raises:
        ValueError: another form. Addresses are the installer's; a wrong one must be seen.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"ipp", "ipps"} or not parts.hostname or parts.username is not None:
        raise ValueError("a printer's address is ipp://host[:port][/path] or ipps://...")
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    pins = options.pop("sha256", [""])
    if options or len(pins) != 1 or (pins != [""] and not _CERTIFICATE.fullmatch(pins[0].lower())):
        raise ValueError("a printer's address knows one option, sha256=<64 hexadecimal digits>")
    tls = parts.scheme == "ipps"
    if pins != [""] and not tls:
        raise ValueError("a certificate goes with ipps:// only")
    path = parts.path if parts.path not in {"", "/"} else _DEFAULT_PATH
    return Endpoint(parts.hostname, parts.port or IPP_PORT, _clean(path), tls, pins[0].lower())


def parse_cups(address: str) -> Endpoint:
    """From `cups://queue[@host[:port]]`; the host is this machine unless told.

    Raises:
        ValueError: another form, as above.
    """
    scheme, _, rest = address.partition("://")
    queue, at, server = rest.partition("@")
    if scheme != "cups" or not _QUEUE.fullmatch(queue) or (at and not server):
        raise ValueError("a queue's address is cups://queue[@host[:port]]")
    parts = urlsplit(f"//{server or 'localhost'}")
    if not parts.hostname or parts.path or parts.query or parts.username is not None:
        raise ValueError("a queue's address is cups://queue[@host[:port]]")
    return Endpoint(parts.hostname, parts.port or IPP_PORT, f"/printers/{quote(queue)}")


def _clean(path: str) -> str:
    """The path as HTTP takes it."""
    return quote(path, safe="/%-._~!$&'()*+,;=:@")
