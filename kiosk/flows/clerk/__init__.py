"""What clerks do at a counter station."""
