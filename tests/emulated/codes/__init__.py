"""Printed codes as a kiosk's camera sees them, well and badly."""
