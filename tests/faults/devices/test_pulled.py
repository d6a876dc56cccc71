"""Each device is pulled a few times where it is needed most; `make faults` does it 200 times."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.faults.devices import cameras, fingers, papers, readers
from tests.faults.devices.campaign import DEVICES, Campaign, shares
from tests.faults.devices.page import Page
from tests.workbench.display import Display
from tests.workbench.stage import Stage

pytestmark = pytest.mark.timeout(240)

PULLS = 3
SEED = 20261123


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Display() as display, Stage(display, fitted=True, idle_seconds=1800) as made:
        yield made


@pytest.mark.parametrize(
    ("device", "page"),
    [
        ("fingerprint", fingers.FingerOnGlass),
        ("camera", cameras.ReceiptCode),
        ("card-reader", readers.FormAsksForCard),
        ("document", readers.DocumentLifted),
        ("slip-printer", papers.IdentificationSlip),
    ],
)
def test_a_device_that_is_pulled_and_returned_serves_again(
    stage: Stage, device: str, page: type[Page]
) -> None:
    campaign = Campaign(device)
    with campaign.watched(stage):
        assert campaign.play(page(stage, random.Random(SEED)), PULLS), campaign.figures.broken
    assert campaign.figures.broken == []
    assert len(campaign.figures.seconds) == campaign.figures.pulls == PULLS


def test_without_its_sensor_the_kiosk_reads_cards(stage: Stage) -> None:
    campaign = Campaign("fingerprint")
    with campaign.watched(stage):
        campaign.elsewhere(stage)
    assert campaign.figures.broken == []


def test_every_page_gets_its_pulls() -> None:
    for pages in DEVICES.values():
        each = shares(pages, 200)
        assert sum(each) == 200
        assert min(each) >= 5
