"""Cameras that stand below the real stack."""
