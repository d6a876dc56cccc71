"""Stations: their certificates, how they are enrolled, blocked and revoked, and their Register."""
