"""What holds for every page and every reader."""
