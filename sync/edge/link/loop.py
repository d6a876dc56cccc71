"""The link at work: one thread that waits for the broker, the window, the network and the time."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Final

from sync.edge import retry, trouble
from sync.edge.clock import StationClock
from sync.edge.courier.neighbour import NeighbourPipe
from sync.edge.courier.neighbourhood import Neighbourhood
from sync.edge.courier.passing_on import LEAST_SECONDS
from sync.edge.health import Pulse
from sync.edge.link import network, status
from sync.edge.link.admitting import Gate
from sync.edge.link.answers import Agreed, AtOdds, NotOurs, judge
from sync.edge.link.asking import Asking
from sync.edge.link.dispatch import ANSWER_SECONDS, Dispatch, Hub, Order, Question
from sync.edge.link.hints import keep_hint
from sync.edge.link.keeping import Keeper
from sync.edge.link.noting import Noter
from sync.edge.link.packing import Message, pack
from sync.edge.link.parting import Parting
from sync.edge.link.pipe import REFUSED, REVOKED, Arrived, Down, Event, Pipe, Taken, Up
from sync.edge.link.standing import Notice
from sync.edge.link.trusting import Belief
from sync.edge.log_events import Event as Log
from sync.edge.log_events import log, where
from sync.edge.station import StationProfile
from sync.edge.storage_watch import StorageWatch
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import TLS_KEY, Vault
from sync.edge.wakeup import Role, WakeUp
from sync.wire import batch, presence, topics
from sync.wire.envelope import ClockQuality
from sync.wire.presence import Presence
from sync.wire.receipt import Acknowledgement, Missing

TICK_SECONDS: Final = 5.0
LATE_SECONDS: Final = 1800.0
CONNACK_SECONDS: Final = 20.0
STEADY_SECONDS: Final = 30.0
SOON_SECONDS: Final = 5.0
KEEP_SECONDS: Final = 0.2


class Link:
    """Carries one station's journal."""

    def __init__(
        self,
        station: StationProfile,
        store: Store,
        wake: WakeUp,
        *,
        draw: Callable[[], float],
        clock: StationClock | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        vault: Vault | None = None,
    ) -> None:
        """A link that has not begun; see `Dispatch` for `draw` and `answer_seconds`.

        `vault` gives the password of the TLS key's file, where it wants one.
        """
        self._tls_password = b"" if vault is None else vault.password(TLS_KEY)
        self._station = station
        self._store = store
        self._wake = wake
        self._draw = draw
        self._clock = clock or StationClock()
        self._dispatch = Dispatch(
            draw=draw, longest_retry=station.longest_retry, answer_seconds=answer_seconds
        )
        self._keeper = Keeper(store, self._clock)
        self._noter = Noter(store, self._clock)
        self._asking = Asking(station.name, store, wake, self._clock)
        self._network = network.changes()
        self._belief = Belief(station, store)
        self._gate = Gate(draw)
        self._parting = Parting(station.name, store, draw)
        self._notice = Notice(store.folder, station.name)
        self._neighbours = Neighbourhood(station, self._tls_password, lambda: wake.ring(Role.LINK))
        self._relayed: dict[int, int] = {}
        self._late_at = 0.0
        self._pipe: Pipe | NeighbourPipe | None = None
        self._is_up = False
        self._protocol_5 = True
        # One for as long as the process lives: a broker ends the half that is left of a connection.
        self._client_id = topics.client_id(station.name)
        self._opened_at = 0.0
        self._connect_at = 0.0
        self._tried_at = 0.0
        self._looked_at = 0.0
        self._failures = 0
        self._was_heard = False
        self._has_asked = False
        self._newest_answer = -1
        self._kept_at = 0.0
        self._destroys = True
        self._watermark = 0
        self._decided = 0
        self._orders: dict[int, Order] = {}
        self._storage = storage = StorageWatch(store)
        self._pulse = Pulse(station, store, self._clock, worn=storage.percent, codes=storage.codes)
        self._pulse_mid = 0
        self._sent_at: int | None = None
        self._code = status.CONNECTING
        self._hears_out = False
        self._hub_code = ""
        self._hub_was = Hub.UNKNOWN

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Works until `until` says so; what goes wrong is logged and mended, never raised."""
        self._look_into_store()
        self._belief.renew()
        self._neighbours.start()
        try:
            while not until():
                try:
                    self._step()
                except Exception as error:  # noqa: BLE001 - the last line of defence of a service
                    log(Log.BROKEN, error=type(error).__name__, where=where(error))
                    self._fell(Down("link.lost"))
        finally:
            self._neighbours.stop()
            if self._pipe is not None:
                self._pipe.close()
            if self._network is not None:
                self._network.close()

    # --- one round

    def _step(self) -> None:
        now = time.monotonic()
        if self._pipe is None and now >= self._connect_at:
            self._open(now)
        if now - self._looked_at >= TICK_SECONDS:
            self._look_into_store()  # a ring may be lost
            self._asking.look()
            self._belief.renew()
            self._offer_late(now)
            self._storage.look()
        self._work(time.monotonic())
        self._wait()

    def _work(self, now: float) -> None:
        """Sends what is to be sent, keeps what is to be kept, notes what is to be noted."""
        if self._is_up:
            self._dispatch.expired(now)
            self._send(now)
            if isinstance(self._pipe, Pipe):
                self._pass_on(self._pipe, now)
                self._asking.send(self._pipe)
                self._send_part(self._pipe, now)
                self._tell_health(self._pipe, now)
        # While more is on its way, what was said is kept some times a second, and not each time.
        if self._dispatch.in_flight is None or now - self._kept_at >= KEEP_SECONDS:
            self._kept_at = now
            self._keep()
            self._destroy()
        self._note(now)

    def _wait(self) -> None:
        now = time.monotonic()
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        if self._network is not None:
            poller.register(self._network, select.POLLIN)
        pipe = self._pipe
        channel = None if pipe is None else pipe.channel
        if pipe is not None and channel is not None:
            poller.register(channel, select.POLLIN | (select.POLLOUT if pipe.wants_to_write else 0))
        seconds = 0.0 if pipe is not None and pipe.holds_data else self._patience(now)
        ready = {handle for handle, _ in poller.poll(seconds * 1000)}
        if self._wake.fileno() in ready:
            self._woken()
        if self._network is not None and self._network.fileno() in ready:
            self._network_changed()
        if pipe is not None:
            is_readable = pipe.holds_data or (channel is not None and channel.fileno() in ready)
            self._serve(pipe, is_readable=is_readable)

    def _patience(self, now: float) -> float:
        """Seconds until something is due even if nothing happens."""
        times = [now + TICK_SECONDS]
        if self._pipe is None:
            times.append(self._connect_at)
        if self._neighbours.passing_on.has_waiting and self._is_up:
            times.append(now + LEAST_SECONDS)
        due = self._dispatch.due(now)
        if due is not None:
            times.append(due)
        if self._keeper.owes or self._destroys:
            times.append(self._kept_at + KEEP_SECONDS)
        return max(0.0, min(times) - now)

    # --- what wakes it

    def _woken(self) -> None:
        """The window recorded or asks something: whoever did that waits for it."""
        self._wake.hush()
        self._asking.look()
        self._look_into_store()
        now = time.monotonic()
        self._dispatch.recorded(now)
        if self._pipe is None and now - self._tried_at >= SOON_SECONDS:
            self._connect_at = min(self._connect_at, now)

    def _network_changed(self) -> None:
        """No need to wait as long as planned."""
        network.hush(self._network)
        self._connect_at = min(self._connect_at, time.monotonic() + 1.0)

    def _look_into_store(self) -> None:
        self._looked_at = time.monotonic()
        head = self._store.head()
        standing = self._store.standing()
        if isinstance(head, StoreTrouble):
            self._store_trouble(head)
        elif isinstance(standing, StoreTrouble):
            self._store_trouble(standing)
        else:
            self._watermark = max(self._watermark, standing.watermark)
            self._decided = max(self._decided, standing.decided)
            self._gate.knows(standing.hub_time)
            self._survey(head.seq)
            self._dispatch.stands(
                watermark=self._watermark,
                decided=self._decided,
                last=head.seq,
                is_held=standing.trouble == trouble.REBUILT,
            )

    def _survey(self, last: int) -> None:
        """How urgent it is what waits; of no interest to a station that may send."""
        if not self._gate.is_open:
            refusal = self._store.waiting.look(self._watermark, last)
            if refusal is not None:
                self._store_trouble(refusal)

    def _hold_back(self, now: float) -> None:
        """Entries wait while other stations that came back have their turn."""
        backlog = self._dispatch.backlog
        moment = self._gate.opens_at(now, self._store.waiting.urgency, backlog)
        self._dispatch.hold(0.0 if moment is None else moment)

    # --- the broker

    def _open(self, now: float) -> None:
        self._tried_at = now
        self._belief.renew()
        self._pipe = self._neighbours.pipe(self._failures) or Pipe(
            self._station,
            is_clock_wrong=self._clock.quality() is ClockQuality.IMPOSSIBLE,
            protocol_5=self._protocol_5,
            will=self._presence(online=False),
            password=self._tls_password,
            hears_out=self._hears_out,
            client_id=self._client_id,
        )
        self._opened_at = now
        self._was_heard = False
        refusal = self._pipe.open()
        if refusal is not None:
            self._fell(refusal)

    def _serve(self, pipe: Pipe | NeighbourPipe, *, is_readable: bool) -> None:
        for event in pipe.serve(is_readable=is_readable):
            self._happened(event)
        is_waiting = self._pipe is pipe and not self._is_up
        if is_waiting and time.monotonic() - self._opened_at > CONNACK_SECONDS:
            self._fell(Down("link.no-network"))

    def _happened(self, event: Event) -> None:
        now = time.monotonic()
        match event:
            case Up():
                self._came_up(now)
            case Down():
                self._fell(event)
            case Taken(mid, somebody_listens, is_refused):
                order = self._orders.pop(mid, None)
                neighbour = self._relayed.pop(mid, None)
                if neighbour is not None:
                    listens = somebody_listens and not is_refused
                    self._neighbours.passing_on.taken(neighbour, somebody_listens=listens)
                elif is_refused and mid != self._pulse_mid:
                    self._hub_code = REFUSED
                if order is not None and somebody_listens and not is_refused:
                    self._dispatch.taken(order, now)
                elif order is not None:
                    self._dispatch.nobody_listens(order, now)
            case Arrived():
                self._heard(event, now)

    def _came_up(self, now: float) -> None:
        self._is_up = True
        self._gate.came_back(now)
        self._code = status.UP
        self._has_asked = False
        self._newest_answer = -1
        self._orders.clear()
        self._relayed.clear()
        self._parting.connected()
        self._pulse.connected()
        self._asking.look()
        self._look_into_store()
        self._late_at = now
        self._dispatch.connected(now, self._missing())
        if self._pipe is not None:
            topic = topics.state(self._station.name)
            self._pipe.publish(topic, self._presence(online=True), retain=True)
        if isinstance(self._pipe, NeighbourPipe):
            log(Log.NEIGHBOUR)
        else:
            log(Log.UP, protocol=5 if self._protocol_5 else 3)

    def _missing(self) -> list[int]:
        """Entries that the hub knows by hash alone."""
        verdicts = self._store.verdicts()
        if isinstance(verdicts, StoreTrouble):
            return []
        return [seq for seq, verdict in verdicts.items() if isinstance(verdict, Missing)]

    def _offer_late(self, now: float) -> None:
        """Now and then, since a hub is mended without this station's connection noticing."""
        if self._is_up and now - self._late_at >= LATE_SECONDS:
            self._late_at = now
            self._dispatch.offer(self._missing())

    def _fell(self, down: Down) -> None:
        """The connection is over: when to try again."""
        now = time.monotonic()
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        self._is_up = False
        self._neighbours.passing_on.may_take = False
        self._dispatch.disconnected()
        if self._was_heard or now - self._opened_at > STEADY_SECONDS:
            self._failures = 0
        self._failures += 1
        wait = retry.delay(self._failures, self._draw(), longest=self._station.longest_retry)
        if down.code == REFUSED and self._hears_out:
            # Twice without a word. A broker that cannot read MQTT 5 (RabbitMQ before 3.13) may hang up
            # on it: the other version next, and so on in turns.
            self._protocol_5 = not self._protocol_5
        self._hears_out = down.code == REFUSED
        if down.speaks_only_3 and self._protocol_5:
            self._protocol_5 = False
            self._hears_out = False
            wait = 0.0
        if down.code == REVOKED and self._notice.turned_away():
            self._wake.ring(Role.WINDOW)
        self._code = down.code
        self._connect_at = now + wait
        log(Log.DOWN, code=down.code, seconds=round(wait))

    # --- sending

    def _send(self, now: float) -> None:
        pipe = self._pipe
        self._hold_back(now)
        while pipe is not None:
            order = self._dispatch.next_order(now)
            if order is None:
                return
            message = pack(order, self._store, known=self._decided)
            if isinstance(message, Message):
                self._hand_out(message.last)
                topic = topics.operations(self._station.name)
                mid = pipe.publish(topic, message.data, expiry=batch.EXPIRY_SECONDS)
                self._orders[mid] = order
                self._dispatch.sent(order, message.last, now)
                self._has_asked = True
                if not isinstance(order, Question):
                    self._sent_at = self._clock.now_ms()
            elif message is None:
                self._dispatch.nothing_to_sign()
            else:
                self._store_trouble(message)
                return

    def _hand_out(self, last: int) -> None:
        """A disk that does not take the mark keeps nothing back: the hub is the safer place."""
        refusal = self._store.hand_out(last)
        if refusal is not None:
            self._store_trouble(refusal)

    def _pass_on(self, pipe: Pipe, now: float) -> None:
        """For a neighbour, when nothing of its own waits and none is on its way."""
        passing, dispatch = self._neighbours.passing_on, self._dispatch
        passing.may_take = dispatch.hub is Hub.PRESENT
        if passing.may_take and not dispatch.backlog and dispatch.in_flight is None:
            message = passing.next_message(now)
            if message is not None:
                topic = topics.relayed(self._station.name)
                mid = pipe.publish(topic, message[1], expiry=batch.EXPIRY_SECONDS)
                self._relayed[mid] = message[0]

    def _send_part(self, pipe: Pipe, now: float) -> None:
        """Parts go when no operation waits and none is on its way, to a hub that answers."""
        dispatch = self._dispatch
        if dispatch.hub is Hub.PRESENT and not dispatch.backlog and dispatch.in_flight is None:
            self._parting.send(pipe, now, up_to=self._watermark)

    def _tell_health(self, pipe: Pipe, now: float) -> None:
        """A hint: a broker of before, which does not let it through, stops nothing else."""
        report = self._pulse.due(now)
        if report is not None:
            topic = topics.health(self._station.name)
            self._pulse_mid = pipe.publish(topic, report, expiry=batch.EXPIRY_SECONDS)

    # --- hearing

    def _heard(self, event: Arrived, now: float) -> None:
        """A message, by where it came."""
        if event.is_hint:
            self._hinted(event.payload)
        elif event.is_reply:
            self._asking.arrived(event.payload)
        elif event.is_relayed:
            self._neighbours.passing_on.answered(event.payload)
        elif event.is_part:
            answer = self._belief.parted(event.payload)
            if answer is None:
                log(Log.FOREIGN, size=len(event.payload))
            else:
                self._parting.arrived(answer, now)
                self._destroys = self._destroys or answer.is_secured
        elif event.is_admission:
            said = self._belief.admitted(event.payload)
            if said is None:
                log(Log.FOREIGN, size=len(event.payload))
            else:
                self._gate.told(said)
        else:
            self._arrived(event.payload, now)

    def _hinted(self, payload: bytes) -> None:
        """The hub's lists are new: the window fetches them, and judges the hint itself."""
        if self._belief.hints(payload) and keep_hint(self._store.folder, payload):
            self._wake.ring(Role.WINDOW)

    def _arrived(self, payload: bytes, now: float) -> None:
        answer = self._belief.believed(payload)
        if answer is None:
            log(Log.FOREIGN, size=len(payload))
            return
        if self._notice.heard(answer):
            self._wake.ring(Role.WINDOW)
        verdict = judge(
            answer,
            self._store,
            watermark=self._watermark,
            decided=self._decided,
            received_at=self._clock.now_ms(),
            is_live=self._has_asked,
        )
        match verdict:
            case Agreed():
                self._agreed(answer, verdict, payload, now)
            case AtOdds(code):
                self._at_odds(answer, code, now)
            case NotOurs(code):
                log(Log.NOT_OURS, code=code)
            case StoreTrouble():
                self._store_trouble(verdict)

    def _agreed(self, answer: Acknowledgement, agreed: Agreed, payload: bytes, now: float) -> None:
        is_newest = answer.hub_time > self._newest_answer
        self._newest_answer = max(self._newest_answer, answer.hub_time)
        if self._dispatch.hub is Hub.AWAY:
            self._gate.came_back(now)
        self._gate.answered(now, answer.hub_time)
        self._was_heard = True
        self._hub_code = _hub_code(answer.trouble)
        if answer.trouble is not None:
            first, last = self._dispatch.in_flight or (0, 0)
            log(Log.REFUSED, code=answer.trouble, first=first, last=last)
        is_news = agreed.watermark > self._watermark or agreed.decided > self._decided
        if is_newest or is_news:
            self._keeper.owe(answer, agreed, payload, self._sent_at, is_live=self._has_asked)
        self._watermark = agreed.watermark
        self._decided = agreed.decided
        self._dispatch.answered(
            now,
            watermark=agreed.watermark,
            decided=agreed.decided,
            up_to=answer.up_to,
            trouble=answer.trouble,
            is_newest=is_newest,
        )

    def _keep(self) -> None:
        kept = self._keeper.keep()
        if isinstance(kept, StoreTrouble):
            self._store_trouble(kept)
        elif kept:
            self._destroys = True
            self._wake.ring(Role.WINDOW)

    def _destroy(self) -> None:
        """Destroys what the hub has safe, a piece at a time; a disk that refuses is tried later."""
        if self._destroys:
            more = self._store.destroy_secured()
            self._destroys = more is True
            if isinstance(more, StoreTrouble):
                log(Log.STORE, code=more.code)

    def _at_odds(self, answer: Acknowledgement, code: str, now: float) -> None:
        """Another history: recording stops, and the watermark stays where it is."""
        if answer.hub_time <= self._newest_answer:
            return
        self._newest_answer = answer.hub_time
        self._was_heard = True
        head = self._store.head()
        last = head.seq if not isinstance(head, StoreTrouble) else None
        log(Log.HELD, code=code, up_to=answer.up_to, last=last)
        refusal = self._store.hold(code, hub_time=answer.hub_time)
        if refusal is not None:
            self._store_trouble(refusal)
        self._hub_code = code
        self._dispatch.at_odds(now, answer.up_to)
        self._wake.ring(Role.WINDOW)

    # --- status

    def _store_trouble(self, refusal: StoreTrouble) -> None:
        log(Log.STORE, code=refusal.code)
        self._hub_code = refusal.code

    def _presence(self, *, online: bool) -> bytes:
        head = self._store.head()
        seq = 0 if isinstance(head, StoreTrouble) else head.seq
        return presence.encode(Presence(online, self._clock.now_ms(), seq))

    def _note(self, now: float) -> None:
        dispatch = self._dispatch
        if dispatch.hub is not self._hub_was:
            self._hub_was = dispatch.hub
            log(Log.HUB, hub=dispatch.hub.value)
        is_news = self._noter.note(
            now,
            connected=self._is_up and isinstance(self._pipe, Pipe),
            hub_present=self._is_up and dispatch.hub is Hub.PRESENT,
            code=self._status_code(),
            next_try=self._connect_at if self._pipe is None else dispatch.next_try,
            in_flight=dispatch.in_flight,
            sent_at=self._sent_at if dispatch.in_flight is not None else None,
        )
        if is_news:
            self._wake.ring(Role.WINDOW)

    def _status_code(self) -> str:
        if self._belief.code:
            return self._belief.code
        if self._notice.code:
            return self._notice.code
        if not self._is_up:
            return self._code if self._pipe is None else status.CONNECTING
        if self._hub_code:
            return self._hub_code
        if self._dispatch.hub is Hub.AWAY:
            return status.HUB_AWAY
        if self._dispatch.is_isolating or self._dispatch.hub is Hub.UNKNOWN:
            return status.NO_ANSWER
        if self._dispatch.holds_back and self._dispatch.next_try is not None:
            return status.TURN
        return status.UP


def _hub_code(code: str | None) -> str:
    return status.NOT_ENROLLED if code == "station.unknown" else ""
