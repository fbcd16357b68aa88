"""What the lab is measured against."""
