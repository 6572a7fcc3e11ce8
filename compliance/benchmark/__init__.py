"""Where one stands: peer groups, ranks, what may be shown. Pure."""
