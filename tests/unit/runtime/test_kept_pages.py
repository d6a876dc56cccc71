"""The page of an installation travels with its report, sealed, and opens at the hub alone."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest

from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt
from kiosk.runtime.kept_pages import INSTALLATION_PAGE, KeptPages
from kiosk.runtime.records import Records
from kiosk.strings.catalogue import Catalogue
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model.operation import Act
from sync.model.preregistration import Community
from sync.wire import envelope, parts
from tests.unit.edge.stations import make_station
from tests.unit.model.console_examples import INSTALLED
from tests.unit.model.examples import READY

T = TypeVar("T")
NOON = 1_795_694_400_000
OFFICE = OfficeInfo("kiosk-0001", "Sportello di prova", "L219", Community.SISTEMA_PIEMONTE)


def pages() -> KeptPages:
    return KeptPages(lambda: OFFICE, Catalogue.load("it"), lambda: NOON)


def test_the_page_is_on_the_disk_with_its_report(tmp_path: Path) -> None:
    station = make_station(tmp_path / "station")
    records = Records(
        station.profile,
        station.signer,
        office=OFFICE.name,
        post=lambda _event: None,
        recorded=lambda: None,
        pages=pages().of,
    )
    operation_id = uuid4()
    try:
        records.record_act(uuid4(), operation_id, INSTALLED)
        records.record_act(uuid4(), operation_id, INSTALLED)  # asked again
        store = records.store()
        assert isinstance(store, Store)
        (kept,) = _list(store.parts.to_send(1))
        data = store.parts.data(kept)
        assert isinstance(data, bytes)
        (entry,) = _list(store.entries(1, most=9))
    finally:
        records.close()
    header = envelope.parse(entry.envelope).header
    assert [(part.kind, part.digest) for part in header.parts] == [(INSTALLATION_PAGE, kept.digest)]
    name, key = station.profile.name, station.hub.unsealing
    page = parts.unseal(data, INSTALLATION_PAGE, name, operation_id, key)
    assert page is not None
    assert page.startswith(b"%PDF-")
    assert parts.unseal(data, INSTALLATION_PAGE, name, uuid4(), key) is None


def test_other_acts_have_no_page() -> None:
    assert pages().of(uuid4(), READY) == ()


def test_a_page_that_cannot_be_made_keeps_no_report_from_being_recorded() -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError

    act: Act = INSTALLED
    made = KeptPages(lambda: OFFICE, Catalogue.load("it"), lambda: NOON, broken)
    assert made.of(uuid4(), act) == ()


@pytest.mark.parametrize("size", [parts.MOST_PLAIN_BYTES, parts.MOST_PLAIN_BYTES + 1])
def test_a_page_that_is_too_large_stays_on_paper(size: int) -> None:
    def large(_receipt: ActReceipt, _office: OfficeInfo, _catalogue: Catalogue) -> bytes:
        return bytes(size)

    made = KeptPages(lambda: OFFICE, Catalogue.load("it"), lambda: NOON, large)
    assert len(made.of(uuid4(), INSTALLED)) == (size <= parts.MOST_PLAIN_BYTES)


def _list(found: list[T] | StoreTrouble) -> list[T]:
    assert isinstance(found, list)
    return found
