"""Where devices are registered: what every part of it needs, and what may be said of a station."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sync.hub.device_ca import devices, register
from sync.hub.device_ca.authority import Authority
from sync.hub.device_ca.devices import Device
from sync.hub.settings import HubSettings
from sync.hub.setup import TRUST, believed_root
from sync.hub.store.database import Store
from sync.model.certificates import CertificateEvent, CertificateState, advance
from sync.model.errors import Problem
from sync.wire import canonical, enrolment
from sync.wire.enrolment import Token
from sync.wire.signer import Protection, Signer, VerifyingKey

BLOCKED: Final = "station.blocked"
REVOKED: Final = "station.revoked"
HUB: Final = "hub"
"""Who it was, in the Register, where the hub itself did it."""

_SECRET: Final = b"sportello enrolment secret 1"
_SEEN_EVERY: Final = 5 * 60 * 1000
_TROUBLES: Final = {
    CertificateState.BLOCKED: BLOCKED,
    CertificateState.REVOKING: REVOKED,
    CertificateState.REVOKED: REVOKED,
}


def _any_protection(_station: str, _protection: Protection) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Office:
    """What every part of it needs.

    Attributes:
        settings: of the hub.
        signer: the hub's key.
        secret: 32 bytes that one-time codes are made of; they lie in no table.
        authorities: the device authority's generations, the newest first.
        protects_enough: whether a station of that name may keep its key in that way.
        changed: told after every line of the Register, within its transaction.
    """

    settings: HubSettings
    signer: Signer
    secret: bytes = field(repr=False)
    authorities: tuple[Authority, ...]
    protects_enough: Callable[[str, Protection], bool] = _any_protection
    changed: Callable[[], None] = lambda: None

    def password(self, device: Device) -> str:
        """The device's one-time code of now."""
        about = canonical.encode([device.name, device.registered_at, device.token])
        return enrolment.password_of(hmac.digest(self.secret, _SECRET + about, "sha256"))

    def token(self, device: Device) -> Token:
        """The same with all that the device needs to use it.

        Raises:
            SetupError: the trust root cannot be read.
        """
        return Token(
            device.name,
            self.password(device),
            self.settings.web.base_url,
            self.root(),
            device.token_until,
        )

    def root(self) -> VerifyingKey:
        """The root of the trust in the hub's keys. Raises `SetupError`."""
        return believed_root(self.settings)

    def trust_list(self) -> bytes:
        """The signed list of the hub's keys. Raises `OSError`."""
        return (self.settings.trust_dir / TRUST).read_bytes()

    def token_until(self, now: int) -> int:
        """Until when a one-time code made now is good."""
        return now + self.settings.devices.token_hours * 3_600_000

    def move(
        self,
        store: Store,
        device: Device,
        event: CertificateEvent,
        *,
        by: str,
        now: int,
        details: dict[str, str] | None = None,
    ) -> CertificateState | Problem:
        """Takes a device from one state to the next, with its line. Within a transaction."""
        state = advance(device.state, event)
        if isinstance(state, Problem):
            return state
        devices.set_state(store, device.name, state)
        self.note(store, device.name, event.value, state, by=by, now=now, details=details)
        return state

    def note(
        self,
        store: Store,
        name: str,
        event: str,
        state: CertificateState,
        *,
        by: str,
        now: int,
        details: dict[str, str] | None = None,
    ) -> int:
        """Writes a line of the Register. Within a transaction."""
        self.changed()
        return register.append(
            store,
            self.signer,
            at=now,
            device=name,
            event=event,
            state=state.value,
            by=by,
            details=details,
        )


def trouble(store: Store, name: str) -> str | None:
    """Why nothing of a station is taken and nothing it asks is answered; None where all is well.

    `station.blocked` (R-004-15, 16) or `station.revoked`. A station that was made known to the hub
    by hand, without a registration, has no such state.
    """
    device = devices.by_name(store, name)
    return None if device is None else _TROUBLES.get(device.state)


def is_news(store: Store, name: str, now: int) -> bool:
    """Whether `seen` has something to write about a station that was heard now."""
    device = devices.by_name(store, name)
    if device is None:
        return False
    return device.state is CertificateState.ISSUED or now - device.last_seen > _SEEN_EVERY


def seen(office: Office, store: Store, name: str, now: int) -> bool:
    """A signed message of the station came through the broker. Within a transaction.

    The first one is the proof that the device holds certificate and keys: from there on the
    certificate is active (C-004-1).

    Returns:
        Whether it was the first.
    """
    device = devices.by_name(store, name)
    if device is None or not is_news(store, name, now):
        return False
    devices.note_seen(store, name, now)
    if device.state is not CertificateState.ISSUED:
        return False
    office.move(store, device, CertificateEvent.INSTALL, by=name, now=now)
    return True


def moment(milliseconds: int) -> datetime:
    """Milliseconds since 1970 as a moment of UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
