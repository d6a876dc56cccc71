"""Devices out of settings, and what is done when they fail."""
