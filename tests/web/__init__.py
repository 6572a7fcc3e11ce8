"""What people see: a folder for each reader."""
