"""The APDU layer."""
