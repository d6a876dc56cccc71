"""Keys in a TPM 2.0: made there, used there, wrapped in a file that no other TPM can use.

The file holds two keys in the form of TPM 2.0 key files ("TSS2 PRIVATE KEY"): one signs, one gives
secrets by HMAC. Neither has a password: the TPM is soldered to the board, and a password would lie
beside the file. They stand outside the TPM's dictionary attack protection, so that the tries of
others cannot lock a station out.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import tpm2_pytss as tss
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tpm2_pytss.tsskey import TSSPrivKey

from hw.errors import DeviceTrouble
from hw.keystore import troubles
from hw.keystore.files import write_once
from hw.keystore.purposes import SECRET_BYTES, label_of
from hw.keystore.tpm_door import Connection, TpmDoor

PROTECTION: Final = "tpm"
_SIZE: Final = 32
_LONGEST_FILE: Final = 16384
_BLOCK: Final = re.compile(
    rb"-----BEGIN TSS2 PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END TSS2 PRIVATE KEY-----\n"
)
_SIGNING: Final = "signing"
_SECRET: Final = "secret"  # noqa: S105 - a name


class TpmKey:
    """A P-256 key in a TPM that signs."""

    def __init__(self, door: TpmDoor, wrapped: TSSPrivKey) -> None:
        """The key that was wrapped so.

        Raises:
            ValueError: what is wrapped is no point of the curve.
        """
        self._door = door
        self._wrapped = wrapped
        self._spki = _spki_of(wrapped)

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        return self._spki

    def sign(self, message: bytes) -> bytes | DeviceTrouble:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        digest = hashlib.sha256(message).digest()
        return self._door.run(lambda tpm: _signature(tpm, self._handle(tpm), digest))

    def close(self) -> None:
        """Let go of the TPM. Safe to call twice; the next call opens it again."""
        self._door.close()

    def _handle(self, tpm: Connection) -> Any:
        return _loaded(tpm, _SIGNING, self._wrapped)


class TpmKeyStore:
    """The keys of a station in its TPM. Implements `KeyStore`."""

    def __init__(self, door: TpmDoor, signing: TSSPrivKey, secret: TSSPrivKey) -> None:
        self._door = door
        self._signing = TpmKey(door, signing)
        self._secret = secret

    @classmethod
    def open(cls, path: Path, tcti: str) -> TpmKeyStore | DeviceTrouble:
        """The keys in the file at `path`, in the TPM behind `tcti`.

        Returns:
            The key store, whose keys this TPM has loaded; or trouble: `key.absent`,
            `key.unreadable`, `key.damaged`, `key.wrong-kind` (a key that did not come from within
            a TPM), or one of `TpmDoor.run`.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_LONGEST_FILE + 1)
        except FileNotFoundError:
            return troubles.ABSENT
        except OSError as error:
            return troubles.unreadable(error)
        door = TpmDoor(tcti)
        keys = read_keys(data, 2)
        if isinstance(keys, DeviceTrouble):
            return keys
        signing, secret = keys
        if not is_signing_key(signing) or not _is_secret(secret):
            return troubles.WRONG_KIND
        try:
            store = cls(door, signing, secret)
        except ValueError:  # no point of the curve
            return troubles.DAMAGED
        return store.prove()

    @classmethod
    def create(cls, path: Path, tcti: str) -> TpmKeyStore | DeviceTrouble:
        """Make the keys of a station in the TPM behind `tcti`; the file must not be there yet.

        Returns:
            The key store; or trouble: `key.exists`, `key.unwritable`, or one of `TpmDoor.run`.
        """
        if path.exists():
            return troubles.EXISTS
        door = TpmDoor(tcti)
        made = door.run(
            lambda tpm: (made_key(tpm, signing_template()), made_key(tpm, _secret_template()))
        )
        if isinstance(made, DeviceTrouble):
            return made
        signing, secret = made
        # Asked before they are kept: a TPM without HMAC is told where it can be exchanged.
        store = cls(door, signing, secret).prove()
        if isinstance(store, DeviceTrouble):
            return store
        try:
            write_once(path, signing.to_pem() + secret.to_pem())
        except FileExistsError:
            door.close()
            return troubles.EXISTS
        except OSError as error:
            door.close()
            return troubles.unwritable(error)
        return store

    @property
    def protection(self) -> str:
        """A TPM guards the keys."""
        return PROTECTION

    @property
    def public_spki(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
        return self._signing.public_spki

    def sign(self, message: bytes) -> bytes | DeviceTrouble:
        """ECDSA with SHA-256 over `message`: r and s, 32 bytes each (RFC 9053 2.1)."""
        return self._signing.sign(message)

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        """A secret of 32 bytes: HMAC with SHA-256, made by the TPM, encrypted on its bus.

        Raises:
            ValueError: `purpose` is empty, or not ASCII.
        """
        label = label_of(purpose)
        return self._door.run(lambda tpm: self._hmac(tpm, label))

    def close(self) -> None:
        """Let go of the TPM. Safe to call twice; the next call opens it again."""
        self._door.close()

    def prove(self) -> TpmKeyStore | DeviceTrouble:
        """Itself, once both keys have done what they are for; or why they did not, closed."""
        for outcome in (self.sign(b"proof"), self.derive("proof")):
            if isinstance(outcome, DeviceTrouble):
                self.close()
                return outcome
        return self

    def _hmac(self, tpm: Connection, label: bytes) -> bytes:
        handle = _loaded(tpm, _SECRET, self._secret)
        made = bytes(tpm.esys.hmac(handle, label, tss.TPM2_ALG.SHA256, session1=tpm.encrypting()))
        if len(made) != SECRET_BYTES:
            raise ValueError("an HMAC with SHA-256 has 32 bytes")
        return made


def new_signing_key(tcti: str) -> bytes | DeviceTrouble:
    """A new P-256 key of the TPM behind `tcti`, wrapped: the bytes of its file.

    The scheme of its signatures is open: TLS chooses it for each connection.
    """
    door = TpmDoor(tcti)
    try:
        made = door.run(lambda tpm: made_key(tpm, signing_template(fixed=False)))
    finally:
        door.close()
    if isinstance(made, DeviceTrouble):
        return made
    data: bytes = made.to_pem()
    return data


def open_signing_key(data: bytes, tcti: str) -> TpmKey | DeviceTrouble:
    """The key that `new_signing_key` made; `key.damaged` or `key.wrong-kind` where it is none."""
    keys = read_keys(data, 1)
    if isinstance(keys, DeviceTrouble):
        return keys
    if not is_signing_key(keys[0]):
        return troubles.WRONG_KIND
    try:
        return TpmKey(TpmDoor(tcti), keys[0])
    except ValueError:
        return troubles.DAMAGED


def read_keys(data: bytes, count: int) -> list[TSSPrivKey] | DeviceTrouble:
    """The wrapped keys of a file; `key.damaged` unless it holds so many, and nothing else."""
    blocks = _BLOCK.findall(data)
    if len(data) > _LONGEST_FILE or len(blocks) != count or b"".join(blocks) != data:
        return troubles.DAMAGED
    try:
        return [TSSPrivKey.from_pem(block) for block in blocks]
    except Exception:  # noqa: BLE001 - each of the decoders below has errors of its own
        return troubles.DAMAGED


def signing_template(*, fixed: bool = True) -> Any:
    """A P-256 key that signs and never leaves its TPM.

    Args:
        fixed: by ECDSA with SHA-256 only; else by the scheme of each request (TLS chooses it).
    """
    scheme = "ecc256:ecdsa-sha256" if fixed else "ecc256"
    return tss.TPM2B_PUBLIC.parse(scheme, objectAttributes=_attributes())


def is_signing_key(wrapped: TSSPrivKey) -> bool:
    """Whether it is a P-256 key that signs and was made in a TPM, to stay there."""
    area = wrapped.public.publicArea
    return bool(
        area.type == tss.TPM2_ALG.ECC
        and area.parameters.eccDetail.curveID == tss.TPM2_ECC.NIST_P256
        and area.objectAttributes == _attributes()
    )


def _is_secret(wrapped: TSSPrivKey) -> bool:
    area = wrapped.public.publicArea
    return bool(area.type == tss.TPM2_ALG.KEYEDHASH and area.objectAttributes == _attributes())


def _secret_template() -> Any:
    return tss.TPM2B_PUBLIC.parse("hmac:sha256", objectAttributes=_attributes())


def _attributes() -> Any:
    return (
        tss.TPMA_OBJECT.FIXEDTPM
        | tss.TPMA_OBJECT.FIXEDPARENT
        | tss.TPMA_OBJECT.SENSITIVEDATAORIGIN
        | tss.TPMA_OBJECT.USERWITHAUTH
        | tss.TPMA_OBJECT.NODA
        | tss.TPMA_OBJECT.SIGN_ENCRYPT
    )


def made_key(tpm: Connection, template: Any) -> TSSPrivKey:
    """A new key under the storage key, wrapped; raises `TSS2_Exception`."""
    private, public, *_rest = tpm.esys.create(tpm.parent, None, template)
    return TSSPrivKey(private, public)


def _loaded(tpm: Connection, name: str, wrapped: TSSPrivKey) -> Any:
    handle = tpm.loaded.get(name)
    if handle is None:
        handle = tpm.loaded[name] = tpm.esys.load(tpm.parent, wrapped.private, wrapped.public)
    return handle


def _signature(tpm: Connection, handle: Any, digest: bytes) -> bytes:
    scheme = tss.TPMT_SIG_SCHEME(scheme=tss.TPM2_ALG.ECDSA)
    scheme.details.any.hashAlg = tss.TPM2_ALG.SHA256
    made = tpm.esys.sign(handle, digest, scheme)
    r, s = bytes(made.signature.ecdsa.signatureR), bytes(made.signature.ecdsa.signatureS)
    # Some chips leave leading zeros out.
    return r.rjust(_SIZE, b"\0") + s.rjust(_SIZE, b"\0")


def _spki_of(wrapped: TSSPrivKey) -> bytes:
    point = wrapped.public.publicArea.unique.ecc
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(bytes(point.x), "big"), int.from_bytes(bytes(point.y), "big"), ec.SECP256R1()
    )
    return numbers.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
