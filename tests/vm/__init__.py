"""Virtual machines: our programs on a real kernel with drivers that this machine has not.

The machine's processor is emulated (no KVM is needed), its kernel is Debian's, its root is this
machine's root by 9p, for reading only. So its times are an upper bound, not a measure.
"""
