"""Where one stands: a sector's figures, and which of them may be shown. Pure."""
