"""The one door to tpm2-tss: a connection to the TPM that mends itself, and its errors as values.

The storage key is made anew for each connection from the TPM's owner seed, by the template of the
TPM 2.0 key files (the one of tpm2-openssl too): it takes no place in the TPM, and a TPM that was
cleared gives another one. What it wrapped is useless anywhere else.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

import tpm2_pytss as tss

from hw.errors import DeviceTrouble
from hw.keystore import troubles

_Made = TypeVar("_Made")

# Response codes of TPM 2.0 Library part 2, clause 6.6; of the second format without handle,
# parameter and session.
_LAYERS_OF_THE_TPM: Final = (0x00000000, 0x000B0000)
"""The TPM itself, and the resource manager that tells what the TPM said."""
_LAYER_TCTI: Final = 0x000A0000
_MEANINGS: Final = {
    0x085: troubles.TPM_OWNED,  # HIERARCHY: it is switched off
    0x08E: troubles.TPM_OWNED,  # AUTH_FAIL
    0x0A2: troubles.TPM_OWNED,  # BAD_AUTH
    0x09F: troubles.FOREIGN_TPM,  # INTEGRITY: not wrapped by our storage key
    0x0A5: troubles.FOREIGN_TPM,  # BINDING: public and private part are not one key's
    0x095: troubles.DAMAGED,  # SIZE
    0x09A: troubles.DAMAGED,  # INSUFFICIENT
    0x084: troubles.UNSUPPORTED,  # VALUE
    0x08A: troubles.UNSUPPORTED,  # TYPE
    0x092: troubles.UNSUPPORTED,  # SCHEME
    0x0A6: troubles.UNSUPPORTED,  # CURVE
    0x143: troubles.UNSUPPORTED,  # COMMAND_CODE
    0x921: troubles.TPM_LOCKED,  # LOCKOUT
}
_FORMAT_ONE: Final = 0x080
_LASTING: Final = frozenset({troubles.TPM_LOCKED, troubles.UNSUPPORTED, troubles.TPM_OWNED})
"""Nothing that a new connection would mend."""


class Connection:
    """An open way to the TPM, with what was loaded through it.

    Attributes:
        esys: the library's context.
        parent: handle of the storage key.
        loaded: handles of keys, by a name of the caller's.
    """

    def __init__(self, tcti: str) -> None:
        """Connect, and make the storage key.

        Raises:
            TSS2_Exception: the TPM or the way to it does not do it.
        """
        self.esys: Any = tss.ESAPI(tcti)
        self.loaded: dict[str, Any] = {}
        self._session: Any = None
        try:
            self.parent: Any = _storage_key(self.esys)
        except BaseException:
            self.esys.close()
            raise

    def encrypting(self) -> Any:
        """An HMAC session under which the first parameter of an answer is encrypted.

        Its key only the owner of the storage key knows: the bus shows nothing. Made when it is
        first wanted, as the library then calculates on curves of its own.

        Raises:
            TSS2_Exception: as above.
        """
        if self._session is None:
            self._session = self.esys.start_auth_session(
                tpm_key=self.parent,
                bind=tss.ESYS_TR.NONE,
                session_type=tss.TPM2_SE.HMAC,
                symmetric="aes128cfb",
                auth_hash=tss.TPM2_ALG.SHA256,
            )
            self.esys.trsess_set_attributes(
                self._session, tss.TPMA_SESSION.CONTINUESESSION | tss.TPMA_SESSION.ENCRYPT
            )
        return self._session

    def close(self) -> None:
        """Let the TPM go. A resource manager frees what was loaded; without one, we do."""
        session = () if self._session is None else (self._session,)
        for handle in (*self.loaded.values(), *session, self.parent):
            with suppress(tss.TSS2_Exception):
                self.esys.flush_context(handle)
        self.loaded.clear()
        self.esys.close()


class TpmDoor:
    """A TPM. May be used from any thread, by one at a time; others wait.

    Args:
        tcti: how to reach it, as tpm2-tss says it (`device:/dev/tpmrm0`).
    """

    def __init__(self, tcti: str) -> None:
        self._tcti = tcti
        self._turn = threading.Lock()
        self._connection: Connection | None = None

    def run(self, job: Callable[[Connection], _Made]) -> _Made | DeviceTrouble:
        """Do `job` with the TPM; once more with a new connection where an older one fails.

        Returns:
            What it gave; or trouble: `key.device-absent`, `key.tpm-owned`,
            `key.tpm-locked`, `key.foreign-tpm`, `key.damaged`, `key.unsupported`, `key.failed`.
        """
        with self._turn:
            before = self._connection
            outcome = self._attempt(job)
            again = isinstance(outcome, DeviceTrouble) and before is not None
            return self._attempt(job) if again and outcome not in _LASTING else outcome

    def close(self) -> None:
        """Let the TPM go. Safe to call twice; the next `run` connects again."""
        with self._turn:
            self._drop()

    def _attempt(self, job: Callable[[Connection], _Made]) -> _Made | DeviceTrouble:
        connection = self._connected()
        if isinstance(connection, DeviceTrouble):
            return connection
        try:
            return job(connection)
        except tss.TSS2_Exception as error:
            self._drop()
            return meaning(error)

    def _connected(self) -> Connection | DeviceTrouble:
        if self._connection is not None:
            return self._connection
        # The library would write to standard error what we tell as a value.
        os.environ.setdefault("TSS2_LOG", "all+none")
        try:
            self._connection = Connection(self._tcti)
        except tss.TSS2_Exception as error:
            return meaning(error)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def meaning(error: tss.TSS2_Exception) -> DeviceTrouble:
    """What an error of tpm2-tss tells of the key store."""
    layer = error.rc & 0x00FF0000
    if layer not in _LAYERS_OF_THE_TPM:
        return troubles.DEVICE_ABSENT if layer == _LAYER_TCTI else troubles.failed(hex(error.rc))
    code = error.rc & 0xFFFF
    if code & _FORMAT_ONE:
        code = _FORMAT_ONE | code & 0x3F
    return _MEANINGS.get(code) or troubles.failed(hex(error.rc))


def _storage_key(esys: Any) -> Any:
    """The storage key under the owner hierarchy.

    Template: ASN.1 Specification for TPM 2.0 Key Files, 3.1.8; P-256 and AES-128.
    """
    attributes = (
        tss.TPMA_OBJECT.FIXEDTPM
        | tss.TPMA_OBJECT.FIXEDPARENT
        | tss.TPMA_OBJECT.SENSITIVEDATAORIGIN
        | tss.TPMA_OBJECT.USERWITHAUTH
        | tss.TPMA_OBJECT.NODA
        | tss.TPMA_OBJECT.RESTRICTED
        | tss.TPMA_OBJECT.DECRYPT
    )
    template = tss.TPM2B_PUBLIC.parse("ecc256:aes128cfb", objectAttributes=attributes)
    handle, *_rest = esys.create_primary(None, template, tss.ESYS_TR.OWNER)
    return handle
