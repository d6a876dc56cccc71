"""The system's side of the appliance: slots, data partition, network, sticks, power.

Programs of this package run beside the kiosk with rights that the kiosk does not have. The kiosk
asks them through one socket for one of a closed list of acts. Standard library only.
"""
