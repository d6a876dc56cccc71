"""New keys for a hub in use: no station is visited, none is left behind in silence.

Stations believe the keys of the list that the trust root signs, and fetch a newer one by themselves
(`SignedListSince`). So a key for signatures comes in three steps: it is listed, it is used once the
stations have the list, the old one is no longer listed. A key to seal to is read by the hub first,
then listed; what was sealed to the old one is opened for as long as that is kept. A root names its
successor (`trust.name_successor`).

Each step says what it did and what comes next; a step out of turn is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sync.hub import list_making, rosters, setup
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import chains, lists, opening
from sync.hub.store.lists import Holding
from sync.wire import cose, envelope, places_list, settings_list, texts_list, trust
from sync.wire.canonical import Malformed
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.trust import HubTrust

TRUST_LIST: Final = "trust"
SILENT_MILLISECONDS: Final = 90 * 24 * 60 * 60 * 1000
"""A station that was silent for so long is not waited for; it gets the list when it comes back."""

_PURPOSES: Final = {
    "roster.cose": "application/sportello-roster+cose",
    "documents.cose": "application/sportello-document-trust+cose",
    "stations.cose": "application/sportello-stations+cose",
    "settings.cose": settings_list.PURPOSE,
    "texts.cose": texts_list.PURPOSE,
    "places.cose": places_list.PURPOSE,
}


def begin_signing(settings: HubSettings, root: SoftwareSigner) -> str:
    """Makes the next key for signatures and lists it beside the one in use.

    Raises:
        SetupError: a rotation is under way already, or the root is not this hub's.
    """
    folder = settings.keys_dir
    if (folder / setup.SIGNING_NEXT).exists() or (folder / setup.SIGNING_BEFORE).exists():
        raise SetupError("a rotation is under way: switch, then end it")
    setup.check_root(settings, root)
    setup.replace_file(folder / setup.SIGNING_NEXT, SoftwareSigner.generate().to_pem())
    version = setup.sign_list(settings, root)
    return f"list {version} names the next key; when the stations have it: rotate signing switch"


def switch_signing(settings: HubSettings, now: int, *, anyway: bool = False) -> str:
    """Signs with the next key from the hub's next start on.

    Args:
        settings: of the hub.
        now: milliseconds since 1970.
        anyway: although stations lack the list that names it.

    Raises:
        SetupError: no next key, or stations that were heard of late lack the list.
    """
    folder = settings.keys_dir
    if not (folder / setup.SIGNING_NEXT).exists():
        raise SetupError("there is no next key: rotate signing begin")
    lacking = _lacking(settings, now)
    if lacking and not anyway:
        raise SetupError(
            f"{len(lacking)} stations lack the list that names the next key: "
            + ", ".join(holding.station for holding in lacking[:10])
        )
    before = SoftwareSigner.from_pem((folder / setup.SIGNING).read_bytes())
    # The public half alone stays; cut here, the next try finds the next key still there.
    setup.replace_file(folder / setup.SIGNING_BEFORE, before.verifying_key.to_pem())
    (folder / setup.SIGNING_NEXT).replace(folder / setup.SIGNING)
    rosters.sign(settings)
    list_making.renew(settings)
    return "restart the hub, sign the list of documents again, then: rotate signing end"


def end_signing(settings: HubSettings, root: SoftwareSigner) -> str:
    """Lists the key before no longer: what it signed counts no more.

    Raises:
        SetupError: nothing to end, or a list of this hub is signed by it still.
    """
    old = settings.keys_dir / setup.SIGNING_BEFORE
    if not old.exists():
        raise SetupError("no key was replaced: rotate signing begin, then switch")
    in_use = setup.load_keys(settings).signing.key_id
    for name, purpose in _PURPOSES.items():
        signed_by = _signed_by(settings.trust_dir / name, purpose)
        if signed_by not in {None, in_use}:
            raise SetupError(f"{name} is still signed by the old key: sign it again first")
    setup.check_root(settings, root)
    # Signed first: cut here, the step can be taken again.
    before = VerifyingKey.from_pem(old.read_bytes())
    version = setup.sign_list(settings, root, without=before.key_id)
    old.unlink()
    return f"list {version} names the new key alone"


def begin_sealing(settings: HubSettings, name: str) -> str:
    """Makes the next key that stations will seal to. The hub reads it at its next start.

    Args:
        settings: of the hub.
        name: `setup.UNSEALING` or `setup.LETTERS`.

    Raises:
        SetupError: a rotation is under way already.
    """
    path = _next(settings, name)
    if path.exists():
        raise SetupError("a rotation is under way: restart the hub, then switch")
    setup.replace_file(path, UnsealingKey.generate().to_pem())
    return "restart the hub, so that it can open what is sealed to the new key; then switch"


def switch_sealing(settings: HubSettings, root: SoftwareSigner, name: str) -> str:
    """Lists the next key; the old one goes on opening what was sealed to it.

    Raises:
        SetupError: no next key, the hub that serves has not read it, or the root is not this hub's.
    """
    setup.check_root(settings, root)
    path = _next(settings, name)
    if not path.exists():
        raise SetupError("there is no next key: begin")
    coming = UnsealingKey.from_pem(path.read_bytes())
    if coming.key_id.hex() not in setup.in_use(settings):
        raise SetupError("the hub that serves cannot open the next key yet: restart it first")
    newest = settings.keys_dir / name
    old = UnsealingKey.from_pem(newest.read_bytes())
    if old.key_id != coming.key_id:
        kept = setup.OLDER.format(name=newest.stem, key_id=old.key_id.hex()[:16])
        setup.replace_file(settings.keys_dir / kept, newest.read_bytes())
        setup.replace_file(newest, path.read_bytes())
    version = setup.sign_list(settings, root)
    path.unlink()
    return f"list {version} names the new key"


def destroy_sealing(settings: HubSettings, now: int, name: str, *, anyway: bool = False) -> str:
    """Destroys the keys that were used before: nobody opens what was sealed to them any more.

    Raises:
        SetupError: something that was sealed to them waits to be decided, or stations may still
            seal to them.
    """
    folder = settings.keys_dir
    stem = (folder / name).stem
    older = sorted(
        path
        for path in folder.glob(setup.OLDER.format(name=stem, key_id="*"))
        if path != _next(settings, name)
    )
    if not older:
        raise SetupError("there is no older key")
    # Of silent ones too: what waits in their journals may be sealed to it.
    lacking = _lacking(settings, now, silent=True)
    if not anyway and lacking:
        raise SetupError(
            f"{len(lacking)} stations may still seal to an older key, or hold what was sealed to it: "
            + ", ".join(holding.station for holding in lacking[:10])
        )
    ids = {UnsealingKey.from_pem(path.read_bytes()).key_id for path in older}
    waiting = _waiting(settings, ids)
    if waiting:
        raise SetupError(
            f"{waiting} entries that were sealed to an older key, or may have been, are not decided"
        )
    for path in older:
        with path.open("r+b") as stream:
            stream.write(bytes(path.stat().st_size))
        path.unlink()
    return f"{len(older)} keys are gone; restart the hub"


def renew_root(settings: HubSettings, root: SoftwareSigner, successor: SoftwareSigner) -> str:
    """Puts another trust root in the place of this one.

    Raises:
        SetupError: the root is not the one of now.
    """
    if root.key_id == successor.key_id:
        raise SetupError("the next root must be another key")
    setup.keep_succession(settings, root, successor.verifying_key)
    version = setup.sign_list(settings, successor)
    return (
        f"list {version} is signed by the new root; keep the old one locked away, then destroy it"
    )


def status(settings: HubSettings, now: int) -> str:
    """Which keys are in use, and which stations lack the newest list."""
    keys = setup.load_keys(settings)
    lacking = _lacking(settings, now)
    lines = [
        f"signing: {keys.signing.key_id.hex()[:16]}, {len(keys.listed)} listed",
        f"sealing: {keys.unsealing[0].key_id.hex()[:16]}, {len(keys.unsealing) - 1} older",
        f"letters: {keys.letters[0].key_id.hex()[:16]}, {len(keys.letters) - 1} older",
        f"list of the hub's keys: version {_version(settings)}",
        f"stations heard of late that lack it: {len(lacking)}",
    ]
    return "\n".join([*lines, *(f"  {one.station}: version {one.version}" for one in lacking)])


def _next(settings: HubSettings, name: str) -> Path:
    return settings.keys_dir / setup.NEXT.format(name=Path(name).stem)


def _lacking(settings: HubSettings, now: int, *, silent: bool = False) -> Sequence[Holding]:
    """Stations that lack the newest list; without `silent` those heard of late only."""
    version = _version(settings)
    store = opening.open_reader(settings)
    try:
        heard = {
            station.name: station.acknowledged_at
            for station in chains.stations(store)
            if silent or now - station.acknowledged_at <= SILENT_MILLISECONDS
        }
        return [
            holding
            for holding in lists.holdings(store, TRUST_LIST)
            if holding.station in heard and holding.version < version
        ]
    finally:
        store.close()


def _version(settings: HubSettings) -> int:
    """Of the list of the hub's keys."""
    data = (settings.trust_dir / setup.TRUST).read_bytes()
    root = setup.believed_root(settings)
    found = trust.load(data, root)
    if not isinstance(found, HubTrust):
        raise SetupError(f"{setup.TRUST}: {found.code}")
    return found.version


def _signed_by(path: Path, purpose: str) -> bytes | None:
    """The key that signed a list, None where there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return cose.parse(data, purpose, limit=len(data)).key_id
    except Malformed as error:
        raise SetupError(f"{path.name}: {error.code}") from error


def _waiting(settings: HubSettings, ids: set[bytes]) -> int:
    """How many entries that wait for a decision were sealed to one of these keys.

    One that is missing may have been.
    """
    store = opening.open_reader(settings)
    try:
        undecided = sum(
            data is not None and envelope.parse(data).header.sealing_key_id in ids
            for station in chains.stations(store)
            for _, data in chains.envelopes(
                store, station.name, station.decided_seq + 1, station.head_seq
            )
        )
        return undecided + chains.missing(store)
    finally:
        store.close()
