"""What comes to the hub without the broker: parcels on removable media, and through neighbours."""
