"""Whether the certificate in a station's folder is one that a station may use (R-004-9)."""

from __future__ import annotations

from sync.edge.station import StationProfile
from sync.model.certificates import CertificateKind, kind_of
from sync.model.errors import Problem
from sync.wire import device_certificate


def certificate_problem(profile: StationProfile) -> Problem | None:
    """Why a station must not start with its TLS certificate, None where it may.

    A comune's server certificate is never a station's, and another station's is not ours. One that
    is missing or has ended is no reason not to start: the station goes on recording offline.

    Returns:
        `certificate.server` (R-004-9) or `certificate.name`.
    """
    try:
        found = device_certificate.read(profile.tls_certificate.read_bytes())
    except OSError:
        return None
    if isinstance(found, Problem):
        return None
    serves = device_certificate.SERVES_COMUNE.dotted_string in found.usages
    if serves or kind_of(found.name) is CertificateKind.SERVER:
        return Problem("certificate.server", rule="R-004-9")
    return None if found.name == profile.name else Problem("certificate.name", rule="R-004-10")
