"""What an answer from a medium means for the station: the same as if the broker had brought it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sync.edge.clock import StationClock
from sync.edge.link.answers import Agreed, AtOdds, NotOurs, judge
from sync.edge.link.standing import Notice
from sync.edge.link.trusting import Belief
from sync.edge.station import StationProfile
from sync.edge.store import Standing, Store
from sync.edge.trouble import StoreTrouble
from sync.wire import list_versions
from sync.wire.courier import CarriedAnswer
from sync.wire.receipt import Acknowledgement

FOREIGN = "courier.answer-foreign"


@dataclass(frozen=True, slots=True)
class Taken:
    """What answers brought.

    Attributes:
        code: what of it was not believed or not kept, a failure code; empty where all was.
        answers: how many there were.
        stored: how many more entries the hub holds now, as far as is known here.
        settled: how many more it has decided.
        lists: the signed lists that were put in place.
    """

    code: str = ""
    answers: int = 0
    stored: int = 0
    settled: int = 0
    lists: tuple[str, ...] = ()

    def with_more(self, other: Taken) -> Taken:
        """Both together."""
        return Taken(
            self.code or other.code,
            self.answers + other.answers,
            self.stored + other.stored,
            self.settled + other.settled,
            self.lists + other.lists,
        )


class AnswerTaker:
    """Takes answers for one station.

    Args:
        profile: the station.
        store: its open store.
        clock: its clock.
        take_list: as in `Courier`; None where lists are not taken.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Store,
        clock: StationClock,
        take_list: Callable[[str, bytes], str] | None = None,
    ) -> None:
        self._store = store
        self._take_list = take_list
        self._belief = Belief(profile, store)
        self._clock = clock
        self._notice = Notice(store.folder, profile.name)

    def take(self, answer: CarriedAnswer) -> Taken:
        """Lists first: an acknowledgement may be by a key that they bring."""
        taken = Taken(answers=1)
        for name in list_versions.NAMES:
            data = answer.lists.get(name)
            if data is None or self._take_list is None:
                continue
            code = self._take_list(name, data)
            if code:
                taken = replace(taken, code=taken.code or code)
            else:
                taken = replace(taken, lists=(*taken.lists, name))
        before = self._store.standing()
        if isinstance(before, StoreTrouble):
            return replace(taken, code=before.code)
        for data in answer.acknowledgements:
            code = self._acknowledged(data)
            if code:
                taken = replace(taken, code=taken.code or code)
            if code.startswith("store."):
                break
        after = self._store.standing()
        if isinstance(after, StoreTrouble):
            return replace(taken, code=after.code)
        self._destroy()
        return replace(
            taken,
            stored=after.watermark - before.watermark,
            settled=after.decided - before.decided,
        )

    def _acknowledged(self, data: bytes) -> str:
        """Keeps what one acknowledgement says; a failure code, or empty."""
        acknowledgement = self._belief.believed(data)
        if acknowledgement is None:
            return self._belief.code or FOREIGN
        standing = self._store.standing()
        if isinstance(standing, StoreTrouble):
            return standing.code
        if acknowledgement.hub_time > standing.hub_time:
            self._notice.heard(acknowledgement)
        verdict = judge(
            acknowledgement,
            self._store,
            watermark=standing.watermark,
            decided=standing.decided,
            received_at=self._clock.now_ms(),
        )
        match verdict:
            case Agreed():
                return self._kept(acknowledgement, verdict, data)
            case AtOdds(code):
                return self._held(acknowledgement, code, standing)
            case NotOurs():
                return FOREIGN
            case StoreTrouble():
                return verdict.code

    def _kept(self, answer: Acknowledgement, agreed: Agreed, data: bytes) -> str:
        # When it came says nothing of the hub's time: it may have lain in a drawer. So it moves the
        # watermark of a store that was made anew, and does not say where that one may go on.
        refusal = self._store.acknowledge(
            agreed.watermark,
            agreed.decided,
            agreed.outcomes,
            data=data,
            hub_time=answer.hub_time,
            sent_at=None,
            received_at=self._clock.now_ms(),
            secured=answer.secured,
        ) or self._store.carried.stands(answer.up_to, answer.hub_time)
        return "" if refusal is None else refusal.code

    def _held(self, answer: Acknowledgement, code: str, standing: Standing) -> str:
        """The hub's chain is another one: recording stops, unless this word is an old one."""
        if answer.hub_time <= standing.hub_time:
            return ""
        refusal = self._store.hold(code, hub_time=answer.hub_time)
        return code if refusal is None else refusal.code

    def _destroy(self) -> None:
        """What the hub has in a backup goes, as far as this disk lets it; the link does the rest."""
        while self._store.destroy_secured() is True:
            pass
