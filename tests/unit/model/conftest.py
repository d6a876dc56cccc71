"""The model's tests: what takes time at its first call is loaded before any of them is timed."""

from __future__ import annotations

import pytest
from hypothesis import settings

from sync.model import codice_fiscale

# A machine that is busy with something else is no fault of the model.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _preloaded() -> None:
    codice_fiscale.preload()
