"""PACE, the terminal's side: a session with the chip out of a password that is printed on it.

ICAO 9303-11 clause 4.4, BSI TR-03110-2 clause 3.2. The password is short, yet whoever listens or
plays the chip learns nothing to try passwords against, as long as the groups are sound and each
element is checked; so both are.

The mathematics (`_terminal`) asks for one value after another and never sees an APDU; what carries
the questions (`authenticate`) sees no key.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

from hw.apdu.command import Command, Response
from hw.apdu.link import Link
from hw.apdu.secure_messaging import SessionCipher
from hw.apdu.status import StatusWord, name_of, tries_left
from hw.apdu.tlv import Malformed, encode
from hw.cards.emrtd.agreement_commands import (
    PACE,
    PASSWORD,
    PRIVATE_KEY,
    PROTOCOL,
    dynamic_data,
    general_authenticate,
    set_template,
)
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.curves import RandomBytes
from hw.cards.emrtd.groups import AnyGroup, Element, Group, encoded
from hw.cards.emrtd.key_derivation import password_key
from hw.cards.emrtd.pace_mapping import (
    MappingEvidence,
    chip_authentication_data,
    generic,
    integrated,
)
from hw.cards.emrtd.security_infos import KeyAgreement, Mapping, PaceInfo, SecurityInfos
from hw.document_readings import CardAccessNumber, DocumentKey
from hw.errors import DeviceTrouble, TroubleKind

_VERSION: Final = 2
_MRZ: Final = b"\x01"
_CAN: Final = b"\x02"
_ENCRYPTION: Final = 1
_AUTHENTICATION: Final = 2
_PUBLIC_KEY: Final = 0x7F49
_IDENTIFIER: Final = 0x06
_VALUE_TAGS: Final = {KeyAgreement.DH: 0x84, KeyAgreement.ECDH: 0x86}
_LONGEST_NONCE: Final = 64
_SMALL_ANSWER: Final = 128
_RUNS: Final = 2

_NONCE: Final = 0x80
_MAPPING_TERMINAL: Final = 0x81
_MAPPING_CHIP: Final = 0x82
_KEY_TERMINAL: Final = 0x83
_KEY_CHIP: Final = 0x84
_TOKEN_TERMINAL: Final = 0x85
_TOKEN_CHIP: Final = 0x86
_CHIP_AUTHENTICATION_DATA: Final = 0x8A

_BLOCKED: Final = frozenset({StatusWord.METHOD_BLOCKED, StatusWord.DATA_NOT_USABLE})
_WRONG_TOKEN: Final = frozenset(
    {
        StatusWord.INCORRECT_DATA,
        StatusWord.PROTECTION_INCORRECT,
        StatusWord.SECURITY_STATUS_NOT_SATISFIED,
        StatusWord.CONDITIONS_NOT_SATISFIED,
    }
)
"""How chips refuse a token, besides 63xx."""

_INCOMPLETE: Final = frozenset(
    {StatusWord.INCORRECT_DATA, StatusWord.LENGTH_UNFIT, StatusWord.DATA_NOT_FOUND}
)
"""How chips say that MSE:Set AT lacks the parameters; 6A87 was seen on passports."""
_UNCHAINED: Final = frozenset({StatusWord.CHAINING_NOT_SUPPORTED, StatusWord.WRONG_CLASS})
"""How chips say that they take no step that announces others."""

_MAPPINGS: Final = (
    (KeyAgreement.ECDH, Mapping.CHIP_AUTHENTICATION),
    (KeyAgreement.ECDH, Mapping.GENERIC),
    (KeyAgreement.ECDH, Mapping.INTEGRATED),
    (KeyAgreement.DH, Mapping.INTEGRATED),
    (KeyAgreement.DH, Mapping.GENERIC),
)
_SUITES: Final = (Suite.AES_256, Suite.AES_192, Suite.AES_128, Suite.TRIPLE_DES)


@dataclass(frozen=True, slots=True, repr=False)
class PaceSession:
    """What PACE came to.

    Attributes:
        cipher: keys of the session, its counter at zero.
        info: how it was done.
        mapping_evidence: the chip's proof of its own key with Chip Authentication Mapping, else
            None; to be checked by `verify_mapping`.
    """

    cipher: SessionCipher
    info: PaceInfo
    mapping_evidence: MappingEvidence | None

    def __repr__(self) -> str:
        return f"PaceSession({self.info.name})"


def choose(infos: SecurityInfos) -> tuple[PaceInfo, ...]:
    """The ways of doing PACE that can be gone here, best first.

    CAM before ECDH-GM (it proves the chip at no cost), those before IM (of which hardly a chip is
    known), IM before DH-GM; among equals AES before 3DES and longer keys before shorter. Left out
    are other versions than 2, groups that are not standardized, P-224 with IM, which it does not
    have, and CAM with 3DES, which is not defined.
    """
    return tuple(sorted((info for info in infos.pace if _can_be_gone(info)), key=_rank))


def _can_be_gone(info: PaceInfo) -> bool:
    if info.version != _VERSION or info.group is None:
        return False
    if info.mapping is Mapping.CHIP_AUTHENTICATION:
        return info.suite is not Suite.TRIPLE_DES
    encodes = info.agreement is KeyAgreement.DH or info.group.p % 4 == 3
    return info.mapping is not Mapping.INTEGRATED or encodes


def _rank(info: PaceInfo) -> tuple[int, int]:
    return _MAPPINGS.index((info.agreement, info.mapping)), _SUITES.index(info.suite)


def authenticate(
    link: Link,
    info: PaceInfo,
    key: DocumentKey,
    *,
    several: bool,
    random: RandomBytes = secrets.token_bytes,
    clock: Callable[[], float] = time.monotonic,
) -> PaceSession | DeviceTrouble:
    """Open the chip with what is printed on it.

    Args:
        link: the chain to the card, without secure messaging; it must carry up to 264 bytes of
            data and of answer for DH.
        info: how, one of `choose`.
        key: CAN, or the fields of the machine readable zone.
        several: `SecurityInfos.several_pace_parameters`.
        random: source of randomness.
        clock: seconds, for telling how long the chip thought.

    Returns:
        The session. Or trouble: `document.wrong-key` where the chip did not accept the password
        (details: `status`; `tries` where it tells; `milliseconds`, the longest of its answers, for
        some chips make the next attempt wait), `document.key-suspended` (one try left, not spent),
        `document.key-blocked`, `document.access-refused` (another way may do), `document.pace-broken`
        (the chip broke the protocol), or what the link gives: `card.removed` and its like.
    """
    group = info.group
    if group is None:
        return _trouble(TroubleKind.REFUSED, "document.access-refused", ("reason", "no-group"))
    password = _CAN if isinstance(key, CardAccessNumber) else _MRZ
    objects = [(PROTOCOL, info.oid), (PASSWORD, password)]
    parameter = None if info.parameter is None else encoded(info.parameter) or b"\x00"
    conversation = _Conversation(link, clock)
    outcome: PaceSession | DeviceTrouble
    for _ in range(_RUNS):
        trouble = conversation.select(objects, parameter, needed=several)
        if trouble is not None:
            return trouble
        steps = _terminal(info, group, password_key(key, info.suite), random)
        outcome = conversation.lead(steps)
        if not conversation.unsure:
            break
    return outcome


@dataclass(frozen=True, slots=True)
class _Step:
    """One question of the terminal.

    Attributes:
        tag: data object that is sent, or the nonce's, for which none is sent.
        value: its value.
        expected: most bytes of the value awaited.
        unsure: a refusal may come from another reading of the standard, see `_two_readings`.
    """

    tag: int
    value: bytes
    expected: int
    unsure: bool = False

    def command(self, *, chained: bool) -> Command:
        """GENERAL AUTHENTICATE, announcing that others follow where `chained`."""
        objects = () if self.tag == _NONCE else ((self.tag, self.value),)
        last = self.tag == _TOKEN_TERMINAL or not chained
        return general_authenticate(*objects, last=last, expected=self.expected)


def _terminal(
    info: PaceInfo, group: AnyGroup, password: bytes, random: RandomBytes
) -> Generator[_Step, dict[int, bytes], PaceSession]:
    """Clause 4.4.1: asks for the chip's values, takes them, and ends with the session.

    Raises:
        Malformed: a value of the chip is not what it must be.
    """
    suite = info.suite
    answer = yield _Step(_NONCE, b"", _SMALL_ANSWER)
    nonce = _nonce(_value(answer, _NONCE), password, suite)
    base, mapping_key = yield from _map(info, group, nonce, random)

    secret, public = group.key_pair(base, random)
    own = group.encode(public)
    answer = yield _Step(_KEY_TERMINAL, own, group.longest)
    theirs = _value(answer, _KEY_CHIP)
    chip_key = group.decode(theirs)
    if chip_key == public:
        raise Malformed("same-keys")
    shared = group.shared(secret, chip_key)

    mac_key = suite.derive(shared, _AUTHENTICATION)
    token = _token(info, mac_key, theirs)
    unsure = _two_readings(info, group.size, theirs, shared)
    answer = yield _Step(_TOKEN_TERMINAL, token, _SMALL_ANSWER, unsure)
    # The chip has accepted the password by now; what is left is whether it knows it too.
    if not hmac.compare_digest(_value(answer, _TOKEN_CHIP), _token(info, mac_key, own)):
        raise Malformed("wrong-token")
    evidence = None
    if info.mapping is Mapping.CHIP_AUTHENTICATION:
        encrypted = _value(answer, _CHIP_AUTHENTICATION_DATA)
        key_enc = suite.derive(shared, _ENCRYPTION)
        data = chip_authentication_data(info, group, key_enc, encrypted)
        evidence = MappingEvidence(info, mapping_key, data)
    return PaceSession(suite.session(shared), info, evidence)


def _two_readings(info: PaceInfo, size: int, theirs: bytes, shared: bytes) -> bool:
    """Whether a zero byte leads a DH value that both ends compute with, once in 128 runs.

    A shared secret keeps it (PKCS #3), a public key in a token does not (ICAO 9303-11 clause
    9.4.1); chips and libraries differ, and where they do a right password looks wrong. Such a run
    is done again rather than laid at the person's door.
    """
    if info.agreement is not KeyAgreement.DH:
        return False
    return shared[0] == 0 or theirs[0] == 0 or len(theirs) < size


def _map(
    info: PaceInfo, group: Group[Element], nonce: bytes, random: RandomBytes
) -> Generator[_Step, dict[int, bytes], tuple[Element, bytes]]:
    """The new generator, and the chip's mapping key as it came (nothing for IM)."""
    if info.mapping is Mapping.INTEGRATED:
        own_nonce = random(info.suite.key_size)
        yield _Step(_MAPPING_TERMINAL, own_nonce, 0)
        return integrated(group, nonce, own_nonce, info.suite), b""
    secret, public = group.key_pair(group.base, random)
    answer = yield _Step(_MAPPING_TERMINAL, group.encode(public), group.longest)
    theirs = _value(answer, _MAPPING_CHIP)
    chip_key = group.decode(theirs)
    if chip_key == public:
        raise Malformed("same-keys")
    return generic(group, nonce, secret, chip_key), theirs


