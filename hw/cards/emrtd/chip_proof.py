"""What a chip proves of itself: that it holds the private key which the signed files name.

Three ways, the first that succeeds is enough: PACE with Chip Authentication Mapping (ICAO 9303-11
clause 4.4, nothing more to ask), Chip Authentication (clause 6.2), Active Authentication (clause
6.1). Whether the public key is the issued one is for `verdict` to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.apdu.command import Command
from hw.apdu.link import Link
from hw.apdu.secure_messaging import SessionCipher
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import active_auth, chip_auth, lds, security_infos
from hw.cards.emrtd.file_reading import FileReader
from hw.cards.emrtd.pace_mapping import MappingEvidence, verify_mapping
from hw.cards.emrtd.passive_auth import verify_card_security
from hw.cards.emrtd.security_infos import SecurityInfos
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.cards.emrtd.verdict import ChipEvidence, ChipMethod
from hw.document_readings import Finding
from hw.errors import DeviceTrouble, TroubleKind

_TRIES: Final = 2
"""A proof that fails while the chip stays in the field is asked for once more, in a new session:
one wrong byte on the way must not make a copy of a true document."""
_MASTER_FILE: Final = Command(0xA4, 0x00, 0x0C, b"\x3f\x00")
_DG14: Final = 14
_DG15: Final = 15


@dataclass(frozen=True, slots=True)
class Session:
    """What asking needs of the contact.

    Attributes:
        link: protected, the application selected.
        renew: takes new keys, under which is talked from then on.
        files: gives a reader of files under the keys that are in use then; EF.DG1 has been read.
        lost: why the card cannot be talked to any more, None where it still lies there.
        random: source of randomness.
    """

    link: Link
    renew: Callable[[SessionCipher], None]
    files: Callable[[], FileReader]
    lost: Callable[[], DeviceTrouble | None]
    random: Callable[[int], bytes]


@dataclass(slots=True, repr=False)
class ChipProof:
    """What was proven so far; outlives a lost contact.

    Attributes:
        mapping: what PACE with Chip Authentication Mapping gave, None with other mappings.
        card_security: EF.CardSecurity, where its key is needed.
        mapped: the mapping fits the key in EF.DG14.
        authenticated: outcome of Chip Authentication, None before it and without it.
        signed: outcome of Active Authentication, likewise.
        method: name of the protocol of Chip Authentication.
        failures: proofs that failed while the card lay there.
    """

    mapping: MappingEvidence | None = None
    card_security: bytes | None = None
    mapped: bool = False
    authenticated: bool | None = None
    signed: bool | None = None
    method: str = ""
    failures: int = 0

    def ask(
        self, session: Session, infos: SecurityInfos | None, dg15: bytes | None
    ) -> DeviceTrouble | None:
        """Let the chip prove itself, unless it has.

        Args:
            session: the contact.
            infos: of EF.DG14, None without.
            dg15: EF.DG15, None without.

        Returns:
            None when that is settled, for or against the chip. Or trouble: what the link gives, and
            `document.proof-failed` where it failed and should be asked for again.
        """
        if self.mapped or self.authenticated is not None or self.signed is not None:
            return None
        if self.mapping is not None and infos is not None:
            self.mapped = any(verify_mapping(self.mapping, key) for key in infos.chip_keys)
            if self.mapped:
                return None
        if infos is not None and chip_auth.choose(infos):
            return self._authenticate(session, infos)
        if self.mapping is not None:
            return self._read_card_security(session)
        if dg15 is not None:
            return self._sign(session, infos, dg15)
        return None

    def _authenticate(self, session: Session, infos: SecurityInfos) -> DeviceTrouble | None:
        """Chip Authentication; proven by the first command under the new keys."""
        outcome = chip_auth.authenticate(session.link, infos, session.random)
        if outcome is None:
            return None
        if isinstance(outcome, DeviceTrouble):
            return self._failed(session, outcome, "authenticated")
        self.method = outcome.info.name
        session.renew(outcome.cipher)
        reader = session.files()
        small = lds.COMMON if reader.has(lds.COMMON) else lds.data_group(1)
        answer = reader.proves_same(small)
        if isinstance(answer, DeviceTrouble):
            return self._failed(session, answer, "authenticated")
        self.authenticated = True
        return None

    def _sign(
        self, session: Session, infos: SecurityInfos | None, dg15: bytes
    ) -> DeviceTrouble | None:
        """Active Authentication."""
        outcome = active_auth.authenticate(
            session.link, dg15, infos or SecurityInfos(), session.random
        )
        if isinstance(outcome, DeviceTrouble):
            return self._failed(session, outcome, "signed")
        self.signed = outcome
        return None

    def _read_card_security(self, session: Session) -> DeviceTrouble | None:
        """EF.CardSecurity, in the master file, where the key of the mapping is not in EF.DG14."""
        if self.card_security is not None:
            return None
        answer = session.link.exchange(_MASTER_FILE)
        if isinstance(answer, DeviceTrouble):
            return answer
        content = session.files().read(lds.CARD_SECURITY)
        if isinstance(content, DeviceTrouble):
            return content
        self.card_security = content or b""
        return None

    def _failed(self, session: Session, trouble: DeviceTrouble, what: str) -> DeviceTrouble | None:
        """A proof failed: because the card is gone, by chance, or for good."""
        lost = trouble if trouble.kind is TroubleKind.REMOVED else session.lost()
        if lost is not None:
            return lost
        if trouble.code == "card.abandoned":
            return trouble
        self.failures += 1
        if self.failures < _TRIES:
            details = (("trouble", trouble.code), *trouble.details)
            return DeviceTrouble(TroubleKind.PROTOCOL, "document.proof-failed", details)
        setattr(self, what, False)
        return None

    def evidence(
        self, infos: SecurityInfos | None, anchors: TrustAnchors, today: date
    ) -> tuple[ChipEvidence, ...]:
        """What the verdict is to be made of."""
        found: list[ChipEvidence] = []
        if self.mapped:
            found.append(ChipEvidence(ChipMethod.CHIP_MAPPING, succeeded=True, key_group=_DG14))
        elif self.mapping is not None and self.authenticated is None:
            found.extend(self._mapping_evidence(self.mapping, infos, anchors, today))
        if self.authenticated is not None:
            method = ChipMethod.CHIP_AUTHENTICATION
            found.append(ChipEvidence(method, self.authenticated, _DG14))
        if self.signed is not None:
            found.append(ChipEvidence(ChipMethod.ACTIVE_AUTHENTICATION, self.signed, _DG15))
        return tuple(found)

    def _mapping_evidence(
        self,
        mapping: MappingEvidence,
        infos: SecurityInfos | None,
        anchors: TrustAnchors,
        today: date,
    ) -> tuple[ChipEvidence, ...]:
        """By the key of EF.CardSecurity, where there is one for this mapping anywhere."""
        method = ChipMethod.CHIP_MAPPING
        signed = verify_card_security(self.card_security or b"", anchors, today)
        try:
            keys = security_infos.parse(signed.content).chip_keys
        except Malformed:
            keys = ()
        genuine = signed.genuine.finding is Finding.PROVEN
        if any(verify_mapping(mapping, key) for key in keys):
            return (ChipEvidence(method, succeeded=True, key_group=None, key_signed=genuine),)
        known = [*keys, *(infos.chip_keys if infos is not None else ())]
        if any(key.group is mapping.info.group for key in known):
            return (ChipEvidence(method, succeeded=False, key_group=None, key_signed=genuine),)
        return ()
