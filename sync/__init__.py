"""The operations of a station: their meaning, their bytes, the station's end and the hub's end."""
