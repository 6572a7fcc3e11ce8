"""The least effort to the next band."""
