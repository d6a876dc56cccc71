"""A hint that something signed is newer: which version each list has, signed by the hub.

It is retained at the broker under `TOPIC` and believed for nothing but asking sooner:
who keeps it back delays a list until the station asks by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

TOPIC: Final = "sportello/1/signed/versions"
FORMAT: Final = 1
PURPOSE: Final = "application/sportello-list-versions+cose"
MOST_BYTES: Final = 4 * 1024
MOST_LISTS: Final = 16

_LONGEST_NAME: Final = 40


def sign(versions: Mapping[str, int], issued: int, hub: Signer) -> bytes:
    """The versions of the hub's lists by name.

    Args:
        versions: by name, `roster`, `trust`, `documents`, `stations`.
        issued: milliseconds since 1970.
        hub: the hub's key.
    """
    return cose.sign(PURPOSE, canonical.encode([FORMAT, issued, dict(versions)]), hub).data


def load(data: bytes, hub: HubTrust) -> dict[str, int] | TrustTrouble:
    """Versions by name, or `versions.malformed` or `versions.foreign` (not signed by this hub).

    Lists that this program does not know may be among them.
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("versions.foreign")
        plain = canonical.decode(signed.payload, limit=MOST_BYTES)
        form, issued, found = canonical.items(plain, exactly=3)
        return _versions(form, issued, found)
    except Malformed:
        return TrustTrouble("versions.malformed")


def _versions(form: object, issued: object, found: object) -> dict[str, int]:
    canonical.natural(issued)
    if form != FORMAT or not isinstance(found, dict) or len(found) > MOST_LISTS:
        raise Malformed("versions.shape")
    return {
        canonical.text(name, longest=_LONGEST_NAME): canonical.natural(version)
        for name, version in found.items()
    }
