"""A page printer that goes while it is tested, and the list that tells of it."""

from __future__ import annotations

import random

import pytest

from tests.faults.devices.campaign import Campaign
from tests.faults.devices.ready import pages
from tests.workbench.display import Display
from tests.workbench.stage import Stage

PULLS = 3


@pytest.mark.timeout(180)
def test_a_page_printer_that_goes_is_told_and_comes_back() -> None:
    listed, tested = pages("page-printer")
    campaign = Campaign("page-printer")
    with Display() as display:
        made = Stage(display, fitted=True, role="installer")
        with made as stage, campaign.watched(stage):
            assert campaign.play(listed(stage, random.Random(1)), 1), campaign.figures.broken
            assert campaign.play(tested(stage, random.Random(2)), PULLS - 1)
    assert campaign.figures.broken == []
    assert campaign.figures.pulls == PULLS
