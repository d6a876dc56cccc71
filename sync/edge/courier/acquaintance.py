"""Whom a station on the local network is believed to be: a station of the same hub, not blocked.

Both ends show their certificates for TLS. A station's is for client authentication alone, so the end
that listens is judged here, after the handshake has proven that it has the key: as the broker would,
by the authority, the dates, the usage, and the hub's signed list of who is blocked or revoked.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Final

from sync.edge.station import ProfileError, StationProfile
from sync.model.errors import Problem
from sync.wire import device_certificate, relayed, station_list
from sync.wire.station_list import MOST_BYTES, StationList
from sync.wire.topics import is_station_name
from sync.wire.trust import HubTrust

_LIST: Final = "stations.cose"


def context(profile: StationProfile, password: bytes, *, listens: bool) -> ssl.SSLContext:
    """TLS 1.3 with this station's certificate.

    Args:
        profile: the station.
        password: opens its TLS key's file, where it wants one.
        listens: for the end that listens. The other one judges by `judged` alone.

    Raises:
        OSError: a file is missing, or not what it should be.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if listens else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(str(profile.tls_certificate), str(profile.tls_key), lambda: password)
    if listens:
        made.load_verify_locations(str(profile.tls_ca))
        made.verify_mode = ssl.CERT_REQUIRED
    else:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE  # see `judged`
    return made


def judged(profile: StationProfile, certificate: bytes | None, now: datetime | None = None) -> str:
    """The name of the station with this certificate (DER); empty where it is none to deal with."""
    found = device_certificate.read(certificate or b"")
    if isinstance(found, Problem) or not is_station_name(found.name):
        return ""
    try:
        authorities = device_certificate.all_in(profile.tls_ca.read_bytes())
    except OSError:
        return ""
    wrong = device_certificate.problem(
        found.der,
        name=found.name,
        spki=found.spki,
        authorities=authorities,
        at=now or datetime.now(UTC),
    )
    is_neighbour = relayed.may_pass(profile.name, found.name)
    return (
        found.name if wrong is None and is_neighbour and not _stopped(profile, found.name) else ""
    )


def _stopped(profile: StationProfile, name: str) -> bool:
    """Whether the hub's list names it; where there is no list nobody is named."""
    try:
        with profile.trust_list.with_name(_LIST).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        hub = profile.hub_trust()
    except (OSError, ProfileError):
        return False
    if not isinstance(hub, HubTrust):
        return True  # nobody is believed
    stations = station_list.load(data, hub)
    return not isinstance(stations, StationList) or name in {
        *stations.blocked,
        *stations.revoked,
    }
