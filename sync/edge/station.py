"""A station's folder: who it is, where its keys, its store and its broker are.

`station.toml` holds more, which only the window needs; here is what the journal and the link use.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.edge.vault import ROSTER, Vault, VaultTrouble
from sync.model.registration_number import STATIONS
from sync.model.rosters import Roster
from sync.wire import document_trust, roster, trust
from sync.wire.canonical import Malformed
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import VerifyingKey
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust, TrustTrouble

FILE_NAME: Final = "station.toml"
LONGEST_RETRY_SECONDS: Final = 300


class ProfileError(Exception):
    """A station's folder cannot be used; the text says which file or entry, and why."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Other stations on the local network (`sync.edge.courier.neighbour`).

    Attributes:
        listen: address and port at which this one passes on for others; None where it does not.
        known: those that may pass on for this one.
        discover: whether it looks for more of them on the network, and shows itself there.
    """

    listen: tuple[str, int] | None = None
    known: tuple[tuple[str, int], ...] = ()
    discover: bool = False


@dataclass(frozen=True, slots=True)
class StationProfile:
    """What the folder says.

    Attributes:
        name: names the station everywhere, certificates included.
        code: the station's part of its registration numbers.
        hub: the hub's name on the broker.
        longest_retry: seconds; no wait between two tries is longer.
        tls_ca: authorities that the broker's certificate must come from.
    """

    folder: Path
    name: str
    code: int
    hub: str
    broker_host: str
    broker_port: int
    longest_retry: int
    store: Path
    tls_ca: Path
    tls_certificate: Path
    tls_key: Path
    signing_certificate: Path
    trust_root: Path
    trust_list: Path
    document_list: Path
    roster_list: Path
    neighbours: Neighbours = Neighbours()

    def signing_key(self) -> VerifyingKey:
        """The public key that the hub knows the station by. Raises `ProfileError`."""
        try:
            return VerifyingKey.from_certificate(self.signing_certificate.read_bytes())
        except OSError as error:
            raise ProfileError(f"{_short(self.signing_certificate)}: {error.strerror}") from error
        except Malformed as error:
            raise ProfileError(f"{_short(self.signing_certificate)}: {error.code}") from error

    def root_key(self) -> VerifyingKey:
        """The root of the trust in the hub's keys. Raises `ProfileError`."""
        try:
            return VerifyingKey.from_pem(self.trust_root.read_bytes())
        except OSError as error:
            raise ProfileError(f"{_short(self.trust_root)}: {error.strerror}") from error
        except Malformed as error:
            raise ProfileError(f"{_short(self.trust_root)}: {error.code}") from error

    def adopt_root(self, hub: HubTrust) -> bool:
        """Believe the root that signed `hub` from now on, and no root before it.

        Args:
            hub: as `hub_trust` found it: that root follows the one believed until now.

        Returns:
            Whether it is kept; where the disk does not take it, the next list brings it again.
        """
        if hub.root is None or hub.root.key_id == self.root_key().key_id:
            return True
        fresh = self.trust_root.with_name(self.trust_root.name + ".new")
        try:
            with fresh.open("wb") as stream:
                stream.write(hub.root.to_pem())
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self.trust_root)
        except OSError:
            return False
        return True

    def trust_stamp(self) -> tuple[int, int]:
        """Differs when the trust list was replaced; zeros where there is none."""
        return _stamp(self.trust_list)

    def document_stamp(self) -> tuple[int, int]:
        """Differs when the list of document issuers was replaced; zeros where there is none."""
        return _stamp(self.document_list)

    def roster_stamp(self) -> tuple[int, int]:
        """Differs when the roster of operators was replaced; zeros where there is none."""
        return _stamp(self.roster_list)

    def signed_trust_list(self) -> bytes | None:
        """The list of the hub's keys as it was signed, unread; None where there is none."""
        return _bytes(self.trust_list, most=trust.MOST_BYTES)

    def hub_trust(self, *, at_least: int = 0) -> HubTrust | TrustTrouble:
        """The hub's keys, from a list no older than version `at_least`.

        Returns:
            The keys, a trouble of `trust.load`, or `trust.absent`. A missing or unusable root
            raises `ProfileError`.
        """
        data = _bytes(self.trust_list, most=trust.MOST_BYTES)
        if data is None:
            return TrustTrouble("trust.absent")
        return trust.load(data, self.root_key(), at_least=at_least)

    def document_trust(self, hub: HubTrust, *, at_least: int = 0) -> DocumentTrust | TrustTrouble:
        """Whose signatures on documents count, from a list no older than version `at_least`.

        Args:
            hub: the hub's keys; one of them must have signed the list.
            at_least: version of the list taken last.

        Returns:
            The list, a trouble of `document_trust.load`, or `document-trust.absent`.
        """
        data = _bytes(self.document_list, most=document_trust.MOST_BYTES)
        if data is None:
            return TrustTrouble("document-trust.absent")
        return document_trust.load(data, hub, at_least=at_least)

    def roster(
        self, hub: HubTrust, *, at_least: int = 0, vault: Vault | None = None
    ) -> Roster | TrustTrouble | VaultTrouble:
        """Who may act at a counter, from a roster no older than version `at_least`.

        Args:
            hub: the hub's keys; one of them must have signed it.
            at_least: version of the roster taken last.
            vault: opens it where it lies sealed.

        Returns:
            The roster, a trouble of `sync.wire.roster.load`, `roster.absent`, or that of the vault.
        """
        if vault is None:
            data: bytes | VaultTrouble | None = _bytes(self.roster_list, most=roster.MOST_BYTES)
        else:
            data = vault.read(self.roster_list, ROSTER, most=roster.MOST_BYTES)
        if isinstance(data, VaultTrouble):
            return data
        if data is None:
            return TrustTrouble("roster.absent")
        return roster.load(data, hub, at_least=at_least)


