"""Searches bytes for what must not be readable in them, in every spelling that somebody may use."""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SHORTEST = 5
"""Characters; what is shorter stands in any megabyte by chance."""
_LONG = 48
_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_MOST_INFLATED = 1 << 20
_LEAST_INFLATED = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, how it was spelt, and where in the bytes."""

    what: str
    spelling: str
    at: int


def spellings(value: str | bytes) -> Mapping[bytes, str]:
    """How a text or bytes may stand on a disk, with the name of each spelling."""
    found: dict[bytes, str] = {}
    if isinstance(value, bytes):
        middle = value[len(value) // 3 :][:_LONG]
        plain = {"raw": middle if len(value) > _LONG else value}
    else:
        cases = {"as is": value, "lower": value.lower(), "upper": value.upper()}
        plain = {
            f"{code} {case}": text.encode(code)
            for case, text in cases.items()
            for code in ("utf-8", "utf-16-le", "utf-16-be")
        }
    for name, data in plain.items():
        found.setdefault(data, name)
    for name, data in plain.items():
        if not name.startswith(("raw", "utf-8")):
            continue
        found.setdefault(data.hex().encode(), f"hex {name}")
        found.setdefault(data.hex().upper().encode(), f"HEX {name}")
        for spelt in _in_base64(data):
            found.setdefault(spelt, f"base64 {name}")
            found.setdefault(spelt.translate(bytes.maketrans(b"+/", b"-_")), f"base64url {name}")
    return found


def _in_base64(data: bytes) -> Iterator[bytes]:
    """What is sure to stand in base64 of a text with `data` in it, at each of three offsets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data)
        sure = whole[(4 if before else 0) : len(whole) - 4]
        if len(sure) >= 2 * SHORTEST - 2:
            yield sure


def findings(content: bytes, secrets: Mapping[str, str | bytes]) -> list[Finding]:
    """Where one of `secrets` stands in `content`, or in a compressed stream that begins in it.

    Args:
        content: what the thief has.
        secrets: what must not be there, by what it is.
    """
    spelt = {
        data: (what, name)
        for what, value in secrets.items()
        for data, name in spellings(value).items()
    }
    found = [
        Finding(what, name, at)
        for data, (what, name) in spelt.items()
        if (at := content.find(data)) >= 0
    ]
    plain = {data: what for data, (what, name) in spelt.items() if name.startswith(("utf", "raw"))}
    for at, inflated in _inflated(content):
        found += [
            Finding(what, "compressed", at) for data, what in plain.items() if data in inflated
        ]
    return found


def _inflated(content: bytes) -> Iterable[tuple[int, bytes]]:
    """What zlib and gzip streams in `content` hold, cut-off ones as far as they go."""
    for match in _STREAM.finditer(content):
        at = match.start()
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            data = inflater.decompress(content[at : at + _MOST_INFLATED], _MOST_INFLATED)
        except zlib.error:
            continue
        if len(data) >= _LEAST_INFLATED:
            yield at, data


def planted(secret: str) -> dict[str, bytes]:
    """One secret in several disguises, for the control that a search must find."""
    return {
        "plain": secret.encode(),
        "utf-16": secret.encode("utf-16-le"),
        "base64": base64.b64encode(b"x" + secret.encode() + b"behind"),
        "hex": secret.encode().hex().encode(),
        "gzip": gzip.compress(b"before " + secret.encode() + b" behind"),
        "zlib": zlib.compress(b"before " + secret.encode() + b" behind"),
    }
