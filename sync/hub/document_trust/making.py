"""Making the signed list that kiosks take: what goes in, what is refused, what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sync.hub.document_trust import master_list, x509
from sync.hub.document_trust.x509 import CountrySigner, NotReadableError, RevocationList
from sync.hub.settings import HubSettings
from sync.hub.setup import ROOT, TRUST, SetupError, load_keys
from sync.wire import document_trust, trust
from sync.wire.canonical import Malformed
from sync.wire.document_trust import DocumentPolicy, DocumentTrust
from sync.wire.signer import VerifyingKey
from sync.wire.trust import HubTrust, TrustTrouble

_Read = TypeVar("_Read")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a list is made from.

    Attributes:
        master_list: an ICAO master list.
        list_country_signer: certificate of the country signer under which that list was signed,
            got on a way that does not depend on the list.
        countries: two letters each; none for all that are listed.
        revocation_lists: files with CRLs.
        health_card_issuers: files with certificates of authorities that issue TS-CNS.
        operator_issuers: files with certificates of authorities that issue operators' cards.
        sha1_allowed: SHA-256 of the country signers under which SHA-1 still counts, hexadecimal.
        out: where the signed list is written; a list that is there already is the one before.
    """

    master_list: Path
    list_country_signer: Path
    countries: tuple[str, ...]
    revocation_lists: tuple[Path, ...]
    health_card_issuers: tuple[Path, ...]
    operator_issuers: tuple[Path, ...]
    sha1_allowed: tuple[str, ...]
    out: Path


def make(settings: HubSettings, sources: Sources, now: datetime) -> str:
    """Writes the signed list and returns what an administrator should read about it.

    Args:
        settings: of the hub.
        sources: what it is made from.
        now: the time of signing.

    Raises:
        SetupError: a file is not what it should be, the list would go back behind the one before,
            or nothing of what was asked for is in the master list.
    """
    found = _master_list(sources, now)
    chosen = _chosen(found.signers, sources.countries)
    revocation_lists = [
        _read(path, der, x509.revocation_list)
        for path in sources.revocation_lists
        for der in _objects(path)
    ]
    fresh = DocumentTrust(
        version=1,
        issued=_milliseconds(now),
        listed=0 if found.signed_at is None else _milliseconds(found.signed_at),
        country_signers=tuple(sorted(each.der for each in chosen)),
        health_card_issuers=_certificates(sources.health_card_issuers),
        operator_issuers=_certificates(sources.operator_issuers),
        revocation_lists=tuple(each.der for each in revocation_lists),
        policy=DocumentPolicy(_sha1(sources.sha1_allowed, chosen)),
    )
    before = _before(settings, sources.out)
    if before is not None:
        fresh = _after(before, fresh, revocation_lists, sources.out)
    try:
        data = document_trust.sign(fresh, load_keys(settings).signing)
    except ValueError as error:
        raise SetupError(f"{error}: choose fewer countries or lists") from error
    written = sources.out.with_name(sources.out.name + ".new")
    written.write_bytes(data)
    written.replace(sources.out)
    return _told(fresh, found, chosen, revocation_lists, now)


def _master_list(sources: Sources, now: datetime) -> master_list.MasterList:
    path = sources.list_country_signer
    signer = _objects(path)
    if len(signer) != 1:
        raise SetupError(f"{path}: must hold one certificate")
    _read(path, signer[0], x509.country_signer)
    try:
        return master_list.read(_bytes(sources.master_list), signer[0], now)
    except NotReadableError as error:
        raise SetupError(f"{sources.master_list}: {error}") from error


def _chosen(
    signers: Iterable[CountrySigner], countries: tuple[str, ...]
) -> tuple[CountrySigner, ...]:
    wanted = {each.upper() for each in countries}
    chosen = tuple(
        each for each in signers if each.authority and (not wanted or each.country in wanted)
    )
    missing = wanted - {each.country for each in chosen}
    if missing or not chosen:
        raise SetupError(f"the master list has no country signer of {', '.join(sorted(missing))}")
    return chosen


def _sha1(given: tuple[str, ...], chosen: tuple[CountrySigner, ...]) -> frozenset[bytes]:
    known = {each.fingerprint for each in chosen}
    found = set()
    for text in given:
        try:
            fingerprint = bytes.fromhex(text.replace(":", ""))
        except ValueError:
            fingerprint = b""
        if fingerprint not in known:
            raise SetupError(f"{text}: not the SHA-256 of a country signer that was chosen")
        found.add(fingerprint)
    return frozenset(found)


