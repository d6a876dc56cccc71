"""The certificate of a card that signs for a person: who issued it, and is it revoked.

For TS-CNS and operators' cards. Their issuers stand in the trust list as they are, so the chain has
one step; nothing is said here of the country, and a card's own key may be shorter than an issuer's
(1024 bits on the first TS-CNS): it must hold for the moment of one challenge only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, chains, signatures
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.trust_anchors import TrustIndex
from hw.document_readings import Finding, Judgement, Property

CNS_POLICY: Final = "1.3.76.16.2.1"
"""Certificate policy of the Carta Nazionale dei Servizi."""


@dataclass(frozen=True, slots=True, repr=False)
class CardCertificate:
    """A card's certificate, verified.

    Attributes:
        certificate: taken apart; its fields are a person's.
        genuine: whether an issuer of the trust list issued it.
        not_revoked: whether it is revoked.
        period: first and last day of its validity.
    """

    certificate: Certificate
    genuine: Judgement
    not_revoked: Judgement
    period: tuple[date, date]

    def __repr__(self) -> str:
        return f"CardCertificate({self.genuine.finding.value})"


def verify(
    data: bytes, index: TrustIndex, today: date, *, policies: frozenset[str] = frozenset()
) -> CardCertificate:
    """Whether a card's certificate may be believed.

    Args:
        data: the certificate, in DER.
        index: whom we believe: `trust_anchors.health_card_issuers(anchors)` or
            `trust_anchors.operator_issuers(anchors)`.
        today: the day of the question.
        policies: it must have one of them; empty asks for none.

    Raises:
        Malformed: it is no certificate, or its key is of an unknown kind.
    """
    found = certificates.parse(data)
    chain = chains.follow(found, index, today, one_country=False)
    finding, reason = chain.finding, chain.reason
    if finding is Finding.PROVEN:
        finding, reason = _fit(found, policies)
    starts, ends = found.validity.start, found.validity.end
    if starts is None or ends is None:
        raise Malformed("certificate-time")
    return CardCertificate(
        certificate=found,
        genuine=Judgement(Property.GENUINE, finding, (reason,)),
        not_revoked=chains.judge_revocation(
            found,
            chain,
            index,
            today,
            clear="not-revoked.card-clear",
            revoked="not-revoked.card-revoked",
        ),
        period=(starts.date(), ends.date()),
    )


def _fit(found: Certificate, policies: frozenset[str]) -> tuple[Finding, str]:
    if found.authority or not found.may("digital_signature"):
        return Finding.REFUTED, "genuine.signer-unfit"
    if policies and not policies & found.policies:
        return Finding.REFUTED, "genuine.card-policy"
    if found.unknown_critical:
        return Finding.NOT_PROVABLE, "genuine.signer-restricted"
    return Finding.PROVEN, "genuine.card-certificate"


def challenge_signed(
    found: CardCertificate, method: signatures.SignatureMethod, challenge: bytes, signature: bytes
) -> bool:
    """Whether the card's key signed the challenge."""
    return signatures.verify(found.certificate.key, method, challenge, signature)
