"""What may be published, and an outsider who tries to learn more."""