def _certificates(paths: tuple[Path, ...]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    for path in paths:
        for der in _objects(path):
            if not _read(path, der, x509.country_signer).authority:
                raise SetupError(f"{path}: a certificate in it is not an authority's")
            found.append(der)
    return tuple(dict.fromkeys(found))


def _before(settings: HubSettings, out: Path) -> DocumentTrust | None:
    """The list that is there already, which must be this hub's."""
    if not out.exists():
        return None
    found = document_trust.load(out.read_bytes(), _own_keys(settings))
    if isinstance(found, TrustTrouble):
        raise SetupError(f"{out}: {found.code}: not a list of this hub; move it away")
    return found


def _own_keys(settings: HubSettings) -> HubTrust:
    try:
        root = VerifyingKey.from_pem((settings.trust_dir / ROOT).read_bytes())
        found = trust.load((settings.trust_dir / TRUST).read_bytes(), root)
    except Malformed as error:
        raise SetupError(f"{settings.trust_dir}: {error.code}") from error
    except OSError as error:
        raise SetupError(
            f"{error.filename}: {error.strerror}: run `python -m sync.hub init` first"
        ) from error
    if isinstance(found, TrustTrouble):
        raise SetupError(f"{settings.trust_dir}: {found.code}")
    return found


def _after(
    before: DocumentTrust, fresh: DocumentTrust, lists: list[RevocationList], out: Path
) -> DocumentTrust:
    """The list as the successor of the one before, which nothing in it may be older than."""
    if fresh.listed < before.listed:
        raise SetupError(f"the master list is older than the one that {out} was made from")
    newest = {each.issuer: each for each in sorted(lists, key=lambda each: each.starts)}
    for der in before.revocation_lists:
        old = _read(out, der, x509.revocation_list)
        new = newest.get(old.issuer)
        if new is None or new.starts < old.starts:
            found = "no" if new is None else "an older"
            raise SetupError(f"{found} revocation list of {old.issuer} than in {out}")
    return DocumentTrust(
        version=before.version + 1,
        issued=fresh.issued,
        listed=fresh.listed,
        country_signers=fresh.country_signers,
        health_card_issuers=fresh.health_card_issuers,
        operator_issuers=fresh.operator_issuers,
        revocation_lists=fresh.revocation_lists,
        policy=fresh.policy,
    )


def _told(
    made: DocumentTrust,
    found: master_list.MasterList,
    chosen: tuple[CountrySigner, ...],
    lists: list[RevocationList],
    now: datetime,
) -> str:
    signed = "at an unknown time" if found.signed_at is None else f"{found.signed_at:%Y-%m-%d}"
    lines = [
        f"version {made.version}",
        f"master list of {found.country}, signed {signed}",
        f"{len(found.signers)} certificates in it, and {found.unreadable} unreadable",
    ]
    per_country = Counter(each.country for each in chosen)
    links = Counter(each.country for each in chosen if each.link)
    expired = Counter(each.country for each in chosen if each.ends < now)
    lines += [
        f"{country}: {count} country signers, {links[country]} of them links, "
        f"{expired[country]} expired"
        for country, count in sorted(per_country.items())
    ]
    lines += [
        f"revocation list of {each.issuer}: {each.revoked} certificates, "
        + (f"until {each.ends:%Y-%m-%d}" if each.ends else "without an end")
        + (" (out of date)" if each.ends is None or each.ends < now else "")
        for each in lists
    ]
    lines.append(
        f"{len(made.health_card_issuers)} issuers of health cards, "
        f"{len(made.operator_issuers)} of operators' cards; "
        f"SHA-1 allowed under {len(made.policy.sha1_allowed)} country signers"
    )
    return "\n".join(lines)


def _objects(path: Path) -> tuple[bytes, ...]:
    try:
        return x509.read_all(_bytes(path))
    except NotReadableError as error:
        raise SetupError(f"{path}: {error}") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error


def _read(path: Path, der: bytes, read: Callable[[bytes], _Read]) -> _Read:
    try:
        return read(der)
    except NotReadableError as error:
        raise SetupError(f"{path}: {error}") from error


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
