"""Stations are told of a new key only when every process of the hub opens by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sync.hub import settings, setup
from tests.workbench.pki import make_site


def test_a_worker_that_has_not_read_a_key_keeps_it_from_the_list(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site", workers=["hub-w1", "hub-w2"])
    hub = settings.load(site.hub_dir)
    worker = settings.as_worker(hub, "hub-w1")
    keys = setup.load_keys(hub)
    newer = keys.unsealing[0].key_id.hex()
    assert setup.in_use(hub) == frozenset()
    setup.tell_in_use(hub, keys)
    assert newer in setup.in_use(hub), "a worker that has never started is not waited for"
    setup.tell_in_use(worker, replace(keys, unsealing=()))
    assert newer not in setup.in_use(hub)
    setup.tell_in_use(worker, keys)
    assert newer in setup.in_use(hub)
