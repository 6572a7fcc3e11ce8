"""Tests of scoring: the rules of the arithmetic, in examples worked by hand and in general."""