def _nonce(encrypted: bytes, password: bytes, suite: Suite) -> bytes:
    """The nonce s: whole blocks, 8 or 16 bytes on the chips of the Italian identity card."""
    if not 0 < len(encrypted) <= _LONGEST_NONCE or len(encrypted) % suite.block:
        raise Malformed("nonce-size")
    return suite.decrypt(password, encrypted)


def _token(info: PaceInfo, mac_key: bytes, public_key: bytes) -> bytes:
    """Authentication token over a public key as it travelled (clauses 4.4.3.4 and 9.4)."""
    value = encode(_VALUE_TAGS[info.agreement], public_key)
    return info.suite.token_mac(mac_key, encode(_PUBLIC_KEY, encode(_IDENTIFIER, info.oid) + value))


def _value(answer: dict[int, bytes], tag: int) -> bytes:
    found = answer.get(tag)
    if found is None:
        raise Malformed("value-missing")
    return found


class _Conversation:
    """The exchanges with the chip, and what its status words mean in them.

    Attributes:
        unsure: the last run was refused for a reason that need not be the password.
    """

    def __init__(self, link: Link, clock: Callable[[], float]) -> None:
        self._link = link
        self._clock = clock
        self._longest = 0.0
        self._chained = True
        self._with_parameter = False
        self.unsure = False

    def lead(
        self, steps: Generator[_Step, dict[int, bytes], PaceSession]
    ) -> PaceSession | DeviceTrouble:
        """Ask the chip what `steps` asks for, up to their end."""
        self.unsure = False
        try:
            step = next(steps)
            while True:
                answer = self.ask(step)
                if isinstance(answer, DeviceTrouble):
                    return answer
                step = steps.send(dynamic_data(answer))
        except StopIteration as done:
            session: PaceSession = done.value
            return session
        except Malformed as malformed:
            reason = ("reason", malformed.reason)
            return _trouble(TroubleKind.PROTOCOL, "document.pace-broken", reason)

    def select(
        self, objects: list[tuple[int, bytes]], parameter: bytes | None, *, needed: bool
    ) -> DeviceTrouble | None:
        """MSE:Set AT; its status word may tell how many tries are left (TR-03110-3 B.11.1).

        The parameters are named where the chip offers several, as the standard has it, and where
        it does not do without though it offers but one.
        """
        named = [] if parameter is None else [(PRIVATE_KEY, parameter)]
        self._with_parameter = bool(named) and (needed or self._with_parameter)
        chosen = named if self._with_parameter else []
        response = self._exchange(set_template(PACE, *objects, *chosen))
        if isinstance(response, DeviceTrouble):
            return response
        if named and not chosen and response.status in _INCOMPLETE:
            self._with_parameter = True
            response = self._exchange(set_template(PACE, *objects, *named))
            if isinstance(response, DeviceTrouble):
                return response
        tries = tries_left(response.status)
        if response.status == StatusWord.OK or (tries or 0) > 1:
            return None
        if tries == 1:
            return self._refused("document.key-suspended", response.status)
        return self._refused("document.access-refused", response.status)

    def ask(self, step: _Step) -> bytes | DeviceTrouble:
        """GENERAL AUTHENTICATE; the chip's answer.

        A chip that refuses the first step because it announces others gets each by itself.
        """
        response = self._exchange(step.command(chained=self._chained))
        if isinstance(response, DeviceTrouble):
            return response
        if step.tag == _NONCE and self._chained and response.status in _UNCHAINED:
            self._chained = False
            response = self._exchange(step.command(chained=False))
            if isinstance(response, DeviceTrouble):
                return response
        if response.status == StatusWord.OK:
            return response.data
        at_token = step.tag == _TOKEN_TERMINAL
        if at_token and (response.status >> 8 == 0x63 or response.status in _WRONG_TOKEN):
            # A chip that counts tries is not asked twice.
            self.unsure = step.unsure and tries_left(response.status) is None
            return self._refused("document.wrong-key", response.status)
        return self._refused("document.access-refused", response.status)

    def _exchange(self, command: Command) -> Response | DeviceTrouble:
        began = self._clock()
        response = self._link.exchange(command)
        self._longest = max(self._longest, self._clock() - began)
        return response

    def _refused(self, code: str, status: int) -> DeviceTrouble:
        tries = tries_left(status)
        if tries == 0 or status in _BLOCKED:
            code = "document.key-blocked"
        details = [("status", name_of(status)), ("milliseconds", f"{1000 * self._longest:.0f}")]
        if tries is not None:
            details.append(("tries", str(tries)))
        return _trouble(TroubleKind.REFUSED, code, *details)


def _trouble(kind: TroubleKind, code: str, *details: tuple[str, str]) -> DeviceTrouble:
    return DeviceTrouble(kind, code, details)
