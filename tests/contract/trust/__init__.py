"""Stations, broker and hub under the hub's own device authority, all of them real."""
