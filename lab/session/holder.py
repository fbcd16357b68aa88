"""The policy in force, and what is wrong with it or with its files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lab.errors import LabError, Unavailable

if TYPE_CHECKING:
    from lab.policy.clear import Policy


TESTED = 3.0
"""Seconds for which a self-test that went well stands: asking often costs nothing."""


class PolicyHolder:
    """The policy in force. Empty until it is loaded; replaced as a whole, never changed."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy
        self._error: LabError | None = None
        self.trouble: LabError | None = None
        """What is wrong with the files of the policy while the one in force goes on."""
        self._well: tuple[Policy, float] | None = None
        """The policy whose self-test went well last, and until when that stands."""

    @property
    def error(self) -> LabError | None:
        """Why there is none; None where there is one, or while it still loads."""
        return None if self.loaded else self._error

    @property
    def loaded(self) -> bool:
        """Whether there is one."""
        return self._policy is not None

    @property
    def current(self) -> Policy:
        """The policy in force. Raises ``Unavailable`` while there is none: nothing can be sent."""
        if self._policy is not None:
            return self._policy
        if self._error is not None:
            raise Unavailable(self._error.code, **self._error.values)
        raise Unavailable("starting")

    def self_test(self) -> None:
        """A real detection by the policy in force, at most one every few seconds while all is well.

        Raises ``Unavailable`` while there is none, ``PolicyError`` where it does not find its own
        examples; a failure is never remembered.
        """
        policy, now = self.current, time.monotonic()
        if self._well is not None and self._well[0] is policy and now < self._well[1]:
            return
        self._well = None
        policy.self_test()
        self._well = policy, now + TESTED

    def fail(self, error: LabError) -> None:
        """There will be none: this is why."""
        self._error = error

    def withdraw(self, error: LabError) -> None:
        """None is in force any more: nothing can be sent, and this is why."""
        self._policy, self._error = None, error

    def replace(self, policy: Policy) -> None:
        """Put another in force, from the next check on."""
        self._policy = policy
