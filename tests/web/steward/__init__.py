"""The pages of stewards."""
