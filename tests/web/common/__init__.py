"""Rules for every page and every reader."""
