"""Ready identity documents: an Italian identity card in its variants, passports, and bad ones.

    chip = cie()                          # Mario Rossi's card; chip.document.can == "506193"
    chip = cie(person=BORN_ABROAD, manners=Manners(extended=False), expires="20250101")
    anchors = TrustAnchors(certificates=italian_pki().certificates, ...)

Every card is made from a `Blueprint`; each function takes its fields by name. Keys and pictures are
made once a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hw.document_readings import CardAccessNumber, MrzKey
from tests.emulated.cards.document import Document, Manners
from tests.emulated.cards.document_files import (
    MARIO,
    Person,
    Zone,
    common_file,
    document_details_file,
    mrz_file,
    personal_details_file,
    zone_of,
)
from tests.emulated.cards.emrtd_apdu import tlv
from tests.emulated.cards.emrtd_authentications import ActiveKey
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_groups import standard_group
from tests.emulated.cards.emrtd_protocols import (
    CIE_OFFER,
    ChipKey,
    PaceOffer,
    active_authentication_info,
    security_infos,
    terminal_authentication_info,
)
from tests.emulated.cards.emrtd_protocols import (
    Mapping as Mapped,
)
from tests.emulated.cards.face_picture import JPEG, JPEG_2000, face_file
from tests.emulated.cards.ias_chip import EF_NIS, EF_SERVICES_KEY, IasContents
from tests.emulated.documents.pki import DocumentPki, sign_cms

CAN = "506193"
NIS = b"000123456789"
_CARD_SECURITY = "0.4.0.127.0.7.3.2.1"
"""id-SecurityObject, the content type of EF.CardSecurity (TR-03110-3 A.1.2.5)."""
_FINGERPRINTS = tlv(0x63, b"nobody's fingers, and nobody may read them")
_TERMINAL_AUTHORITY = tlv(0x42, b"ITTESTCVCA00001").ljust(36, b"\x00")
"""EF.CVCA: name of the authority whose terminals may read fingerprints (TR-03110-1 A.2)."""


@cache
def italian_pki() -> DocumentPki:
    """The country whose cards these are."""
    return DocumentPki.make("IT")


@cache
def foreign_pki() -> DocumentPki:
    """Another country, that no Italian trust list holds and that says it is Italy."""
    return DocumentPki.make("IT", number=7)


@cache
def services_key(number: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, always the same one for a number; 0 is in EF 1005, others for clones."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def chip_key(suite: Suite, parameter: int, number: int = 0, **how: Any) -> ChipKey:
    """A static key of a chip, always the same one for the same values."""
    order = standard_group(parameter).order
    secret = ec.generate_private_key(ec.SECP521R1()).private_numbers().private_value
    del number
    return ChipKey(suite, parameter, secret % (order - 1) + 1, **how)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that a document is made from.

    Attributes:
        person: whose it is.
        kind: of the zone: `TD1`, `TD2`, `TD3`.
        code: document code of the zone.
        number: document number.
        state: issuing state.
        issued: YYYYMMDD.
        expires: YYYYMMDD, the last day of validity.
        authority: issuing authority in DG12.
        can: printed digits, empty for none.
        face: kind of the picture in DG2; empty leaves DG2 out.
        packed_dates: dates of DG11 and DG12 are packed, as in older documents.
        offers: PACE variants.
        basic_access: BAC opens it too.
        chip_keys: keys of Chip Authentication in DG14.
        mapping_key: key of PACE-CAM in EF.CardSecurity.
        active_key: key of Active Authentication in DG15.
        ias: IAS application: `name` or `master` by its family, empty for none.
        pki: who issues it.
        signing: arguments of `DocumentPki.sign_sod`.
        eac: fingerprints (DG3), which only Terminal Authentication opens, as on every CIE.
        offers_signed: the PACEInfos are in DG14 again, where they are signed.
        groups: files put in place of the ones made; None takes a file away. Signed as they are.
        unlisted: numbers of files that are on the chip, but not signed.
    """

    person: Person = MARIO
    kind: str = "TD1"
    code: str = "C"
    number: str = "CA00000AA"
    state: str = "ITA"
    issued: str = "20240115"
    expires: str = "20340101"
    authority: str = "COMUNE DI TORINO"
    can: str = CAN
    face: str = JPEG_2000
    packed_dates: bool = False
    offers: tuple[PaceOffer, ...] = (CIE_OFFER,)
    basic_access: bool = True
    chip_keys: tuple[ChipKey, ...] = ()
    mapping_key: ChipKey | None = None
    active_key: ActiveKey | None = None
    ias: str = ""
    pki: DocumentPki = field(default_factory=italian_pki)
    signing: Mapping[str, Any] = field(default_factory=dict)
    eac: bool = False
    offers_signed: bool = True
    groups: Mapping[int, bytes | None] = field(default_factory=dict)
    unlisted: frozenset[int] = frozenset()

    @property
    def zone(self) -> Zone:
        """The machine readable zone."""
        return zone_of(
            self.person, self.number, self.expires, kind=self.kind, code=self.code, state=self.state
        )

    def data_groups(self) -> dict[int, bytes]:
        """The files by number."""
        made: dict[int, bytes | None] = {
            1: mrz_file(self.zone),
            2: face_file(self.face) if self.face else None,
            3: _FINGERPRINTS if self.eac else None,
            11: personal_details_file(self.person, packed=self.packed_dates),
            12: document_details_file(self.issued, self.authority, packed=self.packed_dates),
            14: self._security_file(),
            15: self._active_file(),
        }
        made.update(self.groups)
        return {number: content for number, content in sorted(made.items()) if content is not None}

    def _infos(self) -> list[bytes]:
        infos = [offer.info() for offer in self.offers] if self.offers_signed else []
        if self.eac:
            infos.append(terminal_authentication_info())
        for key in self.chip_keys:
            infos += [key.info(), key.public_info()]
        if self.active_key and isinstance(self.active_key.private, ec.EllipticCurvePrivateKey):
            plain = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}
            oid = f"0.4.0.127.0.7.1.1.4.1.{plain[self.active_key.digest]}"
            infos.append(active_authentication_info(oid))
        return infos

    def _security_file(self) -> bytes | None:
        """EF.DG14."""
        infos = self._infos()
        return tlv(0x6E, security_infos(*infos)) if infos else None

    def _active_file(self) -> bytes | None:
        """EF.DG15."""
        key = self.active_key
        if key is None:
            return None
        if key.published is not None:
            return tlv(0x6F, key.published)
        encoded = key.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return tlv(0x6F, encoded)

    def _card_security(self) -> bytes | None:
        """EF.CardSecurity: the security infos again, signed, with the mapping's key."""
        if self.mapping_key is None:
            return None
        infos = security_infos(
            *(offer.info() for offer in self.offers), self.mapping_key.public_info()
        )
        signer = self.signing.get("signer") or self.pki.signer("rsa2048", "pss")
        return sign_cms(infos, signer, content_type=_CARD_SECURITY)

    def _ias_contents(self) -> IasContents | None:
        if not self.ias:
            return None
        contents = IasContents(NIS, services_key(), by_name=self.ias == "name")
        files = contents.files()
        listed = {
            0xA1: files[EF_NIS],
            0xA5: files[EF_SERVICES_KEY],
        }  # as the middleware numbers them
        return replace(contents, security_object=self.pki.sign_sod(listed, **self.signing))

    def document(self) -> Document:
        """The document."""
        groups = self.data_groups()
        signed = {n: content for n, content in groups.items() if n not in self.unlisted}
        zone = self.zone
        return Document(
            zone=zone.lines,
            can=self.can,
            zone_information=zone.information,
            data_groups=groups,
            security_object=self.pki.sign_sod(signed, **self.signing),
            common=common_file(tuple(groups)),
            offers=self.offers,
            card_access=security_infos(*(one.info() for one in self.offers))
            if self.offers
            else None,
            card_security=self._card_security(),
            basic_access=self.basic_access,
            chip_keys=self.chip_keys,
            mapping_key=self.mapping_key,
            active_key=self.active_key,
            ias=self._ias_contents(),
            terminal_authority=_TERMINAL_AUTHORITY if self.eac else None,
        )


