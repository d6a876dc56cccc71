"""One list after the other: none goes back behind one that a kiosk may have taken.

What was signed last is in the hub's registry. A list of this hub's that lies where the new one is
to go, and which the registry does not know, is taken over: an older program left it, or the
registry was brought back from a copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sync.hub.document_trust import files, revocation, x509
from sync.hub.document_trust.revocation import RevocationList
from sync.hub.document_trust.x509 import CountrySigner, NotReadableError
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import document_trust as signed_lists
from sync.hub.store import opening
from sync.hub.store.database import Store
from sync.hub.store.document_trust import Signed
from sync.wire import document_trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.trust import HubTrust, TrustTrouble

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def alone(settings: HubSettings) -> Iterator[Store]:
    """The registry, for one command at a time: the list of the highest version is written last.

    Raises:
        SetupError: another such command is at work, or there is no registry.
        StoreError: the registry cannot be used.
    """
    if not opening.is_there(settings):
        raise SetupError("the registry is missing: run `python -m sync.hub init` first")
    descriptor = os.open(settings.trust_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                "another document-trust command is at work: wait for its end"
            ) from None
        store = opening.open_store(settings)
        try:
            yield store
        finally:
            store.close()
    finally:
        os.close(descriptor)


def signed_so_far(store: Store, out: Path, own: HubTrust, now: datetime) -> Signed:
    """What the new list must not go behind. Within a transaction.

    Args:
        store: the registry.
        out: where the new list is to go; what lies there must be this hub's.
        own: the hub's keys.
        now: the time of signing.

    Raises:
        SetupError: something else lies there.
    """
    data = files.content(out) if out.exists() else None
    if data is not None and not signed_lists.is_known(store, hashlib.sha256(data).digest()):
        _take_over(store, out, data, own, now)
    return signed_lists.signed(store)


def _take_over(store: Store, out: Path, data: bytes, own: HubTrust, now: datetime) -> None:
    found = document_trust.load(data, own)
    if isinstance(found, TrustTrouble):
        so_far = signed_lists.signed(store).version
        further = (
            f"move it away: versions go on after {so_far}, which is in the registry"
            if so_far
            else "move it away, and if an earlier key of this hub signed it, say by "
            "`--after-version` which version kiosks have"
        )
        raise SetupError(f"{out}: {found.code}: not a list of this hub; {further}")
    signed_lists.remember(
        store,
        found.version,
        found.listed,
        hashlib.sha256(data).digest(),
        _proven_dates(found, now),
        milliseconds(now),
    )


def _proven_dates(found: DocumentTrust, now: datetime) -> dict[str, int]:
    """Dates of the revocation lists in a list, without those that a forged one would have set."""
    issuers = []
    for der in (*found.country_signers, *found.health_card_issuers, *found.operator_issuers):
        try:
            issuers.append(x509.country_signer(der))
        except NotReadableError:
            continue
    proven = []
    for der in found.revocation_lists:
        try:
            each = revocation.read(der)
            if revocation.verify(each, issuers, found.policy.sha1_allowed, now):
                proven.append(each)
        except NotReadableError:
            continue
    return dates(proven)


def check(
    so_far: Signed,
    listed: datetime,
    lists: Iterable[RevocationList],
    issuers: Iterable[CountrySigner],
    given_up: frozenset[str],
) -> None:
    """Refuses what would go back.

    Args:
        so_far: what was signed so far.
        listed: when the master list was signed.
        lists: revocation lists whose signature was verified.
        issuers: country signers and authorities of cards in the new list. A revocation list of
            anybody else is not missed.
        given_up: names of issuers, as people read them, of whom there is no newer one any more.

    Raises:
        SetupError: the master list or a revocation list is older than one before, or missing.
    """
    if milliseconds(listed) < so_far.listed:
        before = _EPOCH + timedelta(milliseconds=so_far.listed)
        raise SetupError(
            f"the master list of {listed:%Y-%m-%d} is older than the one of {before:%Y-%m-%d} "
            "that was taken before"
        )
    newest = dates(lists)
    for each in issuers:
        before_it = so_far.revocation_lists.get(each.name)
        if before_it is None or each.label in given_up:
            continue
        if newest.get(each.name, -1) < before_it:
            found = "an older" if each.name in newest else "no"
            raise SetupError(
                f"{found} revocation list of {each.label} than the one of "
                f"{_EPOCH + timedelta(milliseconds=before_it):%Y-%m-%d} that was taken before; "
                f'if it issues none any more: --without-crl "{each.label}"'
            )


def dates(lists: Iterable[RevocationList]) -> dict[str, int]:
    """By issuer, the date of the newest list that stands for itself, milliseconds since 1970."""
    found: dict[str, int] = {}
    for each in lists:
        if not each.part:
            found[each.name] = max(milliseconds(each.starts), found.get(each.name, 0))
    return found


def milliseconds(moment: datetime) -> int:
    """Since 1970, as lists count."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def remember(store: Store, made: DocumentTrust, data: bytes, dates_: Mapping[str, int]) -> None:
    """Keeps what was signed. Within a transaction."""
    signed_lists.remember(
        store, made.version, made.listed, hashlib.sha256(data).digest(), dates_, made.issued
    )
