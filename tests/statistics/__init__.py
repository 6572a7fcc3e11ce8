"""Where one stands: peer groups, ranking, change, reliability."""
