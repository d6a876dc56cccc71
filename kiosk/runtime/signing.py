"""The bridge from the station's key store to the signatures of the wire."""

from __future__ import annotations

import hashlib

from hw.errors import DeviceTrouble
from hw.ports import KeyStore
from kiosk import log_events
from sync.wire.signer import NotSignedError, Protection


class StationSigner:
    """Signs envelopes and proofs with the key in the station's key store.

    Args:
        keys: the key store; its private key never leaves it.
    """

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys
        self._key_id = hashlib.sha256(keys.public_spki).digest()
        self._protection = Protection(keys.protection)

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the SubjectPublicKeyInfo in DER, 32 bytes."""
        return self._key_id

    @property
    def protection(self) -> Protection:
        """Where the key lives."""
        return self._protection

    def sign(self, message: bytes) -> bytes:
        """Raw `r || s`, 64 bytes, over SHA-256 of `message`.

        Raises:
            NotSignedError: the key store does not sign now, with its failure code.
        """
        signature = self._keys.sign(message)
        if isinstance(signature, DeviceTrouble):
            reason = dict(signature.details).get("reason", "")
            log_events.write(log_events.KEY_NOT_SIGNING, code=signature.code, reason=reason)
            raise NotSignedError(signature.code)
        return signature
