"""Figures and alarms against the programs that read them."""
