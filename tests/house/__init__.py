"""The house rules, the wheel, and the tests' own footing."""
