"""What lies behind each failure code, and who can do something about it.

The texts of a code are in the catalogue; docs/failure-codes.md is made from both. A test holds this
table to the codes of the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Cause(Enum):
    """Where a failure comes from; text `failure-cause.<value>`."""

    STOPPED = "stopped"
    """Somebody went on or the session ended: nothing is wrong."""
    USE = "use"
    """How a card, a finger, a code was held or typed."""
    DOCUMENT = "document"
    """The card itself."""
    UNPLUGGED = "unplugged"
    """A device is not there, or was pulled."""
    DEVICE = "device"
    """A device failed."""
    SUPPLIES = "supplies"
    """Paper, ink, a cover."""
    NETWORK = "network"
    SETTINGS = "settings"
    """Settings, rights, installed software."""
    PROGRAM = "program"
    """A fault of the program or of a library."""
    STORE = "store"
    """The store, the disk, the unfinished form."""
    TRUST = "trust"
    """Keys, certificates, signed lists."""


class Actor(Enum):
    """Who can act; text `failure-actor.<value>`."""

    NOBODY = "nobody"
    """Nobody need act: it passes, or nothing is wrong."""
    CITIZEN = "citizen"
    CLERK = "clerk"
    INSTALLER = "installer"
    """Who sets the station up: cables, rights, settings."""
    SUPPORT = "support"
    """Who looks after the program and the register."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What lies behind a code, and who can act first."""

    cause: Cause
    actor: Actor


def _codes(cause: Cause, actor: Actor, family: str, names: str) -> dict[str, Failure]:
    return {f"{family}.{name}": Failure(cause, actor) for name in names.split()}


