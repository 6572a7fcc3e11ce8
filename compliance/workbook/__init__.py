"""Excel, out and back in: the scorecard with live formulas, the sector list, one safe writer and one careful reader."""
