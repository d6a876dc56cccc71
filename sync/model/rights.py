"""What an operator may open (R-003-55, R-004-4)."""

from __future__ import annotations

from enum import Enum


class Right(Enum):
    """What an operator may open in the menu (R-003-55); `DEVICES` is who looks after a station."""

    REGISTER = "register"
    """Registrazione utenti."""
    MANAGE = "manage"
    """Gestione utenti."""
    FSE = "fse"
    """Fascicolo Sanitario Elettronico (R-003-49)."""
    RESIDENCE = "residence"
    """Cambio residenza (R-003-61)."""
    DEVICES = "devices"
    USERS = "users"
    """Gestione Utenze and Gestione SmartCard of the console (R-004-4)."""
    STATIONS = "stations"
    """Gestione Postazione of the console (R-004-4)."""
    APPOINT = "appoint"
    """Appoints the administrators of security and of stations (R-004-1)."""
    OFFICER = "officer"
    """The Security Officer's area: cards to activate, what the ministry is asked (R-001-7, 28)."""
