"""Excel, out and back in."""
