"""Electronic travel documents: opened, read and proven by ICAO 9303-10, -11 and BSI TR-03110."""
