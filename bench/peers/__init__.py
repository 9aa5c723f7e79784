"""What the archive is measured against, each at its best."""
