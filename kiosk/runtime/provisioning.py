"""Carries a device's enrolment on, whatever its pages show: on one thread, from the disk's state.

The one-time code is kept as bytes that are overwritten, and dropped when the request is made.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from kiosk import log_events
from kiosk.flows.events import Event
from kiosk.flows.installer.effects import (
    AskOn,
    InstallerEffect,
    KeepCode,
    StartStation,
    UseCode,
    UseStick,
    UseToken,
    WriteRequest,
)
from kiosk.flows.installer.events import CodeKept, EnrolmentStage, EnrolmentTold
from sync.edge.enrolment import (
    STICK_ANSWER,
    STICK_REQUEST,
    STICK_TOKEN,
    Begun,
    DeviceKeys,
    Enrolment,
    EnrolmentTrouble,
    Post,
    Requested,
    Waiting,
    begin_with_code,
    begin_with_token,
)
from sync.edge.replacing import replace_file
from sync.model.errors import Problem
from sync.wire import enrolment
from sync.wire.enrolment_answer import Issued

POLL_SECONDS: Final = 15.0
_MOST_BYTES: Final = 1 << 20
_UNWRITABLE: Final = "enrolment.unwritable"
"""The station's folder cannot be written, or `station.toml` in it cannot be used."""

_Stage = EnrolmentStage
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to the hub.

    Attributes:
        reach: posts bytes to its pages.
        address: of them, in the settings; empty for none.
        media: folder where sticks appear; None for none.
        poll_seconds: between two questions, where the hub names no longer time.
    """

    reach: Post
    address: str = ""
    media: Path | None = None
    poll_seconds: float = POLL_SECONDS


class Provisioning:
    """The enrolment of one device.

    Args:
        device: where it stands, on the disk.
        keys: makes or opens the device's keys; a failure code where they cannot be had.
        settings: makes `station.toml`, as `kiosk.enrolling.settings_writer`.
        post: takes the events.
        ways: to the hub.
        done: called when the person starts the station.
    """

    def __init__(
        self,
        device: Enrolment,
        keys: Callable[[], DeviceKeys | str],
        settings: Callable[[Issued], bytes],
        post: Callable[[Event], None],
        ways: Ways,
        done: Callable[[], None],
    ) -> None:
        self._device = device
        self._make_keys = keys
        self._settings = settings
        self._post = post
        self._reach = ways.reach
        self._done = done
        self._address = ways.address
        self._media = ways.media
        self._poll_seconds = ways.poll_seconds
        self._code = bytearray()
        self._wait_seconds = 0.0
        self._trouble = ""
        self._told: EnrolmentTold | None = None
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="provisioning", daemon=True)

    def start(self) -> None:
        """Begin where the disk says that the device stands."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is on the disk goes on at the next start."""
        self._work.put(None)
        if self._thread.is_alive():
            self._thread.join(2.0)
        self._wipe()

    def perform(self, effect: InstallerEffect) -> None:
        """Start the effect; what comes of it is posted."""
        match effect:
            case UseToken(text):
                self._work.put(lambda: self._use_token(text))
            case KeepCode(text):
                self._wipe()
                self._code = bytearray(text.encode("utf-8", "replace"))
            case UseCode(address):
                self._work.put(lambda: self._use_code(address or self._address))
            case UseStick():
                self._work.put(self._use_stick)
            case WriteRequest():
                self._work.put(self._write_request)
            case AskOn():
                self._work.put(self._ask)
            case StartStation():
                self._done()
            case _:
                pass

    def _run(self) -> None:
        self._do(self._go_on)
        while True:
            try:
                work = self._work.get(timeout=max(self._wait_seconds, self._poll_seconds))
            except queue.Empty:
                work = self._go_on
            if work is None:
                return
            self._do(work)

    def _do(self, work: Callable[[], None]) -> None:
        """Whatever goes wrong is told, and the thread goes on: the person may mend it and try again."""
        try:
            work()
        except OSError:
            self._fail()
        except Exception as error:  # noqa: BLE001  also settings that are no settings: the page would wait for ever
            log_events.write(log_events.EFFECT_BROKEN, kind=type(error).__name__)
            self._fail()

    def _fail(self) -> None:
        log_events.write(log_events.EFFECT_FAILED, code=_UNWRITABLE)
        self._problem(self._device.requested(), _UNWRITABLE)

    def _go_on(self) -> None:
        """Where nothing was begun, the code is waited for; else the hub is asked."""
        if self._device.requested() is None:
            if self._told is None or self._told.stage is not _Stage.READY:
                self._tell(_Stage.NEEDS_CODE, code=self._trouble)
            return
        self._ask()

    # --- the code

    def _use_token(self, text: str) -> None:
        token = enrolment.read_token(text)
        if isinstance(token, Problem):
            self._needs_code(token.code)
            return
        self._tell(_Stage.ASKING, station=token.station)
        self._request(begin_with_code(token.password, token.address, self._reach, token.root))

    def _use_code(self, address: str) -> None:
        text = self._code.decode("utf-8", "replace")
        password = enrolment.parse_password(text)
        if isinstance(password, Problem):
            self._post(CodeKept(len(text), password.code))
            return
        self._wipe()
        self._tell(_Stage.ASKING)
        self._request(begin_with_code(password, address, self._reach))

    def _use_stick(self) -> None:
        requested = self._device.requested()
        data = self._read(STICK_TOKEN if requested is None else STICK_ANSWER)
        if data is None:
            self._problem(requested, "enrolment.not-on-stick")
        elif requested is not None:
            self._heard(requested, self._device.answered(requested, data))
        else:
            found = enrolment.read_token_file(data)
            if isinstance(found, Problem):
                self._needs_code(found.code)
            else:
                self._request(begin_with_token(*found))

    def _request(self, begun: Begun | EnrolmentTrouble) -> None:
        if isinstance(begun, EnrolmentTrouble):
            self._needs_code(begun.code)
            return
        self._tell(_Stage.MAKING_KEYS, station=begun.offer.station)
        made = self._with_keys(lambda keys: self._device.request(begun, keys))
        if isinstance(made, EnrolmentTrouble):
            self._needs_code(made.code)
            return
        self._waiting(made, "")
        self._ask()

    # --- the answer

    def _ask(self) -> None:
        requested = self._device.requested()
        if requested is not None:
            self._heard(requested, self._device.ask(requested, self._reach))

    def _heard(self, requested: Requested, answer: Issued | Waiting | EnrolmentTrouble) -> None:
        match answer:
            case Waiting(seconds=seconds):
                self._wait_seconds = seconds
                self._waiting(requested, "")
            case EnrolmentTrouble(code=code, for_good=True):
                self._device.forget()
                self._needs_code(code)
            case EnrolmentTrouble(code=code):
                self._waiting(requested, code)
            case issued:
                self._install(requested, issued)

    def _install(self, requested: Requested, issued: Issued) -> None:
        self._tell(_Stage.INSTALLING, station=requested.station)
        trouble = self._with_keys(
            lambda keys: self._device.install(requested, issued, keys, self._settings)
        )
        if trouble is None:
            self._tell(_Stage.READY, station=requested.station)
        else:
            self._tell(_Stage.INSTALLING, station=requested.station, code=trouble.code)

    def _with_keys(self, work: Callable[[DeviceKeys], _T]) -> _T | EnrolmentTrouble:
        """Opened for each try, since a token may have come back, and closed after it."""
        keys = self._make_keys()
        if isinstance(keys, str):
            return EnrolmentTrouble(keys)
        try:
            return work(keys)
        finally:
            keys.close()

    # --- the stick

    def _write_request(self) -> None:
        requested = self._device.requested()
        if requested is None or self._media is None:
            return
        try:
            replace_file(self._media / STICK_REQUEST, requested.sealed)
        except OSError:
            self._waiting(requested, "enrolment.stick-unwritable")
            return
        self._waiting(requested, "enrolment.unreachable")

    def _read(self, name: str) -> bytes | None:
        try:
            if self._media is None or (self._media / name).stat().st_size > _MOST_BYTES:
                return None
            return (self._media / name).read_bytes()
        except OSError:
            return None

    def _stick(self) -> bool:
        return self._media is not None and self._media.is_dir()

    # --- telling

    def _problem(self, requested: Requested | None, code: str) -> None:
        if requested is None:
            self._needs_code(code)
        else:
            self._waiting(requested, code)

    def _needs_code(self, code: str) -> None:
        self._trouble = code
        self._tell(_Stage.NEEDS_CODE, code=code)

    def _waiting(self, requested: Requested, code: str) -> None:
        self._trouble = ""
        told = EnrolmentTold(
            _Stage.WAITING, requested.station, requested.check_code, code, self._stick()
        )
        self._say(told)

    def _tell(self, stage: EnrolmentStage, *, station: str = "", code: str = "") -> None:
        self._say(EnrolmentTold(stage, station, "", code, self._stick()))

    def _say(self, told: EnrolmentTold) -> None:
        if told != self._told:
            self._told = told
            self._post(told)

    def _wipe(self) -> None:
        for place in range(len(self._code)):
            self._code[place] = 0
        self._code = bytearray()
