"""EF.SOD: the signed list of the hashes of a document's files (ICAO 9303-10 clause 4.6.2).

The IAS application of an Italian card has one too, over files with numbers of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import algos, core

from hw.apdu import tlv
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import der, signatures, signed_data
from hw.cards.emrtd.signed_data import SignedData

TAG: Final = 0x77
CONTENT_TYPE: Final = "2.23.136.1.1.1"
"""id-icao-mrtd-security-ldsSecurityObject."""
LAST_DATA_GROUP: Final = 16

_MOST_DIGESTS: Final = 32
_WITH_VERSIONS: Final = 1


class _DataGroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields = [("number", core.Integer), ("digest", core.OctetString)]  # noqa: RUF012 - its way


class _DataGroupHashes(core.SequenceOf):  # type: ignore[misc]  # as above
    _child_spec = _DataGroupHash


class _Versions(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]  # noqa: RUF012


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [  # noqa: RUF012 - its way
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("digests", _DataGroupHashes),
        ("versions", _Versions, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True, repr=False)
class SecurityObject:
    """The list and the signature over it, taken apart; nothing has been verified.

    Attributes:
        version: 0, or 1 where the versions of LDS and Unicode stand in it.
        algorithm: hash over the files: `sha256`, ...
        digests: hash by the number of the data group.
        lds_version: `0108`, empty in version 0.
        unicode_version: `040000`, empty in version 0.
        signed: the CMS that it came in.
    """

    version: int
    algorithm: str
    digests: dict[int, bytes]
    lds_version: str
    unicode_version: str
    signed: SignedData

    def __repr__(self) -> str:
        return f"SecurityObject(v{self.version}, groups {sorted(self.digests)})"

    def matches(self, number: int, data: bytes) -> bool | None:
        """Whether the file is as it is listed; None where it is not listed."""
        listed = self.digests.get(number)
        if listed is None:
            return None
        return signatures.digest_of(self.algorithm, data) == listed


def parse(data: bytes, *, last: int = LAST_DATA_GROUP) -> SecurityObject:
    """The security object in EF.SOD.

    Args:
        data: the whole file, tag 77 included; bytes after the object's end are refused.
        last: highest number that a file may have.

    Raises:
        Malformed: it is none (`sod-*`, or as in `signed_data.parse`).
    """
    signed = signed_data.parse(tlv.only(data, TAG))
    if signed.content_type != CONTENT_TYPE:
        raise Malformed("sod-content-type")
    der.check(signed.content, longest=signed_data.MOST_BYTES)
    with der.decoding("sod-malformed"):
        return _taken_apart(signed, last)


def _taken_apart(signed: SignedData, last: int) -> SecurityObject:
    found = _LdsSecurityObject.load(signed.content, strict=True)
    version = int(found["version"].native)
    versions = found["versions"]
    given = versions.native is not None
    if version not in {0, _WITH_VERSIONS} or (given and version != _WITH_VERSIONS):
        raise Malformed("sod-version")
    algorithm = signatures.digest_name(found["algorithm"])
    return SecurityObject(
        version=version,
        algorithm=algorithm,
        digests=_digests(found["digests"], algorithm, last),
        lds_version=str(versions["lds"].native) if given else "",
        unicode_version=str(versions["unicode"].native) if given else "",
        signed=signed,
    )


def _digests(found: Any, algorithm: str, last: int) -> dict[int, bytes]:
    size = len(signatures.digest_of(algorithm, b""))
    if not 0 < len(found) <= _MOST_DIGESTS:
        raise Malformed("sod-digests")
    digests: dict[int, bytes] = {}
    for each in found:
        number, digest = int(each["number"].native), bytes(each["digest"].native)
        if not 1 <= number <= last or number in digests or len(digest) != size:
            raise Malformed("sod-digests")
        digests[number] = digest
    return digests
