"""Chips below a real pcscd: what a card would send, byte for byte, and every way it can fail."""
