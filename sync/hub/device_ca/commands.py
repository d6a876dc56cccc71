"""Commands for devices: the first station, requests on sticks, the Register, the broker's files."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sync.hub import broker, settings, setup
from sync.hub.broker import BrokerPlan
from sync.hub.device_ca import (
    authority,
    deciding,
    devices,
    issuing,
    publishing,
    register,
    serving,
    telling,
)
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.device_ca.office import HUB, Office, moment
from sync.hub.setup import SetupError, replace_file
from sync.hub.store import opening
from sync.hub.store.database import Store
from sync.model.certificates import CertificateKind
from sync.model.console import (
    EnrolmentApproval,
    StationAct,
    StationAction,
    StationChange,
    StationReason,
    StationRegistration,
)
from sync.model.errors import Problem
from sync.model.inquiry import Denied
from sync.wire import device_certificate, enrolment
from sync.wire.device_certificate import Facts
from sync.wire.receipt import Accepted

_BY_HAND: Final = f"{HUB}: by hand"
_MOST_FILE: Final = 1 << 20


def add_to(commands: Any) -> None:
    """Adds `stations` to the commands of the hub."""
    stations = commands.add_parser("stations", help="stations, their certificates, their Register")
    acts = stations.add_subparsers(required=True, metavar="ACT")

    def act(name: str, run: Callable[[argparse.Namespace], int], meaning: str) -> Any:
        added = acts.add_parser(name, help=meaning)
        added.set_defaults(run=run)
        added.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
        return added

    act("list", _list, "print every station and its certificate")
    act("verify", _verify, "look for changes behind the Register's back; 1 where there are any")
    act("register-export", _export, "write the Register as a signed file").add_argument(
        "--out", type=Path, required=True
    )
    first = act("register", _register, "register a comune's first station, without a console")
    first.add_argument("--comune", required=True, help="ISTAT code, six digits")
    first.add_argument("--label", default="")
    first.add_argument("--server", action="store_true", help="the comune's server certificate")
    token = act("token", _token, "print the one-time code of a station that waits for its device")
    token.add_argument("station")
    token.add_argument("--file", type=Path, help="write it as a file for a stick too")
    approve = act("approve", _approve, "approve a device whose check code was compared")
    approve.add_argument("station")
    approve.add_argument("--check-code", required=True, help="as the device shows it")
    for action, meaning in (
        (StationAction.BLOCK, "block a station, where no administrator can be reached"),
        (StationAction.UNBLOCK, "let a blocked station work again"),
        (StationAction.CANCEL, "revoke a station for ever"),
    ):
        change = act(action.name.lower(), _change, meaning)
        change.add_argument("station")
        change.set_defaults(action=action)
        change.add_argument(
            "--reason",
            choices=[one.value for one in StationReason],
            default=StationReason.ORDER.value,
        )
    answer = act("answer", _answer, "answer a device's request that came on a stick")
    answer.add_argument("request", type=Path)
    answer.add_argument("--out", type=Path, required=True)
    server = act("server-request", _server, "take the request of a comune's server, PKCS #10")
    server.add_argument("station")
    server.add_argument("request", type=Path)
    files = act("broker", _broker, "write the broker's files, certificates of broker and hub")
    files.add_argument("--host", action="append", required=True, help="dialled; may come again")
    files.add_argument("--port", type=int, default=8883)
    files.add_argument("--address", default="0.0.0.0", help="where to listen")  # noqa: S104  stations are elsewhere
    files.add_argument("--user", default="mosquitto", help="account to run as")
    act("renew-authority", _renew, "make the next generation of the authority")


def _open(options: argparse.Namespace) -> tuple[Office, Store, setup.HubKeys]:
    loaded = settings.load(options.hub_dir)
    keys = setup.load_keys(loaded)
    office = serving.office(loaded, keys, lambda: None)
    return office, opening.open_store(loaded), keys


def _list(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    with closing(store):
        for one in devices.every(store):
            held = devices.certificates(store, one.name)
            ends = moment(held[0].ends_at).date().isoformat() if held else "-"
            seen = moment(one.last_seen).isoformat(timespec="seconds") if one.last_seen else "-"
            words = (one.name, one.state.value, ends, one.protection or "-", seen, one.place or "-")
            _say("  ".join(words))
    return 0


def _verify(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    keys = {key.key_id: key for key in setup.load_keys(loaded).listed}
    keys |= register.known_keys(loaded.keys_dir)
    store = opening.open_reader(loaded)
    with closing(store):
        faults = register.verify(store, keys, register.read_anchor(loaded.keys_dir))
        seq, _ = register.head(store)
    for fault in faults:
        _say(f"line {fault.seq}: {fault.what}" if fault.seq else fault.what)
    _say(f"{seq} lines, {len(faults)} changed")
    return 1 if faults else 0


def _export(options: argparse.Namespace) -> int:
    _, store, keys = _open(options)
    with closing(store):
        data = register.export(store, keys.signing, now())
    replace_file(options.out, data, 0o644)
    return 0


def _register(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    kind = CertificateKind.SERVER if options.server else CertificateKind.STATION
    with closing(store):
        before = {one.name for one in devices.every(store)}
        _do(office, store, StationRegistration(options.comune, options.label, kind))
        for one in devices.of_comune(store, options.comune):
            if one.name not in before or one.kind is kind is CertificateKind.SERVER:
                _say(one.name)
    return 0


def _token(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    with closing(store):
        comune = _comune(store, options.station)
        told = telling.code(office, store, comune, options.station, now())
    if isinstance(told, Denied):
        raise SetupError(f"{options.station}: {told.code}")
    _say(told.password)
    _say(told.token)
    if options.file is not None:
        data = enrolment.token_file(told.token, office.trust_list())
        replace_file(options.file, data, 0o600)
    return 0


def _approve(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    with closing(store):
        device = devices.by_name(store, options.station)
        if device is None or device.request is None:
            raise SetupError(f"{options.station}: no device has asked")
        shown = options.check_code.replace("-", "").replace(" ", "").upper()
        if shown != device.check_code:
            raise SetupError(f"{options.station}: another check code: do not approve this device")
        _do(office, store, EnrolmentApproval(device.comune, device.name, device.request))
        issuing.generate(office, store, now())
        register.anchor(store, office.settings.keys_dir)
    return 0


def _change(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    with closing(store):
        comune = _comune(store, options.station)
        reason = StationReason(options.reason)
        _do(office, store, StationChange(comune, options.station, options.action, reason))
        publishing.publish(office, store, now())
    return 0


def _answer(options: argparse.Namespace) -> int:
    office, store, keys = _open(options)
    enrolling = Enrolling(office, {key.key_id: key for key in keys.unsealing})
    with closing(store):
        read = enrolling.read(_content(options.request))
        if isinstance(read, Problem):
            raise SetupError(f"{options.request}: {read.code}")
        replace_file(options.out, enrolling.take(store, *read, now()), 0o644)
    return 0


def _server(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    with closing(store):
        asked = _content(options.request)
        code = issuing.take_server_request(office, store, options.station, asked, now())
    if isinstance(code, Problem):
        raise SetupError(f"{options.station}: {code.code}")
    _say(enrolment.shown(code))
    return 0


def _broker(options: argparse.Namespace) -> int:
    office, store, _ = _open(options)
    folder = office.settings.devices.broker_folder
    if folder is None:
        store.close()
        raise SetupError("hub.toml: broker.folder must name the folder of the broker's files")
    with closing(store):
        make_broker_files(
            office,
            store,
            folder,
            options.host,
            port=options.port,
            address=options.address,
            user=options.user,
            at=now(),
        )
    _say(str(folder / "mosquitto.conf"))
    return 0


def _renew(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    made = authority.make(loaded.keys_dir, datetime.now(UTC))
    _say(f"generation {made.generation}: restart the hub, then let the broker reload")
    return 0


def make_broker_files(
    office: Office,
    store: Store,
    folder: Path,
    hosts: list[str],
    *,
    port: int,
    address: str,
    user: str,
    at: int,
) -> None:
    """Writes everything that Mosquitto needs, and the hub's own certificate for it.

    Certificates that are there and good for a further month are kept. The broker need not run.

    Args:
        office: keys and settings.
        store: the registry.
        folder: where it goes.
        hosts: names and addresses by which stations and hub dial the broker.
        port: of the listener.
        address: to listen at.
        user: account that Mosquitto runs as.
        at: milliseconds since 1970.

    Raises:
        OSError: a file cannot be written.
        StoreError: the registry cannot be written.
    """
    newest, loaded = office.authorities[0], office.settings
    folder.mkdir(parents=True, exist_ok=True)
    if _is_ending(folder / "broker.pem", at):
        key, spki = _new_key()
        replace_file(folder / "broker.key", key, 0o600)
        made = newest.issue_server("broker", spki, hosts, moment(at))
        broker.replace(folder / "broker.pem", device_certificate.to_pem((made,)))
    tls = loaded.tls_dir
    clients = {"hub": loaded.name, **{name: name for name in loaded.workers}}
    for file, name in clients.items():
        if _is_ending(tls / f"{file}.pem", at):
            tls.mkdir(exist_ok=True)
            key, spki = _new_key()
            replace_file(tls / f"{file}.key", key, 0o600)
            made = newest.issue_client(name, spki, moment(at))
            replace_file(tls / f"{file}.pem", device_certificate.to_pem((made,)), 0o644)
    replace_file(tls / "ca.pem", b"".join(one.pem for one in office.authorities), 0o644)
    plan = BrokerPlan(
        ca=folder / broker.AUTHORITIES,
        certificate=folder / "broker.pem",
        key=folder / "broker.key",
        crl=folder / broker.REVOCATIONS,
        port=port,
        address=address,
        hub=loaded.name,
        user=user,
        workers=loaded.workers,
    )
    broker.write_configuration(plan, folder)
    publishing.publish(office, store, at, reloads=(folder / broker.PID_FILE).exists())


def _new_key() -> tuple[bytes, bytes]:
    """A TLS key in PEM, and its public half."""
    key = device_certificate.make_tls_key()
    asked = device_certificate.certification_request("broker", key)
    spki = device_certificate.spki_of(asked, "broker")
    if spki is None:  # it was signed a moment ago
        raise TypeError("a certification request of ours cannot be read")
    return key, spki


def _is_ending(path: Path, at: int) -> bool:
    try:
        facts = device_certificate.read(path.read_bytes())
    except OSError:
        return True
    month = 30 * 24 * 3_600
    return not isinstance(facts, Facts) or facts.ends.timestamp() < at / 1000 + month


def _do(office: Office, store: Store, act: StationAct) -> None:
    with store.transaction():
        outcome = deciding.decide(office, store, act, _BY_HAND, now())
    if not isinstance(outcome, Accepted):
        raise SetupError(f"refused: {outcome.code}")
    # A hub that runs sees by it that there is something to be told.
    register.anchor(store, office.settings.keys_dir)


def _comune(store: Store, station: str) -> str:
    device = devices.by_name(store, station)
    return "" if device is None else device.comune


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(_MOST_FILE + 1)
    if len(data) > _MOST_FILE:
        raise SetupError(f"{path}: larger than any request")
    return data


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
