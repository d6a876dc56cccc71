"""Printers: bytes in, delivered or trouble out."""
