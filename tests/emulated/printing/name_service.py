"""A private Avahi on a private D-Bus: ippeveprinter starts with no DNS-SD daemon in no way.

Nothing of the machine's own bus is touched: the "system bus" is a socket in the test's folder,
and avahi-daemon keeps its pid file on a file system of its own, in a mount namespace.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from tests.emulated.services import Service

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/>
<allow receive_type="signal"/></policy></busconfig>
"""
_AVAHI = """[server]
host-name=sportello-printing
allow-interfaces=lo
use-ipv6=no
enable-dbus=yes
[wide-area]
enable-wide-area=no
[publish]
publish-workstation=no
"""
VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"


class _Bus(Service):
    def __init__(self, folder: Path) -> None:
        self._socket = folder / "bus"
        config = folder / "bus.conf"
        config.write_text(_BUS.format(socket=self._socket), "utf-8")
        command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"]
        super().__init__("dbus-daemon", command, folder / "bus.log", None)
        self.environment = {VARIABLE: f"unix:path={self._socket}"}

    def ready(self) -> bool:
        return self.running and self._socket.exists()


class _Avahi(Service):
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        config = folder / "avahi.conf"
        config.write_text(_AVAHI, "utf-8")
        inside = (
            "mount -t tmpfs tmpfs /run && exec avahi-daemon --no-drop-root --no-chroot "
            f"--no-rlimits -f '{config}'"
        )
        unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "-m"]
        command = [*unshare, "sh", "-c", inside]
        super().__init__("avahi-daemon", command, folder / "avahi.log", environment)

    def ready(self) -> bool:
        return self.running and "Server startup complete" in self.log_end()


class NameService:
    """Bus and Avahi together; a context manager.

    Attributes:
        environment: what a printer needs to find them.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._bus = _Bus(folder)
        self.environment = self._bus.environment
        self._avahi = _Avahi(folder, self.environment)

    def __enter__(self) -> Self:
        self._bus.start()
        try:
            self._avahi.start()
        except BaseException:
            self._bus.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._avahi.stop()
        self._bus.stop()
