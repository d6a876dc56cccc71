"""The roster of operators: kept with its history, signed for the stations.

It has the users of the console (`sync.hub.console.derivation`) and whoever stands in a CSV file, for
offices without a console.

One line an operator, under a line of headings:

- `certificate`: file of the card's certificate, PEM or DER, relative to the CSV file;
- `name`, `office`: as the clerk's pages show them;
- `rights`: names of `sync.model.rosters.Right`, with spaces between;
- `comuni`: Belfiore codes of the competence (R-003-61), with spaces between; empty: all;
- `until`: the last day, `2027-12-31`.

A roster is taken whole or not at all. Whoever is not in it may not act from then on; what they
recorded before is judged by the roster of its time. A card of the console stands in no such file:
what the console blocks would go on by it.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from sync.hub.console import card_certificates
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError, load_keys, replace_file
from sync.hub.store import opening, operators
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator
from sync.model import places
from sync.model.counter_rules import LONGEST_OFFICE
from sync.model.names import parse_line
from sync.model.rosters import SALT_BYTES, OperatorEntry, Right, Roster, holder_digest
from sync.wire import list_versions, roster
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer

FILE: Final = "roster.cose"
COLUMNS: Final = ("certificate", "name", "office", "rights", "comuni", "until")

_LONGEST_NAME: Final = 100


def read(path: Path) -> list[KnownOperator]:
    """The operators of a CSV file.

    Raises:
        SetupError: the file or a line of it cannot be used; the text names every such line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream, strict=True)
            if lines.fieldnames is None or tuple(lines.fieldnames) != COLUMNS:
                raise SetupError(f"{path}: the first line must be {','.join(COLUMNS)}")
            rows = list(lines)
    except (OSError, UnicodeError, csv.Error) as error:
        raise SetupError(f"{path}: cannot be read as CSV: {error}") from error
    found, wrong = [], []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(_operator(path.parent, row))
        except SetupError as error:
            wrong.append(f"line {number}: {error}")
    thumbprints = [known.entry.thumbprint for known in found]
    if len(set(thumbprints)) != len(thumbprints):
        wrong.append("a card stands in more than one line")
    if wrong:
        raise SetupError(f"{path}: " + "; ".join(wrong))
    return found


def load(settings: HubSettings, path: Path) -> int:
    """Puts the roster of a CSV file in force, and signs it.

    Returns:
        How many entries are new, changed or gone.

    Raises:
        SetupError: nothing was changed.
        StoreError: the registry cannot be written.
    """
    known = read(path)
    store = opening.open_store(settings)
    try:
        for place, one in enumerate(known, start=2):
            if operators.is_of_console(store, one.entry.thumbprint):
                raise SetupError(f"{path}: line {place}: the console looks after this card")
        with store.transaction():
            changed = operators.replace_all(store, known, _now())
        _sign(settings, store)
    finally:
        store.close()
    return changed


def sign(settings: HubSettings) -> None:
    """Signs the roster that is in force once more, as the next version: the hub's key is new, say.

    Raises:
        SetupError: it cannot be signed.
        StoreError: the registry cannot be written.
    """
    store = opening.open_store(settings)
    try:
        _sign(settings, store)
    finally:
        store.close()


def signed(settings: HubSettings) -> bytes | None:
    """The roster that was signed last, None where none can be read."""
    try:
        return (settings.trust_dir / FILE).read_bytes()
    except OSError:
        return None


def table(known: Sequence[KnownOperator]) -> str:
    """One line an operator, for a terminal."""
    lines = [
        "  ".join(
            (
                one.entry.office,
                one.entry.name,
                ",".join(sorted(right.value for right in one.entry.rights)) or "-",
                f"{len(one.entry.comuni)} comuni" if one.entry.comuni else "all comuni",
                one.entry.until.isoformat(),
                one.entry.thumbprint.hex()[:16],
            )
        )
        for one in known
    ]
    return "\n".join([*lines, f"{len(lines)} operator{'' if len(lines) == 1 else 's'}"])


def sign_due(settings: HubSettings, store: Store, signer: Signer) -> bool:
    """Signs the roster where users or cards have changed since, or the file is not the last one.

    A process that died, a backup that was put back, or a hand may have left another file.

    Returns:
        Whether it was signed: stations are to be told of the new version.

    Raises:
        SetupError: it cannot be signed; it stays due.
        StoreError: the registry cannot be written; it stays due.
        OSError: the file cannot be written; it stays due.
    """
    if not _is_due(settings, store):
        return False
    with alone(settings):
        if _is_due(settings, store):  # another process may have signed it meanwhile
            _put_in_place(settings, store, signer, salt=_salt_in_place(settings))
    return True


