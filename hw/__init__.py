"""Devices: cards, printers, sensors. Knows nothing of citizens."""
