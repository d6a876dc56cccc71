"""Registered devices and their certificates, as the registry holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sync.hub.store.database import ALL, Row, Store
from sync.model import registration_number
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.registration_number import STATIONS

TLS: Final = "tls"
SIGNING: Final = "signing"


@dataclass(frozen=True, slots=True)
class Device:
    """A registration.

    Attributes:
        token: number of its one-time code; token_until: until when that is good.
        request: hash of the one request that the code let in, None for none.
        request_data: the signed request.
        approved: hash of the request that the administrator approved, None for none.
        code: the station's part of registration numbers, None before the certificate.
        last_seen: milliseconds since 1970, 0 for never.
    """

    name: str
    comune: str
    kind: CertificateKind
    number: int
    label: str
    place: str
    state: CertificateState
    registered_at: int
    token: int
    token_until: int
    request: bytes | None
    request_data: bytes | None = field(repr=False)
    check_code: str
    approved: bytes | None
    protection: str
    code: int | None
    last_seen: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was issued to a device; times in milliseconds since 1970."""

    serial: str
    device: str
    use: str
    generation: int
    der: bytes = field(repr=False)
    request: bytes
    issued_at: int
    ends_at: int
    replaced_at: int | None
    revoked_at: int | None


_DEVICE: Final = (
    "name, comune, kind, number, label, place, state, registered_at, token, token_until, request,"
    " request_data, check_code, approved, protection, code, last_seen FROM device"
)
_CERTIFICATE: Final = (
    "serial, device, use, generation, der, request, issued_at, ends_at, replaced_at, revoked_at"
    " FROM device_certificate"
)


def by_name(store: Store, name: str) -> Device | None:
    """The device of that name, None where there is none."""
    return _device(store.row(f"SELECT {_DEVICE} WHERE name = ?", name))


def by_locator(store: Store, locator: bytes) -> Device | None:
    """The device whose one-time code of now has that locator, None where there is none."""
    return _device(store.row(f"SELECT {_DEVICE} WHERE locator = ?", locator))


def of_comune(store: Store, comune: str, offset: int = 0, most: int = ALL) -> list[Device]:
    """The devices of a comune by name, from the `offset`-th on, at most `most`."""
    rows = store.rows(
        f"SELECT {_DEVICE} WHERE comune = ? ORDER BY name LIMIT ? OFFSET ?", comune, most, offset
    )
    return [found for row in rows if (found := _device(row)) is not None]


def every(store: Store) -> list[Device]:
    """Every device by name."""
    rows = store.rows(f"SELECT {_DEVICE} ORDER BY name")
    return [found for row in rows if (found := _device(row)) is not None]


def in_state(store: Store, *states: CertificateState) -> list[Device]:
    """The devices in one of these states, by name."""
    rows = store.rows_among(f"SELECT {_DEVICE} WHERE state IN", [state.value for state in states])
    found = [one for row in rows if (one := _device(row)) is not None]
    return sorted(found, key=lambda one: one.name)


def next_number(store: Store, comune: str) -> int:
    """The number of the next station of a comune: none is ever given twice."""
    row = store.row(
        "SELECT coalesce(max(number), 0) + 1 FROM device WHERE comune = ? AND kind = 'PC'", comune
    )
    return 1 if row is None else int(row[0])


def add(store: Store, device: Device, locator: bytes | None) -> None:
    """Writes a new registration, or one of a server anew. Within a transaction."""
    store.run(
        "INSERT INTO device (name, comune, kind, number, label, state, registered_at, token,"
        " token_until, locator) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET label = excluded.label, state = excluded.state, token = device.token + 1,"
        " token_until = excluded.token_until, locator = excluded.locator, request = NULL,"
        " request_data = NULL, check_code = '', approved = NULL, protection = ''",
        device.name,
        device.comune,
        device.kind.value,
        device.number,
        device.label,
        device.state.value,
        device.registered_at,
        device.token,
        device.token_until,
        locator,
    )


def set_state(store: Store, name: str, state: CertificateState) -> None:
    """Within a transaction; that it may be so is the caller's to know."""
    store.run("UPDATE device SET state = ? WHERE name = ?", state.value, name)


def set_token(store: Store, name: str, token: int, until: int, locator: bytes | None) -> None:
    """Another one-time code: what the one before has let in counts no more. In a transaction."""
    store.run(
        "UPDATE device SET token = ?, token_until = ?, locator = ?, request = NULL,"
        " request_data = NULL, check_code = '', approved = NULL, protection = '' WHERE name = ?",
        token,
        until,
        locator,
        name,
    )


