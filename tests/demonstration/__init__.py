"""The demonstration with its invented companies."""
