"""The Register PC - certificate (R-004-11): append-only, and a change behind its back is found.

Each line is signed by the hub and holds the hash of the line before, so none can be changed, put in
or taken out without the hub's key. How far it goes is written beside the keys too, outside the
database: a copy that ends earlier is told. And what the tables say of devices now must be what the
lines lead to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.hub.setup import replace_file
from sync.hub.store.database import Store
from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer, VerifyingKey

PURPOSE: Final = "application/sportello-register-line+cose"
EXPORT_PURPOSE: Final = "application/sportello-register+cose"
FILE: Final = "register.json"
"""In the folder of the hub's keys: how far the Register goes."""

KEYS: Final = "register-keys.pem"
"""Likewise: public halves of every key that lines were signed with, also before a rotation."""

MOST_EXPORT: Final = 256 * 1024 * 1024

_FORMAT: Final = 1
_PEM_END: Final = b"-----END PUBLIC KEY-----\n"
_HASH_BYTES: Final = 32
_MOST_LINE: Final = 32 * 1024
_BEGINNING: Final = bytes(_HASH_BYTES)
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to a device.

    Attributes:
        seq: from 1 on, without a gap.
        at: milliseconds since 1970.
        device: name of its certificate.
        event: what happened (`registered`, `blocca`, `issued`).
        state: the certificate's state after it.
        details: names and values, of no person.
        by: who: thumbprint of the operator's card and station, or `hub`.
        before: hash of the line before.
    """

    seq: int
    at: int
    device: str
    event: str
    state: str
    details: Mapping[str, str]
    by: str
    before: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the Register was changed, and how."""

    seq: int
    what: str


def append(
    store: Store,
    signer: Signer,
    *,
    at: int,
    device: str,
    event: str,
    state: str,
    by: str,
    details: Mapping[str, str] | None = None,
) -> int:
    """Writes a line at the end. Within a transaction. Returns its number."""
    seq, before = head(store)
    plain = [_FORMAT, seq + 1, at, device, event, state, dict(details or {}), by, before]
    line = cose.sign(PURPOSE, canonical.encode(plain), signer).data
    store.run(
        "INSERT INTO device_register (seq, device, line) VALUES (?, ?, ?)", seq + 1, device, line
    )
    return seq + 1


def head(store: Store) -> tuple[int, bytes]:
    """Number and hash of the last line; 0 and zeros for none."""
    row = store.row("SELECT seq, line FROM device_register ORDER BY seq DESC LIMIT 1")
    return (0, _BEGINNING) if row is None else (row[0], hashlib.sha256(row[1]).digest())


def last_of(store: Store, device: str) -> int:
    """Number of the last line on a device, 0 for none."""
    row = store.row("SELECT max(seq) FROM device_register WHERE device = ?", device)
    return 0 if row is None or row[0] is None else int(row[0])


def lines(store: Store, device: str = "") -> Iterator[Line]:
    """The lines of a device, or all, in order; those that cannot be read are left out."""
    rows = (
        store.rows("SELECT line FROM device_register WHERE device = ? ORDER BY seq", device)
        if device
        else store.rows("SELECT line FROM device_register ORDER BY seq")
    )
    for (data,) in rows:
        try:
            yield _read(cose.parse(data, PURPOSE, limit=_MOST_LINE).payload)
        except Malformed:
            continue


def verify(
    store: Store, keys: Mapping[bytes, VerifyingKey], anchored: tuple[int, bytes] | None
) -> list[Fault]:
    """Everything that was changed behind the Register's back; empty where nothing was.

    Args:
        store: the registry.
        keys: the hub's keys by id, also those before.
        anchored: as `read_anchor` read it.
    """
    faults: list[Fault] = []
    before, last = _BEGINNING, 0
    states: dict[str, tuple[str, str]] = {}
    for seq, device, data in store.rows(
        "SELECT seq, device, line FROM device_register ORDER BY seq"
    ):
        if seq != last + 1:
            faults.append(Fault(last + 1, "missing"))
        try:
            signed = cose.parse(data, PURPOSE, limit=_MOST_LINE)
            line = _read(signed.payload)
        except Malformed:
            faults.append(Fault(seq, "unreadable"))
        else:
            key = keys.get(signed.key_id)
            if key is None or not cose.verify(signed, key):
                faults.append(Fault(seq, "not signed by this hub"))
            elif (line.seq, line.device) != (seq, device) or line.before != before:
                faults.append(Fault(seq, "moved"))
            states[line.device] = (line.state, line.details.get("place", _place(states, device)))
        before, last = hashlib.sha256(data).digest(), seq
        if anchored is not None and anchored[0] == seq and anchored[1] != before:
            faults.append(Fault(seq, "another than was anchored"))
    if anchored is not None and anchored[0] > last:
        faults.append(Fault(last + 1, f"missing, up to {anchored[0]}"))
    return faults + _against_tables(store, states)


