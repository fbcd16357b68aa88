"""Thao Trường: a practice lab where officials learn to use AI assistants safely."""

__version__ = "0.1.0"
