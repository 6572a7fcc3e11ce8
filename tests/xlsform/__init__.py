"""Forms for ODK and KoboToolbox, out and in."""
