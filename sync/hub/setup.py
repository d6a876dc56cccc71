"""Making a hub: its keys, its registry, the list of its keys that stations trust, its stations."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sync.hub.confirmation import KEY_BYTES, TokenKey
from sync.hub.device_ca import authority
from sync.hub.device_ca.authority import AuthorityError
from sync.hub.settings import HubSettings
from sync.hub.store import chains, opening
from sync.model.registration_number import STATIONS
from sync.wire import canonical, cose, trust
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust, TrustTrouble

SIGNING = "signing.pem"
SIGNING_NEXT = "signing-next.pem"
"""Listed already, not used yet."""
SIGNING_BEFORE = "signing-before.pem"
"""Public key of the one used before, listed until every station has heard of the new one."""
UNSEALING = "unsealing.pem"
LETTERS = "letters.pem"
NEXT = "{name}-next.pem"
"""A key that opens already and is not listed yet: a hub that serves must know it first."""
IN_USE = "in-use.json"
"""Which keys the hub that serves has read."""
FLOOR = "version-floor.json"
"""Lists of this hub have versions above it: another hub, which is lost, may have signed those below."""
OLDER = "{name}-{key_id}.pem"
"""Keys that open what was sealed before a rotation."""
AUDITOR = "auditor.pub"
"""In the trust folder: whom the audit trail is sealed to. The private half is not the hub's."""
SUCCESSION = "succession.cose"
"""In the trust folder: each trust root's word for the next, one after the other."""
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
        listed: keys that stations are told to believe, `signing` first.
        unsealing: for what stations sealed, the newest first.
        letters: for codes that go by mail, the newest first; used in the moment of sending, and for
            nothing else.
        tokens: for the links in letters.
        digests: 32 bytes, under which the registry holds digests of PINs, codes and passwords.
            Who has the database alone cannot try any.
    """

    signing: SoftwareSigner
    listed: tuple[VerifyingKey, ...]
    unsealing: tuple[UnsealingKey, ...]
    letters: tuple[UnsealingKey, ...]
    tokens: TokenKey
    digests: bytes = field(repr=False)


def initialise(settings: HubSettings, root: SoftwareSigner, auditor: bytes | None = None) -> None:
    """Makes the keys that are missing, the registry, and the list that `root` signs.

    Running it again changes no key; it signs a list of the next version.

    Args:
        settings: of the hub.
        root: the trust root's private key. It is used and not kept.
        auditor: the public key that the audit trail is sealed to; None leaves it as it is.

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
    try:
        if not authority.load(settings.keys_dir):
            authority.make(settings.keys_dir, datetime.now(UTC))
    except AuthorityError as error:
        raise SetupError(str(error)) from error
    if auditor is not None:
        try:
            SealingKey(auditor)
        except Malformed as error:
            raise SetupError(f"the auditor's key: {error.code}") from error
        replace_file(settings.trust_dir / AUDITOR, auditor, 0o644)
    opening.open_store(settings).close()
    sign_list(settings, root)


def sign_list(settings: HubSettings, root: SoftwareSigner, *, without: bytes | None = None) -> int:
    """Signs the list of the hub's keys as they lie in the folder, as the next version.

    Args:
        settings: of the hub.
        root: the trust root.
        without: id of a key for signatures that is listed no more.

    Returns:
        The version.

    Raises:
        SetupError: the list that is there is of another root, or a key is not usable.
    """
    keys = load_keys(settings)
    listed = settings.trust_dir / TRUST
    succession = read_succession(settings)
    version = 1
    if listed.exists():
        # A list of the root before is the one that names this root's first.
        before = trust.load(listed.read_bytes(), believed_root(settings))
        first = trust.load(listed.read_bytes(), _first_root(settings, root))
        if isinstance(before, TrustTrouble) or isinstance(first, TrustTrouble):
            raise SetupError(f"{listed}: signed by another trust root")
        version = before.version + 1
    version = max(version, version_floor(settings) + 1)
    made = HubTrust(
        version=version,
        issued=time.time_ns() // 1_000_000,
        signing=tuple(key for key in keys.listed if key.key_id != without),
        sealing=(keys.unsealing[0].sealing_key,),
        letters=keys.letters[0].sealing_key,
        succession=succession,
        auditor=_auditor(settings),
    )
    data = trust.sign(made, root)
    if isinstance(trust.load(data, _first_root(settings, root)), TrustTrouble):
        raise SetupError("this is not the trust root that the stations of this hub believe")
    replace_file(settings.trust_dir / ROOT, root.verifying_key.to_pem(), 0o644)
    replace_file(listed, data, 0o644)
    return version


def version_floor(settings: HubSettings) -> int:
    """Below or at which no list is signed; 0 where this hub was never put back.

    Raises:
        SetupError: the file cannot be used.
    """
    path = settings.keys_dir / FLOOR
    try:
        floor = json.loads(path.read_bytes())
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise SetupError(f"{path} cannot be read: {error}") from error
    if type(floor) is not int or floor < 0:
        raise SetupError(f"{path} is no version")
    return floor


def tell_in_use(settings: HubSettings, keys: HubKeys) -> None:
    """Keeps which keys this process of the hub has read: no other is listed for stations to seal to.

    Raises:
        OSError: it cannot be kept.
    """
    ids = sorted(key.key_id.hex() for key in (*keys.unsealing, *keys.letters))
    replace_file(_in_use_of(settings, settings.worker), json.dumps(ids).encode())