FAILURES: Final[dict[str, Failure]] = {
    # cards and documents
    **_codes(Cause.STOPPED, Actor.NOBODY, "card", "abandoned"),
    **_codes(Cause.USE, Actor.CITIZEN, "card", "absent removed not-health-card"),
    **_codes(Cause.USE, Actor.CITIZEN, "card", "unresponsive record-unreadable"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "card", "record-characters record-empty record-field"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "card", "record-header record-incomplete record-length"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "card", "record-refused record-truncated"),
    **_codes(Cause.DEVICE, Actor.CLERK, "card", "protocol secure-messaging"),
    **_codes(Cause.USE, Actor.CITIZEN, "document", "wrong-key zone-needed contact-lost changed"),
    **_codes(Cause.USE, Actor.CITIZEN, "document", "too-slow key-suspended key-blocked"),
    **_codes(Cause.USE, Actor.CITIZEN, "document", "access-refused not-identity-document"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "document", "damaged incomplete unknown-card"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "document", "chip-proof-broken chip-proof-refused"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "document", "pace-broken proof-failed"),
    **_codes(Cause.DOCUMENT, Actor.NOBODY, "document", "face-undecodable no-nis"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "document-trust", "absent foreign malformed rolled-back"),
    **_codes(Cause.UNPLUGGED, Actor.CLERK, "reader", "absent"),
    **_codes(Cause.DEVICE, Actor.CLERK, "reader", "failed"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "reader", "busy service-absent"),
    **_codes(Cause.STOPPED, Actor.NOBODY, "token", "abandoned not-signed-in"),
    **_codes(Cause.USE, Actor.CITIZEN, "token", "absent removed several other-person"),
    **_codes(Cause.USE, Actor.CITIZEN, "token", "pin-wrong pin-form pin-last-try pin-blocked"),
    **_codes(Cause.DOCUMENT, Actor.CITIZEN, "token", "pin-unset tries-untold expired not-enough"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "token", "revoked not-genuine no-key unsupported-card"),
    **_codes(Cause.DOCUMENT, Actor.CLERK, "token", "no-secret"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "token", "untrusted"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "token", "crashed failed timeout"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "token", "module-absent module-unusable"),
    # fingers
    **_codes(Cause.STOPPED, Actor.NOBODY, "fingerprint", "abandoned"),
    **_codes(Cause.USE, Actor.CITIZEN, "fingerprint", "no-finger not-good-enough never-lifted"),
    **_codes(Cause.USE, Actor.CITIZEN, "fingerprint", "unclear no-match template-unusable"),
    **_codes(Cause.UNPLUGGED, Actor.CLERK, "fingerprint", "absent removed"),
    **_codes(Cause.DEVICE, Actor.CLERK, "fingerprint", "timeout failed"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "fingerprint", "crashed matcher-failed"),
    **_codes(Cause.STORE, Actor.CLERK, "fingerprint", "template-unreadable"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "fingerprint", "denied busy unsupported"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "fingerprint", "library-unusable"),
    # camera and codes
    **_codes(Cause.UNPLUGGED, Actor.CLERK, "camera", "absent removed"),
    **_codes(Cause.NETWORK, Actor.INSTALLER, "camera", "unreachable"),
    **_codes(Cause.DEVICE, Actor.CLERK, "camera", "no-pictures failed"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "camera", "in-use not-allowed unsuitable"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "camera", "software-missing"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "camera", "crashed"),
    **_codes(Cause.STOPPED, Actor.NOBODY, "camera", "stopped"),
    **_codes(Cause.STOPPED, Actor.NOBODY, "barcode", "abandoned"),
    **_codes(Cause.USE, Actor.CITIZEN, "barcode", "none-found other-code several"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "barcode", "decoder-failed"),
    **_codes(Cause.UNPLUGGED, Actor.INSTALLER, "barcode", "no-scanner"),
    # printers
    **_codes(Cause.STOPPED, Actor.NOBODY, "printer", "abandoned cancelled busy"),
    **_codes(Cause.SUPPLIES, Actor.CLERK, "printer", "paper-out paper-low jam cover-open cutter"),
    **_codes(Cause.SUPPLIES, Actor.CLERK, "printer", "wrong-paper ink-out ink-low"),
    **_codes(Cause.SUPPLIES, Actor.CLERK, "printer", "unfinished paper-not-seen test-not-seen"),
    **_codes(Cause.DEVICE, Actor.NOBODY, "printer", "overheated"),
    **_codes(Cause.DEVICE, Actor.CLERK, "printer", "paused aborted stalled interrupted silent"),
    **_codes(Cause.DEVICE, Actor.CLERK, "printer", "job-lost not-withdrawn"),
    **_codes(Cause.DEVICE, Actor.SUPPORT, "printer", "fault"),
    **_codes(Cause.NETWORK, Actor.CLERK, "printer", "unreachable"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "printer", "absent refused wrong-format swapped"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "printer", "queue-unknown queue-repeats"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "printer", "not-for-secrets"),
    **_codes(Cause.TRUST, Actor.INSTALLER, "printer", "untrusted"),
    # the bus, services, the voice
    **_codes(Cause.UNPLUGGED, Actor.CLERK, "usb", "absent"),
    **_codes(Cause.DEVICE, Actor.CLERK, "usb", "no-power-switch failed"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "usb", "denied"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "device", "fault"),
    **_codes(Cause.DEVICE, Actor.CLERK, "device", "silent"),
    **_codes(Cause.STOPPED, Actor.NOBODY, "device", "mending-asked"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "service", "not-restarted"),
    **_codes(Cause.UNPLUGGED, Actor.CLERK, "speaker", "absent test-not-heard"),
    **_codes(Cause.DEVICE, Actor.CLERK, "speaker", "failed"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "speaker", "no-voice"),
    # the station
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "kiosk", "fault"),
    **_codes(Cause.STOPPED, Actor.NOBODY, "draft", "expired other-boot other-version"),
    **_codes(Cause.STORE, Actor.NOBODY, "draft", "damaged key-missing"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "key", "absent damaged unreadable wrong-kind foreign-tpm"),
    **_codes(Cause.STORE, Actor.INSTALLER, "key", "exists unwritable"),
    **_codes(Cause.UNPLUGGED, Actor.INSTALLER, "key", "device-absent removed other-token"),
    **_codes(Cause.SETTINGS, Actor.INSTALLER, "key", "module-absent pin-absent pin-wrong"),
    **_codes(
        Cause.SETTINGS, Actor.INSTALLER, "key", "pin-blocked tpm-owned tpm-locked unsupported"
    ),
    **_codes(Cause.DEVICE, Actor.SUPPORT, "key", "failed"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "roster", "absent foreign malformed rolled-back"),
    **_codes(Cause.USE, Actor.CLERK, "journal", "unsigned"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "trust", "absent foreign malformed rolled-back"),
    **_codes(Cause.NETWORK, Actor.NOBODY, "link", "connecting lost"),
    **_codes(Cause.NETWORK, Actor.INSTALLER, "link", "no-network no-answer tls"),
    **_codes(Cause.NETWORK, Actor.SUPPORT, "link", "hub-away"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "link", "broker-certificate refused not-enrolled"),
    **_codes(Cause.TRUST, Actor.INSTALLER, "link", "certificate-revoked certificate-expired"),
    **_codes(Cause.TRUST, Actor.INSTALLER, "standing", "blocked revoked refused"),
    **_codes(Cause.NETWORK, Actor.INSTALLER, "enrolment", "unreachable busy waiting"),
    **_codes(Cause.USE, Actor.INSTALLER, "enrolment", "code-unknown used expired not-ours"),
    **_codes(Cause.USE, Actor.INSTALLER, "enrolment", "token-damaged not-on-stick"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "enrolment", "offer-foreign offer-damaged hub-foreign"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "enrolment", "certificate-wrong refused protection"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "enrolment", "answer-foreign answer-damaged answer-other"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "enrolment", "request-damaged key-unusable"),
    **_codes(Cause.STORE, Actor.INSTALLER, "enrolment", "unwritable stick-unwritable"),
    **_codes(
        Cause.USE, Actor.CLERK, "courier", "no-medium not-mounted not-allowed full read-only pulled"
    ),
    **_codes(Cause.TRUST, Actor.SUPPORT, "courier", "answer-damaged answer-foreign"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "station-list", "absent malformed foreign rolled-back"),
    **_codes(Cause.TRUST, Actor.SUPPORT, "signed-list", "malformed foreign rolled-back unfit"),
    **_codes(Cause.STORE, Actor.SUPPORT, "signed-list", "absent"),
    **_codes(
        Cause.NETWORK, Actor.INSTALLER, "endpoint", "name-unknown refused timeout unreachable"
    ),
    **_codes(Cause.NETWORK, Actor.INSTALLER, "endpoint", "certificate tls"),
    **_codes(Cause.PROGRAM, Actor.SUPPORT, "link", "never-started stopped"),
    **_codes(Cause.NETWORK, Actor.NOBODY, "link", "turn"),
    **_codes(Cause.STORE, Actor.INSTALLER, "store", "busy full read-only unavailable not-durable"),
    **_codes(Cause.STORE, Actor.INSTALLER, "store", "disk"),
    **_codes(Cause.STORE, Actor.SUPPORT, "store", "damaged foreign forked newer behind-hub"),
    **_codes(Cause.STORE, Actor.INSTALLER, "store", "rebuilt worn failing slow space-low"),
    **_codes(Cause.STORE, Actor.SUPPORT, "store", "entries-lost"),
    **_codes(Cause.STORE, Actor.SUPPORT, "store", "numbers-exhausted sealed"),
    **_codes(Cause.TRUST, Actor.INSTALLER, "vault", "sealed-elsewhere"),
    **_codes(Cause.STORE, Actor.INSTALLER, "vault", "unreadable unwritable"),
}
"""Every failure code of the station."""
