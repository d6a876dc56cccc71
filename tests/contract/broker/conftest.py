"""One real broker for the tests of this folder, and a client that keeps what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.emulated.mqtt import Visitor
from tests.emulated.services import Broker
from tests.workbench.pki import Site, make_site

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("site"), ["kiosk-0001", "kiosk-0002"])


@pytest.fixture(scope="module")
def broker(site: Site) -> Iterator[Broker]:
    with Broker(site) as running:
        yield running


@pytest.fixture
def visit(site: Site, broker: Broker) -> Iterator[Visit]:
    """`visit("kiosk-0001")` connects with that name's certificate."""
    visitors: list[Visitor] = []

    def connect(name: str, **options: Any) -> Visitor:
        if name == "hub":
            credential = (site.hub_dir / "tls", "hub")
        else:
            credential = (site.stations[name] / "tls", "station")
        visitor = Visitor(broker.port, credential, ca=site.broker_dir / "ca.pem", **options)
        visitors.append(visitor)
        return visitor.connect()

    yield connect
    for visitor in visitors:
        visitor.close()