def in_use(settings: HubSettings) -> frozenset[str]:
    """Ids of the keys to unseal with that the hub and every worker have read at their last start.

    A worker that has never started has read none, and none are asked of it.
    """
    names = ("", *settings.workers)
    files = [_in_use_of(settings, name) for name in names]
    read = [_ids_in(one) for one in files if one == files[0] or one.exists()]
    return frozenset.intersection(*read)


def _in_use_of(settings: HubSettings, worker: str) -> Path:
    return settings.keys_dir / (f"{worker}-{IN_USE}" if worker else IN_USE)


def _ids_in(path: Path) -> frozenset[str]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(one for one in found if isinstance(one, str))


def check_root(settings: HubSettings, root: SoftwareSigner) -> None:
    """Raises `SetupError` where this is not the root that signed the list of now."""
    if root.key_id != believed_root(settings).key_id:
        raise SetupError("this is not the trust root that signs for this hub")


def read_succession(settings: HubSettings) -> tuple[bytes, ...]:
    """Each root's word for the next, in order; empty where there was one root only.

    Raises:
        SetupError: the file cannot be used.
    """
    try:
        data = (settings.trust_dir / SUCCESSION).read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SetupError(f"{SUCCESSION}: {error.strerror}") from error
    try:
        plain = canonical.items(canonical.decode(data, limit=trust.MOST_BYTES))
        first, *statements = (canonical.octets(one) for one in plain)
        VerifyingKey.from_spki(first)
    except (Malformed, ValueError) as error:
        raise SetupError(f"{SUCCESSION} cannot be read") from error
    return tuple(statements)


def keep_succession(settings: HubSettings, root: SoftwareSigner, successor: VerifyingKey) -> None:
    """Keeps a root's word for the next.

    Raises:
        SetupError: the root is not the one that signed the list of now.
    """
    check_root(settings, root)
    first = _first_root(settings, root).spki
    # A word of this root that never came into a list, since that could not be signed, is void.
    before = [
        statement
        for statement in read_succession(settings)
        if cose.parse(statement, trust.ROOT_PURPOSE, limit=trust.MOST_BYTES).key_id != root.key_id
    ]
    statements = (*before, trust.name_successor(root, successor))
    if len(statements) > trust.MOST_SUCCESSIONS:
        raise SetupError("too many roots in a row: give the stations the newest by hand")
    replace_file(settings.trust_dir / SUCCESSION, canonical.encode([first, *statements]), 0o644)


def _auditor(settings: HubSettings) -> SealingKey | None:
    """Raises `SetupError`."""
    path = settings.trust_dir / AUDITOR
    try:
        return SealingKey(path.read_bytes())
    except FileNotFoundError:
        return None
    except Malformed as error:
        raise SetupError(f"{path}: {error.code}") from error


def believed_root(settings: HubSettings) -> VerifyingKey:
    """The public key of the root that signed the list of now.

    Raises:
        SetupError: it cannot be read.
    """
    path = settings.trust_dir / ROOT
    try:
        return VerifyingKey.from_pem(path.read_bytes())
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error
    except Malformed as error:
        raise SetupError(f"{path}: {error.code}") from error


def _first_root(settings: HubSettings, root: SoftwareSigner) -> VerifyingKey:
    """The root that the first stations of this hub were given."""
    try:
        data = (settings.trust_dir / SUCCESSION).read_bytes()
    except FileNotFoundError:
        return root.verifying_key
    first = canonical.items(canonical.decode(data, limit=trust.MOST_BYTES))[0]
    return VerifyingKey.from_spki(canonical.octets(first))


def load_keys(settings: HubSettings) -> HubKeys:
    """Reads the hub's keys.

    Raises:
        SetupError: one is missing or is not a key.
    """
    try:
        signing = SoftwareSigner.from_pem((settings.keys_dir / SIGNING).read_bytes())
        return HubKeys(
            signing=signing,
            listed=(signing.verifying_key, *_also_listed(settings.keys_dir)),
            unsealing=_generations(settings.keys_dir, UNSEALING),
            letters=_generations(settings.keys_dir, LETTERS),
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
    store = opening.open_store(settings)
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


def _also_listed(folder: Path) -> list[VerifyingKey]:
    """The key that will sign, and the one that signed before, where there are such."""
    found = []
    if (folder / SIGNING_NEXT).exists():
        coming = SoftwareSigner.from_pem((folder / SIGNING_NEXT).read_bytes())
        found.append(coming.verifying_key)
    if (folder / SIGNING_BEFORE).exists():
        found.append(VerifyingKey.from_pem((folder / SIGNING_BEFORE).read_bytes()))
    return found


def _generations(folder: Path, name: str) -> tuple[UnsealingKey, ...]:
    """The key of that file, the one that is to follow, and those before it, the newest first."""
    newest = folder / name
    older = list(folder.glob(OLDER.format(name=newest.stem, key_id="*")))
    older.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return tuple(UnsealingKey.from_pem(path.read_bytes()) for path in (newest, *older))


def _exactly(path: Path, size: int) -> bytes:
    """A key that is so many bytes.

    Raises:
        ValueError: it is not.
    """
    key = path.read_bytes()
    if len(key) != size:
        raise ValueError(f"{path.name} does not have {size} bytes")
    return key


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """The whole new file or the whole old one, after a power cut too.

    Raises:
        OSError: it cannot be written.
    """
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make(path: Path, content: Callable[[], bytes]) -> None:
    """A private file, if it is not there."""
    if not path.exists():
        replace_file(path, content())
