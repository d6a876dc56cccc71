"""Power cuts at every boundary of a sync, of a station, of its hub, or of both at once."""
