"""The policy layer: what may leave, what is masked, what is stopped, and why."""
