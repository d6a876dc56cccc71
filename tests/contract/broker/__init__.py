"""What the design asks of the broker, asked of a real Mosquitto."""
