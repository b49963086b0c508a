"""What make.py writes, by subject."""
