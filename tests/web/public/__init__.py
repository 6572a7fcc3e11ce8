"""What anybody reads."""
