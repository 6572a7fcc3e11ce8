"""The invented companies."""
