"""Why a judgement is what it is: every code there is, with the finding that it comes with.

The catalogue has a text for each, one for citizens and one for clerks; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hw.document_readings import Finding, Property


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        property: what is judged.
        findings: what may have been found where this is among the reasons.
        meaning: in one line.
    """

    property: Property
    findings: frozenset[Finding]
    meaning: str


_PROVEN: Final = frozenset({Finding.PROVEN})
_UNKNOWN: Final = frozenset({Finding.NOT_PROVABLE})
_REFUTED: Final = frozenset({Finding.REFUTED})
_BESIDE: Final = _PROVEN | _UNKNOWN

_MEANINGS: Final[dict[tuple[Property, frozenset[Finding]], dict[str, str]]] = {
    (Property.GENUINE, _PROVEN): {
        "genuine.chain": "the signature leads to a country signer of the trust list",
        "genuine.signer-expired-since": "beside genuine.chain: the signer's certificate has expired since, and was valid at signing",
        "genuine.card-certificate": "the card's certificate was issued by an authority of the trust list",
    },
    (Property.GENUINE, _UNKNOWN): {
        "genuine.no-trust-list": "the kiosk has no list of issuers to believe yet",
        "genuine.country-unknown": "the trust list has no signer of this document's country",
        "genuine.issuer-unknown": "the country is known, the one that certified this signer is not",
        "genuine.issuer-unfit": "the issuer in the trust list may not certify signers",
        "genuine.state-unknown": "the document names a state that is not known by its letters",
        "genuine.document-type": "the signer's certificate is for other kinds of documents",
        "genuine.no-security-object": "the document has no signed list of its files",
        "genuine.malformed": "the signed list, or the card's certificate, cannot be read",
        "genuine.signer-missing": "the signer's certificate is not in the document",
        "genuine.signer-restricted": "the signer's certificate has a restriction that is not understood, or is for something else",
        "genuine.signer-revoked": "the signer's key has been revoked, so what it signed is not believed",
        "genuine.algorithm-unsupported": "signed in a way that this kiosk does not know",
        "genuine.sha1": "signed with SHA-1, which the trust list does not allow for this issuer",
        "genuine.key-too-weak": "a key on the way is too short to be believed",
        "genuine.not-yet-valid": "signed or certified after today: the kiosk's date may be wrong",
        "genuine.signing-time-unknown": "the signer's certificate has expired, and nothing says that it signed before",
        "genuine.issue-date-withheld": "the signer's time is over, and the signed file with the date of issue did not come",
        "genuine.data-file": "only a data file was read, and anybody can write one",
    },
    (Property.GENUINE, _REFUTED): {
        "genuine.signature-wrong": "the signature is not that of the signer's key",
        "genuine.content-altered": "the signed list of files is not the one that was signed",
        "genuine.signer-forged": "the signer's certificate names a known issuer who did not sign it",
        "genuine.signer-unfit": "the signer's certificate may not be used to sign documents",
        "genuine.country-differs": "signer and country signer are of different countries",
        "genuine.state-differs": "the document names another state than the one that signed it",
        "genuine.signed-outside-validity": "signed when the signer's certificate or key was not valid",
        "genuine.issued-outside-validity": "the signer was certified when its issuer was not valid",
        "genuine.issuer-revoked": "the issuer's certificate has been revoked",
        "genuine.card-policy": "the certificate is not one of the cards asked for",
    },
    (Property.UNALTERED, _PROVEN): {
        "unaltered.hashes": "every file that was read is as it was signed",
        "unaltered.card-certificate": "the data are those of the card's certificate, which is signed",
    },
    (Property.UNALTERED, _UNKNOWN): {
        "unaltered.signer-unproven": "the files fit their signature, but who signed is not proven",
        "unaltered.file-unsigned": "a file that was read is not on the signed list",
        "unaltered.nothing-signed": "there is nothing signed to compare with",
        "unaltered.data-file": "nobody signed the data file",
    },
    (Property.UNALTERED, _REFUTED): {
        "unaltered.file-altered": "a file is not the one that was signed",
        "unaltered.list-altered": "the signed list of files has itself been altered",
    },
    (Property.NOT_CLONED, _PROVEN): {
        "not-cloned.chip-mapping": "the chip proved its key while it was opened (PACE with chip authentication mapping)",
        "not-cloned.chip-authentication": "the chip proved its key by chip authentication",
        "not-cloned.active-authentication": "the chip proved its key by signing a random number",
        "not-cloned.challenge": "the card signed a random number after its PIN",
    },
    (Property.NOT_CLONED, _UNKNOWN): {
        "not-cloned.no-key": "this chip has no key by which it could prove itself",
        "not-cloned.key-unsigned": "the chip proved a key that is not proven to be the issued one",
        "not-cloned.key-untested": "the document has a key that was not put to the test: its file did not come, the chip did not offer it, or its kind is unknown here",
        "not-cloned.data-file": "a data file can be copied",
    },
    (Property.NOT_CLONED, _REFUTED): {
        "not-cloned.key-failed": "the chip could not prove the key that the document says it has",
        "not-cloned.key-withheld": "the signed list names a key file that the chip does not give",
        "not-cloned.challenge-failed": "the card's signature over the random number is wrong",
    },
    (Property.IN_DATE, _PROVEN): {
        "in-date.valid": "it has not expired",
    },
    (Property.IN_DATE, _UNKNOWN): {
        "in-date.unsigned": "it says that it has not expired, but that is not proven",
        "in-date.no-date": "it has no last day that can be read",
        "in-date.clock-behind": "the kiosk's date is wrong: it lies before that of its trust list or of the document's issue",
        "in-date.not-yet-valid": "its validity begins after today: the kiosk's date may be wrong",
    },
    (Property.IN_DATE, _REFUTED): {
        "in-date.expired": "it has expired",
    },
    (Property.NOT_REVOKED, _PROVEN): {
        "not-revoked.list-clear": "the signer is not on the issuer's revocation list, which is current",
        "not-revoked.card-clear": "the card's own certificate is not on the issuer's revocation list, which is current",
    },
    (Property.NOT_REVOKED, _UNKNOWN): {
        "not-revoked.no-list": "the kiosk has no revocation list of this issuer",
        "not-revoked.list-stale": "the kiosk's revocation list of this issuer is out of date",
        "not-revoked.clock-behind": "the kiosk's date is wrong, so it is not known which revocation list is current",
        "not-revoked.list-unusable": "the issuer did not sign the revocation list, or it is only a part",
        "not-revoked.signer-unproven": "it is not proven who signed, so no list applies",
        "not-revoked.data-file": "a data file has no certificate that could be revoked",
    },
    (Property.NOT_REVOKED, _REFUTED): {
        "not-revoked.signer-revoked": "the signer's certificate has been revoked",
        "not-revoked.issuer-revoked": "the certificate of the signer's issuer has been revoked",
        "not-revoked.card-revoked": "the card's own certificate has been revoked",
    },
    (Property.HOLDER, _PROVEN): {
        "holder.equal": "the data are those typed in",
    },
    (Property.HOLDER, _BESIDE): {
        "holder.names-cut": "beside others: the zone has room for the beginning of the names only, and that much is the same",
        "holder.no-codice-fiscale": "beside others: the chip does not say the codice fiscale, so it was not compared",
    },
    (Property.HOLDER, _UNKNOWN): {
        "holder.nothing-to-compare": "nothing was typed in to compare with",
        "holder.too-little": "what could be compared is the same, but does not make a person",
        "holder.unsigned": "the data are those typed in, but it is not proven that they were issued so",
        "holder.details-withheld": "the file that says the codice fiscale is signed, and did not come",
        "holder.files-disagree": "the files of the document contradict each other",
    },
    (Property.HOLDER, _REFUTED): {
        "holder.codice-fiscale": "another codice fiscale than the one typed in",
        "holder.surname": "another surname than the one typed in",
        "holder.name": "another name than the one typed in",
        "holder.birth-date": "another date of birth than the one typed in",
        "holder.document-number": "another document number than the one typed in",
        "holder.expiry-date": "another date of expiry than the one typed in to open the chip",
    },
}

REASONS: Final[Mapping[str, Reason]] = {
    code: Reason(what, findings, meaning)
    for (what, findings), meanings in _MEANINGS.items()
    for code, meaning in meanings.items()
}
"""By its code, in the order of the properties."""
