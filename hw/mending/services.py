"""Remedies that the operating system offers: a service started anew."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.mending.attendant import Remedy

_LONGEST_SECONDS: Final = 15.0


def restart(service: str, command: Sequence[str], *, settles: float = 5.0) -> Remedy:
    """The service that stands between the program and a device, started anew.

    Args:
        service: its name, for the log.
        command: what restarts it; the station's user must be allowed to run it. No shell.
        settles: seconds within which the device shows that it helped.

    The remedy's trouble is `service.not-restarted`, with the command's exit status or what hindered
    it from running.
    """

    def apply() -> DeviceTrouble | None:
        try:
            done = subprocess.run(  # noqa: S603 - from the installer's settings, no shell
                list(command),
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_LONGEST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return _not_restarted(service, "timeout")
        except (OSError, ValueError) as error:
            return _not_restarted(service, type(error).__name__)
        if done.returncode != 0:
            return _not_restarted(service, f"status {done.returncode}")
        return None

    return Remedy(f"restart-{service}", apply, settles)


def _not_restarted(service: str, reason: str) -> DeviceTrouble:
    details = (("service", service), ("reason", reason))
    return DeviceTrouble(TroubleKind.REFUSED, "service.not-restarted", details)
