"""`python -m kiosk.enrol --station-dir DIR`: makes a station of a device without a window.

For factories, for many devices at once, and for tests. The one-time code is read from a file or
from the standard input, never from the command line, where others could see it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.enrolling import is_station, make_or_open_keys, settings_writer
from kiosk.settings import SettingsError
from sync.edge import posting
from sync.edge.enrolment import (
    Begun,
    Enrolment,
    EnrolmentTrouble,
    Post,
    Requested,
    Waiting,
    begin_with_code,
    begin_with_token,
)
from sync.model.errors import Problem
from sync.wire import enrolment
from sync.wire.enrolment import Token
from sync.wire.enrolment_answer import Issued

DONE, REFUSED, UNUSABLE, LATER = 0, 1, 2, 3


def main(
    arguments: list[str] | None = None,
    *,
    post: Post = posting.post,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Enrol the device of a folder.

    Returns:
        0 for a station, 1 where the hub refuses, 2 where folder or code cannot be used, 3 where it
        waits for approval longer than was allowed: call it again, without a code.
    """
    parser = argparse.ArgumentParser(prog="python -m kiosk.enrol", description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--token-file", type=Path, help="QR text, or the console's file")
    parser.add_argument("--address", default="", help="hub's pages, for a code that is typed")
    parser.add_argument("--patience", type=float, default=600.0, metavar="SECONDS")
    options = parser.parse_args(arguments)
    folder: Path = options.station_dir
    if is_station(folder):
        return _say("already a station", UNUSABLE)
    device = Enrolment(folder, lambda: time.time_ns() // 1_000_000)
    try:
        keys = make_or_open_keys(folder)
        if isinstance(keys, str):
            return _say(keys, UNUSABLE)
        requested = device.requested()
        if requested is None:
            begun = _begun(_code(options.token_file), options.address, post)
            if isinstance(begun, EnrolmentTrouble):
                return _say(begun.code, UNUSABLE)
            made = device.request(begun, keys)
            if isinstance(made, EnrolmentTrouble):
                return _say(made.code, UNUSABLE)
            requested = made
        _say(f"{requested.station} {requested.check_code}", DONE)
        until = time.monotonic() + options.patience
        answer = _ask_on(device, requested, post, lambda: until - time.monotonic(), sleep)
        if isinstance(answer, EnrolmentTrouble):
            if answer.for_good:
                device.forget()
            return _say(answer.code, REFUSED if answer.for_good else LATER)
        if isinstance(answer, Waiting):
            return _say(f"waiting: {answer.stage.value}", LATER)
        trouble = device.install(requested, answer, keys, settings_writer(folder))
    except SettingsError as error:
        return _say(str(error), UNUSABLE)
    return _say("ready", DONE) if trouble is None else _say(trouble.code, UNUSABLE)


def _ask_on(
    device: Enrolment,
    requested: Requested,
    post: Post,
    left: Callable[[], float],
    sleep: Callable[[float], None],
) -> Issued | Waiting | EnrolmentTrouble:
    while True:
        answer = device.ask(requested, post)
        seconds = answer.seconds if isinstance(answer, Waiting) else _RETRY_SECONDS
        going_on = isinstance(answer, Waiting) or (
            isinstance(answer, EnrolmentTrouble) and not answer.for_good
        )
        if not going_on or left() <= seconds:
            return answer
        sleep(max(1.0, seconds))


def _code(file: Path | None) -> bytes:
    """The one-time code, the QR code's text, or the console's file."""
    if file is not None:
        return file.read_bytes()
    return sys.stdin.readline().encode()


def _begun(code: bytes, address: str, post: Post) -> Begun | EnrolmentTrouble:
    found = enrolment.read_token_file(code)
    if not isinstance(found, Problem):
        return begin_with_token(*found)
    text = code.decode("ascii", "replace")
    token = enrolment.read_token(text)
    if isinstance(token, Token):
        return begin_with_code(token.password, token.address, post, token.root)
    password = enrolment.parse_password(text)
    if isinstance(password, Problem):
        return EnrolmentTrouble(token.code if token.code != _NOT_OURS else password.code)
    return begin_with_code(password, address.rstrip("/"), post)


def _say(text: str, code: int) -> int:
    sys.stdout.write(f"{text}\n")
    return code


_RETRY_SECONDS = 10.0
_NOT_OURS = "enrolment.not-ours"


if __name__ == "__main__":
    sys.exit(main())
