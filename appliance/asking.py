"""Asks the steward for an act; what the kiosk's programs use."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance import acts, paths
from appliance.acts import Json, Refusal


def ask(
    act: str,
    arguments: Json | None = None,
    *,
    seconds: float = 30.0,
    progress: Callable[[int], None] = lambda _hundredths: None,
    steward: Path = paths.STEWARD_SOCKET,
) -> Json | Refusal:
    """Ask for an act and wait for its end.

    Args:
        act: its name.
        arguments: for it.
        seconds: longest silence; an act that takes long tells its progress.
        progress: told the hundredths that are done.
        steward: its socket.

    Returns:
        The result; or why it was not done, `steward.away` where no steward answers (a station that
        runs on no appliance has none).
    """
    try:
        request = acts.line_of({"act": act, "arguments": arguments or {}})
    except ValueError:
        return Refusal(acts.BAD_REQUEST)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(seconds)
            connection.connect(str(steward))
            connection.sendall(request)
            with connection.makefile("rb") as stream:
                return _answer(iter(lambda: stream.readline(acts.LONGEST_LINE), b""), progress)
    except OSError as error:
        return Refusal(acts.AWAY, error.strerror or type(error).__name__)


def _answer(lines: Iterator[bytes], progress: Callable[[int], None]) -> Json | Refusal:
    for line in lines:
        value = acts.value_of(line)
        if value is None:
            break
        if isinstance(done := value.get("progress"), int):
            progress(done)
            continue
        if value.get("ok") is True and isinstance(result := value.get("result"), dict):
            return result
        return Refusal(str(value.get("code", acts.FAILED)), str(value.get("detail", "")))
    return Refusal(acts.AWAY, "no answer")
