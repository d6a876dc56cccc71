"""What an administrator takes along (R-004-14, 15): certificates and codes in the download folder."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from sync.edge.enrolment import STICK_TOKEN
from sync.model import certificates
from sync.model.console_views import CertificateTold
from sync.wire import enrolment

NO_MEDIUM: Final = "download.no-medium"
"""No folder is named in the settings, or it is not there: no stick is in."""
NOT_WRITTEN: Final = "download.not-written"
"""The medium is full, or takes nothing."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        file: its name in the folder; empty where nothing was.
        code: why not; empty where it was.
    """

    file: str = ""
    code: str = ""


class Certificates:
    """Writes certificates, and the one-time codes that they begin with.

    Args:
        folder: where a removable medium is mounted; None where the settings name none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def trouble(self) -> str:
        """Why nothing can be written now; empty where it can."""
        return "" if self._folder is not None and self._folder.is_dir() else NO_MEDIUM

    def write(self, comune: str, told: Sequence[CertificateTold], now: datetime) -> Written:
        """One certificate as `<name>.pem`, several in one archive; the whole file or none.

        Args:
            comune: ISTAT code, in the name of the archive.
            told: what the hub told; a name that is no certificate's is left out.
            now: in the name of the archive.
        """
        named = [one for one in told if certificates.kind_of(one.station)]
        single = len(named) == 1
        name = f"{named[0].station}.pem" if single else f"{comune}-{now:%Y%m%d-%H%M%S}.zip"

        def fill(stream: BinaryIO) -> None:
            if single:
                stream.write(named[0].pem)
                return
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for one in named:
                    archive.writestr(f"{one.station}.pem", one.pem)

        return self._put(name, fill)

    def write_token(self, token: str, trust_list: bytes) -> Written:
        """A one-time code as `sportello-token.bin`; the one that lay there goes.

        Args:
            token: as the hub told it (`sync.wire.enrolment.Token.to_text`).
            trust_list: signed list of the hub's keys.
        """
        data = enrolment.token_file(token, trust_list)
        return self._put(STICK_TOKEN, lambda stream: stream.write(data))

    def _put(self, name: str, fill: Callable[[BinaryIO], object]) -> Written:
        """The whole file or none; nobody else's where the medium knows of owners."""
        folder = self._folder
        if folder is None or not folder.is_dir():
            return Written(code=NO_MEDIUM)
        fresh = folder / f".{name}.new"
        try:
            to = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(to, "wb") as stream:
                fill(stream)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(folder / name)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            return Written(code=NOT_WRITTEN)
        return Written(name)
