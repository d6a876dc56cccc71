"""A test country that issues documents: CSCA, link certificates, signers, CRL, SOD, master list.

    pki = DocumentPki.make("IT")
    sod = pki.sign_sod({1: dg1, 2: dg2})          # EF.SOD, tag 77
    anchors = pki.certificates                     # what a trust list would hold

Certificates are valid from 2020 to 2045 unless said otherwise, CRLs from 2026 to 2045, so that a
test and a running workbench alike take them for current. Nothing here belongs to a real country.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from asn1crypto import cms, core, crl, x509

from tests.emulated.documents.certification import (
    AUTHORITY,
    Entity,
    Form,
    algorithm,
    certify,
    key_identifier,
    kind_for,
    moment,
    name,
    signature,
)

LDS_OBJECT = "2.23.136.1.1.1"
MASTER_LIST = "2.23.136.1.1.2"
MASTER_LIST_SIGNER = "2.23.136.1.1.3"

SIGNER = Form()
_LIST_SIGNER = Form(extended=(MASTER_LIST_SIGNER,))

Change = Callable[[Any], None]
"""Changes a structure of asn1crypto in place, just before it is encoded."""


class _DigestOfGroup(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("number", core.Integer), ("digest", core.OctetString)]  # noqa: RUF012 - its way


class _DigestsOfGroups(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _DigestOfGroup


class _Versions(core.Sequence):  # type: ignore[misc]
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class _LdsObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", cms.DigestAlgorithm),
        ("digests", _DigestsOfGroups),
        ("versions", _Versions, {"optional": True}),
    ]


class _Certificates(core.SetOf):  # type: ignore[misc]
    _child_spec = x509.Certificate


class _MasterList(core.Sequence):  # type: ignore[misc]
    _fields = [("version", core.Integer), ("certificates", _Certificates)]  # noqa: RUF012


def lds_object(data_groups: Mapping[int, bytes], digest: str = "sha256", version: int = 0) -> bytes:
    """The LDS security object over the files, as in ICAO 9303-10 clause 4.6.2.3."""
    content: dict[str, Any] = {
        "version": version,
        "algorithm": {"algorithm": digest, "parameters": core.Null()},
        "digests": [
            {"number": number, "digest": hashlib.new(digest, data).digest()}
            for number, data in sorted(data_groups.items())
        ],
    }
    if version:
        content["versions"] = {"lds": "0108", "unicode": "040000"}
    encoded: bytes = _LdsObject(content).dump()
    return encoded


class DocumentPki:
    """A country signer and what it issues."""

    def __init__(self, csca: Entity, country: str, number: int) -> None:
        self.csca = csca
        self.country = country
        self._number = number
        self._links: list[Entity] = []
        self._signers: dict[str, Entity] = {}
        self._serial = 100

    @classmethod
    def make(
        cls,
        country: str = "IT",
        *,
        kind: str = "rsa2048",
        scheme: str = "",
        digest: str = "sha256",
        number: int = 0,
        explicit: bool = False,
        form: Form = AUTHORITY,
    ) -> DocumentPki:
        """A country whose CSCA has a key of that kind.

        Args:
            country: two letters.
            kind: `rsa2048`, `rsa4096`, `p256`, `bp384`, ...
            scheme: `pss` (the default for RSA), `pkcs1`, `ecdsa`.
            digest: of the signatures on certificates and lists.
            number: another number is another, unrelated country signer of the same name.
            explicit: curve parameters written out.
            form: what its certificate says.
        """
        subject = name(country, "Test Country Signer")
        csca = certify(
            subject, kind, form, number=1000 + number, scheme=scheme, digest=digest,
            explicit=explicit,
        )  # fmt: skip
        return cls(csca, country, number)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """CSCA and link certificates, as a trust list would hold them."""
        return (self.csca.certificate, *(link.certificate for link in self._links))

    def link(self, *, common: str = "Test Country Signer", kind: str = "", scheme: str = "",
             number: int = 1, form: Form = AUTHORITY, country: str = "",
             ) -> tuple[Entity, Entity]:  # fmt: skip
        """A new CSCA: its own certificate, and the link by which the CSCA so far vouches for it.

        The link is added to `certificates`, the new CSCA itself is not.
        """
        subject = name(country or self.country, common)
        key_number, kind = 1000 + self._number + 100 * number, kind or self.csca.kind
        fresh = certify(subject, kind, replace(form, serial=2), number=key_number, scheme=scheme)
        linked = certify(
            subject, kind, replace(form, serial=3),
            issuer=self.csca, number=key_number, scheme=scheme,
        )  # fmt: skip
        self._links.append(linked)
        return fresh, linked

    def succeeded_by(self, entity: Entity) -> DocumentPki:
        """The same country, issuing with another CSCA (one that `link` returned)."""
        return DocumentPki(entity, self.country, self._number + 1)

    def new_signer(
        self, kind: str = "rsa2048", *, scheme: str = "", form: Form = SIGNER, number: int = 0,
        country: str = "", explicit: bool = False,
    ) -> Entity:  # fmt: skip
        """A document signer; a serial of 1 in `form` is replaced by the next free one."""
        self._serial += 1
        return certify(
            name(country or self.country, "Test Document Signer"),
            kind,
            replace(form, serial=self._serial) if form.serial == 1 else form,
            issuer=self.csca,
            number=2000 + 10 * self._number + number,
            scheme=scheme,
            explicit=explicit,
        )

    def signer(self, kind: str, scheme: str = "") -> Entity:
        """The usual document signer with that kind of key; always the same one."""
        if kind + scheme not in self._signers:
            self._signers[kind + scheme] = self.new_signer(kind, scheme=scheme)
        return self._signers[kind + scheme]

    def sign_sod(
        self,
        data_groups: Mapping[int, bytes],
        *,
        digest: str = "sha256",
        signature: str = "pss",
        kind: str = "",
        signer: Entity | None = None,
        version: int = 0,
        content: bytes | None = None,
        **how: Any,
    ) -> bytes:
        """EF.SOD with its tag 77 over the files as they lie on the chip, tag and length included.

        Args:
            data_groups: content by number.
            digest: of the files and of the signature.
            signature: `pss`, `pkcs1` or `ecdsa`.
            kind: of the signer's key; by the signature if empty.
            signer: another signer than `self.signer(kind)`.
            version: of the LDS security object, 0 or 1.
            content: another content than the LDS security object.
            how: as in `sign_cms`.
        """
        entity = signer or self.signer(kind or kind_for(signature), signature)
        signed = sign_cms(
            lds_object(data_groups, digest, version) if content is None else content,
            entity, digest=digest, **{"content_type": LDS_OBJECT, **how},
        )  # fmt: skip
        return wrapped(signed)

    def revocation_list(
        self, *revoked: int, number: int = 1, starts: str = "2026-01-01", ends: str = "2045-01-01",
        by: Entity | None = None, change: Change | None = None,
    ) -> bytes:  # fmt: skip
        """A CRL over the serials of `revoked`, in DER."""
        issuer = by or self.csca
        method = algorithm(issuer.scheme, issuer.digest)
        content: dict[str, Any] = {
            "version": "v2",
            "signature": method,
            "issuer": issuer.parsed.subject,
            "this_update": x509.Time({"utc_time": moment(starts)}),
            "next_update": x509.Time({"utc_time": moment(ends)}),
            "crl_extensions": [
                {
                    "extn_id": "authority_key_identifier",
                    "extn_value": {"key_identifier": key_identifier(issuer.parsed.public_key)},
                },
                {"extn_id": "crl_number", "extn_value": number},
            ],
        }
        if revoked:
            content["revoked_certificates"] = [
                {
                    "user_certificate": serial,
                    "revocation_date": x509.Time({"utc_time": moment(starts)}),
                }
                for serial in revoked
            ]
        listed = crl.TbsCertList(content)
        if change:
            change(listed)
        data = listed.dump(force=True)
        made: bytes = crl.CertificateList(
            {
                "tbs_cert_list": listed,
                "signature_algorithm": method,
                "signature": signature(issuer.key, issuer.scheme, issuer.digest, data),
            }
        ).dump()
        return made

    def master_list_signer(self, form: Form = _LIST_SIGNER) -> Entity:
        """Who signs master lists for this country (ICAO 9303-12 clause 7.1.1, Table 9)."""
        return certify(
            name(self.country, "Test Master List Signer"), "rsa2048", replace(form, serial=50),
            issuer=self.csca, number=3000 + self._number,
        )  # fmt: skip

    def master_list(
        self, certificates: tuple[bytes, ...] = (), *, signer: Entity | None = None, **how: Any
    ) -> bytes:
        """A CSCA master list over this country's certificates and `certificates`, as a CMS."""
        listed = [x509.Certificate.load(each) for each in (*self.certificates, *certificates)]
        content = _MasterList({"version": 0, "certificates": listed}).dump()
        how = {"content_type": MASTER_LIST, "certificates": (self.csca.certificate,), **how}
        return sign_cms(content, signer or self.master_list_signer(), **how)


