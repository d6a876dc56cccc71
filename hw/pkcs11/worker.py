"""The child process that loads a PKCS#11 module: `python -m hw.pkcs11.worker MODULE`.

It may crash, hang or be killed at any instruction. Requests come on standard input and answers go
to standard output (see `wire` and `hw.child.serving`). When standard input closes, the process
ends, whatever the module does.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, cast

import pkcs11
from pkcs11 import exceptions as p11
from pkcs11.constants import Attribute, CertificateType, ObjectClass, SlotFlag, TokenFlag

from hw.child.frames import Broken, Buffer
from hw.child.serving import Serving
from hw.pkcs11 import station_keys
from hw.pkcs11.wire import DONE, HEED, LONGEST_REQUEST, WRITE, Signing, TokenState, Verb

if TYPE_CHECKING:
    from pkcs11.types import Session, SignMixin, Slot

_MOST_BITS: Final = 0xFFFF
_MOST_SLOTS, _MOST_CERTIFICATES, _LONGEST_CERTIFICATE = 32, 32, 0x4000
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo before a SHA-256 digest (RFC 8017 clause 9.2, note 1)."""
_STATES: Final = (
    (TokenFlag.USER_PIN_INITIALIZED, TokenState.PIN_SET),
    (TokenFlag.USER_PIN_COUNT_LOW, TokenState.COUNT_LOW),
    (TokenFlag.USER_PIN_FINAL_TRY, TokenState.FINAL_TRY),
    (TokenFlag.USER_PIN_LOCKED, TokenState.LOCKED),
)
_CODES: Final = (
    ((p11.PinIncorrect,), "token.pin-wrong"),
    ((p11.PinLocked,), "token.pin-blocked"),
    ((p11.PinLenRange, p11.PinInvalid), "token.pin-form"),
    ((p11.PinExpired, p11.UserPinNotInitialized), "token.pin-unset"),
    (
        (
            p11.DeviceRemoved,
            p11.TokenNotPresent,
            p11.SessionHandleInvalid,
            p11.SessionClosed,
            p11.SlotIDInvalid,
        ),
        "token.removed",
    ),
    (
        (
            p11.TokenNotRecognised,
            p11.FunctionNotSupported,
            p11.MechanismInvalid,
            p11.KeyTypeInconsistent,
            p11.KeySizeRange,
            p11.DataLenRange,
        ),
        "token.unsupported-card",
    ),
    ((p11.UserNotLoggedIn,), "token.not-signed-in"),
    ((p11.NoSuchKey,), "token.no-key"),
)


