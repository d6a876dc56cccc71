"""Making a hub: its keys, its registry, the list of its keys that stations trust, its stations."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sync.hub.confirmation import KEY_BYTES, TokenKey
from sync.hub.settings import HubSettings
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.model.registration_number import STATIONS
from sync.wire import trust
from sync.wire.canonical import Malformed
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust, TrustTrouble

SIGNING = "signing.pem"
UNSEALING = "unsealing.pem"
LETTERS = "letters.pem"
TOKENS = "tokens.key"
DIGESTS = "digests.key"
ROOT = "root.pem"
TRUST = "hub.cose"


class SetupError(Exception):
    """The hub cannot be set up like this; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's private keys.

    Attributes:
        signing: for acknowledgements.
        unsealing: for what stations sealed, the newest first.
        letters: for codes that go by mail; used in the moment of sending, and for nothing else.
        tokens: for the links in letters.
        digests: 32 bytes, under which the registry holds digests of PINs, codes and passwords.
            Who has the database alone cannot try any.
    """

    signing: SoftwareSigner
    unsealing: tuple[UnsealingKey, ...]
    letters: UnsealingKey
    tokens: TokenKey
    digests: bytes = field(repr=False)


def initialise(settings: HubSettings, root: SoftwareSigner) -> None:
    """Makes the keys that are missing, the registry, and the list that `root` signs.

    Running it again changes no key; it signs a list of the next version.

    Args:
        settings: of the hub.
        root: the trust root's private key. It is used and not kept.

    Raises:
        SetupError: a key or a list that is there already is not usable with this root.
        StoreError: the registry cannot be made.
    """
    settings.keys_dir.mkdir(mode=0o700, exist_ok=True)
    settings.trust_dir.mkdir(exist_ok=True)
    _make(settings.keys_dir / SIGNING, lambda: SoftwareSigner.generate().to_pem())
    _make(settings.keys_dir / UNSEALING, lambda: UnsealingKey.generate().to_pem())
    _make(settings.keys_dir / LETTERS, lambda: UnsealingKey.generate().to_pem())
    _make(settings.keys_dir / TOKENS, lambda: secrets.token_bytes(KEY_BYTES))
    _make(settings.keys_dir / DIGESTS, lambda: secrets.token_bytes(KEY_BYTES))
    keys = load_keys(settings)
    Store.open(settings.registry_path).close()
    listed = settings.trust_dir / TRUST
    version = 1
    if listed.exists():
        before = trust.load(listed.read_bytes(), root.verifying_key)
        if isinstance(before, TrustTrouble):
            raise SetupError(f"{listed}: {before.code}: signed by another trust root")
        version = before.version + 1
    signed = trust.sign(
        HubTrust(
            version=version,
            issued=time.time_ns() // 1_000_000,
            signing=(keys.signing.verifying_key,),
            sealing=tuple(key.sealing_key for key in keys.unsealing),
            letters=keys.letters.sealing_key,
        ),
        root,
    )
    (settings.trust_dir / ROOT).write_bytes(root.verifying_key.to_pem())
    fresh = listed.with_suffix(".new")
    fresh.write_bytes(signed)
    fresh.replace(listed)


def load_keys(settings: HubSettings) -> HubKeys:
    """Reads the hub's keys.

    Raises:
        SetupError: one is missing or is not a key.
    """
    try:
        return HubKeys(
            signing=SoftwareSigner.from_pem((settings.keys_dir / SIGNING).read_bytes()),
            unsealing=(UnsealingKey.from_pem((settings.keys_dir / UNSEALING).read_bytes()),),
            letters=UnsealingKey.from_pem((settings.keys_dir / LETTERS).read_bytes()),
            tokens=TokenKey((settings.keys_dir / TOKENS).read_bytes()),
            digests=_exactly(settings.keys_dir / DIGESTS, KEY_BYTES),
        )
    except OSError as error:
        raise SetupError(
            f"{error.filename}: {error.strerror}: run `python -m sync.hub init` first"
        ) from error
    except (Malformed, ValueError) as error:
        raise SetupError(f"a key in {settings.keys_dir} is not usable: {error}") from error


def enrol(settings: HubSettings, certificate: Path, station: str, code: int) -> None:
    """Lets the hub know a station.

    Args:
        settings: of the hub.
        certificate: PEM file of the station's signing certificate.
        station: its name, as in its TLS certificate.
        code: its part of registration numbers, never given to two stations.

    Raises:
        SetupError: the name, the code or the key cannot be used or are taken.
        StoreError: the registry cannot be written.
    """
    if not is_station_name(station) or station == settings.name:
        raise SetupError(
            "a station's name has 1 to 32 of a-z, 0-9 and dashes, and is not the hub's"
        )
    if not 0 <= code < STATIONS:
        raise SetupError(f"a station's code is from 0 to {STATIONS - 1}")
    try:
        key = VerifyingKey.from_certificate(certificate.read_bytes())
    except OSError as error:
        raise SetupError(f"{certificate}: {error.strerror}") from error
    except Malformed as error:
        raise SetupError(f"{certificate}: {error.code}") from error
    store = Store.open(settings.registry_path)
    try:
        with store.transaction():
            if chains.station(store, station) is not None:
                raise SetupError(f"{station} is enrolled already")
            other = chains.station_with(store, code, key.spki)
            if other is not None:
                raise SetupError(f"{other} has this code or this key already")
            chains.enrol(store, station, code, key.spki, time.time_ns() // 1_000_000)
    finally:
        store.close()


def _exactly(path: Path, size: int) -> bytes:
    """A key that is so many bytes.

    Raises:
        ValueError: it is not.
    """
    key = path.read_bytes()
    if len(key) != size:
        raise ValueError(f"{path.name} does not have {size} bytes")
    return key


def _make(path: Path, content: Callable[[], bytes]) -> None:
    """A private file, if it is not there."""
    if path.exists():
        return
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content())
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
