"""From a signer's certificate to whom we believe: who issued it, rightly, in time, not revoked.

One step: a certificate that a card brings is never an issuer (ICAO 9303-12 clause 3: a country
signer, and the document signers that it certifies). Longer ways lie inside the trust list, by link
certificates, and are walked when that is read. The order of the questions matters: what is not
known is *not provable*; only what contradicts itself, or a known key, is *refuted*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.revocation import Revocation
from hw.cards.emrtd.signatures import EcKey, PublicKey
from hw.cards.emrtd.trust_anchors import TrustedIssuer, TrustIndex, before, issued_in_time
from hw.document_readings import Finding, Judgement, Property

LEAST_RSA_BITS: Final = 2048
LEAST_CURVE_BITS: Final = 224
"""Of keys that certify or sign documents (ICAO 9303-12 clause 4.1.6, minima)."""

_MOST_CANDIDATES: Final = 16


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a certificate leads.

    Attributes:
        finding: proven where it leads to somebody believed.
        reason: why, as a code of `Property.GENUINE`.
        issuer: who issued it, None where that was not found.
    """

    finding: Finding
    reason: str
    issuer: TrustedIssuer | None = None


def follow(certificate: Certificate, index: TrustIndex, today: date, *, one_country: bool) -> Chain:
    """Who issued a certificate, and whether that may be believed.

    Args:
        certificate: of the one who signed.
        index: whom we believe.
        today: the day of the question; only revocation of the issuer depends on it.
        one_country: issuer and subject must be of the same country, as for documents.
    """
    if not index.issuers and not index.unfit:
        return _unknown("genuine.no-trust-list")
    issuer = _issuer(certificate, index)
    if isinstance(issuer, Chain):
        return issuer
    by = issuer.certificate
    if one_country and certificate.country != by.country:
        return Chain(Finding.REFUTED, "genuine.country-differs", issuer)
    if certificate.method.uses_sha1 and not issuer.sha1:
        return Chain(Finding.NOT_PROVABLE, "genuine.sha1", issuer)
    if too_weak(by.key):
        return Chain(Finding.NOT_PROVABLE, "genuine.key-too-weak", issuer)
    if any(index.revocation_of(each, today) is Revocation.REVOKED for each in (by, *issuer.links)):
        return Chain(Finding.REFUTED, "genuine.issuer-revoked", issuer)
    if not issued_in_time(certificate, by):
        return Chain(Finding.REFUTED, "genuine.issued-outside-validity", issuer)
    return Chain(Finding.PROVEN, "genuine.chain", issuer)


def _issuer(certificate: Certificate, index: TrustIndex) -> TrustedIssuer | Chain:
    """Whose key signed the certificate; the name alone says nothing."""
    named = index.issuers.get(certificate.issuer, ())
    identifier = certificate.issuer_key_identifier

    def said(one: TrustedIssuer) -> bool:
        return identifier is not None and one.certificate.key_identifier == identifier

    candidates = sorted(named, key=lambda one: (said(one), one.sha1), reverse=True)
    candidates = candidates[:_MOST_CANDIDATES]
    # A key may be listed twice: by its own certificate, and by a link that ends with the old key.
    signers = [one for one in candidates if certificate.signed_by(one.certificate.key)]
    in_time = (one for one in signers if issued_in_time(certificate, one.certificate))
    if signers:
        return next(in_time, signers[0])
    if candidates and said(candidates[0]):
        return Chain(Finding.REFUTED, "genuine.signer-forged")
    unfit = index.unfit.get(certificate.issuer, ())[:_MOST_CANDIDATES]
    if any(certificate.signed_by(each.key) for each in unfit):
        return _unknown("genuine.issuer-unfit")
    known = certificate.issuer_country in index.countries
    return _unknown("genuine.issuer-unknown" if known else "genuine.country-unknown")


def too_weak(key: PublicKey) -> bool:
    """Whether a key is too short for a signature that is to last for years."""
    if isinstance(key, EcKey):
        return key.curve.order.bit_length() < LEAST_CURVE_BITS
    return key.modulus.bit_length() < LEAST_RSA_BITS


_REVOCATION: Final = {
    Revocation.CLEAR: (Finding.PROVEN, "not-revoked.list-clear"),
    Revocation.REVOKED: (Finding.REFUTED, "not-revoked.signer-revoked"),
    Revocation.STALE: (Finding.NOT_PROVABLE, "not-revoked.list-stale"),
    Revocation.UNUSABLE: (Finding.NOT_PROVABLE, "not-revoked.list-unusable"),
    Revocation.ABSENT: (Finding.NOT_PROVABLE, "not-revoked.no-list"),
}


def judge_revocation(
    certificate: Certificate,
    chain: Chain,
    index: TrustIndex,
    today: date,
    *,
    clear: str = "not-revoked.list-clear",
    revoked: str = "not-revoked.signer-revoked",
    known: date = date.min,
) -> Judgement:
    """Whether a certificate is revoked; asked only of whoever is known to have issued it.

    Args:
        certificate: of the one who signed.
        chain: where it leads.
        index: whom we believe, with their lists.
        today: the day of the question.
        clear: the reason's code where it is not.
        revoked: likewise where it is.
        known: a day that has been for certain, beside that of the trust list. Where today lies
            before it, no list is known to be current.
    """
    if chain.issuer is None:
        return _not_provable("not-revoked.signer-unproven")
    if chain.reason == "genuine.issuer-revoked":
        return Judgement(Property.NOT_REVOKED, Finding.REFUTED, ("not-revoked.issuer-revoked",))
    found = index.revocation_of(certificate, today)
    finding, reason = _REVOCATION[found]
    reason = {Revocation.CLEAR: clear, Revocation.REVOKED: revoked}.get(found, reason)
    dated = found in {Revocation.CLEAR, Revocation.STALE}
    if dated and before(today, max(known, index.issued)):
        return _not_provable("not-revoked.clock-behind")
    return Judgement(Property.NOT_REVOKED, finding, (reason,))


def _not_provable(reason: str) -> Judgement:
    return Judgement(Property.NOT_REVOKED, Finding.NOT_PROVABLE, (reason,))


def _unknown(reason: str) -> Chain:
    return Chain(Finding.NOT_PROVABLE, reason)
