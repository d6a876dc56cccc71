"""Whom the broker's certificate must come from: what the hub's signed list says, and what else is there.

A new generation of the device authority reaches a station by the list of stations, long before the
station's own certificate is due: so the broker's certificate may be reissued without a visit.
"""

from __future__ import annotations

from pathlib import Path

from sync.edge.replacing import replace_file
from sync.wire import device_certificate


def adopt(path: Path, authorities: tuple[bytes, ...]) -> bool:
    """Bring a file of authorities in line with what the hub has signed.

    Generations of the device authority that the hub no longer names go; authorities of another kind
    (an office's own, for its broker) stay. A hub that names none says nothing.

    Args:
        path: PEM file (`StationProfile.tls_ca`); replaced atomically, where it changes.
        authorities: certificates in DER, as the hub has signed them.

    Returns:
        Whether the file was changed.

    Raises:
        OSError: the file cannot be read or written; it is as it was.
    """
    named = tuple(one for one in authorities if device_certificate.is_authority(one))
    if not named:
        return False
    before = path.read_bytes() if path.exists() else b""
    others = tuple(
        one
        for one in device_certificate.all_in(before)
        if one not in named and not device_certificate.is_device_authority(one)
    )
    after = device_certificate.to_pem(named + others)
    if after == before:
        return False
    replace_file(path, after)
    return True
