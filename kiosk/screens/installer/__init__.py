"""Screens of clerks and installers."""