def can_key(chip: EmrtdChip) -> CardAccessNumber:
    """The number on the front of the card, as a person types it."""
    return CardAccessNumber(chip.document.can)


def zone_key(chip: EmrtdChip) -> MrzKey:
    """The three fields of the zone that open the chip."""
    text = chip.document.zone_information.decode()
    return MrzKey(text[:-15].rstrip("<"), text[-14:-8], text[-7:-1])


def _made(blueprint: Blueprint, manners: Manners | None, changes: Mapping[str, Any]) -> EmrtdChip:
    return EmrtdChip(replace(blueprint, **changes).document(), manners)


def cie(*, manners: Manners | None = None, **changes: Any) -> EmrtdChip:
    """A CIE 3.0: DH-GM-3DES with parameter 2, nonce of 16 bytes, BAC, DG14, no DG15, IAS by name.

    DG14 is as the ministry's cie-mrtd SDK looks for it: id-CA-DH-3DES with its domain parameters
    written out, and Terminal Authentication. DG3 is told and signed, but nobody reads it.

    Args:
        manners: the chip's behaviour.
        changes: fields of `Blueprint` that are different.
    """
    keys = (chip_key(Suite.TRIPLE_DES, 2, explicit=True),)
    return _made(Blueprint(chip_keys=keys, ias="name", eac=True), manners, changes)


