"""`python -m appliance.steward`: does what the kiosk may ask of the system, and nothing else.

Started by systemd with its listening socket. Who asks is known from the socket's credentials
(`unix(7)`, SO_PEERCRED), never from what they say.
"""

from __future__ import annotations

import logging
import os
import pwd
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from appliance import acts, paths
from appliance.acts import Act, Json, Refusal
from appliance.acts_list import all_acts

_LOG: Final = logging.getLogger("sportello.steward")
_FIRST_PASSED: Final = 3
_CREDENTIALS: Final = struct.Struct("3i")
_PATIENCE: Final = 10.0
"""Seconds for a whole request, however many parts it comes in."""
MOST_EACH: Final = 5
"""Connections of one user at a time. Four users may connect, and the unit's tasks are counted."""
_ROOT: Final = "root"


def user_of(connection: socket.socket) -> str:
    """The name of the user at the other end; empty where it has none."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _process, user, _group = _CREDENTIALS.unpack(packed)
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return ""


class Steward:
    """Serves requests, each connection in a thread of its own.

    Args:
        known: the acts that it does.
        who: tells who asks.
    """

    def __init__(self, known: Iterable[Act], who: Callable[[socket.socket], str] = user_of) -> None:
        self._acts = {act.name: act for act in known}
        self._who = who
        self._alone = threading.Lock()
        self._open: Counter[str] = Counter()
        self._counting = threading.Lock()

    def serve(self, listening: socket.socket) -> None:
        """Serve until the socket is closed."""
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        """Answer a connection, unless its user has as many open as may be: then it is closed.

        Nothing that others do may end this program: what is on its way would be lost with it.
        """
        try:
            user = self._who(connection)
        except OSError:
            connection.close()
            return
        with self._counting:
            if self._open[user] >= MOST_EACH:
                connection.close()
                return
            self._open[user] += 1
        thread = threading.Thread(target=self._answer, args=(connection, user), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no task left
            _LOG.exception("user=%s not answered", user)
            self._ended(connection, user)

    def _answer(self, connection: socket.socket, user: str) -> None:
        """Answer one connection: one request, then its answer, then closed."""
        try:
            request = _request(connection)
            connection.settimeout(_PATIENCE)
            # Slow readers must not hold up an act: what cannot be told is left untold.
            self._say(connection, self._done(connection, user, request))
        except OSError:
            return
        finally:
            self._ended(connection, user)

    def _ended(self, connection: socket.socket, user: str) -> None:
        connection.close()
        with self._counting:
            self._open[user] -= 1

    def _done(self, connection: socket.socket, user: str, request: Json | None) -> Json:
        if request is None or not isinstance(arguments := request.get("arguments", {}), dict):
            return _refused(Refusal(acts.BAD_REQUEST))
        act = self._acts.get(str(request.get("act")))
        if act is None:
            return _refused(Refusal(acts.UNKNOWN_ACT))
        if user != _ROOT and user not in act.users:
            _LOG.warning("act=%s refused to user=%s", act.name, user)
            return _refused(Refusal(acts.NOT_YOURS))

        listens = True

        def progress(hundredths: int) -> None:
            nonlocal listens
            listens = listens and self._say(connection, {"progress": hundredths})

        try:
            if act.alone:
                with self._alone:
                    result = act.perform(arguments, progress)
            else:
                result = act.perform(arguments, progress)
        except Exception:  # noqa: BLE001 - one act that breaks must not end the others
            _LOG.exception("act=%s", act.name)
            return _refused(Refusal(acts.FAILED))
        if isinstance(result, Refusal):
            _LOG.warning("act=%s code=%s %s", act.name, result.code, result.detail)
            return _refused(result)
        _LOG.info("act=%s done", act.name)
        return {"ok": True, "result": result}

    @staticmethod
    def _say(connection: socket.socket, value: Json) -> bool:
        """Whether it was taken."""
        try:
            connection.sendall(acts.line_of(value))
        except (OSError, ValueError):
            return False
        return True


def _refused(refusal: Refusal) -> Json:
    return {"ok": False, "code": refusal.code, "detail": refusal.detail}


def _request(connection: socket.socket) -> Json | None:
    """What is asked; None where that is nonsense. Raises `OSError`: it did not come in time."""
    data, ends = b"", time.monotonic() + _PATIENCE
    while not data.endswith(b"\n"):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(4096)
        if not part or len(data) + len(part) > acts.LONGEST_LINE:
            return None
        data += part
    return acts.value_of(data)


def _listening() -> socket.socket:
    """The socket that systemd passes (sd_listen_fds(3)), or one of our own."""
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=_FIRST_PASSED)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    paths.STEWARD_SOCKET.unlink(missing_ok=True)
    made.bind(str(paths.STEWARD_SOCKET))
    made.listen()
    return made


def main() -> int:
    """Serve until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    with _listening() as listening:
        Steward(all_acts()).serve(listening)
    return 0


if __name__ == "__main__":
    sys.exit(main())
