"""What clerks and installers do at a station."""
