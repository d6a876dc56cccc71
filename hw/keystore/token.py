"""Keys on a PKCS#11 token: made there, used there, opened by a PIN that lies in a file.

The module runs in a child process. A token that was pulled and comes back is opened again by
itself. A PIN that the token refused is not presented again, by no program of the station, until
its file has changed: tries that nobody sees would block the token.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hw.errors import DeviceTrouble
from hw.keystore import troubles
from hw.keystore.purposes import label_of
from hw.pkcs11.door import Token
from hw.pkcs11.station_door import StationTokenDoor
from hw.pkcs11.wire import Signing, TokenState

_Made = TypeVar("_Made")

KEY_ID: Final = b"sportello-1"
"""Identifier (CKA_ID) of the station's keys on the token."""
PROTECTION: Final = "token"
REFUSED_FILE: Final = "pin-refused"
"""In the folder of the keys: which state of the PIN file the token refused. Holds no secret."""

_SECONDS: Final = 20.0
"""Longest time of one call to the module, its start included."""
_SIZE: Final = 32
_LONGEST_PIN: Final = 64
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_HANDED_DOWN: Final = ("SOFTHSM2_CONF", "TPM2_PKCS11_STORE", "TPM2_PKCS11_TCTI")
"""What modules of key stores are told by their environment, which is the station's service's."""
_MEANINGS: Final = {
    "token.module-absent": troubles.MODULE_ABSENT,
    "token.module-unusable": troubles.MODULE_ABSENT,
    "token.removed": troubles.REMOVED,
    "token.no-key": troubles.OTHER_TOKEN,
    "token.unsupported-card": troubles.UNSUPPORTED,
    "token.pin-wrong": troubles.PIN_WRONG,
    "token.pin-form": troubles.PIN_WRONG,
    "token.pin-unset": troubles.PIN_BLOCKED,
    "token.pin-blocked": troubles.PIN_BLOCKED,
}
_LOST: Final = frozenset(
    {"token.removed", "token.not-signed-in", "token.crashed", "token.timeout", "token.failed"}
)
"""What a new worker and a new sign-in may mend."""


