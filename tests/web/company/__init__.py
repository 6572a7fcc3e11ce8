"""A company answers, submits and reads its scorecard."""
