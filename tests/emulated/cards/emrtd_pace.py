"""The chip's side of PACE, ICAO 9303-11 clause 4.4, step by step as GENERAL AUTHENTICATE asks.

Generic mapping over finite fields and curves, and the chip authentication mapping.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from tests.emulated.cards.emrtd_apdu import (
    NOT_SATISFIED,
    WRONG_DATA,
    Refused,
    object_of,
    tlv,
)
from tests.emulated.cards.emrtd_crypto import (
    PASSWORD,
    SessionKeys,
    derive,
    encrypt,
    pad,
    token,
)
from tests.emulated.cards.emrtd_groups import FiniteField, Group, NotInGroup, standard_group
from tests.emulated.cards.emrtd_integrated import integrated
from tests.emulated.cards.emrtd_protocols import ChipKey, Mapping, PaceOffer, oid_value

Random = Callable[[int], bytes]
"""So many random bytes; replaced where a printed example is replayed."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How a chip writes the numbers of finite fields, of which the standards are read in two ways.

    Attributes:
        short_publics: public values and those in tokens have no leading zero bytes ("unsigned
            integer", clause 9.4.4); else they are as long as the prime.
        short_secret: the shared secret has none either, as OpenPACE has it; X9.42 keeps them.
        zero_led: the ephemeral public value is drawn until it begins with a zero byte, which
            otherwise one in 256 does.
    """

    short_publics: bool = False
    short_secret: bool = False
    zero_led: bool = False


class WrongPassword(Exception):  # noqa: N818 - what a chip finds, no error of it
    """The terminal's token does not verify: it does not know the password."""


def public_key_object(group: Group, oid: str, public: bytes) -> bytes:
    """The data object that tokens are computed over, clauses 4.4.3.4 and 9.4.4, 9.4.5."""
    tag = 0x84 if isinstance(group, FiniteField) else 0x86
    return tlv(0x7F49, tlv(0x06, oid_value(oid)) + tlv(tag, public))


class PaceRun:
    """One execution of PACE.

    Attributes:
        offer: what the terminal chose.
        session: the keys, once the tokens have agreed.
        last: whether the run is at its end.
    """

    def __init__(
        self,
        offer: PaceOffer,
        password: bytes,
        random: Random,
        *,
        nonce_size: int = 16,
        mapping_key: ChipKey | None = None,
        numbers: Numbers | None = None,
    ) -> None:
        """Begin a run.

        Args:
            offer: the PACEInfo.
            password: the CAN's digits, or the SHA-1 of the zone's three fields.
            random: gives the nonce, the mapping key and the ephemeral key, in this order.
            nonce_size: bytes of the nonce, whole blocks.
            mapping_key: the chip's static key, for the chip authentication mapping.
            numbers: how numbers of finite fields are written.
        """
        self.offer = offer
        self.session: SessionKeys | None = None
        self._key = derive(password, PASSWORD, offer.suite)
        self._random = random
        self._mapping_key = mapping_key
        self._numbers = numbers or Numbers()
        self._group: Group = standard_group(offer.parameter)
        self._nonce = random(nonce_size)
        self._mapping_secret = 0
        self._secret = 0
        self._own = self._theirs = b""
        self._steps = iter((self._encrypted_nonce, self._map, self._agree, self._tokens))
        self.last = False

    def step(self, asked: bytes) -> bytes:
        """Content of the next dynamic authentication data (DO 7C), out of the terminal's.

        Raises:
            Refused: the step is not what comes next, or a public key is none.
            WrongPassword: at the last step.
        """
        doing = next(self._steps, None)
        if doing is None:
            raise Refused(NOT_SATISFIED)
        try:
            return doing(asked)
        except NotInGroup:
            raise Refused(WRONG_DATA) from None

    def _encrypted_nonce(self, asked: bytes) -> bytes:
        if asked:
            raise Refused(WRONG_DATA)
        return tlv(0x80, encrypt(self.offer.suite, self._key, self._nonce))

    def _map(self, asked: bytes) -> bytes:
        theirs = _wanted(asked, 0x81)
        if self.offer.mapping is Mapping.INTEGRATED:
            self._group = integrated(self._group, self.offer.suite, self._nonce, theirs)
            return tlv(0x82, b"")
        self._mapping_secret = self._draw()
        own = self._written(self._group.public(self._mapping_secret))
        self._group = self._group.mapped(self._nonce, self._mapping_secret, theirs)
        return tlv(0x82, own)

    def _agree(self, asked: bytes) -> bytes:
        self._theirs = _wanted(asked, 0x83)
        self._secret = self._draw()
        while self._numbers.zero_led and self._group.public(self._secret)[0]:
            self._secret = self._draw()
        self._own = self._written(self._group.public(self._secret))
        shared = self._group.shared(self._secret, self._theirs)
        if self._numbers.short_secret and isinstance(self._group, FiniteField):
            shared = shared.lstrip(b"\x00")
        if self._own == self._theirs:
            raise Refused(WRONG_DATA)
        self._keys = SessionKeys.of(self.offer.suite, shared)
        return tlv(0x84, self._own)

    def _tokens(self, asked: bytes) -> bytes:
        self.last = True
        wanted = self._token(self._own)
        if not hmac.compare_digest(wanted, _wanted(asked, 0x85)):
            raise WrongPassword
        self.session = self._keys
        answer = tlv(0x86, self._token(self._theirs))
        if self.offer.mapping is Mapping.CHIP_AUTHENTICATION:
            answer += tlv(0x8A, self._chip_authentication_data())
        return answer

    def _token(self, public: bytes) -> bytes:
        message = public_key_object(self._group, self.offer.oid, self._written(public))
        return token(self.offer.suite, self._keys.authentication, message)

    def _chip_authentication_data(self) -> bytes:
        """Clause 4.4.3.5.1: the mapping key in terms of the static one, encrypted."""
        if self._mapping_key is None:
            raise Refused(WRONG_DATA)
        return chip_authentication_data(self._mapping_key, self._mapping_secret, self._keys)

    def _written(self, public: bytes) -> bytes:
        short = self._numbers.short_publics and isinstance(self._group, FiniteField)
        return public.lstrip(b"\x00") if short else public

    def _draw(self) -> int:
        size = (self._group.order.bit_length() + 7) // 8
        return int.from_bytes(self._random(size), "big") % self._group.order


def chip_authentication_data(key: ChipKey, mapping_secret: int, keys: SessionKeys) -> bytes:
    """Encrypted chip authentication data, clause 4.4.3.5.1."""
    order = key.group.order
    factor = pow(key.secret, -1, order) * mapping_secret % order
    block = keys.suite.block
    start = encrypt(keys.suite, keys.encryption, b"\xff" * block)
    plain = pad(factor.to_bytes((order.bit_length() + 7) // 8, "big"), block)
    return encrypt(keys.suite, keys.encryption, plain, start)


def _wanted(asked: bytes, tag: int) -> bytes:
    value = object_of(asked, tag)
    if value is None:
        raise Refused(WRONG_DATA)
    return value
