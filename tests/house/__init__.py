"""Tests of the house rules, the wheel, and the foundations of the tests themselves."""
