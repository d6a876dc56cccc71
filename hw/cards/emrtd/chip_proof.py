"""What a chip proves of itself: that it holds the private key which the signed files name.

Three ways, the first that succeeds is enough: PACE with Chip Authentication Mapping (ICAO 9303-11
clause 4.4, nothing more to ask), Chip Authentication (clause 6.2), Active Authentication (clause
6.1). Whether the public key is the issued one is for `verdict` to say. The keys of the last two are
signed together with EF.DG1; the mapping's may stand in EF.CardSecurity, which is not: it counts
for the document whose EF.DG1 was given in the session that the mapping opened, and for no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.apdu.command import Command
from hw.apdu.link import Link
from hw.apdu.secure_messaging import SessionCipher
from hw.apdu.status import StatusWord
from hw.apdu.tlv import Malformed
from hw.cards.emrtd import active_auth, chip_auth, lds, security_infos
from hw.cards.emrtd.file_reading import FileReader, bare_status, changed
from hw.cards.emrtd.pace_mapping import MappingEvidence, verify_mapping
from hw.cards.emrtd.passive_auth import PassiveResult, SignedFile, verify_card_security
from hw.cards.emrtd.security_infos import ChipAuthenticationPublicKeyInfo, SecurityInfos
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
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
        mapping: what PACE with Chip Authentication Mapping gave in the session that is open, None
            with other mappings.
        card_security: EF.CardSecurity, where its key is needed; empty where it cannot be had.
        mapped: the mapping fits the key in EF.DG14.
        authenticated: outcome of Chip Authentication, None before it and without it.
        signed: outcome of Active Authentication, likewise.
        method: name of the protocol of Chip Authentication.
        in_two: whether Chip Authentication is asked for in the form without MSE:Set KAT, because
            the chip left the session at that; None while nothing is known of it.
        failures: proofs that failed while the card lay there.
        unread: how often EF.CardSecurity could not be read while the card lay there.
    """

    mapping: MappingEvidence | None = None
    card_security: bytes | None = None
    mapped: bool = False
    authenticated: bool | None = None
    signed: bool | None = None
    method: str = ""
    in_two: bool | None = None
    failures: int = 0
    unread: int = 0

    def begin(self) -> None:
        """A new session is opened: what was proven in another of no signed key counts no more."""
        self.mapping = self.card_security = None

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
        # Before EF.CardSecurity: one exchange, a key that is signed with the other files, and the
        # application is still the one in use.
        if dg15 is not None:
            trouble = self._sign(session, infos, dg15)
            if trouble is not None or self.signed is not None:
                return trouble
        if self.mapping is None:
            return None
        return self._read_card_security(session) or self._doubted()

    def _authenticate(self, session: Session, infos: SecurityInfos) -> DeviceTrouble | None:
        """Chip Authentication; proven by the first command under the new keys."""
        outcome = chip_auth.authenticate(
            session.link, infos, session.random, in_two=bool(self.in_two)
        )
        if outcome is None:
            return None
        if isinstance(outcome, DeviceTrouble):
            return self._refused_form(infos, outcome) or self._failed(
                session, outcome, "authenticated"
            )
        self.method = outcome.info.name
        session.renew(outcome.cipher)
        reader = session.files()
        small = lds.COMMON if reader.has(lds.COMMON) else lds.data_group(1)
        answer = reader.proves_same(small)
        if isinstance(answer, DeviceTrouble):
            return self._failed(session, answer, "authenticated")
        if not answer:
            return changed()
        self.authenticated = True
        return None

    def _refused_form(self, infos: SecurityInfos, trouble: DeviceTrouble) -> DeviceTrouble | None:
        """A first refusal in the clear of MSE:Set KAT: the next contact takes the other form.

        It ended the session and says nothing of the key. Where the other form fails, the chip is
        asked in this one again: the refusal may have been anybody's.
        """
        if not chip_auth.at_once(infos):
            return None
        if self.in_two is None and bare_status(trouble) is not None:
            self.in_two = True
            return _again(trouble)
        if self.in_two and (bare_status(trouble) is not None or trouble.code == chip_auth.REFUSED):
            self.in_two = False
        return None

    def _sign(
        self, session: Session, infos: SecurityInfos | None, dg15: bytes
    ) -> DeviceTrouble | None:
        """Active Authentication."""
        outcome = active_auth.authenticate(
            session.link, dg15, infos or SecurityInfos(), session.random
        )
        if isinstance(outcome, DeviceTrouble) and outcome.code == active_auth.KEY_UNUSABLE:
            return None  # it was not asked
        if isinstance(outcome, DeviceTrouble):
            return self._failed(session, outcome, "signed")
        self.signed = outcome
        return None

    def _read_card_security(self, session: Session) -> DeviceTrouble | None:
        """EF.CardSecurity, in the master file, where the key of the mapping is not in EF.DG14.

        Some chips let nobody back into the master file. Without it the mapping proves nothing, and
        nothing against the chip.
        """
        if self.card_security is not None:
            return None
        reader = session.files()
        content: bytes | DeviceTrouble | None = None
        if self.unread < _TRIES:
            answer = None if reader.has(lds.CARD_SECURITY) else session.link.exchange(_MASTER_FILE)
            if isinstance(answer, DeviceTrouble):
                content = answer
            elif answer is None or answer.status == StatusWord.OK:
                content = reader.read(lds.CARD_SECURITY)
        if isinstance(content, DeviceTrouble):
            lost = _lost(session, content)
            if lost is not None:
                return lost
            self.unread += 1
            if self.unread < _TRIES:
                return _again(content)
        self.card_security = content if isinstance(content, bytes) else b""
        return None

    def _doubted(self) -> DeviceTrouble | None:
        """Where the mapping's own data do not fit the key that the chip shows, ask once more.

        No checksum covers them (DO 8A comes outside the token), so one spoilt byte looks like a
        copy.
        """
        if self.mapping is None or not self.card_security:
            return None
        content = verify_card_security(self.card_security, EMPTY, date.min).content
        fits = _fits(self.mapping, _shown_keys(content))
        if fits is not False:
            return None
        self.failures += 1
        trouble = DeviceTrouble(TroubleKind.PROTOCOL, "document.chip-proof-broken")
        return _again(trouble) if self.failures < _TRIES else None

    def _failed(self, session: Session, trouble: DeviceTrouble, what: str) -> DeviceTrouble | None:
        """A proof failed: because the card is gone, by chance, or for good."""
        lost = _lost(session, trouble)
        if lost is not None:
            return lost
        self.failures += 1
        if self.failures < _TRIES:
            return _again(trouble)
        setattr(self, what, False)
        return None

    def evidence(
        self,
        infos: SecurityInfos | None,
        passive: PassiveResult,
        anchors: TrustAnchors,
        today: date,
    ) -> tuple[ChipEvidence, ...]:
        """What the verdict is to be made of.

        Args:
            infos: of EF.DG14, None without.
            passive: what was found of the signed list; EF.CardSecurity must be of the same state.
            anchors: whom the kiosk believes.
            today: the day of the question.
        """
        found: list[ChipEvidence] = []
        if self.mapped:
            found.append(ChipEvidence(ChipMethod.CHIP_MAPPING, succeeded=True, key_group=_DG14))
        elif self.mapping is not None and self.card_security is not None:
            signed = verify_card_security(self.card_security, anchors, today)
            found.extend(_mapping_evidence(self.mapping, infos, signed, passive))
        if self.authenticated is not None:
            method = ChipMethod.CHIP_AUTHENTICATION
            found.append(ChipEvidence(method, self.authenticated, _DG14))
        if self.signed is not None:
            found.append(ChipEvidence(ChipMethod.ACTIVE_AUTHENTICATION, self.signed, _DG15))
        return tuple(found)


