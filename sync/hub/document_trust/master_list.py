"""ICAO master lists: country signers that one state vouches for (9303-12 clauses 8 and 9).

A CMS SignedData over the list, by a master list signer whom that state's own country signer
certified. That country signer is given from outside: the copy of it in the list proves nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509

from sync.hub.document_trust import revocation, x509
from sync.hub.document_trust.x509 import CountrySigner, NotReadableError

MOST_BYTES: Final = 16 * 1024 * 1024
CONTENT_TYPE: Final = "2.23.136.1.1.2"
"""id-icao-cscaMasterList."""
_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
SIGNER_USAGE: Final = "2.23.136.1.1.3"
"""id-icao-cscaMasterListSigningKey, the extended key usage of a master list signer."""


class _Certificates(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = asn1_x509.Certificate


class _CscaMasterList(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012 - its way


@dataclass(frozen=True, slots=True)
class MasterList:
    """A master list whose signature holds.

    Attributes:
        signers: the certificates that could be read.
        unreadable: how many could not.
        country: two letters of the state that vouches for it.
        signed_at: when it was signed.
    """

    signers: tuple[CountrySigner, ...]
    unreadable: int
    country: str
    signed_at: datetime


def read(data: bytes, country_signer: bytes, now: datetime) -> MasterList:
    """The list in `data`, if it was signed under `country_signer`.

    Args:
        data: the file: a CMS ContentInfo, DER.
        country_signer: certificate of the state that publishes the list, DER.
        now: the time of the question.

    Raises:
        NotReadableError: it is no master list, not signed by a master list signer of that state,
            or does not say when: an older one could not be told from it.
    """
    if len(data) > MOST_BYTES:
        raise NotReadableError("larger than any master list")
    try:
        outer = cms.ContentInfo.load(data, strict=True)
        if outer["content_type"].native != "signed_data":
            raise NotReadableError("not a CMS SignedData")
        found = outer["content"]
        inner = found["encap_content_info"]
        if inner["content_type"].dotted != CONTENT_TYPE:
            raise NotReadableError("signed, but not a master list")
        content = bytes(inner["content"])
        signed_at = _verify(found, content, asn1_x509.Certificate.load(country_signer), now)
        listed = _CscaMasterList.load(content, strict=True)["certificates"]
        entries = [each.dump() for each in listed]
        country = asn1_x509.Certificate.load(country_signer).subject.native.get("country_name", "")
    except x509.LAZY:
        raise NotReadableError("not a master list, or damaged") from None
    signers, unreadable = _readable(entries)
    return MasterList(signers, unreadable, str(country).upper(), signed_at)


def _readable(entries: list[bytes]) -> tuple[tuple[CountrySigner, ...], int]:
    found: dict[bytes, CountrySigner] = {}
    unreadable = 0
    for each in entries:
        try:
            found[each] = x509.country_signer(each)
        except NotReadableError:
            unreadable += 1
    return tuple(found.values()), unreadable


def _verify(found: Any, content: bytes, country_signer: Any, now: datetime) -> datetime:
    """Checks signature, signer and its issuer; returns when it was signed."""
    if len(found["signer_infos"]) != 1:
        raise NotReadableError("not signed by exactly one")
    info = found["signer_infos"][0]
    digest = str(info["digest_algorithm"]["algorithm"].native)
    if digest not in _DIGESTS:
        raise NotReadableError(f"signed with {digest}")
    # The digest over the content is one thing, the hash that is signed another (RFC 5652 clause
    # 5.4); a weak one in either place is enough to put another list below the signature.
    hashed = x509.digest_of(info["signature_algorithm"], digest)
    if hashed != digest:
        raise NotReadableError(f"its digest is {digest}, but it is signed with {hashed}")
    signed_at = _attributes(info, content, digest)
    if signed_at > now + revocation.MARGIN:
        raise NotReadableError(f"signed on {signed_at:%Y-%m-%d}, which is to come")
    signer = _signer(found, info)
    hashed = x509.digest_of(signer["signature_algorithm"])
    if hashed not in x509.SOUND_HASHES:
        raise NotReadableError(f"its signer's certificate is signed with {hashed}")
    signed = b"\x31" + info["signed_attrs"].dump()[1:]  # RFC 5652 clause 5.4: SET OF, not [0]
    signature = bytes(info["signature"].native)
    if not x509.verify(signer.public_key, info["signature_algorithm"], signed, signature, digest):
        raise NotReadableError("its signature is wrong")
    if signer.issuer != country_signer.subject or not x509.is_signed_by(
        signer, country_signer.public_key
    ):
        raise NotReadableError("its signer was not certified by the country signer given")
    usage = signer.extended_key_usage_value
    if usage is None or SIGNER_USAGE not in {each.dotted for each in usage}:
        raise NotReadableError("its signer may not sign master lists")
    if not signer.not_valid_before <= signed_at <= signer.not_valid_after:
        raise NotReadableError("its signer was not valid when it was signed")
    return signed_at


def _attributes(info: Any, content: bytes, digest: str) -> datetime:
    """Checks content type and digest among the signed attributes; returns the signing time."""
    if not info["signed_attrs"]:
        raise NotReadableError("without signed attributes")
    values = {str(each["type"].native): each["values"] for each in info["signed_attrs"]}
    if len(values) != len(info["signed_attrs"]):
        raise NotReadableError("with a signed attribute twice")
    if values["content_type"][0].dotted != CONTENT_TYPE:
        raise NotReadableError("signed as something else")
    if values["message_digest"][0].native != hashlib.new(digest, content).digest():
        raise NotReadableError("altered after it was signed")
    if "signing_time" not in values:
        raise NotReadableError("does not say when it was signed, so an older one could not be told")
    return x509.moment(values["signing_time"][0].native)


def _signer(found: Any, info: Any) -> Any:
    """The signer's certificate among those in the CMS."""
    named = info["sid"]
    for choice in found["certificates"]:
        certificate = choice.chosen
        if named.name == "subject_key_identifier":
            if certificate.key_identifier == named.native:
                return certificate
        elif (
            certificate.issuer == named.chosen["issuer"]
            and certificate.serial_number == named.chosen["serial_number"].native
        ):
            return certificate
    raise NotReadableError("without its signer's certificate")
