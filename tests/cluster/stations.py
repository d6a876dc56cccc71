"""Stations of a cluster's run: journals as the window writes them, and the link as it runs."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

from sync.edge import station
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.store import Standing, Store
from sync.model import registration_number
from sync.model.preregistration import Preregistration
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import ServiceError
from tests.unit.hub.stations import preregistration
from tests.workbench.vaults import open_store


class Recording:
    """A station's journal."""

    def __init__(self, folder: Path) -> None:
        """Opens it; raises `ServiceError` where the folder is not usable."""
        self.profile = station.load(folder)
        trust = self.profile.hub_trust()
        store = open_store(self.profile)
        if not isinstance(store, Store) or not isinstance(trust, HubTrust):
            raise ServiceError("the station's folder is not usable")
        self._store = store
        key = (folder / "key" / "signing.pem").read_bytes()
        self._journal = Journal(
            store,
            self.profile,
            signer=SoftwareSigner.from_pem(key),
            sealing_key=trust.sealing_key,
        )
        self.recorded = 0

    def close(self) -> None:
        self._store.close()

    def record(self, people: range) -> None:
        """Records a registration of each; what a person saw confirmed."""
        for person in people:

            def compose(position: Position, person: int = person) -> Preregistration:
                number = registration_number.issue(self.profile.code, position.counter).text
                return replace(preregistration(person), registration_number=number)

            done = self._journal.record(uuid.uuid4(), compose)
            if not isinstance(done, Recorded):
                raise ServiceError(done.code)
            self.recorded += 1

    def standing(self) -> tuple[int, int]:
        """Up to where the hub holds the chain, and up to where outcomes are known."""
        standing = self._store.standing()
        return (standing.watermark, standing.decided) if isinstance(standing, Standing) else (0, 0)

    def hashes(self) -> list[bytes]:
        """Of every entry, in order; each is what a person saw confirmed."""
        found: list[bytes] = []
        while len(found) < self.recorded:
            entries = self._store.entries(len(found) + 1, most=500)
            if not isinstance(entries, list) or not entries:
                raise ServiceError("the journal cannot be read")
            found += [one.hash for one in entries]
        return found
