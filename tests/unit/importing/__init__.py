"""An office's registrations from CSV: every row judged, all of them taken at once or none."""
