"""Making the signed list that kiosks take: what goes in, what is refused, what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sync.hub.document_trust import files, master_list, revocation, succession, x509
from sync.hub.document_trust.revocation import RevocationList
from sync.hub.document_trust.succession import milliseconds
from sync.hub.document_trust.x509 import CountrySigner, NotReadableError
from sync.hub.settings import HubSettings
from sync.hub.setup import ROOT, TRUST, SetupError, load_keys
from sync.hub.store.database import Store
from sync.hub.store.document_trust import Signed
from sync.wire import document_trust, trust
from sync.wire.canonical import Malformed
from sync.wire.document_trust import DocumentPolicy, DocumentTrust
from sync.wire.signer import VerifyingKey
from sync.wire.trust import HubTrust, TrustTrouble

_MOST_VERSIONS: Final = 1_000_000


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
        out: where the signed list is written; a list that is there already must be this hub's.
        without_crl: names of issuers, as the command prints them, that issue no revocation list any
            more.
        after_version: kiosks may have a list of this version already, whatever the registry knows.
    """

    master_list: Path
    list_country_signer: Path
    countries: tuple[str, ...]
    revocation_lists: tuple[Path, ...]
    health_card_issuers: tuple[Path, ...]
    operator_issuers: tuple[Path, ...]
    sha1_allowed: tuple[str, ...]
    out: Path
    without_crl: tuple[str, ...] = ()
    after_version: int = 0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What goes into a list, read and verified.

    Attributes:
        found: the master list.
        chosen: country signers from it.
        health_card_issuers: as given.
        operator_issuers: likewise.
        lists: revocation lists, and whether each is proven to be its issuer's.
        policy: what is believed against the rule.
    """

    found: master_list.MasterList
    chosen: tuple[CountrySigner, ...]
    health_card_issuers: tuple[CountrySigner, ...]
    operator_issuers: tuple[CountrySigner, ...]
    lists: tuple[tuple[RevocationList, bool], ...]
    policy: DocumentPolicy

    @property
    def issuers(self) -> tuple[CountrySigner, ...]:
        """Everybody who may sign a revocation list."""
        return self.chosen + self.health_card_issuers + self.operator_issuers

    @property
    def proven(self) -> tuple[RevocationList, ...]:
        """The revocation lists that put an older one aside."""
        return tuple(each for each, proven in self.lists if proven)


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
    parts = _read(sources, now)
    own = _own_keys(settings)
    with succession.alone(settings) as store:
        made = _sign(store, settings, sources, parts, own, now)
    return _told(made, parts, now)


def _sign(
    store: Store,
    settings: HubSettings,
    sources: Sources,
    parts: _Parts,
    own: HubTrust,
    now: datetime,
) -> DocumentTrust:
    """Signs, remembers, puts the file in its place: in that order.

    Cut short, it loses a number; it never gives one to two lists.
    """
    if not 0 <= sources.after_version <= _MOST_VERSIONS:
        raise SetupError(f"--after-version is from 0 to {_MOST_VERSIONS}")
    with store.transaction():
        so_far = succession.signed_so_far(store, sources.out, own, now)
        succession.check(
            so_far,
            parts.found.signed_at,
            parts.proven,
            parts.issuers,
            frozenset(sources.without_crl),
        )
        made = _list(parts, so_far, sources.after_version, now)
        try:
            data = document_trust.sign(made, load_keys(settings).signing)
        except (ValueError, Malformed) as error:
            raise SetupError(f"{error}: choose fewer countries or lists") from error
        taken = document_trust.load(data, own)
        if isinstance(taken, TrustTrouble):
            raise SetupError(f"no kiosk would take this list: {taken.code}: {_remedy(taken)}")
        succession.remember(store, made, data, succession.dates(parts.proven))
        fresh = files.write_aside(sources.out, data)
    try:
        files.put_in_place(fresh, sources.out)
    except OSError as error:
        raise SetupError(f"{sources.out}: {error.strerror}") from error
    return made


def _remedy(trouble: TrustTrouble) -> str:
    if trouble.code == "document-trust.foreign":
        return "the hub's key is not in the list of its keys: run `python -m sync.hub init`"
    return "choose fewer countries or lists"


def _list(parts: _Parts, so_far: Signed, after_version: int, now: datetime) -> DocumentTrust:
    return DocumentTrust(
        version=max(so_far.version, after_version) + 1,
        issued=milliseconds(now),
        listed=milliseconds(parts.found.signed_at),
        country_signers=tuple(sorted(each.der for each in parts.chosen)),
        health_card_issuers=tuple(each.der for each in parts.health_card_issuers),
        operator_issuers=tuple(each.der for each in parts.operator_issuers),
        revocation_lists=tuple(each.der for each, _ in parts.lists),
        policy=parts.policy,
    )


def _read(sources: Sources, now: datetime) -> _Parts:
    found = _master_list(sources, now)
    chosen = _chosen(found.signers, sources.countries)
    health_card_issuers = _authorities(sources.health_card_issuers)
    operator_issuers = _authorities(sources.operator_issuers)
    policy = DocumentPolicy(_sha1(sources.sha1_allowed, chosen))
    issuers = (*chosen, *health_card_issuers, *operator_issuers)
    lists = []
    for path in sources.revocation_lists:
        for der in files.objects(path):
            each = files.read(path, der, revocation.read)
            try:
                proven = revocation.verify(each, issuers, policy.sha1_allowed, now)
            except NotReadableError as error:
                raise SetupError(f"{path}: {error}") from error
            lists.append((each, proven))
    return _Parts(found, chosen, health_card_issuers, operator_issuers, tuple(lists), policy)


def _master_list(sources: Sources, now: datetime) -> master_list.MasterList:
    path = sources.list_country_signer
    given = files.objects(path)
    if len(given) != 1:
        raise SetupError(f"{path}: must hold one certificate")
    signer = files.read(path, given[0], x509.country_signer)
    if not signer.certifies or not (
        signer.authority or (not signer.constrained and not signer.link)
    ):
        raise SetupError(f"{path}: not a country signer: it may not certify others")
    if not signer.starts <= now <= signer.ends:
        raise SetupError(
            f"{path}: valid from {signer.starts:%Y-%m-%d} to {signer.ends:%Y-%m-%d}, not on "
            f"{now:%Y-%m-%d}: get the country signer that this state uses now, and a master list "
            "signed under it, or set the clock right"
        )
    try:
        return master_list.read(files.content(sources.master_list), signer.der, now)
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


def _authorities(paths: tuple[Path, ...]) -> tuple[CountrySigner, ...]:
    found: dict[bytes, CountrySigner] = {}
    for path in paths:
        for der in files.objects(path):
            each = files.read(path, der, x509.country_signer)
            if not each.authority:
                raise SetupError(f"{path}: a certificate in it is not an authority's")
            found[der] = each
    return tuple(found.values())


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


def _told(made: DocumentTrust, parts: _Parts, now: datetime) -> str:
    found = parts.found
    lines = [
        f"version {made.version}",
        f"master list of {found.country}, signed {found.signed_at:%Y-%m-%d}",
        f"{len(found.signers)} certificates in it, and {found.unreadable} unreadable",
    ]
    per_country = Counter(each.country for each in parts.chosen)
    links = Counter(each.country for each in parts.chosen if each.link)
    expired = Counter(each.country for each in parts.chosen if each.ends < now)
    lines += [
        f"{country}: {count} country signers, {links[country]} of them links, "
        f"{expired[country]} expired"
        for country, count in sorted(per_country.items())
    ]
    lines += [_told_of(each, proven, now) for each, proven in parts.lists]
    lines.append(
        f"{len(made.health_card_issuers)} issuers of health cards, "
        f"{len(made.operator_issuers)} of operators' cards; "
        f"SHA-1 allowed under {len(made.policy.sha1_allowed)} country signers"
    )
    return "\n".join(lines)


def _told_of(each: RevocationList, proven: bool, now: datetime) -> str:  # noqa: FBT001 - of a pair
    text = f"revocation list of {each.issuer}: {each.revoked} certificates, "
    text += f"until {each.ends:%Y-%m-%d}" if each.ends else "without an end"
    if each.ends is None or each.ends < now:
        text += " (out of date)"
    if each.part:
        text += " (a part only: who is not on it may be on another)"
    if not proven:
        text += " (WARNING: not verified, on a curve that this hub does not know)"
    return text
