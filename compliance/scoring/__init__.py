"""What it is worth: the arithmetic of `questionnaires/README.md`, for one sheet or a million. Pure."""
