"""A sign-in by daily password (R-004-34): asked of the hub, alive in memory until midnight.

The key of the day is made here and never leaves the memory. What it signs counts as the user's
until the midnight of Italy; here it ends by the clock on the wall or by the seconds that the hub
gave, whichever comes first, so that a clock that is set back gives nobody a longer day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.runtime.hold_off import seconds_since_boot
from sync.edge.inquiries import Inquiries, Trouble
from sync.model import codice_fiscale as codes
from sync.model.console_views import DayPass, DaySignIn
from sync.model.inquiry import Denied
from sync.model.rosters import Right
from sync.wire.envelope import Unsigned

ANSWER_SECONDS = 20.0
"""The hub compares slowly, and one after the other."""
BY_CARD_ALONE = frozenset({Right.USERS, Right.STATIONS, Right.APPOINT, Right.OFFICER})
"""What no daily password opens (R-004-3)."""
WRONG = "daily.wrong"
"""Who typed was not who they said: the one answer that is a failed try."""
OVER = "operator.midnight"
"""The day of the password is over."""

_COORDINATE_BYTES = 32


class DaySigner:
    """Signs as the operator of the day (ES256, RFC 7518, 3.4) until its midnight.

    Args:
        key: made for this sign-in.
        certificate: of the key, DER, from the hub.
        until: milliseconds since 1970.
        seconds: how long that is from now.
        wall_ms: milliseconds since 1970 by the station's clock.
        clock: seconds since the machine was started.
    """

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        certificate: bytes,
        until: int,
        seconds: int,
        *,
        wall_ms: Callable[[], int],
        clock: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self.thumbprint = hashlib.sha256(certificate).digest()
        self._key: ec.EllipticCurvePrivateKey | None = key
        self._until = until
        self._ends = clock() + seconds
        self._wall_ms = wall_ms
        self._clock = clock

    @property
    def seconds_left(self) -> int:
        """Until it is over; 0 from then on."""
        by_wall = (self._until - self._wall_ms()) / 1000
        left = min(by_wall, self._ends - self._clock())
        return max(0, int(left)) if self._key is not None else 0

    def sign(self, message: bytes) -> bytes | Unsigned:
        """The signature, r and s of 32 bytes each; `operator.midnight` once the day is over."""
        key = self._key
        if key is None or not self.seconds_left:
            return Unsigned(OVER)
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)

    def forget(self) -> None:
        """Let the key go; nothing is signed any more."""
        self._key = None


@dataclass(frozen=True, slots=True)
class DayRefused:
    """Why nobody is signed in.

    Attributes:
        wait_seconds: that the hub asks of this person, and of nobody else at the station.
        tried: whether it was a try that failed, and not a hub that is busy, away, or asks to wait.
    """

    code: str
    wait_seconds: int = 0
    tried: bool = False


@dataclass(frozen=True, slots=True)
class DayOpened:
    """Who is signed in until midnight.

    Attributes:
        name: as the header shows it.
    """

    signer: DaySigner = field(repr=False)
    name: str = field(repr=False)


def sign_in(
    inquiries: Inquiries,
    codice_fiscale: str,
    password: bytearray,
    *,
    wall_ms: Callable[[], int],
    clock: Callable[[], float] = seconds_since_boot,
) -> DayOpened | DayRefused:
    """Ask the hub whether that is the password of the day. Blocks for seconds.

    Args:
        inquiries: asks the hub.
        codice_fiscale: as it was typed.
        password: as it was typed; the caller overwrites it.
        wall_ms: milliseconds since 1970 by the station's clock.
        clock: seconds since the machine was started.
    """
    code = codes.parse(codice_fiscale)
    if not isinstance(code, codes.CodiceFiscale):
        return DayRefused(WRONG)
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked = DaySignIn(code.text, password.decode("ascii", "replace"), spki)
    reply = inquiries.ask(asked, seconds=ANSWER_SECONDS)
    match reply:
        case DayPass(certificate, name, until, seconds):
            signer = DaySigner(key, certificate, until, seconds, wall_ms=wall_ms, clock=clock)
            return DayOpened(signer, name) if signer.seconds_left else DayRefused(OVER)
        case Denied():
            return DayRefused(reply.code, reply.wait_seconds, tried=reply.code == WRONG)
        case Trouble(code=why):
            return DayRefused(why)
        case _:
            return DayRefused("inquiry.malformed")
