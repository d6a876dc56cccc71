"""Which lists of believed country signers were signed, so that none goes back behind another.

In the registry and not in the signed file: that one may lie anywhere, be lost, or be signed with a
key that was replaced since. Versions and dates are never taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sync.hub.store.database import Store


class Signed(NamedTuple):
    """What was signed so far.

    Attributes:
        version: of the last list; 0 where there is none.
        listed: when the newest master list was signed that one was made from, milliseconds since
            1970; 0 likewise.
        revocation_lists: thisUpdate of the newest revocation list, likewise, by the prepared name
            of its issuer.
    """

    version: int
    listed: int
    revocation_lists: Mapping[str, int]


def signed(store: Store) -> Signed:
    """What was signed so far."""
    row = store.row("SELECT coalesce(max(version), 0), coalesce(max(listed), 0) FROM trust_version")
    version, listed = row or (0, 0)
    dates = store.rows("SELECT issuer, starts FROM trust_revocation_list")
    return Signed(version, listed, dict(dates))


def is_known(store: Store, hash_: bytes) -> bool:
    """Whether the file with that SHA-256 is one of this hub's, whichever key signed it."""
    return store.row("SELECT 1 FROM trust_version WHERE hash = ?", hash_) is not None


def remember(
    store: Store, version: int, listed: int, hash_: bytes, dates: Mapping[str, int], now: int
) -> None:
    """Keeps what a list was made from; see `Signed`. Within a transaction.

    Args:
        store: the registry.
        version: of the list; one that is kept already stays as it is.
        listed: of its master list.
        hash_: SHA-256 of the signed file.
        dates: of its revocation lists; one that is older than what is kept changes nothing.
        now: milliseconds since 1970.
    """
    store.run(
        "INSERT INTO trust_version (version, listed, hash, signed_at)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        version,
        listed,
        hash_,
        now,
    )
    store.run_many(
        "INSERT INTO trust_revocation_list (issuer, starts) VALUES (?, ?)"
        " ON CONFLICT (issuer) DO UPDATE SET starts = max(trust_revocation_list.starts, excluded.starts)",
        list(dates.items()),
    )
