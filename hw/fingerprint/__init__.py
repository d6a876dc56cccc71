"""Fingerprint sensors: from pictures on a pane of glass to templates."""
