"""Commands that measure; each prints a ratio against something real in the same run."""
