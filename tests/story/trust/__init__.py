"""Stations and hub as they trust each other, over the wire: every program is the real one."""
