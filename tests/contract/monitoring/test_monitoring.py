"""The hub's figures, the dashboard and the alarms, read by Prometheus's own tools."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from sync.hub import metrics, watching
from sync.hub.log_events import Event, log
from sync.hub.metrics import MOST_NAMED, Shown, Subject
from sync.hub.settings import MetricsSettings
from sync.hub.store import backups, chains, health, operators
from sync.hub.store.database import Store, StoreError
from sync.hub.store.health import Concern
from sync.hub.watching import Certificates
from sync.wire.health import encode
from tests.unit.hub.stations import NOON, Bench
from tests.unit.hub.test_watching import device
from tests.unit.wire.test_health import WELL

MONITORING: Final = Path(__file__).parents[3] / "deploy" / "monitoring"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0"
PERSON: Final = re.compile(r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]")
DAY = 24 * 3_600_000


def promtool(*arguments: str, given: str | None = None) -> str:
    """What the program says; a failure of it is one of the test."""
    done = subprocess.run(
        ["promtool", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=MONITORING,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A registry in which there is something of everything."""
    path = tmp_path / "registry.db"
    store = Store.open(path)
    bench = Bench(store)
    station = bench.enrolled("kiosk-0001", 17)
    station.record_many(1, 3)
    with store.transaction():
        chains.add(store, station.name, station.chain, NOON)
        operators.signed(store, 7, bytes(32), NOON)
        backups.made(store, NOON, bytes(32), 1, is_away=True)
        health.keep(store, station.name, encode(replace(WELL, head=12, accepted=10)), NOON)
    device(store, "058091-PC-0001", seen_at=NOON, ends_at=NOON + DAY)
    watching.note(store, watching.look(store, NOON + DAY, Certificates()), NOON + DAY)
    store.close()
    return path


@pytest.fixture
def shown(registry: Path) -> Iterator[Shown]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    subject = Subject(
        lambda: Store.open_reader(registry),
        lambda: True,
        lambda: Certificates((("hub", NOON),)),
        lambda: NOON + 60_000,
        "0.1.0",
    )
    made = metrics.show(subject, MetricsSettings("127.0.0.1", port))
    yield made
    made.close()


def scrape(shown: Shown, accept: str = OPENMETRICS) -> str:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{shown.port}/metrics", headers={"Accept": accept}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert accept.split(";", maxsplit=1)[0] in answer.headers["Content-Type"]
        return str(answer.read().decode())


def values(text: str) -> dict[str, float]:
    """Each sample by its name and labels."""
    return {
        sample.name + "".join(f" {key}={one}" for key, one in sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # untyped
        for sample in family.samples
    }


def test_the_figures_say_what_the_registry_holds(shown: Shown) -> None:
    found = values(scrape(shown))
    assert found["sportello_stations"] == 1
    assert found["sportello_operations_held"] == 3
    assert found["sportello_operations_undecided"] == 3
    assert found["sportello_backlog_age_seconds"] == 60
    assert found["sportello_registry_up"] == 1
    assert found["sportello_signed_list_version list=roster"] == 7
    assert found["sportello_backup_timestamp_seconds"] == NOON / 1000
    assert found["sportello_station_entries_waiting"] == 2
    assert found["sportello_station_entries_to_decide"] == 1
    assert found["sportello_station_troubles code=reader.absent"] == 1
    assert found["sportello_devices state=attivo"] == 1
    assert found["sportello_concerns code=backlog.old"] == 1
    assert (
        found["sportello_concern_since_timestamp_seconds code=backlog.old subject=hub"]
        == (NOON + DAY) / 1000
    )
    assert found["sportello_certificate_ends_timestamp_seconds certificate=hub"] == NOON / 1000


def test_what_the_hub_logs_is_counted(shown: Shown) -> None:
    log(Event.BATCH_STORED, station="kiosk-0001", up_to=9, stored=4, milliseconds=7)
    log(Event.ALARM, station="kiosk-0001", code="chain.fork")
    found = values(scrape(shown))
    assert found["sportello_operations_stored_total"] == 4
    assert found["sportello_batch_seconds_count"] == 1
    assert found["sportello_batch_seconds_sum"] == 0.007
    assert found["sportello_alarms_total code=chain.fork"] == 1
    assert found["sportello_events_total event=batch.stored"] == 1
    shown.close()
    log(Event.ALARM, station="kiosk-0001", code="chain.fork")  # nobody hears it, nothing breaks


def test_the_figures_name_nobody(shown: Shown) -> None:
    assert PERSON.search(scrape(shown)) is None


def test_a_registry_that_is_away_is_told_and_breaks_nothing() -> None:
    def away() -> Store:
        raise StoreError("store.unreachable")

    subject = Subject(away, lambda: False, Certificates, lambda: NOON, "0.1.0")
    names = {one.name for one in metrics.RegistryFigures(subject).collect()}
    assert "sportello_registry_up" in names
    assert "sportello_stations" not in names


def test_many_concerns_stay_few_series(registry: Path) -> None:
    store = Store.open(registry)
    many = [Concern("station.silent", f"kiosk-{number:04}") for number in range(MOST_NAMED + 50)]
    watching.note(store, many, NOON)
    store.close()
    subject = Subject(
        lambda: Store.open_reader(registry), lambda: True, Certificates, lambda: NOON, "0.1.0"
    )
    families = {one.name: one for one in metrics.RegistryFigures(subject).collect()}
    assert len(families["sportello_concern_since_timestamp_seconds"].samples) == MOST_NAMED
    (counted,) = families["sportello_concerns"].samples
    assert counted.value == MOST_NAMED + 50


def test_prometheus_has_no_complaint_about_the_figures(shown: Shown) -> None:
    log(Event.BATCH_STORED, station="kiosk-0001", up_to=9, stored=4, milliseconds=7)
    assert promtool("check", "metrics", given=scrape(shown, "text/plain")) == ""


def test_the_alarms_are_raised_and_only_then() -> None:
    promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts-test.yml")


def test_dashboard_and_alarms_ask_for_figures_that_there_are(shown: Shown, tmp_path: Path) -> None:
    log(Event.BATCH_STORED, station="kiosk-0001", up_to=9, stored=4, milliseconds=7)
    log(Event.ALARM, station="kiosk-0001", code="chain.fork")
    exported = {name.split(" ")[0] for name in values(scrape(shown))}
    # What is there only while something is so.
    exported |= {"sportello_operations_refused_total", "sportello_batch_seconds_bucket"}
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = (MONITORING / "alerts.yml").read_text()
    named = set(re.findall(r"\bsportello_\w+", "\n".join([*asked, rules])))
    assert named - exported == set()
    lines = [
        f"- {{record: 'board:{number}', expr: {json.dumps(expr)}}}"
        for number, expr in enumerate(asked)
    ]
    body = "\n    ".join(lines)
    board_rules = tmp_path / "board.yml"
    board_rules.write_text(f"groups:\n- name: board\n  rules:\n    {body}\n")
    promtool("check", "rules", str(board_rules))