def early_cie(*, manners: Manners | None = None, **changes: Any) -> EmrtdChip:
    """A CIE of the first years: its SOD is RSA PKCS#1 with SHA-1, all that the same SDK verifies."""
    return cie(manners=manners, **{"signing": {"digest": "sha1", "signature": "pkcs1"}, **changes})


def cie_8_byte_nonce(*, manners: Manners | None = None, **changes: Any) -> EmrtdChip:
    """A CIE of the other family: a nonce of 8 bytes, IAS behind the master file."""
    keys = (chip_key(Suite.TRIPLE_DES, 2, explicit=True),)
    own = replace(manners or Manners(), nonce_size=8)
    return _made(Blueprint(chip_keys=keys, ias="master", eac=True), own, changes)


def ecdh_card(
    suite: Suite = Suite.AES_128,
    parameter: int = 13,
    *,
    manners: Manners | None = None,
    **changes: Any,
) -> EmrtdChip:
    """A card with PACE-ECDH-GM and Chip Authentication, both with that cipher and curve."""
    keys = (chip_key(suite, parameter),)
    return _made(
        Blueprint(offers=(PaceOffer(suite, parameter),), chip_keys=keys, basic_access=False),
        manners,
        changes,
    )


def cam_card(
    suite: Suite = Suite.AES_128,
    parameter: int = 12,
    *,
    manners: Manners | None = None,
    **changes: Any,
) -> EmrtdChip:
    """A card with PACE-ECDH-CAM, and generic mapping beside it as the standard wants.

    One key serves the mapping (EF.CardSecurity) and Chip Authentication (DG14); with
    `chip_keys=()` there is no Chip Authentication, and the mapping's key is in EF.CardSecurity alone.
    """
    offers = (
        PaceOffer(suite, parameter, Mapped.CHIP_AUTHENTICATION),
        PaceOffer(suite, parameter),
    )
    key = chip_key(suite, parameter)
    return _made(
        Blueprint(offers=offers, mapping_key=key, chip_keys=(key,), basic_access=False),
        manners,
        changes,
    )


def bac_only(*, manners: Manners | None = None, **changes: Any) -> EmrtdChip:
    """An old passport: no PACE, no EF.CardAccess, no DG14, no DG15; nothing proves its chip."""
    blueprint = Blueprint(
        kind="TD3", code="P", number="YA1234567", offers=(), can="", face=JPEG, packed_dates=True
    )
    return _made(blueprint, manners, changes)


def passport_with_aa(
    active: str = "rsa", digest: str = "sha256", *, manners: Manners | None = None, **changes: Any
) -> EmrtdChip:
    """A passport with Active Authentication by RSA (ISO/IEC 9796-2) or ECDSA, and PACE-ECDH-GM."""
    blueprint = Blueprint(
        kind="TD3",
        code="P",
        number="YA1234567",
        can="",
        face=JPEG,
        offers=(PaceOffer(Suite.AES_128, 13),),
        active_key=active_key(active, digest),
    )
    return _made(blueprint, manners, changes)


@cache
def active_key(active: str = "rsa", digest: str = "sha256", number: int = 0) -> ActiveKey:
    """A key of Active Authentication, always the same one for the same values."""
    del number
    if active == "rsa":
        return ActiveKey(rsa.generate_private_key(public_exponent=65537, key_size=2048), digest)
    return ActiveKey(ec.generate_private_key(ec.BrainpoolP256R1()), digest)


READY = {
    "cie": cie,
    "cie 8 byte nonce": cie_8_byte_nonce,
    "ecdh": ecdh_card,
    "cam": cam_card,
    "bac only": bac_only,
    "passport with aa": passport_with_aa,
}
"""Every sound card by its name."""
