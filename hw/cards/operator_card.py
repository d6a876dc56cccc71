"""The operator's card: sign-in with certificate, PIN and challenge, then signatures over headers.

Any card with a PKCS#11 module serves: a CNS, a card of the office, SoftHSM2 in tests. Who may be an
operator is the trust list's matter: its operator issuers, and nobody else. The certificate is
judged before the PIN is presented, so that no try is spent on a card that cannot sign in anyway.
Nor is a PIN presented where neither the card nor the module's flags tell that tries are left.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hw.apdu.tlv import Malformed
from hw.cards import card_keys
from hw.cards.card_keys import CardKey, is_signed, subject_text
from hw.cards.emrtd import card_certificates, trust_anchors
from hw.cards.emrtd.card_certificates import CardCertificate
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.trust_anchors import MARGIN, TrustAnchors
from hw.cards.insertions import CountInsertions, Insertions, moved
from hw.document_readings import Finding, PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.door import Token, TokenDoor
from hw.readings import OperatorIdentity, OperatorSignature

CHALLENGE_SIZE: Final = 32
_PURPOSE: Final = b"Sportello operator sign-in\x00"
"""Before the challenge, so that a signature at sign-in can never pass for one over a header: a
header that is signed is CBOR, which does not begin so."""
_SECRET: Final = b"Sportello operator secret\x00"
"""Before a purpose, for the same reason."""
_NO_SECRET: Final = DeviceTrouble(TroubleKind.REFUSED, "token.no-secret")
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "token.absent")
_SEVERAL: Final = DeviceTrouble(TroubleKind.REFUSED, "token.several")
_TRIES_UNTOLD: Final = DeviceTrouble(TroubleKind.REFUSED, "token.tries-untold")
_SIGNED_OUT: Final = DeviceTrouble(TroubleKind.REFUSED, "token.not-signed-in")

TriesByReader = Callable[[str], "dict[str, PinTries] | DeviceTrouble"]
"""What cards in the reader of a name, or in all ("") tell of their tries, by the reader's name."""


def _untold(reader: str) -> dict[str, PinTries]:
    """No card tells anything itself."""
    del reader
    return {}


@dataclass(frozen=True, slots=True)
class _Found:
    """The one operator's card.

    Attributes:
        key: its key.
        reader: PC/SC name of its reader; empty where that is not certain.
        tries: what the card tells, or else what the module's flags do.
        told: why nothing may be presented by what other cards tell, where the reader is not
            certain: this card may be one of them.
        by_card: the card told its tries itself.
        inserted: pcscd's counts from before the cards were asked.
    """

    key: CardKey
    reader: str
    tries: PinTries
    told: DeviceTrouble | None
    by_card: bool
    inserted: Insertions

    def refusal(self) -> DeviceTrouble | None:
        """Why no PIN may be presented; None where one may."""
        refused = card_keys.not_to_be_tried(self.tries) or self.told
        if refused is None and not self.by_card and not self.key.token.tells_tries:
            return _TRIES_UNTOLD
        return refused


