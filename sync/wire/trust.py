"""The hub's keys as stations trust them: a list signed by the trust root, which is kept offline.

A station takes no list older than the one it took last, so a list that named a key since
withdrawn cannot be put back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey
from sync.wire.signer import Signer, VerifyingKey

FORMAT: Final = 1
FORMAT_WITH_LETTERS: Final = 2
PURPOSE: Final = "application/sportello-trust+cose"
MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class HubTrust:
    """Which keys are the hub's.

    Attributes:
        version: 1 for the first list, one more for each after.
        issued: milliseconds since 1970.
        signing: keys whose acknowledgements count.
        sealing: keys to seal to; stations use the first.
        letters: key to seal mailed codes to, where the hub keeps one apart for its letters.
    """

    version: int
    issued: int
    signing: tuple[VerifyingKey, ...]
    sealing: tuple[SealingKey, ...]
    letters: SealingKey | None = None

    @property
    def letter_key(self) -> SealingKey:
        """The key that stations seal mailed codes to (`sync.wire.mail_seal`)."""
        return self.letters or self.sealing[0]

    @property
    def sealing_key(self) -> SealingKey:
        """The key that stations seal to."""
        return self.sealing[0]

    def signing_key(self, key_id: bytes) -> VerifyingKey | None:
        """The trusted signing key of that id, or None."""
        for key in self.signing:
            if key.key_id == key_id:
                return key
        return None


@dataclass(frozen=True, slots=True)
class TrustTrouble:
    """Why a list was not taken.

    Attributes:
        code: `trust.malformed`, `trust.foreign` (not signed by the root) or `trust.rolled-back`.
    """

    code: str


def sign(trust: HubTrust, root: Signer) -> bytes:
    """The list as signed by the trust root.

    Raises:
        ValueError: no signing key or no sealing key in it.
    """
    if not trust.signing or not trust.sealing:
        raise ValueError("a hub has a signing key and a sealing key")
    fields: list[object] = [
        FORMAT,
        trust.version,
        trust.issued,
        [key.spki for key in trust.signing],
        [key.to_bytes() for key in trust.sealing],
    ]
    if trust.letters is not None:
        fields[0] = FORMAT_WITH_LETTERS
        fields.append(trust.letters.to_bytes())
    return cose.sign(PURPOSE, canonical.encode(fields), root).data


def load(data: bytes, root: VerifyingKey, *, at_least: int = 0) -> HubTrust | TrustTrouble:
    """The list in `data`, if `root` signed it and it is not older than version `at_least`."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        if signed.key_id != root.key_id or not cose.verify(signed, root):
            return TrustTrouble("trust.foreign")
        trust = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return TrustTrouble("trust.malformed")
    if trust.version < at_least:
        return TrustTrouble("trust.rolled-back")
    return trust


def _from_plain(plain: object) -> HubTrust:
    form, *rest = canonical.items(plain) or [None]
    shapes = {FORMAT: 4, FORMAT_WITH_LETTERS: 5}
    if type(form) is not int or shapes.get(form) != len(rest):
        raise Malformed("trust.shape")
    version, issued, signing, sealing, *letters = rest
    if not canonical.items(signing) or not canonical.items(sealing):
        raise Malformed("trust.shape")
    return HubTrust(
        canonical.natural(version),
        canonical.natural(issued),
        tuple(VerifyingKey.from_spki(canonical.octets(key)) for key in signing),
        tuple(SealingKey(canonical.octets(key)) for key in sealing),
        SealingKey(canonical.octets(letters[0])) if letters else None,
    )