def _mapping_evidence(
    mapping: MappingEvidence,
    infos: SecurityInfos | None,
    signed: SignedFile,
    passive: PassiveResult,
) -> tuple[ChipEvidence, ...]:
    """By the key of EF.CardSecurity, where there is one for this mapping anywhere."""
    method = ChipMethod.CHIP_MAPPING
    keys = _shown_keys(signed.content)
    signer = passive.signer
    of_same_state = signer is not None and signed.country == signer.country
    genuine = signed.genuine.finding is Finding.PROVEN and of_same_state
    if _fits(mapping, keys):
        return (ChipEvidence(method, succeeded=True, key_group=None, key_signed=genuine),)
    # A key of EF.DG14 may be for Chip Authentication alone, unless it bears the mapping's name.
    named = () if infos is None or mapping.info.parameter is None else infos.chip_keys
    known = [*keys, *(key for key in named if key.key_id == mapping.info.parameter)]
    if _fits(mapping, known) is False:
        return (ChipEvidence(method, succeeded=False, key_group=None, key_signed=genuine),)
    return ()


def _shown_keys(content: bytes) -> tuple[ChipAuthenticationPublicKeyInfo, ...]:
    """The keys in EF.CardSecurity; none where it cannot be read."""
    try:
        return security_infos.parse(content).chip_keys
    except Malformed:
        return ()


def _fits(mapping: MappingEvidence, keys: Sequence[ChipAuthenticationPublicKeyInfo]) -> bool | None:
    """Whether one of the keys is the mapping's; None where none could be, being of other groups."""
    if any(verify_mapping(mapping, key) for key in keys):
        return True
    return False if any(key.group is mapping.info.group for key in keys) else None


def _lost(session: Session, trouble: DeviceTrouble) -> DeviceTrouble | None:
    """Why the chip cannot be asked any more, None where it still lies there."""
    if trouble.kind is TroubleKind.REMOVED or trouble.code == "card.abandoned":
        return trouble
    return session.lost()


def _again(trouble: DeviceTrouble) -> DeviceTrouble:
    """`document.proof-failed`: to be asked for once more, in a new session."""
    details = (("trouble", trouble.code), *trouble.details)
    return DeviceTrouble(TroubleKind.PROTOCOL, "document.proof-failed", details)
