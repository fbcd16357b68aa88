"""Numbered steps that bring a log's database to the present form, oldest first. Never edit one."""