def load(folder: Path) -> StationProfile:
    """What the folder says.

    Raises:
        ProfileError: `station.toml` is missing or is not TOML, or an entry is missing or unusable.
    """
    try:
        with (folder / FILE_NAME).open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise ProfileError(f"{FILE_NAME}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{FILE_NAME} is not TOML: {error}") from error
    name = _text(tables, "station", "name")
    if not is_station_name(name):
        raise ProfileError("station.name: 058091-PC-0001, or 1 to 32 of a-z, 0-9 and -")
    return StationProfile(
        folder=folder,
        name=name,
        code=_number(tables, "station", "code", most=STATIONS - 1),
        hub=_text(tables, "broker", "hub", "hub"),
        broker_host=_text(tables, "broker", "host"),
        broker_port=_number(tables, "broker", "port", least=1, most=0xFFFF),
        longest_retry=_number(
            tables, "broker", "longest_retry", LONGEST_RETRY_SECONDS, least=1, most=3600
        ),
        store=folder / _text(tables, "store", "path", "store"),
        tls_ca=folder / "tls" / "ca.pem",
        tls_certificate=folder / "tls" / "station.pem",
        tls_key=folder / "tls" / "station.key",
        signing_certificate=folder / "key" / "certificate.pem",
        trust_root=folder / "trust" / "root.pem",
        trust_list=folder / "trust" / "hub.cose",
        document_list=folder / "trust" / "documents.cose",
        roster_list=folder / "trust" / "roster.cose",
        neighbours=_neighbours(tables),
    )


def _neighbours(tables: dict[str, object]) -> Neighbours:
    """The table `neighbours`, which may be missing. Raises `ProfileError`."""
    known = _entry(tables, "neighbours", "known") or []
    if not isinstance(known, list):
        raise ProfileError("neighbours.known: a list of host:port is needed")
    discover = _entry(tables, "neighbours", "discover") or False
    if not isinstance(discover, bool):
        raise ProfileError("neighbours.discover: true or false is needed")
    listen = _entry(tables, "neighbours", "listen")
    return Neighbours(
        listen=None if listen is None else _address("listen", listen),
        known=tuple(_address("known", one) for one in known),
        discover=discover,
    )


def _address(name: str, value: object) -> tuple[str, int]:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 0xFFFF:
        message = f"neighbours.{name}: host:port is needed"
        raise ProfileError(message)
    return host.strip("[]"), int(port)


def _bytes(file: Path, *, most: int) -> bytes | None:
    """The file, and one byte of it more than `most` where it has them; None where there is none.

    What is no plain file, such as a pipe that nobody fills, counts as none and is not waited for.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            plain = stat.S_ISREG(os.fstat(handle).st_mode)
            return stream.read(most + 1) if plain else None
    except OSError:
        return None


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def _entry(tables: dict[str, object], table: str, name: str) -> object:
    entries = tables.get(table)
    return entries.get(name) if isinstance(entries, dict) else None


def _text(tables: dict[str, object], table: str, name: str, fallback: str | None = None) -> str:
    value = _entry(tables, table, name)
    if value is None:
        value = fallback
    if not isinstance(value, str) or not value:
        raise ProfileError(f"{table}.{name}: a text is needed")
    return value


def _number(
    tables: dict[str, object],
    table: str,
    name: str,
    fallback: int | None = None,
    *,
    least: int = 0,
    most: int,
) -> int:
    value = _entry(tables, table, name)
    if value is None:
        value = fallback
    if type(value) is not int or not least <= value <= most:
        raise ProfileError(f"{table}.{name}: a number from {least} to {most} is needed")
    return value


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
