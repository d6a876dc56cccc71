"""What lists of corrections have in common: a version, when they were issued, and who signed them.

Like the other signed lists none can be put back to an older version: what was corrected would be wrong
again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

_List = TypeVar("_List")

FORMAT: Final = 1

MALFORMED: Final = "signed-list.malformed"
FOREIGN: Final = "signed-list.foreign"
ROLLED_BACK: Final = "signed-list.rolled-back"


@dataclass(frozen=True, slots=True)
class Issued:
    """A list that the hub signed, its content not read yet.

    Attributes:
        version: 1 for the first, one more for each after.
        issued: milliseconds since 1970, by the hub's clock.
        content: a plain value.
    """

    version: int
    issued: int
    content: Any = field(repr=False)


def sign(purpose: str, issued: Issued, hub: Signer, *, most: int) -> bytes:
    """The list as signed by the hub.

    Raises:
        ValueError: it is longer than `most` bytes.
    """
    payload = canonical.encode([FORMAT, issued.version, issued.issued, issued.content])
    data = cose.sign(purpose, payload, hub).data
    if len(data) > most:
        raise ValueError("the list is too large for a station")
    return data


def own(purpose: str, data: bytes, *, most: int) -> Issued:
    """A list that the reader itself keeps: its signature is not looked at.

    Raises:
        Malformed: it is no such list.
    """
    return _issued(cose.parse(data, purpose, limit=most), most)


def load(
    purpose: str,
    data: bytes,
    hub: HubTrust,
    read: Callable[[Issued], _List],
    *,
    at_least: int,
    most: int,
) -> _List | TrustTrouble:
    """The list in `data`, if a signing key of the hub signed it.

    Args:
        purpose: of the list.
        data: as `sign` made it.
        hub: the hub's keys.
        read: makes the list of what was signed; raises `Malformed`.
        at_least: version of the list taken last.
        most: how long it may be, in bytes.

    Returns:
        The list, or trouble: `signed-list.malformed`, `signed-list.foreign` (not signed by this hub),
        `signed-list.rolled-back` (older than `at_least`).
    """
    try:
        signed = cose.parse(data, purpose, limit=most)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble(FOREIGN)
        found = _issued(signed, most)
        if found.version < at_least:
            return TrustTrouble(ROLLED_BACK)
        return read(found)
    except Malformed:
        return TrustTrouble(MALFORMED)


def _issued(signed: cose.Signed, most: int) -> Issued:
    form, version, issued, content = canonical.items(
        canonical.decode(signed.payload, limit=most), exactly=4
    )
    if type(form) is not int or form != FORMAT:
        raise Malformed("signed-list.shape")
    return Issued(canonical.natural(version), canonical.natural(issued), content)
