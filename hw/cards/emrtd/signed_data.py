"""CMS SignedData with one signer (RFC 5652 clause 5), as in EF.SOD and EF.CardSecurity.

The profile of ICAO 9303-10 clause 4.6.2.2: content inside, signed attributes present, the signer's
certificate carried along. More than one signer is allowed there and advised against; it is refused,
since with several of them it must be asked whose word counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms

from hw.apdu import tlv
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, der, signatures
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.signatures import PublicKey, SignatureMethod

MOST_BYTES: Final = 32 * 1024
_MOST_CERTIFICATES: Final = 16
_MOST_ATTRIBUTES: Final = 16
_SET: Final = 0x31
_VERSIONS: Final = frozenset({"v1", "v3", "v4", "v5"})


@dataclass(frozen=True, slots=True, repr=False)
class SignedData:
    """Content and the one signature over it, taken apart; nothing has been verified.

    Attributes:
        content_type: OID of the content.
        content: what is signed.
        carried: the certificates that came along, in DER.
        issuer: prepared name of the signer's issuer, None where the signer is named by key.
        serial: the signer's serial there.
        key_identifier: the signer's key, None where named by issuer and serial.
        digest: hash over the content.
        method: how the attributes are signed.
        signature: over `attributes`.
        attributes: the signed attributes as they are signed, tag 31 in front.
        attributes_type: content-type among them.
        attributes_digest: message-digest among them.
        signing_time: signing-time among them, None where absent.
    """

    content_type: str
    content: bytes
    carried: tuple[bytes, ...]
    issuer: str | None
    serial: int | None
    key_identifier: bytes | None
    digest: str
    method: SignatureMethod
    signature: bytes
    attributes: bytes
    attributes_type: str
    attributes_digest: bytes
    signing_time: datetime | None

    def __repr__(self) -> str:
        return f"SignedData({self.content_type}, {len(self.content)} bytes)"

    @property
    def content_is_signed(self) -> bool:
        """Whether the signed attributes are those of this content (RFC 5652 clause 5.6)."""
        return (
            self.attributes_type == self.content_type
            and signatures.digest_of(self.digest, self.content) == self.attributes_digest
        )

    @property
    def uses_sha1(self) -> bool:
        """Whether content or attributes are bound by SHA-1."""
        return self.method.uses_sha1 or self.digest == "sha1"

    def signed_by(self, key: PublicKey) -> bool:
        """Whether `key` signed the attributes."""
        return signatures.verify(key, self.method, self.attributes, self.signature)

    def signer(self) -> Certificate | None:
        """The signer's certificate among those carried, None where it is not there.

        Raises:
            Malformed: it is there and cannot be taken apart.
        """
        trouble: Malformed | None = None
        for data in self.carried:
            try:
                found = certificates.parse(data)
            except Malformed as error:
                trouble = error
                continue
            if self._names(found):
                return found
        if trouble is not None:
            raise trouble
        return None

    def _names(self, certificate: Certificate) -> bool:
        if self.key_identifier is not None:
            return certificate.key_identifier == self.key_identifier
        return certificate.issuer == self.issuer and certificate.serial == self.serial


def parse(data: bytes, *, longest: int = MOST_BYTES, most_elements: int = 8192) -> SignedData:
    """The SignedData that is `data`, in its ContentInfo.

    Raises:
        Malformed: it is none (`cms-malformed`, `der-*`), has no content (`cms-no-content`), not
            one signer (`cms-signers`), or no or ambiguous signed attributes (`cms-attributes`).
    """
    der.check(data, longest=longest, most_elements=most_elements)
    with der.decoding("cms-malformed"):
        return _taken_apart(data)


def _taken_apart(data: bytes) -> SignedData:
    outer = cms.ContentInfo.load(data, strict=True)
    if outer["content_type"].native != "signed_data":
        raise Malformed("cms-malformed")
    found = outer["content"]
    encapsulated = found["encap_content_info"]
    if encapsulated["content"].native is None:
        raise Malformed("cms-no-content")
    if len(found["signer_infos"]) != 1:
        raise Malformed("cms-signers")
    signer = found["signer_infos"][0]
    if not {found["version"].native, signer["version"].native} <= _VERSIONS:
        raise Malformed("cms-malformed")
    issuer, serial, key_identifier = _identifier(signer["sid"])
    digest = signatures.digest_name(signer["digest_algorithm"])
    if digest not in {each["algorithm"].native for each in found["digest_algorithms"]}:
        raise Malformed("cms-digest")  # openssl refuses these too
    attributes = _attributes(signer["signed_attrs"])
    return SignedData(
        content_type=encapsulated["content_type"].dotted,
        content=bytes(encapsulated["content"]),
        carried=_carried(found["certificates"]),
        issuer=issuer,
        serial=serial,
        key_identifier=key_identifier,
        digest=digest,
        method=signatures.method_of(signer["signature_algorithm"], digest),
        signature=bytes(signer["signature"].native),
        # Signed is the SET OF, not the [0] that stands here (RFC 5652 clause 5.4); the order of the
        # attributes stays as the signer had it, right or wrong.
        attributes=tlv.encode(_SET, bytes(signer["signed_attrs"].contents)),
        attributes_type=_only(attributes, "content_type").dotted,
        attributes_digest=bytes(_only(attributes, "message_digest").native),
        signing_time=_signing_time(attributes),
    )


def _identifier(found: Any) -> tuple[str | None, int | None, bytes | None]:
    if found.name == "subject_key_identifier":
        return None, None, bytes(found.native)
    named = found.chosen
    return certificates.prepared(named["issuer"]), int(named["serial_number"].native), None


def _carried(found: Any) -> tuple[bytes, ...]:
    if found.native is None:
        return ()
    if len(found) > _MOST_CERTIFICATES:
        raise Malformed("cms-certificates")
    return tuple(each.chosen.dump() for each in found if each.name == "certificate")


def _attributes(found: Any) -> dict[str, Any]:
    """The values of each signed attribute by its name, each attribute at most once."""
    if found.native is None or not 0 < len(found) <= _MOST_ATTRIBUTES:
        raise Malformed("cms-attributes")
    listed: dict[str, Any] = {}
    for attribute in found:
        name = str(attribute["type"].native)
        if name in listed:
            raise Malformed("cms-attributes")
        listed[name] = attribute["values"]
    return listed


def _only(attributes: dict[str, Any], name: str) -> Any:
    """The one value that this attribute must have (RFC 5652 clauses 11.1 to 11.3)."""
    values = attributes.get(name)
    if values is None or len(values) != 1:
        raise Malformed("cms-attributes")
    return values[0]


def _signing_time(attributes: dict[str, Any]) -> datetime | None:
    if "signing_time" not in attributes:
        return None
    return certificates.moment(_only(attributes, "signing_time").native)
