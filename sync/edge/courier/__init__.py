"""The journal without a network: by a removable medium, and by a neighbour on the local network.

What goes either way are the same sealed and signed entries in the same batches; the hub takes them
as it takes what the broker brings, and its signed answers count here as if the broker had brought
them.
"""
