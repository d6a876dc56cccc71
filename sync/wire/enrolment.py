"""How a device becomes a station: token, offer, request, answer (R-004-13, 14; C-004-1).

The administrator's console gives the device a one-time *token*: as a QR code, in a file on a stick,
or as a password that is typed. With it the device fetches the hub's *offer*, which only who knows
the password can have made: from there on it knows whose keys are the hub's. It makes its own keys
and sends a *request*: signed by the new signing key, with a proof that it knows the password, sealed
to the hub. Both ends show the request's check code; a person compares them. The *answer* is signed
by the hub. The same bytes travel over HTTP and as files.

A *renewal* is a request of a station that has its keys already: signed, without a password.

What a token opens is one registration, for hours, once: the first request that proves the password
is the only one.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from sync.model.check_letters import LETTERS, SEPARATORS, check_value, weighted_sum
from sync.model.errors import Problem
from sync.wire import base45, canonical
from sync.wire.canonical import Malformed
from sync.wire.signer import VerifyingKey
from sync.wire.topics import is_station_name

PREFIX: Final = "SPE1:"
"""Of the text in the QR code; the rest is Base45 (RFC 9285), for the code's alphanumeric mode."""

LONGEST_TOKEN: Final = 900
LONGEST_ADDRESS: Final = 200
MOST_BYTES: Final = 64 * 1024
"""Of any message here but the file on a stick."""

PASSWORD_LETTERS: Final = 16
"""Fifteen by chance, 74 bits, and a check letter."""

MOST_QUESTION: Final = 64
LOCATOR_BYTES: Final = 16
PROOF_BYTES: Final = 32
SECRET_BYTES: Final = 32

OFFER_PATH: Final = "/enrolment/offer"
"""POST `make_question`; answers `Offer`."""
REQUEST_PATH: Final = "/enrolment/request"
"""POST `enrolment_request.seal`; answers with `enrolment_answer.Answer`. Sending the same request
again is how a device asks on."""

_FORMAT: Final = 1
_GROUP: Final = 4
_LONGEST_TYPED: Final = 60
_ADDRESS: Final = re.compile(r"https?://[!-~]+")

# Each use of the password has a label of its own, so none of them tells anything of another.
_LOCATE: Final = b"sportello enrolment 1 locator"
_OFFER: Final = b"sportello enrolment 1 offer"
_PROVE: Final = b"sportello enrolment 1 request"


# --- the one-time password


def password_of(secret: bytes) -> str:
    """The password that stands for 32 bytes by chance: 16 letters without look-alikes.

    Raises:
        ValueError: not 32 bytes.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError("a secret has 32 bytes")
    # 256 bits modulo 31 to the power of 15: as good as each password being equally likely.
    values, rest = [], int.from_bytes(secret)
    for _ in range(PASSWORD_LETTERS - 1):
        rest, value = divmod(rest, len(LETTERS))
        values.append(value)
    return "".join(LETTERS[value] for value in (*values, check_value(values)))


def shown(letters: str) -> str:
    """A password or a check code for reading, in groups of four: `ABCD-EFGH-JKMN-PQRS`."""
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def parse_password(text: str) -> str | Problem:
    """A password as typed: small letters, spaces and dashes are fine.

    Returns:
        Its 16 letters, or `enrolment-code.empty`, `.length`, `.characters` or `.check-letter`.
    """
    packed = text.strip().translate(SEPARATORS)
    if not packed:
        return Problem("enrolment-code.empty")
    capitals = packed.upper() if packed.isascii() else packed
    if len(packed) > _LONGEST_TYPED:
        return Problem("enrolment-code.length", details=(("expected", str(PASSWORD_LETTERS)),))
    for position, character in enumerate(capitals, start=1):
        if character not in LETTERS:
            return Problem("enrolment-code.characters", details=(("position", str(position)),))
    if len(capitals) != PASSWORD_LETTERS:
        return Problem("enrolment-code.length", details=(("expected", str(PASSWORD_LETTERS)),))
    if weighted_sum([LETTERS.index(character) for character in capitals]) != 1:
        return Problem("enrolment-code.check-letter")
    return capitals


def locator(password: str) -> bytes:
    """What the hub finds the registration by, 16 bytes; it tells nothing of the password."""
    return _keyed(password, _LOCATE, b"")[:LOCATOR_BYTES]


# --- the token


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What the device is given.

    Attributes:
        station: the name that it will have (R-004-8).
        password: as `password_of`.
        address: `http` or `https` address of the hub's pages, without a slash at its end.
        root: the root of the trust in the hub's keys.
        until: milliseconds since 1970.
    """

    station: str
    password: str = field(repr=False)
    address: str
    root: VerifyingKey
    until: int

    def to_text(self) -> str:
        """The text of the QR code, some 300 characters.

        Raises:
            ValueError: longer than `LONGEST_TOKEN`, or an address that `read_token` refuses.
        """
        plain = [_FORMAT, self.station, self.password, self.address, self.root.spki, self.until]
        text = PREFIX + base45.encode(canonical.encode(plain))
        if len(text) > LONGEST_TOKEN or isinstance(read_token(text), Problem):
            raise ValueError("a token that no device could read")
        return text


