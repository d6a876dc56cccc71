"""Devices, without any device."""