class Refusal(Exception):  # noqa: N818 - it is an answer
    """What the answer is instead of a result: failure code and a technical reason."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class Module:
    """A loaded module and the sessions that are signed in."""

    def __init__(self, path: str) -> None:
        self._library = pkcs11.lib(path)
        self._sessions: dict[int, Session] = {}

    def answer(self, fields: Sequence[memoryview]) -> Iterable[Buffer]:
        """The fields of the answer to a request.

        Raises:
            Refusal: the module or the card does not do it.
            Broken: a request that is none.
        """
        try:
            verb = Verb(bytes(fields[0]))
        except (ValueError, IndexError):
            raise Broken("verb") from None
        match verb, list(fields[1:]):
            case Verb.TOKENS, []:
                return self._tokens()
            case Verb.CERTIFICATES, [slot]:
                return self._certificates(_number(slot))
            case Verb.RSA_BITS, [slot]:
                return self._rsa_bits(_number(slot))
            case Verb.LOG_IN, [slot, reader, heed, pin]:
                return self._log_in(_number(slot), bytes(reader), bytes(heed), pin)
            case Verb.SIGN, [slot, key, signing, message]:
                way = Signing(bytes(signing))
                return self._sign(_number(slot), bytes(key), way, bytes(message))
            case Verb.FIND, [label]:
                return self._tokens(str(label, "utf-8", "replace"))
            case Verb.PUBLIC_POINT, [slot, key]:
                return [station_keys.public_point(self._session(_number(slot)), bytes(key))]
            case Verb.HMAC, [slot, key, message]:
                session = self._session(_number(slot))
                return [station_keys.hmac(session, bytes(key), bytes(message))]
            case Verb.MAKE_KEYS, [slot, key]:
                station_keys.make(self._session(_number(slot)), bytes(key))
                return []
            case _:
                raise Broken("fields")

    def finish(self) -> None:
        """Let every card go."""
        for session in self._sessions.values():
            with contextlib.suppress(p11.PKCS11Error):
                session.close()
        self._sessions.clear()
        self._library.unload()

    def refusal(self, error: p11.PKCS11Error, slot: int | None) -> Refusal:
        """What an error of the module means, once it is known whether the card is still there."""
        name = type(error).__name__
        for kinds, code in _CODES:
            if isinstance(error, kinds):
                if code == "token.removed" and slot is not None:
                    self._sessions.pop(slot, None)
                return Refusal(code, name)
        if slot is not None and not self._is_present(slot):
            self._sessions.pop(slot, None)
            return Refusal("token.removed", name)
        return Refusal("token.failed", name)

    def _tokens(self, label: str | None = None) -> list[Buffer]:
        """The tokens; with a label, those that have it."""
        fields: list[Buffer] = []
        # Not only slots "with a token": OpenSC leaves a card out there that it does not know.
        for slot in self._library.get_slots()[:_MOST_SLOTS]:
            if not slot.flags & SlotFlag.TOKEN_PRESENT:
                continue
            try:
                state = _state_of(slot)
            except p11.TokenNotRecognised:
                state = TokenState(0)
            except (p11.TokenNotPresent, p11.DeviceRemoved):
                continue
            except p11.PKCS11Error:
                # One broken card does not hide the others.
                state = TokenState(0)
            if label is not None and not (state and slot.get_token().label == label):
                continue
            reader = slot.slot_description.encode()
            fields += [slot.slot_id.to_bytes(8, "big"), reader, bytes([state])]
        return fields

    def _certificates(self, number: int) -> list[Buffer]:
        session = self._sessions.get(number)
        if session is not None:
            return _certificates_in(session)
        with self._slot(number).get_token().open() as session:
            return _certificates_in(session)

    def _rsa_bits(self, number: int) -> list[Buffer]:
        found = self._slot(number).get_mechanism_info(pkcs11.Mechanism.RSA_PKCS)
        return [min(found.max_key_length or 0, _MOST_BITS).to_bytes(4, "big")]

    def _log_in(self, number: int, reader: bytes, how: bytes, pin: memoryview) -> list[Buffer]:
        """Sign in. The flags are read in the same breath, so that no try is spent unseen."""
        heed, writes = how == HEED, how == WRITE
        slot = self._slot(number)
        if slot.slot_description.encode() != reader:
            # Readers come and go, and another worker counts the slots anew.
            raise Refusal("token.removed", "slot")
        state = _state_of(slot)
        if heed and state & TokenState.LOCKED:
            raise Refusal("token.pin-blocked", "flag")
        if heed and state & TokenState.FINAL_TRY:
            raise Refusal("token.pin-last-try", "flag")
        if heed and not state & TokenState.COUNT_LOW:
            # Of all tries being left, and of not knowing, a module says the same: nothing.
            raise Refusal("token.tries-untold", "flag")
        earlier = self._sessions.pop(number, None)
        if earlier is not None:
            with contextlib.suppress(p11.PKCS11Error):
                earlier.close()
        try:
            text = str(pin, "utf-8")
        except UnicodeDecodeError:
            raise Refusal("token.pin-form", "utf-8") from None
        # Only who makes keys writes; a session for reading is what every card takes.
        self._sessions[number] = slot.get_token().open(user_pin=text, rw=writes)
        return []

    def _sign(self, number: int, key: bytes, way: Signing, message: bytes) -> list[Buffer]:
        found = self._session(number).get_key(object_class=ObjectClass.PRIVATE_KEY, id=key)
        return [_signature(cast("SignMixin", found), way, message)]

    def _session(self, number: int) -> Session:
        session = self._sessions.get(number)
        if session is None:
            raise Refusal("token.not-signed-in")
        return session

    def _slot(self, number: int) -> Slot:
        for slot in self._library.get_slots(token_present=True):
            if slot.slot_id == number:
                return slot
        raise Refusal("token.removed", "slot")

    def _is_present(self, number: int) -> bool:
        try:
            self._slot(number).get_token()
        except (Refusal, p11.PKCS11Error):
            return False
        return True


def _state_of(slot: Slot) -> TokenState:
    flags = slot.get_token().flags
    state = TokenState.KNOWN if flags & TokenFlag.TOKEN_INITIALIZED else TokenState(0)
    for flag, meaning in _STATES:
        if flags & flag:
            state |= meaning
    return state


def _certificates_in(session: Session) -> list[Buffer]:
    fields: list[Buffer] = []
    wanted = {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
    }
    for found in session.get_objects(wanted):
        try:
            key, content = bytes(found[Attribute.ID]), bytes(found[Attribute.VALUE])
        except p11.PKCS11Error:
            continue  # an object that the card lists but does not give
        if len(content) <= _LONGEST_CERTIFICATE:
            fields += [key, content]
        if len(fields) >= 2 * _MOST_CERTIFICATES:
            break
    return fields


def _signature(key: SignMixin, way: Signing, message: bytes) -> bytes:
    """Sign a digest by the two mechanisms that every module has."""
    digest = hashlib.sha256(message).digest()
    if way is Signing.RSA_SHA256:
        mechanism, data = pkcs11.Mechanism.RSA_PKCS, _SHA256_INFO + digest
    else:
        mechanism, data = pkcs11.Mechanism.ECDSA, digest
    return bytes(key.sign(data, mechanism=mechanism))


def _number(field: memoryview) -> int:
    return int.from_bytes(field, "big")


def _handle(module: Module, fields: Sequence[memoryview]) -> list[Buffer]:
    slot = _number(fields[1]) if len(fields) > 1 else None
    try:
        return [DONE, *module.answer(fields)]
    except p11.PKCS11Error as error:
        refusal = module.refusal(error, slot)
    except Refusal as error:
        refusal = error
    return [refusal.code.encode(), refusal.reason.encode()]


def main(path: str) -> None:
    """Serve requests until told to finish."""
    serving = Serving.begin(longest=LONGEST_REQUEST)
    try:
        module = Module(path)
    except (p11.PKCS11Error, RuntimeError, OSError) as error:
        serving.send([b"token.module-unusable", type(error).__name__.encode()])
        return
    serving.send([DONE])
    while (request := serving.take()) is not None:
        if request.fields and bytes(request.fields[0]) == Verb.FINISH.value:
            break
        answer = _handle(module, request.fields)
        request.wipe()
        serving.send(answer)
    module.finish()


if __name__ == "__main__":
    main(sys.argv[1])
