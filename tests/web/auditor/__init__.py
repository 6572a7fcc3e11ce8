"""An auditor reads what is assigned."""
