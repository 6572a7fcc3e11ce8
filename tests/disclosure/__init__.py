"""What may be published, and attacks by an outsider who tries to learn more."""
