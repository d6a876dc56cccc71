"""Everything about devices that a hub which serves needs, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sync.hub import list_making
from sync.hub.device_ca import authority, generator, register
from sync.hub.device_ca.authority import AuthorityError
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.device_ca.generator import Generator, Step
from sync.hub.device_ca.office import Office
from sync.hub.list_delivery import SignedLists, note_lines
from sync.hub.log_events import Event, log
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys, SetupError
from sync.hub.store.database import Store
from sync.hub.writer import Writer


def office(settings: HubSettings, keys: HubKeys, changed: Callable[[], None]) -> Office:
    """Where devices are registered. A hub of before, which has no authority, gets one.

    Raises:
        SetupError: a key of the authority cannot be used.
        OSError: a new one cannot be written.
    """
    try:
        if not authority.load(settings.keys_dir):
            authority.make(settings.keys_dir, datetime.now(UTC))
        authorities = authority.load(settings.keys_dir)
    except AuthorityError as error:
        raise SetupError(str(error)) from error
    register.remember_keys(settings.keys_dir, keys.listed)
    return Office(
        settings,
        keys.signing,
        keys.digests,
        authorities,
        settings.protection.suffices,
        changed,
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """How stations hear from the hub without having asked.

    Attributes:
        hint: retains the versions of the signed lists at the broker.
        tell: sends a station a signed acknowledgement.
        silence: makes the one that says that a station is blocked; None where it is not.
        greet: makes the one for a station that may speak again.
    """

    hint: Callable[[bytes], None]
    tell: Callable[[str, bytes], None]
    silence: Callable[[Store, str], bytes | None]
    greet: Callable[[Store, str], bytes | None] = lambda _store, _name: None


class Stations:
    """The generator, and who is told of what it has done."""

    def __init__(
        self,
        made: Office,
        keys: HubKeys,
        writer: Writer,
        clock: Callable[[], int],
        lists: SignedLists,
    ) -> None:
        """Put them together; `run` works, once `voice` is set."""
        self.office = made
        self.enrolling = Enrolling(made, {key.key_id: key for key in keys.unsealing}, self.wake)
        self.voice: Voice | None = None
        self._generator = Generator(made, writer, clock, self._tell, stamps=lists.stamps)
        self._writer = writer
        self._clock = clock
        self._lists = lists
        self._hinted: dict[str, int] = {}
        self._noted: dict[str, tuple[int, bytes]] = {}
        self._silenced: dict[str, int] = {}

    def wake(self) -> None:
        """Something has happened: a device, or a list. From any thread."""
        self._generator.wake()

    def stop(self) -> None:
        """Ends `run`."""
        self._generator.stop()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        self._generator.run()

    def _tell(self, step: Step) -> None:
        """In the generator's thread. Raises `StoreError`."""
        voice = self.voice
        if voice is None:
            return
        self._writer.call(self._keep_lists)
        versions = self._lists.versions()
        if versions != self._hinted:
            self._hinted = versions
            voice.hint(generator.hint(self.office, versions, self._clock()))
        if step.silenced is None:
            return
        # After a start nobody knows who was told: it is told once more. Who was told is kept name by
        # name: where the registry fails in between, the next round goes on from there.
        for name, line in sorted(step.silenced.items()):
            if self._silenced.get(name) != line:
                self._say(voice, voice.silence, name)
                self._silenced[name] = line
        for name in sorted(self._silenced.keys() - step.silenced.keys()):
            self._say(voice, voice.greet, name)
            del self._silenced[name]

    def _keep_lists(self, store: Store) -> None:
        """In the writer's thread: what another machine signed is put in place, all lines are noted."""
        try:
            list_making.put_in_place(self.office.settings, store)
        except OSError as error:
            log(Event.LISTS_WAIT, error=type(error).__name__)
        for name, version in self._lists.versions().items():
            found = self._lists.read(name)
            if found is None or self._noted.get(name) == found:
                continue
            with store.transaction():
                note_lines(store, name, version, found[1], self._clock())
            self._noted[name] = found

    def _say(self, voice: Voice, word: Callable[[Store, str], bytes | None], name: str) -> None:
        data = self._writer.call(partial(_said, word, name))
        if data is not None:
            voice.tell(name, data)


def _said(word: Callable[[Store, str], bytes | None], name: str, store: Store) -> bytes | None:
    return word(store, name)
