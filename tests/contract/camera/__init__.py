"""The camera contract: pictures come, stop, and come again, over real sources in real children."""
