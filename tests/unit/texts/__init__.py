"""Texts that both ends show."""
