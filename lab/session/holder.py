"""The policy in force, and what is wrong with it or with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.errors import LabError, Unavailable

if TYPE_CHECKING:
    from lab.policy.clear import Policy


class PolicyHolder:
    """The policy in force. Empty until it is loaded; replaced as a whole, never changed."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy
        self._error: LabError | None = None
        self.trouble: LabError | None = None
        """What is wrong with the files of the policy while the one in force goes on."""

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

    def fail(self, error: LabError) -> None:
        """There will be none: this is why."""
        self._error = error

    def replace(self, policy: Policy) -> None:
        """Put another in force, from the next check on."""
        self._policy = policy
