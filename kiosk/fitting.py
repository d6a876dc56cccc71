"""From a station's settings to what its parts are told: office, papers, scanner, shared secrets.

Nothing is opened here but files of the station's folder; devices are the composition root's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hw.cards.emrtd.trust_anchors import TrustAnchors
from kiosk import VERSION
from kiosk.documents.paper_settings import PaperSettings, WindowSide
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.screens.hand_scanner import HandScanner, Layout, Suffix
from kiosk.settings import LEAST_BEFORE_WARNING, Settings, SettingsError
from sync.model import certificates
from sync.model.certificates import CertificateKind
from sync.model.preregistration import Community
from sync.model.station_settings import SettingValue
from sync.strength import BreachedPasswords
from sync.wire.document_trust import DocumentTrust

SECRET_BYTES: Final = 32
"""Length of a secret that several stations share."""

_NAMELESS: Final = "tcp://"
_LATEST: Final = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * 1000


def office_of(
    config: Settings, station: str, role: StationRole, *, software_key: bool = False
) -> OfficeInfo:
    """What flows know of the place.

    Args:
        config: the window's settings.
        station: the station's name.
        role: for whom it stands there.
        software_key: whether its key lies in a file that can be copied.

    Raises:
        SettingsError: the community is unknown, or a counter has no printer for its letters.
    """
    try:
        community = Community(config.community)
    except ValueError as error:
        message = "station.toml: station.community is none of those known"
        raise SettingsError(message) from error
    if role is StationRole.COUNTER:
        _prints_letters(config)
    return OfficeInfo(
        station=station,
        name=config.office,
        comune=config.comune,
        community=community,
        languages=config.languages,
        privacy_notice=config.privacy_notice,
        counter_address=config.counter_address,
        opening=config.counter_hours,
        idle_seconds=config.idle_seconds,
        warning_seconds=config.warning_seconds,
        slip_printer=bool(config.slip_printer),
        page_printer=bool(config.page_printer),
        reads_documents=config.document_reader,
        role=role,
        software=VERSION,
        identifies=config.identifies,
        takes_fingers=bool(config.fingerprint),
        scans_codes=config.camera is not None,
        authority=config.authority,
        home_pages=config.home_pages,
        clerk_idle_seconds=config.clerk_idle_seconds,
        shift_seconds=config.shift_seconds,
        kept_seconds=config.kept_seconds,
        fse_address=config.fse_address,
        signs_in=role is StationRole.INSTALLER and signs_in(config.station_dir, station),
        enrolment_address=config.enrolment_address,
        software_key=software_key,
    )


def _prints_letters(config: Settings) -> None:
    """A counter without its letters gives out credentials that nobody can activate (R-003-24)."""
    if not config.page_printer:
        message = "station.toml: devices.page_printer: a counter prints its letters in A4"
        raise SettingsError(message)
    if config.page_printer.startswith(_NAMELESS):
        message = (
            "station.toml: devices.page_printer: a printer at tcp:// does not tell who it is and "
            "gets no letters with secrets; a counter needs ipp://, ipps:// or cups://"
        )
        raise SettingsError(message)


_STEERED: Final = {
    "station.counter_address": "counter_address",
    "station.counter_hours": "counter_hours",
    "station.home_pages": "home_pages",
    "session.idle_seconds": "idle_seconds",
    "session.warning_seconds": "warning_seconds",
    "counter.idle_seconds": "clerk_idle_seconds",
    "counter.shift_seconds": "shift_seconds",
    "counter.kept_seconds": "kept_seconds",
    "counter.fse_address": "fse_address",
    "counter.letter_window": "letter_window",
    "counter.revocation_address": "revocation_address",
    "installation.endpoints": "endpoints",
}
"""Where what a hub may steer stands in the settings."""


def steered(config: Settings, values: Mapping[str, SettingValue]) -> Settings:
    """The settings with what the hub steers over them.

    Args:
        config: as `station.toml` has them.
        values: of `sync.model.station_settings.STEERED`, within their bounds.
    """
    told: dict[str, Any] = {_STEERED[name]: value for name, value in values.items()}
    found = replace(config, **told)
    # One of the two may come from here and one from there: a warning leaves time before it.
    warning = min(found.warning_seconds, found.idle_seconds - LEAST_BEFORE_WARNING)
    return replace(found, warning_seconds=warning)


def paper_settings(config: Settings) -> PaperSettings:
    """What a counter's papers have to know."""
    return PaperSettings(
        window=WindowSide(config.letter_window),
        home=config.home_pages,
        authority=config.authority,
        revocation_address=config.revocation_address,
    )


def hand_scanner(config: Settings) -> HandScanner:
    """How the hand scanner types."""
    return HandScanner(
        config.scanner_prefix, Suffix(config.scanner_suffix), Layout(config.scanner_layout)
    )


def breached_passwords(config: Settings) -> BreachedPasswords | None:
    """The list of stolen passwords that the settings name, None where they name none.

    Raises:
        SettingsError: the file cannot be read, or is no such list.
    """
    path = config.breached_passwords
    try:
        return None if path is None else BreachedPasswords(path)
    except (OSError, ValueError) as error:
        message = f"station.toml: session.breached_passwords: {error}"
        raise SettingsError(message) from error


def secret_file(station_dir: Path, name: str) -> bytes:
    """A secret that several stations share; empty where this one has none.

    `site.key` hashes services numbers of a site, `office.key` opens the cases of an office's papers.

    Raises:
        SettingsError: there is one that is too short to keep anything secret.
    """
    try:
        key = (station_dir / "key" / name).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        message = f"key/{name} cannot be read: {error.strerror}"
        raise SettingsError(message) from error
    if len(key) < SECRET_BYTES:
        message = f"key/{name}: {SECRET_BYTES} random bytes are needed"
        raise SettingsError(message)
    return key


def signs_in(station_dir: Path, station: str) -> bool:
    """Whether a station for installers asks for a card first: once it is enrolled, and knows whose.

    Stations of development sites have other names; and before the first roster has come, nobody
    could sign in to see why it does not.
    """
    enrolled = certificates.kind_of(station) is CertificateKind.STATION
    return enrolled and (station_dir / "trust" / "roster.cose").is_file()


def anchors(trust: DocumentTrust) -> TrustAnchors:
    """The bridge from the hub's list to those who judge documents by it."""
    return TrustAnchors(
        certificates=trust.country_signers,
        revocation_lists=trust.revocation_lists,
        sha1_allowed=trust.policy.sha1_allowed,
        version=trust.version,
        issued=datetime.fromtimestamp(min(trust.issued, _LATEST) / 1000, tz=UTC).date(),
        health_card_issuers=trust.health_card_issuers,
        operator_issuers=trust.operator_issuers,
    )