def read_token(text: str) -> Token | Problem:
    """The token in a QR code or a file; `enrolment.not-ours` or `enrolment.token-damaged`."""
    text = text.strip()
    if not text.startswith(PREFIX):
        return Problem("enrolment.not-ours")
    if len(text) > LONGEST_TOKEN:
        return Problem("enrolment.token-damaged")
    try:
        plain = canonical.decode(base45.decode(text.removeprefix(PREFIX)))
        form, station, password, address, root, until = canonical.items(plain, exactly=6)
        expect(form == _FORMAT)
        return Token(
            station_name(station),
            _password(password),
            web_address(address),
            VerifyingKey.from_spki(canonical.octets(root)),
            canonical.natural(until),
        )
    except Malformed:
        return Problem("enrolment.token-damaged")


def token_file(token: str, trust_list: bytes) -> bytes:
    """The file on a stick: the token's text, and the signed list of the hub's keys.

    Whoever has the file can enrol a device in this one's place until it is used or too old.

    Args:
        token: `Token.to_text`.
        trust_list: as the console's own station holds it (`trust/hub.cose`).
    """
    return canonical.encode([_FORMAT, token, trust_list])


def read_token_file(data: bytes) -> tuple[Token, bytes] | Problem:
    """Token and list of the hub's keys; the list is to be loaded with `Token.root`."""
    try:
        plain = canonical.decode(data, limit=MOST_BYTES * 2)
        form, text, trust_list = canonical.items(plain, exactly=3)
        expect(form == _FORMAT)
        listed = canonical.octets(trust_list)
        token = read_token(canonical.text(text, longest=LONGEST_TOKEN))
    except Malformed:
        return Problem("enrolment.token-damaged")
    return token if isinstance(token, Problem) else (token, listed)


# --- the offer


@dataclass(frozen=True, slots=True)
class Offer:
    """What the hub tells who names a registration by its locator.

    Attributes:
        station: the name that the device will have.
        root: the root of the trust in the hub's keys.
        trust_list: signed list of the hub's keys, to be loaded with `root`.
    """

    station: str
    root: VerifyingKey
    trust_list: bytes = field(repr=False)


def make_question(password: str) -> bytes:
    """What the device posts to `OFFER_PATH`."""
    return canonical.encode([_FORMAT, locator(password)])


def read_question(data: bytes) -> bytes | None:
    """The locator in a question, None for anything else."""
    try:
        form, where = canonical.items(canonical.decode(data, limit=MOST_QUESTION), exactly=2)
        return canonical.octets(where, exactly=LOCATOR_BYTES) if form == _FORMAT else None
    except Malformed:
        return None


def make_offer(offer: Offer, password: str) -> bytes:
    """The offer, vouched for by the password: 74 bits that are good for hours."""
    plain = [_FORMAT, offer.station, offer.root.spki, offer.trust_list]
    said = canonical.encode(plain)
    return canonical.encode([said, _keyed(password, _OFFER, said)])


def read_offer(data: bytes, password: str, root: VerifyingKey | None = None) -> Offer | Problem:
    """The offer, if who made it knows the password.

    Args:
        data: as `make_offer` made it.
        password: of the token.
        root: of the token; None where the password was typed.

    Returns:
        The offer, or `enrolment.offer-damaged` or `enrolment.offer-foreign`.
    """
    try:
        outer = canonical.items(canonical.decode(data, limit=MOST_BYTES * 2), exactly=2)
        said, mark = canonical.octets(outer[0]), canonical.octets(outer[1], exactly=PROOF_BYTES)
        if not hmac.compare_digest(mark, _keyed(password, _OFFER, said)):
            return Problem("enrolment.offer-foreign")
        plain = canonical.decode(said, limit=MOST_BYTES * 2)
        form, station, key, trust_list = canonical.items(plain, exactly=4)
        expect(form == _FORMAT)
        offer = Offer(
            station_name(station),
            VerifyingKey.from_spki(canonical.octets(key)),
            canonical.octets(trust_list),
        )
    except Malformed:
        return Problem("enrolment.offer-damaged")
    if root is not None and root.spki != offer.root.spki:
        return Problem("enrolment.offer-foreign")
    return offer


# --- what the request needs too


def proof(password: str, about: bytes) -> bytes:
    """That a device knows the password, 32 bytes, about these bytes alone (`enrolment_request`)."""
    return _keyed(password, _PROVE, about)


def expect(fits: object) -> None:
    """Raises `Malformed("enrolment.shape")` where something does not fit."""
    if not fits:
        raise Malformed("enrolment.shape")


def station_name(value: object) -> str:
    """`value` as a station's name. Raises `Malformed`."""
    name = canonical.text(value, longest=32)
    expect(is_station_name(name))
    return name


def _password(value: object) -> str:
    password = canonical.text(value, longest=PASSWORD_LETTERS)
    expect(parse_password(password) == password)
    return password


def web_address(value: object) -> str:
    """`value` as the address of the hub's pages. Raises `Malformed`."""
    address = canonical.text(value, longest=LONGEST_ADDRESS)
    expect(bool(_ADDRESS.fullmatch(address)) and not address.endswith("/"))
    return address


def _keyed(password: str, label: bytes, about: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104) under the password, 32 bytes."""
    return hmac.digest(password.encode(), label + b"\0" + about, "sha256")