class TokenOperatorCard:
    """Implements `OperatorCard` behind a `TokenDoor`. May be used from any thread."""

    def __init__(
        self,
        door: TokenDoor,
        anchors: Callable[[], TrustAnchors],
        today: Callable[[], date],
        *,
        told_by_cards: TriesByReader = _untold,
        insertions: CountInsertions | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Take the card through `door`, of whoever `anchors` names as operators' issuers.

        Args:
            door: of this card alone; it is closed at every sign-out.
            anchors: gives the trust list of the moment.
            today: gives the day against which certificates are judged.
            told_by_cards: asks the cards themselves for their tries, while no module holds them.
                What it tells counts for more than the module's flags. It leaves them powered down, and
                is called at a sign-out too.
            insertions: tells which card lies where, so that no other one gets the PIN than was
                asked; None where the module's tokens lie in no readers.
            random: source of challenges.
        """
        self._door = door
        self._anchors = anchors
        self._today = today
        self._told_by_cards = told_by_cards
        self._insertions = insertions or dict
        self._in_readers = insertions is not None
        self._random = random
        self._lock = threading.Lock()
        self._key: CardKey | None = None
        self._presented: str | None = None
        self._abandoned = threading.Event()

    @property
    def signed_in(self) -> bool:
        """Whether a card was signed in here, and nothing has ended that yet."""
        return self._key is not None

    @property
    def reader(self) -> str:
        """Name of the reader of the card that is signed in; empty where that is not certain."""
        return self._presented or ""

    def pin_tries(self) -> PinTries | DeviceTrouble:
        """How many tries of the PIN are left; signs out whoever is signed in.

        Returns:
            The tries, `left` None where their number is not known; or trouble: as `sign_in` before
            the PIN is presented.
        """
        with self._lock:
            try:
                found = self._find()
            finally:
                self._let_go()
            return found if isinstance(found, DeviceTrouble) else found.tries

    def sign_in(self, pin: str) -> OperatorIdentity | DeviceTrouble:
        """Sign the operator in whose card lies in a reader.

        Returns:
            Who it is, or trouble. Before the PIN is presented: `token.absent`, `token.several`
            (more than one operator's card), `token.unsupported-card`, `token.untrusted`,
            `token.expired`, `token.revoked`, `token.pin-last-try`, `token.pin-blocked`,
            `token.tries-untold`, `token.removed` (another card may lie there by now). At it:
            `token.pin-wrong`, ... of `TokenDoor.log_in`. After it: `token.not-genuine`, and those
            of `TokenDoor.sign`.
        """
        with self._lock:
            self._abandoned.clear()
            outcome: OperatorIdentity | DeviceTrouble
            try:
                outcome = self._sign_in(pin)
            except BaseException:
                self._let_go()
                raise
            if isinstance(outcome, DeviceTrouble):
                self._let_go()
            return outcome

    def sign_header(self, header: bytes) -> OperatorSignature | DeviceTrouble:
        """Have the card sign `header` (up to 60 kB).

        Returns:
            The signature, already checked; or trouble: `token.not-signed-in`, `token.removed`,
            `token.expired` and others. After any of them the operator has to sign in again.
        """
        with self._lock:
            key = self._key
            if key is None:
                return _SIGNED_OUT
            refusal = _out_of_date(key.certificate, self._today())
            signature = refusal or self._sign(key, header)
            if isinstance(signature, DeviceTrouble):
                self._let_go()
                return signature
            return OperatorSignature(key.algorithm, signature, key.certificate.fingerprint)

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        """A secret that only this card can give, the same at every sign-in.

        It is made of the card's signature over the purpose, so only of a key that always signs
        alike: RS256 does (RFC 8017, 8.2), ES256 does not.

        Args:
            purpose: ASCII; another purpose gives another secret.

        Returns:
            32 bytes; or trouble: `token.no-secret` for a card of the other kind, which stays signed
            in, and those of `sign_header`.
        """
        with self._lock:
            key = self._key
            if key is None:
                return _SIGNED_OUT
            if key.algorithm != "RS256":
                return _NO_SECRET
            signature = self._sign(key, _SECRET + purpose.encode("ascii"))
            if isinstance(signature, DeviceTrouble):
                self._let_go()
                return signature
            info = _SECRET + key.certificate.fingerprint
            return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(signature)

    def sign_out(self) -> None:
        """Let the card go. Safe to call twice."""
        with self._lock:
            self._let_go()

    def abandon(self) -> None:
        """Make what another thread waits for return `token.abandoned` now; signs out."""
        self._abandoned.set()
        self._door.abandon()
        self.sign_out()

    def _let_go(self) -> None:
        """End it all; a card whose PIN was presented is powered down.

        OpenSC leaves cards as they are, and asking them ourselves ends with powering them down.
        Where its reader is not certain, that is done in all of them.
        """
        self._key = None
        self._door.close()
        presented, self._presented = self._presented, None
        if presented is not None and self._abandoned.is_set():
            # Nobody waits any more, and a card that is mute would keep them waiting.
            threading.Thread(
                target=self._told_by_cards,
                args=(presented,),
                name="card-power-down",
                daemon=True,
            ).start()
        elif presented is not None:
            self._told_by_cards(presented)

    def _sign_in(self, pin: str) -> OperatorIdentity | DeviceTrouble:
        found = self._find()
        if isinstance(found, DeviceTrouble):
            return found
        key = found.key
        refused = found.refusal() or card_keys.beyond(self._door, key)
        if refused is None and self._in_readers:
            refused = moved(found.inserted, self._insertions(), found.reader)
        if refused is not None:
            return refused
        self._presented = found.reader
        refused = self._door.log_in(key.token, pin, heed_flags=not found.by_card)
        if refused is not None:
            return card_keys.with_tries_left(refused, found.tries)
        challenge = _PURPOSE + self._random(CHALLENGE_SIZE)
        signature = self._sign(key, challenge)
        if isinstance(signature, DeviceTrouble):
            return signature
        self._key = key
        return self._identity(key.certificate)

    def _sign(self, key: CardKey, message: bytes) -> bytes | DeviceTrouble:
        """A signature that is that of the certificate's key, or trouble."""
        signature = card_keys.sign(self._door, key, message)
        if isinstance(signature, bytes) and not is_signed(key.certificate, message, signature):
            return DeviceTrouble(TroubleKind.REFUSED, "token.not-genuine")
        return signature

    def _find(self) -> _Found | DeviceTrouble:
        """The one operator's card, and what is known of its tries."""
        self._let_go()  # our own commands need the cards for themselves
        inserted = self._insertions()
        if isinstance(inserted, DeviceTrouble):
            return inserted
        told = self._told_by_cards("")
        if isinstance(told, DeviceTrouble):
            return told
        tokens = self._door.tokens()
        if isinstance(tokens, DeviceTrouble):
            return tokens
        keys = card_keys.keys_on(self._door, tokens)
        if isinstance(keys, DeviceTrouble):
            return keys
        key = self._choose(tokens, keys)
        if isinstance(key, DeviceTrouble):
            return key
        readers = card_keys.may_lie_in(key.token, {**inserted, **told})
        reader = readers[0] if len(readers) == 1 else ""
        own = told.get(reader)
        if own is not None and own.left is not None:
            return _Found(key, reader, own, None, by_card=True, inserted=inserted)
        others = () if reader else tuple(told.values())
        refusals = (card_keys.not_to_be_tried(each) for each in others)
        refused = next((each for each in refusals if each is not None), None)
        return _Found(key, reader, key.token.pin_tries, refused, by_card=False, inserted=inserted)

    def _choose(self, tokens: Sequence[Token], keys: Sequence[CardKey]) -> CardKey | DeviceTrouble:
        """The one key of an operator; where there is none, why the likeliest card is none."""
        fit: list[CardKey] = []
        refusals: list[DeviceTrouble] = []
        for key in keys:
            refusal = self._refusal(key.certificate)
            if refusal is None:
                fit.append(key)
            else:
                refusals.append(refusal)
        if len({key.token.slot for key in fit}) > 1:
            return _SEVERAL
        if fit:
            return fit[0]
        if refusals:
            return min(refusals, key=lambda each: each.code == "token.untrusted")
        if tokens:
            details = (("reason", "no key shown"),)
            return DeviceTrouble(TroubleKind.REFUSED, "token.unsupported-card", details)
        return _ABSENT

    def _refusal(self, certificate: Certificate) -> DeviceTrouble | None:
        """Why its holder may not sign in; None where they may."""
        found = self._verified(certificate)
        if found is None or found.genuine.finding is not Finding.PROVEN:
            reason = "certificate-time" if found is None else found.genuine.reasons[0]
            return DeviceTrouble(TroubleKind.REFUSED, "token.untrusted", (("reason", reason),))
        if found.not_revoked.finding is Finding.REFUTED:
            return DeviceTrouble(TroubleKind.REFUSED, "token.revoked")
        return _out_of_date(certificate, self._today())

    def _verified(self, certificate: Certificate) -> CardCertificate | None:
        """What the trust list says of it; None where its validity has no end."""
        index = trust_anchors.operator_issuers(self._anchors())
        try:
            return card_certificates.verify(certificate.der, index, self._today())
        except Malformed:
            return None

    def _identity(self, certificate: Certificate) -> OperatorIdentity:
        found = self._verified(certificate)
        name = subject_text(certificate, "common_name")
        return OperatorIdentity(
            name=name,
            identifier=subject_text(certificate, "serial_number") or name,
            certificate=certificate.der,
            expires_on=date.max if found is None else found.period[1],
            revocation_checked=found is not None and found.not_revoked.finding is Finding.PROVEN,
        )


def _out_of_date(certificate: Certificate, today: date) -> DeviceTrouble | None:
    start, end = certificate.validity.start, certificate.validity.end
    if end is not None and today > end.date():
        return DeviceTrouble(TroubleKind.REFUSED, "token.expired")
    if start is not None and today < start.date() - MARGIN:
        return DeviceTrouble(TroubleKind.REFUSED, "token.expired", (("reason", "not yet valid"),))
    return None