def anchor(store: Store, keys_dir: Path) -> None:
    """Writes beside the keys how far the Register goes.

    Raises:
        OSError: it cannot be written.
    """
    seq, digest = head(store)
    kept = read_anchor(keys_dir)
    if kept is None or kept[0] < seq:
        content = json.dumps({"seq": seq, "hash": digest.hex()}).encode()
        replace_file(keys_dir / FILE, content, 0o600)


def anchored_at(keys_dir: Path) -> tuple[int, int]:
    """Differs when the anchor was written anew, by whichever program; zeros where there is none."""
    try:
        found = (keys_dir / FILE).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def read_anchor(keys_dir: Path) -> tuple[int, bytes] | None:
    """How far the Register went when that was last written; None for nothing readable."""
    try:
        kept = json.loads((keys_dir / FILE).read_bytes())
        return int(kept["seq"]), bytes.fromhex(kept["hash"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember_keys(keys_dir: Path, keys: Sequence[VerifyingKey]) -> None:
    """Keeps the hub's keys of now, so that old lines can be checked after a rotation.

    Raises:
        OSError: they cannot be written.
    """
    known = known_keys(keys_dir)
    fresh = [key for key in keys if key.key_id not in known]
    if fresh:
        content = b"".join(key.to_pem() for key in (*known.values(), *fresh))
        replace_file(keys_dir / KEYS, content, 0o600)


def known_keys(keys_dir: Path) -> dict[bytes, VerifyingKey]:
    """Every key that lines may be signed with, by id; empty where none was kept."""
    try:
        blocks = (keys_dir / KEYS).read_bytes().split(_PEM_END)[:-1]
        found = [VerifyingKey.from_pem(block + _PEM_END) for block in blocks]
    except (OSError, Malformed):
        return {}
    return {key.key_id: key for key in found}


def export(store: Store, signer: Signer, at: int) -> bytes:
    """All lines as one signed file, for whoever checks the Register without the hub."""
    rows = store.rows("SELECT line FROM device_register ORDER BY seq")
    payload = canonical.encode([_FORMAT, at, [row[0] for row in rows]])
    return cose.sign(EXPORT_PURPOSE, payload, signer).data


def read_export(
    data: bytes, keys: Mapping[bytes, VerifyingKey]
) -> tuple[int, tuple[Line, ...]] | None:
    """When a Register was exported, and its lines; None unless all of it is the hub's own."""
    try:
        signed = cose.parse(data, EXPORT_PURPOSE, limit=MOST_EXPORT)
        key = keys.get(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return None
        form, at, found = canonical.items(
            canonical.decode(signed.payload, limit=MOST_EXPORT), exactly=3
        )
        read, before = [], _BEGINNING
        for number, one in enumerate(canonical.items(found), 1):
            line_data = canonical.octets(one)
            inner = cose.parse(line_data, PURPOSE, limit=_MOST_LINE)
            line = _read(inner.payload)
            known = keys.get(inner.key_id)
            if known is None or not cose.verify(inner, known):
                return None
            if line.seq != number or line.before != before or form != _FORMAT:
                return None
            before = hashlib.sha256(line_data).digest()
            read.append(line)
        return canonical.natural(at), tuple(read)
    except Malformed:
        return None


def _place(states: Mapping[str, tuple[str, str]], device: str) -> str:
    return states[device][1] if device in states else ""


def _against_tables(store: Store, states: Mapping[str, tuple[str, str]]) -> list[Fault]:
    """Devices and certificates of which the tables say something else than the lines."""
    held = {
        name: (state, place)
        for name, state, place in store.rows("SELECT name, state, place FROM device")
    }
    faults = [
        Fault(0, f"{name}: the table says something else")
        for name in sorted(held.keys() | states.keys())
        if held.get(name) != states.get(name)
    ]
    issued = {
        serial: line.device
        for line in lines(store)
        for serial in line.details.get("serials", "").split()
    }
    for serial, device, der in store.rows("SELECT serial, device, der FROM device_certificate"):
        digest = hashlib.sha256(der).hexdigest()
        if issued.pop(f"{serial}:{digest}", None) != device:
            faults.append(Fault(0, f"{device}: a certificate that was not issued"))
    faults += [
        Fault(0, f"{device}: a certificate is missing") for device in sorted(set(issued.values()))
    ]
    return faults


def _read(payload: bytes) -> Line:
    plain = canonical.decode(payload, limit=_MOST_LINE)
    form, seq, at, device, event, state, details, by, before = canonical.items(plain, exactly=9)
    if form != _FORMAT or not isinstance(details, dict):
        raise Malformed("register.shape")
    return Line(
        canonical.natural(seq),
        canonical.natural(at),
        canonical.text(device, longest=_LONGEST),
        canonical.text(event, longest=_LONGEST),
        canonical.text(state, longest=_LONGEST),
        {
            canonical.text(name, longest=_LONGEST): canonical.text(value, longest=_MOST_LINE)
            for name, value in details.items()
        },
        canonical.text(by, longest=_LONGEST),
        canonical.octets(before, exactly=_HASH_BYTES),
    )