def _is_due(settings: HubSettings, store: Store) -> bool:
    if operators.is_due(store):
        return True
    last = operators.version(store)
    return last > 0 and not operators.is_signed(store, last, _hash_in_place(settings))


def _hash_in_place(settings: HubSettings) -> bytes:
    """SHA-256 of the signed roster as it lies in the folder; empty where there is none."""
    path = settings.trust_dir / FILE
    try:
        found = path.stat()
        return _hash_of(path, (found.st_mtime_ns, found.st_ino, found.st_size))
    except OSError:
        return b""


@lru_cache(maxsize=4)
def _hash_of(path: Path, _stamp: tuple[int, int, int]) -> bytes:
    """Of a file as it was when it had that stamp: asked after each message, read when it changed."""
    return hashlib.sha256(path.read_bytes()).digest()


@contextmanager
def alone(settings: HubSettings) -> Iterator[None]:
    """One process at a time signs a list: between its entry in the registry and its file none comes."""
    handle = os.open(settings.trust_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sign(settings: HubSettings, store: Store) -> None:
    signer = load_keys(settings).signing
    with alone(settings):
        _put_in_place(settings, store, signer)


def _put_in_place(
    settings: HubSettings, store: Store, signer: Signer, *, salt: bytes = b""
) -> None:
    """While no other process does (`alone`).

    With the salt of the roster before, whoever has not changed has the same line in both: the
    difference stays small. By hand it is signed with a new one.
    """
    now, salt = _now(), salt or os.urandom(SALT_BYTES)
    # The version is used up before the file is there: no two rosters ever have the same. It stays
    # due until the file is there.
    with store.transaction():
        entries = tuple(_with_holder(known, salt) for known in operators.in_force(store))
        # After a backup was put back, the file that stations have may be ahead of the registry.
        version = max(operators.version(store), _version_in_place(settings)) + 1
        try:
            data = roster.sign(Roster(version, now, entries, salt), signer)
        except ValueError as error:
            raise SetupError(f"the roster cannot be signed: {error}") from error
        operators.signed(store, version, hashlib.sha256(data).digest(), now)
        mark = operators.note_due(store, now)
    replace_file(settings.trust_dir / FILE, data, 0o644)
    with store.transaction():
        operators.note_signed(store, mark)


def _version_in_place(settings: HubSettings) -> int:
    """Of the roster as it lies in the folder; 0 where there is none, or no such list."""
    data = signed(settings)
    return (data and list_versions.version_of(list_versions.ROSTER, data)) or 0


def _salt_in_place(settings: HubSettings) -> bytes:
    """Of the roster as it lies in the folder; empty where there is none, or none in it."""
    data = signed(settings)
    return b"" if data is None else roster.salt_of(data)


def _with_holder(known: KnownOperator, salt: bytes) -> OperatorEntry:
    """The entry as stations get it: with the digest of the codice fiscale that the card bears."""
    codice_fiscale = card_certificates.codice_fiscale_of(known.certificate)
    if not codice_fiscale:
        return known.entry
    return replace(known.entry, holder=holder_digest(salt, codice_fiscale))


def _operator(folder: Path, row: dict[str, str]) -> KnownOperator:
    """An operator of a line. Raises `SetupError`."""
    if None in row or None in row.values():
        raise SetupError(f"must have {len(COLUMNS)} entries")
    certificate = _certificate(folder / row["certificate"])
    name = parse_line(row["name"], longest=_LONGEST_NAME, what="name")
    office = parse_line(row["office"], longest=LONGEST_OFFICE, what="office")
    if not isinstance(name, str) or not isinstance(office, str):
        raise SetupError("name and office must be texts")
    rights = {right.value: right for right in Right}
    unknown = [word for word in row["rights"].split() if word not in rights]
    if unknown:
        raise SetupError(f"rights are {', '.join(rights)}")
    comuni = tuple(sorted(set(row["comuni"].split())))
    if not all(places.comune(code) for code in comuni):
        raise SetupError("comuni must be Belfiore codes, L219")
    try:
        until = date.fromisoformat(row["until"].strip())
    except ValueError:
        raise SetupError("until must be a day, 2027-12-31") from None
    entry = OperatorEntry(
        thumbprint=hashlib.sha256(certificate).digest(),
        name=name,
        office=office,
        rights=frozenset(rights[word] for word in row["rights"].split()),
        comuni=comuni,
        until=until,
    )
    return KnownOperator(entry, certificate)


def _certificate(path: Path) -> bytes:
    """A certificate in DER whose key operators' cards may have. Raises `SetupError`."""
    try:
        return card_certificates.read(path.read_bytes())
    except OSError as error:
        raise SetupError(f"{path.name}: {error.strerror}") from error
    except Malformed as error:
        raise SetupError(f"{path.name} is no certificate of an operator's card") from error


def _now() -> int:
    return time.time_ns() // 1_000_000