def take_request(
    store: Store, name: str, request: bytes, data: bytes, check_code: str, protection: str
) -> None:
    """The one request of a device. Within a transaction."""
    store.run(
        "UPDATE device SET request = ?, request_data = ?, check_code = ?, protection = ?"
        " WHERE name = ?",
        request,
        data,
        check_code,
        protection,
        name,
    )


def approve(store: Store, name: str, request: bytes) -> None:
    """Within a transaction."""
    store.run("UPDATE device SET approved = ? WHERE name = ?", request, name)


def note_place(store: Store, name: str, place: str) -> None:
    """Within a transaction."""
    store.run("UPDATE device SET place = ? WHERE name = ?", place, name)


def note_seen(store: Store, name: str, at: int) -> None:
    """Within a transaction."""
    store.run("UPDATE device SET last_seen = max(last_seen, ?) WHERE name = ?", at, name)


def give_code(store: Store, name: str) -> int | None:
    """A part of registration numbers that no station has had; None where there is none left.

    Within a transaction. Numbers that an import has used under a code keep it from being given.
    """
    taken = {row[0] for row in store.rows("SELECT code FROM station")}
    taken |= {row[0] for row in store.rows("SELECT code FROM device WHERE code IS NOT NULL")}
    taken |= _imported(store)
    code = next((one for one in range(STATIONS) if one not in taken), None)
    if code is not None:
        store.run("UPDATE device SET code = ? WHERE name = ?", code, name)
    return code


def add_certificate(store: Store, certificate: Certificate) -> None:
    """Within a transaction."""
    store.run(
        "INSERT INTO device_certificate (serial, device, use, generation, der, request, issued_at,"
        " ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        certificate.serial,
        certificate.device,
        certificate.use,
        certificate.generation,
        certificate.der,
        certificate.request,
        certificate.issued_at,
        certificate.ends_at,
    )


def certificates(store: Store, name: str, use: str = TLS) -> list[Certificate]:
    """What was issued to a device, the newest first."""
    rows = store.rows(
        f"SELECT {_CERTIFICATE} WHERE device = ? AND use = ? ORDER BY issued_at DESC, rowid DESC",
        name,
        use,
    )
    return [Certificate(*row) for row in rows]


def replace_older(store: Store, name: str, serial: str, at: int) -> None:
    """Every TLS certificate but that one goes at `at`. Within a transaction."""
    store.run(
        "UPDATE device_certificate SET replaced_at = ? WHERE device = ? AND use = 'tls'"
        " AND serial <> ? AND replaced_at IS NULL",
        at,
        name,
        serial,
    )


def replaced(store: Store, at: int) -> list[Certificate]:
    """Those whose successor has been there for long enough, and which still open the door."""
    rows = store.rows(
        f"SELECT {_CERTIFICATE} WHERE replaced_at <= ? AND revoked_at IS NULL ORDER BY serial", at
    )
    return [Certificate(*row) for row in rows]


def revoke(store: Store, serial: str, at: int) -> None:
    """Within a transaction. What is revoked stays so."""
    store.run(
        "UPDATE device_certificate SET revoked_at = ? WHERE serial = ? AND revoked_at IS NULL",
        at,
        serial,
    )


def listed(store: Store, at: int) -> list[Certificate]:
    """What revocation lists may have to name: everything that has not ended by itself."""
    rows = store.rows(f"SELECT {_CERTIFICATE} WHERE ends_at > ? ORDER BY serial", at)
    return [Certificate(*row) for row in rows]


def _device(row: Row | None) -> Device | None:
    if row is None:
        return None
    name, comune, kind, number, label, place, state, *rest = row
    return Device(
        name, comune, CertificateKind(kind), number, label, place, CertificateState(state), *rest
    )


def _imported(store: Store) -> set[int]:
    """Codes under which an import has given numbers."""
    rows = store.rows(
        "SELECT DISTINCT substr(number, 1, 3) FROM registration"
        " UNION SELECT DISTINCT substr(number, 1, 3) FROM alias"
    )
    letters = {row[0] for row in rows}
    return (
        {code for code in range(STATIONS) if registration_number.issue(code, 0).text[:3] in letters}
        if letters
        else set()
    )
