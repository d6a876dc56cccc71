"""What can be wrong with a key store, as the values that its methods return."""

from __future__ import annotations

from typing import Final

from hw.errors import DeviceTrouble, TroubleKind

EXISTS: Final = DeviceTrouble(TroubleKind.REFUSED, "key.exists")
"""There are keys already; keys are never written over."""
ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "key.absent")
"""The station has no keys yet, or a file of them is gone."""
DAMAGED: Final = DeviceTrouble(TroubleKind.DAMAGED, "key.damaged")
"""A file of a key is not what it should be."""
WRONG_KIND: Final = DeviceTrouble(TroubleKind.REFUSED, "key.wrong-kind")
"""The key is no P-256 key."""
DEVICE_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "key.device-absent")
"""There is no TPM where the settings say, or we may not open it."""
MODULE_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "key.module-absent")
"""The library that talks to the device is missing or does not start."""
REMOVED: Final = DeviceTrouble(TroubleKind.REMOVED, "key.removed")
"""The token is not plugged in."""
OTHER_TOKEN: Final = DeviceTrouble(TroubleKind.REFUSED, "key.other-token")
"""A token is plugged in, but not this station's."""
PIN_ABSENT: Final = DeviceTrouble(TroubleKind.REFUSED, "key.pin-absent")
"""The file with the PIN is missing, empty, or open to other users."""
PIN_WRONG: Final = DeviceTrouble(TroubleKind.REFUSED, "key.pin-wrong")
"""The token refused the PIN; it is not presented again until the program is started anew."""
PIN_BLOCKED: Final = DeviceTrouble(TroubleKind.REFUSED, "key.pin-blocked")
"""The token takes no PIN any more."""
FOREIGN_TPM: Final = DeviceTrouble(TroubleKind.REFUSED, "key.foreign-tpm")
"""The files are of another TPM, or this one was cleared since."""
TPM_OWNED: Final = DeviceTrouble(TroubleKind.REFUSED, "key.tpm-owned")
"""The TPM's owner hierarchy has a password, or is switched off."""
TPM_LOCKED: Final = DeviceTrouble(TroubleKind.REFUSED, "key.tpm-locked")
"""The TPM is in its lockout for wrong tries."""
UNSUPPORTED: Final = DeviceTrouble(TroubleKind.REFUSED, "key.unsupported")
"""The device cannot do what is needed: ECDSA on P-256, HMAC with SHA-256."""
FAILED: Final = DeviceTrouble(TroubleKind.PROTOCOL, "key.failed")
"""The device does not answer, or answers nonsense."""


def unreadable(error: OSError) -> DeviceTrouble:
    """A file cannot be read: no right, or a read error."""
    return DeviceTrouble(TroubleKind.REFUSED, "key.unreadable", _reason(error))


def unwritable(error: OSError) -> DeviceTrouble:
    """A file cannot be written: no right, no space."""
    return DeviceTrouble(TroubleKind.REFUSED, "key.unwritable", _reason(error))


def failed(reason: str) -> DeviceTrouble:
    """As `FAILED`, with a technical reason for the log; never personal data."""
    return DeviceTrouble(TroubleKind.PROTOCOL, FAILED.code, (("reason", reason),))


def _reason(error: OSError) -> tuple[tuple[str, str], ...]:
    # Never str(error): it holds the path.
    return (("reason", error.strerror or "unknown"),)
