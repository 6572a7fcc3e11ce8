"""The walks in Chromium."""
