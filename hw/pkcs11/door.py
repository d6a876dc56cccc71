"""The one door to cards behind a PKCS#11 module.

The module is code of others in which cards, readers and their makers do what they like. It runs in
a child process (`worker`), which is started at the first call, keeps the sign-in of a card, and is
killed where it hangs or is abandoned; the next call starts another one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hw.child.frames import HEAD, Buffer, wipe
from hw.document_readings import PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.child import NONSENSE, TIMEOUT, Child
from hw.pkcs11.opensc import configuration
from hw.pkcs11.wire import HEED, LONGEST_REQUEST, Signing, TokenState, Verb

_SECONDS: Final = 20.0
"""A slow card signs in two, and a module looks at every reader first."""
_SLOT_SIZE: Final = 8
_LONGEST_NAME: Final = 256
_LONGEST_PIN: Final = 64
_ALL_STATES: Final = sum(TokenState)
_HANDED_DOWN: Final = ("PCSCLITE_CSOCK_NAME",)
"""All that the worker sees of our environment. Without HOME no module keeps a cache of a card's
files on the disk."""
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "token.module-absent")
_NO_PIN: Final = DeviceTrouble(TroubleKind.REFUSED, "token.pin-form")
_ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "token.abandoned")


@dataclass(frozen=True, slots=True)
class Token:
    """A card in a slot of the module. It carries neither label nor number: both tell a person.

    Attributes:
        slot: the module's number of the slot.
        reader: the module's name of the slot; OpenSC gives the reader's name of PC/SC.
        state: what the module says of the card.
    """

    slot: int
    reader: str
    state: TokenState

    @property
    def known(self) -> bool:
        """Whether the module can work with the card."""
        return bool(self.state & TokenState.KNOWN)

    @property
    def pin_tries(self) -> PinTries:
        """The tries left as the module tells them: PKCS #11 has flags only, no number.

        Some modules tell nothing, or nonsense (OpenSC 0.23 calls every CNS locked): where the card
        itself tells, believe the card. `left` None: see `tells_tries`.
        """
        if self.state & TokenState.LOCKED:
            return PinTries(left=0, last=False, blocked=True)
        last = bool(self.state & TokenState.FINAL_TRY)
        return PinTries(left=1 if last else None, last=last, blocked=False)

    @property
    def tells_tries(self) -> bool:
        """Whether the module's flags say something of the tries.

        Where none is set all tries may be left, or the module does not know: of the two it says
        the same.
        """
        return bool(self.state & (TokenState.COUNT_LOW | TokenState.FINAL_TRY | TokenState.LOCKED))


@dataclass(frozen=True, slots=True, repr=False)
class TokenCertificate:
    """A certificate on a card, as it lies there.

    Attributes:
        key: identifier that its private key has too (CKA_ID).
        der: the certificate; nothing of it is checked.
    """

    key: bytes
    der: bytes

    def __repr__(self) -> str:
        return "TokenCertificate(...)"


class TokenDoor:
    """Talks to one PKCS#11 module. May be used from any thread, by one at a time; others wait."""

    def __init__(
        self,
        module: Path,
        *,
        seconds: float = _SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Take the module at `module`; nothing is loaded before the first call.

        Args:
            module: the shared library.
            seconds: longest time of one call, the start of the worker included.
            environment: what the module needs besides (its own configuration). Never a secret.
        """
        self._module = module
        self._seconds = seconds
        self._environment = dict(environment or {})
        self._passed_over: tuple[str, ...] = ()
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._worker: Child | None = None
        self._abandoned = False
        self._abandonments = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def pass_over(self, readers: Iterable[str]) -> None:
        """Leave the cards in these readers alone, from the next start of the worker on.

        OpenSC only; it would connect to each. Without effect on other modules.
        """
        self._passed_over = tuple(readers)

    def tokens(self) -> tuple[Token, ...] | DeviceTrouble:
        """The cards in all slots, also those that the module does not know.

        Returns:
            The tokens, or trouble: `token.module-absent` (no such file), `token.module-unusable`
            (no PKCS#11 module, or it does not start), `token.crashed`, `token.timeout`,
            `token.abandoned`, `token.failed`. Every other method gives these too.
        """
        return self._listed(self._ask(Verb.TOKENS))

    def _listed(self, fields: list[bytes] | DeviceTrouble) -> tuple[Token, ...] | DeviceTrouble:
        if isinstance(fields, DeviceTrouble):
            return fields
        if len(fields) % 3 or any(
            len(slot) != _SLOT_SIZE or len(reader) > _LONGEST_NAME or len(state) != 1
            for slot, reader, state in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        ):
            return NONSENSE
        return tuple(
            Token(
                int.from_bytes(slot, "big"),
                reader.decode(errors="replace"),
                TokenState(state[0] & _ALL_STATES),
            )
            for slot, reader, state in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        )

    def pin_tries(self, token: Token) -> PinTries | DeviceTrouble:
        """The tries left now, as the module tells them; `token.removed` where the card is gone."""
        tokens = self.tokens()
        if isinstance(tokens, DeviceTrouble):
            return tokens
        for each in tokens:
            if each.slot == token.slot:
                return each.pin_tries
        return DeviceTrouble(TroubleKind.REMOVED, "token.removed")

    def certificates(self, token: Token) -> tuple[TokenCertificate, ...] | DeviceTrouble:
        """The X.509 certificates that the card shows without a PIN.

        Returns:
            The certificates, none where it shows none; or trouble: `token.unsupported-card`,
            `token.removed`.
        """
        fields = self._ask(Verb.CERTIFICATES, slot_field(token))
        if isinstance(fields, DeviceTrouble):
            return fields
        if len(fields) % 2:
            return NONSENSE
        return tuple(
            TokenCertificate(key, der)
            for key, der in zip(fields[::2], fields[1::2], strict=True)
            if len(key) <= _LONGEST_NAME
        )

    def rsa_bits(self, token: Token) -> int | DeviceTrouble:
        """The longest RSA key with which the module signs on this card.

        Returns:
            Bits; or trouble: `token.unsupported-card` where it does not sign with RSA there.
        """
        fields = self._ask(Verb.RSA_BITS, slot_field(token))
        if isinstance(fields, DeviceTrouble):
            return fields
        return (
            int.from_bytes(fields[0], "big") if [len(each) for each in fields] == [4] else NONSENSE
        )

    def log_in(self, token: Token, pin: str, *, heed_flags: bool = True) -> DeviceTrouble | None:
        """Present the PIN; the card stays signed in until `close`, or until it is pulled.

        Args:
            token: the card. Where its slot is by now that of another reader, nothing is presented.
            pin: the PIN. It goes through the pipe only, and the frame is wiped.
            heed_flags: refuse unless the module's flags say that tries are left, and not just
                one. To be turned off only by who knows the number of tries from the card itself.

        Returns:
            None, or trouble: `token.pin-wrong` (one try is spent), `token.tries-untold` and
            `token.pin-last-try` (nothing was tried), `token.pin-blocked` (nor was there, unless
            this very try blocked it),
            `token.pin-form` (no PIN of this card has such a length), `token.pin-unset`,
            `token.unsupported-card`, `token.removed`.
        """
        try:
            secret = bytearray(pin.encode())
        except UnicodeEncodeError:
            return _NO_PIN
        if not 0 < len(secret) <= _LONGEST_PIN:
            wipe(secret)
            return _NO_PIN
        try:
            return self._present(token, HEED if heed_flags else b"", secret)
        finally:
            wipe(secret)

    def _present(self, token: Token, how: bytes, secret: bytearray) -> DeviceTrouble | None:
        fields = self._ask(Verb.LOG_IN, slot_field(token), token.reader.encode(), how, secret)
        return fields if isinstance(fields, DeviceTrouble) else None

    def sign(
        self, token: Token, key: bytes, signing: Signing, message: bytes
    ) -> bytes | DeviceTrouble:
        """Sign `message`, which may have up to 60 kB, with the key of that identifier.

        Returns:
            The signature (of RSA: as many bytes as the modulus; of ECDSA: r and s), or trouble:
            `token.not-signed-in`, `token.no-key`, `token.unsupported-card` (the module cannot make
            this card sign), `token.removed`.
        """
        fields = self._ask(Verb.SIGN, slot_field(token), key, signing.value, message)
        if isinstance(fields, DeviceTrouble):
            return fields
        return fields[0] if len(fields) == 1 else NONSENSE

    def abandon(self) -> None:
        """Make every call under way, and every later one until `close`, return `token.abandoned`.

        The worker is killed at once.
        """
        with self._state:
            self._abandoned = True
            self._abandonments += 1
            worker = self._worker
        if worker is not None:
            worker.strike()

    def close(self) -> None:
        """Let every card go, signed out, and end the worker. Safe to call twice.

        A call under way is abandoned, and an earlier `abandon` is over. A worker that does not
        end by itself within two seconds is killed. The next call starts another one.
        """
        if not self._turn.acquire(blocking=False):
            self.abandon()
            self._turn.acquire()
        try:
            with self._state:
                worker, self._worker = self._worker, None
                self._abandoned = False
            if worker is not None:
                worker.finish()
        finally:
            self._turn.release()

    def _ask(self, verb: Verb, *fields: Buffer) -> list[bytes] | DeviceTrouble:
        """One request and its answer, within the time."""
        deadline = time.monotonic() + self._seconds
        request: tuple[Buffer, ...] = (verb.value, *fields)
        if sum(HEAD + len(field) for field in request) > LONGEST_REQUEST:
            raise ValueError("request too long")
        with self._state:
            if self._abandoned:
                return _ABANDONED
            abandonments = self._abandonments
        if not self._turn.acquire(timeout=self._seconds):
            return TIMEOUT
        try:
            outcome = self._converse(request, deadline, abandonments)
        finally:
            self._turn.release()
        with self._state:
            return _ABANDONED if self._abandonments != abandonments else outcome

    def _converse(
        self, request: Sequence[Buffer], deadline: float, abandonments: int
    ) -> list[bytes] | DeviceTrouble:
        """Start the worker where there is none; drop the one that fails."""
        worker = self._started(deadline, abandonments)
        if isinstance(worker, DeviceTrouble):
            return worker
        outcome = worker.ask(request, deadline)
        if worker.lost is not None:
            self._drop(worker)
        return outcome

    def _started(self, deadline: float, abandonments: int) -> Child | DeviceTrouble:
        with self._state:
            if self._abandonments != abandonments:
                return _ABANDONED
            worker = self._worker
            if worker is not None and worker.lost is None and worker.alive:
                return worker
            if not self._module.is_file():
                return _ABSENT
            if worker is not None:
                worker.end()
            self._worker = None
            try:
                fresh = Child(
                    self._module, self._clean_environment(), configuration(self._passed_over)
                )
            except OSError as error:
                details = (("reason", type(error).__name__),)
                return DeviceTrouble(TroubleKind.PROTOCOL, "token.crashed", details)
            self._worker = fresh
        greeting = fresh.hear(deadline)
        if isinstance(greeting, DeviceTrouble):
            self._drop(fresh)
            return greeting
        return fresh

    def _drop(self, worker: Child) -> None:
        with self._state:
            if self._worker is worker:
                self._worker = None
        worker.end()

    def _clean_environment(self) -> dict[str, str]:
        handed_down = {name: os.environ[name] for name in _HANDED_DOWN if name in os.environ}
        return {**handed_down, **self._environment}


def slot_field(token: Token) -> bytes:
    """The slot as a field of a request."""
    return token.slot.to_bytes(_SLOT_SIZE, "big")
