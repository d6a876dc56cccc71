"""The hub's keys as stations trust them: a list signed by the trust root, which is kept offline.

A station takes no list older than the one it took last, so a list that named a key since
withdrawn cannot be put back.

A root names its own successor, once. The statements stand in every list that a later root signs, so
a station that knows the first root alone finds its way to the last; it then believes that one only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey
from sync.wire.signer import Signer, VerifyingKey

FORMAT: Final = 1
FORMAT_WITH_LETTERS: Final = 2
FORMAT_WITH_MORE: Final = 3
"""Letters or none, succession, auditor or none."""
PURPOSE: Final = "application/sportello-trust+cose"
ROOT_PURPOSE: Final = "application/sportello-trust-root+cose"
MOST_SUCCESSIONS: Final = 20
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
        succession: each root's word for the next, from the first root on (`name_successor`).
        auditor: whom the audit trail's contents are sealed to; None for nobody.
        root: the root that signed it; None for a list that is not signed yet.
    """

    version: int
    issued: int
    signing: tuple[VerifyingKey, ...]
    sealing: tuple[SealingKey, ...]
    letters: SealingKey | None = None
    succession: tuple[bytes, ...] = ()
    auditor: SealingKey | None = None
    root: VerifyingKey | None = None

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
        ValueError: no signing key or no sealing key in it, or more roots than a list has room for.
    """
    if not trust.signing or not trust.sealing:
        raise ValueError("a hub has a signing key and a sealing key")
    if len(trust.succession) > MOST_SUCCESSIONS:
        raise ValueError("too many roots in a row: give the stations the newest by hand")
    fields: list[object] = [
        FORMAT,
        trust.version,
        trust.issued,
        [key.spki for key in trust.signing],
        [key.to_bytes() for key in trust.sealing],
    ]
    letters = None if trust.letters is None else trust.letters.to_bytes()
    if trust.succession or trust.auditor is not None:
        auditor = None if trust.auditor is None else trust.auditor.to_bytes()
        fields[0] = FORMAT_WITH_MORE
        fields += [letters, list(trust.succession), auditor]
    elif letters is not None:
        fields[0] = FORMAT_WITH_LETTERS
        fields.append(letters)
    return cose.sign(PURPOSE, canonical.encode(fields), root).data


def name_successor(root: Signer, successor: VerifyingKey) -> bytes:
    """A root's word that another takes its place; it is given once, and kept by the hub."""
    return cose.sign(ROOT_PURPOSE, canonical.encode([FORMAT, successor.spki]), root).data


def load(data: bytes, root: VerifyingKey, *, at_least: int = 0) -> HubTrust | TrustTrouble:
    """The list in `data`, if `root` or who follows it signed it, and it is not too old.

    Args:
        data: as `sign` made it.
        root: the root that is believed now.
        at_least: version of the list taken last.
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        trust = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
        key = _follow(root, trust.succession, signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("trust.foreign")
    except Malformed:
        return TrustTrouble("trust.malformed")
    if trust.version < at_least:
        return TrustTrouble("trust.rolled-back")
    return replace(trust, root=key)


def _follow(
    root: VerifyingKey, succession: tuple[bytes, ...], key_id: bytes
) -> VerifyingKey | None:
    """The last root that is reached from `root`, where that is its id; or None.

    A root that has named another signs no more.
    """
    current = root
    for statement in succession:
        signed = cose.parse(statement, ROOT_PURPOSE, limit=MOST_BYTES)
        if signed.key_id != current.key_id:
            continue  # of a root before the one that is believed
        if not cose.verify(signed, current):
            return None
        form, spki = canonical.items(canonical.decode(signed.payload, limit=MOST_BYTES), exactly=2)
        if form != FORMAT:
            raise Malformed("trust.shape")
        current = VerifyingKey.from_spki(canonical.octets(spki))
    return current if current.key_id == key_id else None


def _from_plain(plain: object) -> HubTrust:
    form, *rest = canonical.items(plain) or [None]
    shapes = {FORMAT: 4, FORMAT_WITH_LETTERS: 5, FORMAT_WITH_MORE: 7}
    if type(form) is not int or shapes.get(form) != len(rest):
        raise Malformed("trust.shape")
    version, issued, signing, sealing, *more = rest
    letters, succession, auditor = [*more, None, None, None][:3]
    statements = () if succession is None else canonical.items(succession)
    if not canonical.items(signing) or not canonical.items(sealing):
        raise Malformed("trust.shape")
    if len(statements) > MOST_SUCCESSIONS:
        raise Malformed("trust.shape")
    return HubTrust(
        canonical.natural(version),
        canonical.natural(issued),
        tuple(VerifyingKey.from_spki(canonical.octets(key)) for key in signing),
        tuple(SealingKey(canonical.octets(key)) for key in sealing),
        None if letters is None else SealingKey(canonical.octets(letters)),
        tuple(canonical.octets(statement) for statement in statements),
        None if auditor is None else SealingKey(canonical.octets(auditor)),
    )
