"""`python -m sync.hub`: everything that is done with a hub from a terminal."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.hub import (
    admission_commands,
    app,
    health_commands,
    keeping_commands,
    list_commands,
    listing,
    log_events,
    office_commands,
    outcome_commands,
    part_commands,
    registry_commands,
    settings,
    setup,
    trail_commands,
    work,
)
from sync.hub.broker import BrokerPlan, rabbit, write_configuration
from sync.hub.console import commands as console_commands
from sync.hub.courier import commands as courier_commands
from sync.hub.device_ca import commands as station_commands
from sync.hub.document_trust import making
from sync.hub.importing import commands as importing
from sync.hub.settings import AMQP_PORT, SettingsError
from sync.hub.setup import SetupError
from sync.hub.store import acts, alarms, opening
from sync.hub.store.database import StoreError
from sync.wire.canonical import Malformed
from sync.wire.signer import SoftwareSigner


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Returns 0, 1 for a defect, 2 for what the caller can mend."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given)
    try:
        trail_commands.tell(options, given[0])
        return int(options.run(options))
    except (SettingsError, SetupError, StoreError, OSError) as error:
        print(f"sync.hub: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sync.hub", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve until SIGTERM")
    serve.add_argument("--name", default="", help="of one beside others, as in broker.workers")
    serve.set_defaults(run=_serve)

    working = commands.add_parser(
        "work", help="take messages of stations beside a hub that serves, until SIGTERM"
    )
    working.add_argument("--name", required=True, help="as in hub.toml, broker.workers")
    working.set_defaults(run=_work)

    init = commands.add_parser("init", help="make the keys, the registry and the trust list")
    init.add_argument("--root-key", type=Path, required=True, help="trust root, PEM, not kept")
    init.add_argument("--auditor-key", type=Path, help="whom the audit trail is sealed to, public")
    init.set_defaults(run=_init)

    enrol = commands.add_parser("enrol-station", help="let the hub know a station")
    enrol.add_argument("--certificate", type=Path, required=True, help="its signing certificate")
    enrol.add_argument("--station", required=True, help="its name, as in its TLS certificate")
    enrol.add_argument("--code", type=int, required=True, help="its part of registration numbers")
    enrol.set_defaults(run=_enrol)

    registry_commands.add_to(commands)

    troubles = commands.add_parser("alarms", help="print what a person must look into")
    troubles.set_defaults(run=_alarms)

    identified = commands.add_parser(
        "identifications", help="print who was identified and how, without fingers"
    )
    identified.set_defaults(run=_identifications)

    readiness = commands.add_parser("readiness", help="print the readiness reports of stations")
    readiness.set_defaults(run=_readiness)

    documents = commands.add_parser(
        "document-trust", help="sign the list of those whose documents and cards are believed"
    )
    _add_document_sources(documents)
    documents.set_defaults(run=_document_trust)

    for command in (
        serve,
        working,
        init,
        enrol,
        identified,
        readiness,
        troubles,
        documents,
    ):
        command.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")

    importing.add_to(commands)

    office_commands.add_to(commands)
    outcome_commands.add_to(commands)

    station_commands.add_to(commands)
    keeping_commands.add_to(commands)
    list_commands.add_to(commands)
    health_commands.add_to(commands)
    trail_commands.add_to(commands)
    admission_commands.add_to(commands)
    part_commands.add_to(commands)
    console_commands.add_to(commands)
    courier_commands.add_to(commands)

    _add_brokers(commands)
    return parser


def _add_brokers(commands: Any) -> None:
    broker = commands.add_parser("broker-config", help="write the configuration of Mosquitto")
    broker.add_argument("--into", type=Path, required=True, help="folder for the two files")
    for name, meaning in (
        ("ca", "authority of all certificates"),
        ("certificate", "the broker's certificate"),
        ("key", "the broker's private key"),
        ("crl", "list of revoked certificates"),
    ):
        broker.add_argument(f"--{name}", type=Path, required=True, help=f"{meaning}, PEM")
    broker.add_argument("--port", type=int, default=8883)
    broker.add_argument("--address", default="0.0.0.0", help="where to listen")  # noqa: S104  stations are elsewhere
    broker.add_argument("--hub", default="hub", help="name in the hub's certificate")
    broker.add_argument("--user", default="mosquitto", help="account to run as")
    broker.add_argument(
        "--worker", action="append", default=[], help="name in a worker's certificate; may repeat"
    )
    broker.set_defaults(run=_broker)

    node = commands.add_parser("rabbitmq-config", help="write the configuration of a RabbitMQ node")
    node.add_argument("--into", type=Path, required=True, help="folder for its files")
    for name, meaning in (
        ("ca", "authorities of all certificates"),
        ("certificate", "the node's certificate"),
        ("key", "the node's private key"),
    ):
        node.add_argument(f"--{name}", type=Path, required=True, help=f"{meaning}, PEM")
    node.add_argument("--address", default="0.0.0.0", help="where to listen")  # noqa: S104  stations are elsewhere
    node.add_argument("--port", type=int, default=8883, help="for stations, MQTT over TLS")
    node.add_argument(
        "--among",
        default=rabbit.LOOPBACK,
        metavar="IP",
        help="where nodes speak to one another, without TLS: a network of their own",
    )
    node.add_argument(
        "--metrics-port",
        type=int,
        default=0,
        help="figures for Prometheus on this machine's loopback; none without it",
    )
    node.add_argument("--amqp-port", type=int, default=AMQP_PORT, help="for the hub's processes")
    node.add_argument(
        "--node",
        action="append",
        default=[],
        help="Erlang name of a node, rabbit@HOST; each of them",
    )
    node.set_defaults(run=_node)


def _add_document_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--master-list", type=Path, required=True, help="ICAO master list")
    parser.add_argument(
        "--list-signer",
        type=Path,
        required=True,
        metavar="CERTIFICATE",
        help="country signer of the state that publishes the list, got on another way",
    )
    parser.add_argument("--out", type=Path, required=True, help="the signed list, made or renewed")
    parser.add_argument(
        "--after-version",
        type=int,
        default=0,
        metavar="N",
        help="go on after N at least: for a hub whose registry was lost",
    )
    for name, metavar, meaning in (
        ("country", "XX", "take this country only; may come again"),
        ("allow-sha1", "SHA256", "country signer under which SHA-1 still counts; may come again"),
        ("without-crl", "NAME", "issuer of no revocation list any more; may come again"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=meaning)
    for name, meaning in (
        ("crl", "revocation list; may come again"),
        ("health-card-ca", "authority that issues TS-CNS; may come again"),
        ("operator-ca", "authority that issues operators' cards; may come again"),
    ):
        parser.add_argument(
            f"--{name}", action="append", default=[], type=Path, metavar="FILE", help=meaning
        )


def _serve(options: argparse.Namespace) -> int:
    log_events.configure()
    loaded = settings.load(options.hub_dir)
    if options.name:
        loaded = settings.as_worker(loaded, options.name)
    return app.Hub(loaded, setup.load_keys(loaded)).serve()


def _work(options: argparse.Namespace) -> int:
    log_events.configure()
    loaded = settings.as_worker(settings.load(options.hub_dir), options.name)
    return work.Worker(loaded, setup.load_keys(loaded)).run()


def _init(options: argparse.Namespace) -> int:
    try:
        root = SoftwareSigner.from_pem(options.root_key.read_bytes())
    except Malformed as error:
        raise SetupError(f"{options.root_key}: {error.code}") from error
    auditor = None if options.auditor_key is None else options.auditor_key.read_bytes()
    setup.initialise(settings.load(options.hub_dir), root, auditor)
    return 0


def _enrol(options: argparse.Namespace) -> int:
    setup.enrol(settings.load(options.hub_dir), options.certificate, options.station, options.code)
    return 0


def _identifications(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        print(listing.identification_table(acts.identifications(store)))
    finally:
        store.close()
    return 0


def _readiness(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        print(listing.readiness_table(acts.reports(store)))
    finally:
        store.close()
    return 0


def _alarms(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        print(listing.alarm_table(alarms.alarms(store)))
    finally:
        store.close()
    return 0


def _document_trust(options: argparse.Namespace) -> int:
    sources = making.Sources(
        master_list=options.master_list,
        list_country_signer=options.list_signer,
        countries=tuple(options.country),
        revocation_lists=tuple(options.crl),
        health_card_issuers=tuple(options.health_card_ca),
        operator_issuers=tuple(options.operator_ca),
        sha1_allowed=tuple(options.allow_sha1),
        out=options.out,
        without_crl=tuple(options.without_crl),
        after_version=options.after_version,
    )
    print(making.make(settings.load(options.hub_dir), sources, datetime.now(UTC)))
    return 0


def _broker(options: argparse.Namespace) -> int:
    plan = BrokerPlan(
        ca=options.ca,
        certificate=options.certificate,
        key=options.key,
        crl=options.crl,
        port=options.port,
        address=options.address,
        hub=options.hub,
        user=options.user,
        workers=tuple(options.worker),
    )
    print(write_configuration(plan, options.into))
    return 0


def _node(options: argparse.Namespace) -> int:
    plan = rabbit.NodePlan(
        ca=options.ca,
        certificate=options.certificate,
        key=options.key,
        nodes=tuple(options.node),
        address=options.address,
        port=options.port,
        amqp_port=options.amqp_port,
        among=options.among,
        metrics_port=options.metrics_port,
    )
    try:
        print(rabbit.write_configuration(plan, options.into))
    except ValueError as error:
        print(f"--among: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