def wrapped(signed: bytes, tag: bytes = b"\x77") -> bytes:
    """`signed` in a file's tag with its length."""
    size = len(signed)
    width = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 128 else bytes([0x80 | width]) + size.to_bytes(width)
    return tag + length + signed


def sign_cms(
    content: bytes,
    signer: Entity,
    *,
    content_type: str = "data",
    digest: str = "sha256",
    salt: int | None = None,
    certificates: tuple[bytes, ...] = (),
    with_signer: bool = True,
    by_key_identifier: bool = False,
    attributes: bool = True,
    signed_at: str = "",
    change_attributes: Change | None = None,
    change_signer: Change | None = None,
    change: Change | None = None,
) -> bytes:
    """A CMS SignedData over `content` (RFC 5652), in its ContentInfo.

    Args:
        content: what is signed.
        signer: who signs.
        content_type: OID or name of the content.
        digest: of content and signature.
        salt: length of the PSS salt; the digest's if None.
        certificates: more certificates to carry.
        with_signer: whether the signer's own certificate is carried.
        by_key_identifier: the signer is named by its key, else by issuer and serial.
        attributes: whether there are signed attributes.
        signed_at: date for the signing-time attribute, none if empty.
        change_attributes: changes the list of signed attributes before it is signed.
        change_signer: changes the SignerInfo after signing.
        change: changes the SignedData after signing.
    """
    info = _signer_info(signer, by_key_identifier=by_key_identifier, digest=digest, salt=salt)
    to_sign = content
    if attributes:
        listed = _attributes(content, content_type, digest, signed_at)
        if change_attributes:
            change_attributes(listed)
        info["signed_attrs"] = cms.CMSAttributes(listed)
        to_sign = cms.CMSAttributes(listed).dump()
    info["signature"] = signature(signer.key, signer.scheme, digest, to_sign, salt=salt)
    if change_signer:
        change_signer(info)
    carried = ((signer.certificate,) if with_signer else ()) + certificates
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": digest, "parameters": core.Null()}],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [x509.Certificate.load(each) for each in carried],
            "signer_infos": [info],
        }
    )
    if change:
        change(signed)
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return made


def _signer_info(signer: Entity, *, by_key_identifier: bool, digest: str, salt: int | None) -> Any:
    parsed = signer.parsed
    identifier = (
        cms.SignerIdentifier("subject_key_identifier", parsed.key_identifier)
        if by_key_identifier
        else cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": parsed.issuer, "serial_number": parsed.serial_number},
        )
    )
    return cms.SignerInfo(
        {
            "version": "v3" if by_key_identifier else "v1",
            "sid": identifier,
            "digest_algorithm": {"algorithm": digest, "parameters": core.Null()},
            "signature_algorithm": algorithm(signer.scheme, digest, salt=salt),
        }
    )


def _attributes(content: bytes, content_type: str, digest: str, signed_at: str) -> list[Any]:
    hashed = hashlib.new(digest, content).digest()
    listed: list[Any] = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [hashed]},
    ]
    if signed_at:
        time = cms.Time({"utc_time": moment(signed_at)})
        listed.append({"type": "signing_time", "values": [time]})
    return listed
