"""A token that is a station's own: found by its label, with keys that were made on it."""

from __future__ import annotations

from typing import Final

from hw.errors import DeviceTrouble
from hw.pkcs11.child import NONSENSE
from hw.pkcs11.door import Token, TokenDoor, slot_field
from hw.pkcs11.wire import WRITE, Verb

_POINT_BYTES: Final = 65
_HMAC_BYTES: Final = 32


class StationTokenDoor(TokenDoor):
    """Talks to the module of a station's token; trouble is that of `TokenDoor`."""

    def find(self, label: str) -> tuple[Token, ...] | DeviceTrouble:
        """The tokens with that label."""
        return self._listed(self._ask(Verb.FIND, label.encode()))

    def log_in_as_station(
        self, token: Token, pin: bytearray, *, writes: bool = False
    ) -> DeviceTrouble | None:
        """Present the PIN whatever the flags say of the tries; once, and as a value.

        Args:
            token: the station's.
            pin: the PIN in UTF-8; the caller wipes it.
            writes: whether keys are to be made.

        Returns:
            None, or trouble as of `log_in`.
        """
        return self._present(token, WRITE if writes else b"", pin)

    def public_point(self, token: Token, key: bytes) -> bytes | DeviceTrouble:
        """The uncompressed point of a P-256 key (SEC 1, 2.3.3); empty for a key of another kind.

        Returns:
            The point; or trouble: `token.no-key`, `token.not-signed-in`, `token.removed`.
        """
        return self._one(self._ask(Verb.PUBLIC_POINT, slot_field(token), key), (0, _POINT_BYTES))

    def hmac(self, token: Token, key: bytes, message: bytes) -> bytes | DeviceTrouble:
        """HMAC with SHA-256 under the token's secret key; trouble as of `public_point`."""
        return self._one(self._ask(Verb.HMAC, slot_field(token), key, message), (_HMAC_BYTES,))

    def make_keys(self, token: Token, key: bytes) -> DeviceTrouble | None:
        """Make a P-256 key and a secret key on the token, under that identifier.

        Returns:
            None, or trouble: `token.unsupported-card`, `token.not-signed-in`, `token.removed`.
        """
        fields = self._ask(Verb.MAKE_KEYS, slot_field(token), key)
        return fields if isinstance(fields, DeviceTrouble) else None

    def _one(
        self, fields: list[bytes] | DeviceTrouble, lengths: tuple[int, ...]
    ) -> bytes | DeviceTrouble:
        if isinstance(fields, DeviceTrouble):
            return fields
        return fields[0] if len(fields) == 1 and len(fields[0]) in lengths else NONSENSE
