"""Which answers are believed: those that a hub of the newest trust list signed."""

from __future__ import annotations

from sync.edge.log_events import Event, log
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire import admission, list_versions, parts, receipt
from sync.wire.admission import Admission
from sync.wire.list_versions import ListVersions
from sync.wire.parts import PartAnswer
from sync.wire.receipt import Acknowledgement
from sync.wire.trust import HubTrust


class Belief:
    """The hub's keys as this station has them.

    Attributes:
        code: why there are none, a code of the trust list or of the store; empty where there are.
    """

    def __init__(self, station: StationProfile, store: Store) -> None:
        self._station = station
        self._store = store
        self._trust: HubTrust | None = None
        self._stamp = (0, 0)
        self.code = ""

    def renew(self) -> None:
        """Takes a list that was replaced: a key that was withdrawn counts no more."""
        stamp = self._station.trust_stamp()
        if self._trust is None or stamp != self._stamp:
            self._stamp = stamp
            self._load()

    def believed(self, payload: bytes) -> Acknowledgement | None:
        """The acknowledgement in `payload`; None where no trusted hub signed it."""
        self.renew()
        return None if self._trust is None else receipt.verify(payload, self._trust)

    def hints(self, payload: bytes) -> bool:
        """Whether a trusted hub signed this hint of how new its lists are."""
        self.renew()
        trusted = self._trust
        return trusted is not None and isinstance(
            list_versions.load(payload, trusted), ListVersions
        )

    def admitted(self, payload: bytes) -> Admission | None:
        """How fast stations may come back; None where no trusted hub signed it."""
        self.renew()
        return None if self._trust is None else admission.verify(payload, self._trust)

    def parted(self, payload: bytes) -> PartAnswer | None:
        """What the hub says of a part; None where no trusted hub signed it."""
        self.renew()
        return None if self._trust is None else parts.verify(payload, self._trust)

    def _load(self) -> None:
        newest = self._store.trust_version()
        if isinstance(newest, StoreTrouble):
            # Without it a list that was rolled back would not be noticed; what is in hand stays.
            self.code = "" if self._trust else newest.code
            return
        found = self._station.hub_trust(at_least=newest)
        if isinstance(found, HubTrust):
            self._trust = found
            self.code = ""
            if newest != found.version:
                self._store.take_trust_version(found.version)
            self._station.adopt_root(found)
            return
        if self.code != found.code:
            log(Event.TRUST, code=found.code)
        if self._trust is None:
            self.code = found.code