class TokenKeyStore:
    """The keys of a station on its token. Implements `KeyStore`; opened by `open` or `create`."""

    def __init__(self, door: StationTokenDoor, label: str, pin_file: Path, refused: Path) -> None:
        self._door = door
        self._label = label
        self._pin_file = pin_file
        self._refused = refused
        self._turn = threading.Lock()
        self._token: Token | None = None
        self._point = b""

    @classmethod
    def open(
        cls, module: Path, label: str, pin_file: Path, folder: Path
    ) -> TokenKeyStore | DeviceTrouble:
        """The station's keys on the token with that label.

        Args:
            module: the token's PKCS#11 module.
            label: of the token.
            pin_file: holds its PIN; mode 0600.
            folder: of the station's keys.

        Returns:
            The key store; or trouble: `key.module-absent`, `key.removed`, `key.other-token`,
            `key.absent` (a token without our keys), `key.pin-absent`, `key.pin-wrong`,
            `key.pin-blocked`, `key.wrong-kind`, `key.unsupported`, `key.failed`.
        """
        store = cls._of(module, label, pin_file, folder)
        trouble = store.prove()
        if trouble is None:
            return store
        store.close()
        return troubles.ABSENT if trouble == troubles.OTHER_TOKEN else trouble

    @classmethod
    def create(
        cls, module: Path, label: str, pin_file: Path, folder: Path
    ) -> TokenKeyStore | DeviceTrouble:
        """Make the station's keys on the token; `key.exists` where it has them."""
        store = cls._of(module, label, pin_file, folder)
        trouble = store.make() or store.prove()
        if trouble is None:
            return store
        store.close()
        return trouble

    @classmethod
    def _of(cls, module: Path, label: str, pin_file: Path, folder: Path) -> TokenKeyStore:
        environment = {name: os.environ[name] for name in _HANDED_DOWN if name in os.environ}
        door = StationTokenDoor(module, seconds=_SECONDS, environment=environment)
        return cls(door, label, pin_file, folder / REFUSED_FILE)

    @property
    def protection(self) -> str:
        """A token guards the keys."""
        return PROTECTION

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self._point)
        return key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> bytes | DeviceTrouble:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        signing = Signing.ECDSA_SHA256
        made = self._with_token(lambda token: self._door.sign(token, KEY_ID, signing, message))
        if isinstance(made, bytes) and len(made) != 2 * _SIZE:
            return troubles.failed("signature")
        return made

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        """A secret of 32 bytes: HMAC with SHA-256, made by the token.

        Raises:
            ValueError: `purpose` is empty, or not ASCII.
        """
        label = label_of(purpose)
        return self._with_token(lambda token: self._door.hmac(token, KEY_ID, label))

    def close(self) -> None:
        """Let go of the token. Safe to call twice; the next call signs in again."""
        with self._turn:
            self._token = None
            self._door.close()

    def make(self) -> DeviceTrouble | None:
        """Make the keys, unless there are some."""
        with self._turn:
            token = self._signed_in(writes=True)
            if isinstance(token, DeviceTrouble):
                return token
            there = self._door.public_point(token, KEY_ID)
            if not isinstance(there, DeviceTrouble):
                return troubles.EXISTS
            if there.code != "token.no-key":
                return _meaning(there)
            trouble = self._door.make_keys(token, KEY_ID)
            self._door.close()  # the session that may write ends here
        return None if trouble is None else _meaning(trouble)

    def prove(self) -> DeviceTrouble | None:
        """Learn the public key, and have both keys do what they are for."""
        for outcome in (self.sign(b"proof"), self.derive("proof")):
            if isinstance(outcome, DeviceTrouble):
                return outcome
        return None

    def _with_token(self, job: Callable[[Token], _Made | DeviceTrouble]) -> _Made | DeviceTrouble:
        """Do `job` with the token; once more where it, or its worker, was lost meanwhile."""
        with self._turn:
            before = self._token
            outcome = self._attempt(job)
            if before is not None and isinstance(outcome, DeviceTrouble):
                self._lose()
                outcome = self._attempt(job)
        return outcome

    def _attempt(self, job: Callable[[Token], _Made | DeviceTrouble]) -> _Made | DeviceTrouble:
        token = self._token or self._signed_in()
        if isinstance(token, DeviceTrouble):
            return token
        trouble = None if self._token else self._known(token)
        if trouble is not None:
            self._lose()
            return trouble
        self._token = token
        outcome = job(token)
        if not isinstance(outcome, DeviceTrouble):
            return outcome
        if outcome.code in _LOST:
            self._lose()
        return _meaning(outcome)

    def _known(self, token: Token) -> DeviceTrouble | None:
        """Whether it is the token that was opened first: one may carry another one's label."""
        point = self._door.public_point(token, KEY_ID)
        if isinstance(point, DeviceTrouble):
            return _meaning(point)
        if not point:
            return troubles.WRONG_KIND
        if self._point and self._point != point:
            return troubles.OTHER_TOKEN
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError:
            return troubles.WRONG_KIND
        self._point = point
        return None

    def _lose(self) -> None:
        """Begin anew: modules keep what they knew of the slots when they started."""
        self._token = None
        self._door.close()

    def _signed_in(self, *, writes: bool = False) -> Token | DeviceTrouble:
        found = self._door.find(self._label)
        if isinstance(found, DeviceTrouble):
            return _meaning(found)
        if len(found) != 1:
            self._door.close()
            return troubles.OTHER_TOKEN if found else troubles.REMOVED
        token = found[0]
        if token.state & TokenState.LOCKED:
            return troubles.PIN_BLOCKED
        pin = self._pin()
        if isinstance(pin, DeviceTrouble):
            return pin
        secret, stamp = pin
        if token.state & TokenState.FINAL_TRY or self._is_refused(stamp):
            return troubles.PIN_WRONG
        try:
            trouble = self._door.log_in_as_station(token, secret, writes=writes)
        finally:
            secret[:] = bytes(len(secret))
        if trouble is None:
            with suppress(OSError):  # a disk that takes nothing: it stands for another PIN file
                self._refused.unlink(missing_ok=True)
            return token
        if trouble.code in {"token.pin-wrong", "token.pin-form"}:
            self._refuse(stamp)
        return _meaning(trouble)

    def _pin(self) -> tuple[bytearray, str] | DeviceTrouble:
        """The PIN, and what tells this state of its file from others."""
        try:
            with self._pin_file.open("rb") as file:
                status = os.fstat(file.fileno())
                pin = bytearray(file.read(_LONGEST_PIN + 2)).strip()
        except OSError:
            return troubles.PIN_ABSENT
        if status.st_mode & _OTHERS or not 0 < len(pin) <= _LONGEST_PIN:
            return troubles.PIN_ABSENT
        return pin, f"{status.st_mtime_ns} {status.st_ino} {status.st_size}"

    def _is_refused(self, stamp: str) -> bool:
        try:
            return self._refused.read_text("ascii") == stamp
        except (OSError, UnicodeDecodeError):
            return False

    def _refuse(self, stamp: str) -> None:
        with suppress(OSError):  # a disk that takes nothing: the token counts all the same
            self._refused.write_text(stamp, "ascii")


def _meaning(trouble: DeviceTrouble) -> DeviceTrouble:
    """What trouble of the module means for the station's keys."""
    return _MEANINGS.get(trouble.code) or troubles.failed(trouble.code.partition(".")[2])
