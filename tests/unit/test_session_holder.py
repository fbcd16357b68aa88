"""The policy in force: how often it is asked to prove itself."""

from __future__ import annotations

import pytest
from policysupport import a_policy, a_rule

from lab.errors import PolicyError
from lab.policy.clear import Policy
from lab.session import holder
from lab.session.holder import PolicyHolder


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Policy]:
    """Every policy whose self-test ran."""
    ran: list[Policy] = []
    whole = Policy.self_test

    def test(self: Policy) -> None:
        ran.append(self)
        whole(self)

    monkeypatch.setattr(Policy, "self_test", test)
    return ran


def test_a_self_test_that_went_well_stands_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many askers cost one detection; a new policy is tested at once, an old one after a while."""
    ran = counted(monkeypatch)
    first, second = a_policy(), a_policy()
    held = PolicyHolder(first)
    for _ in range(50):
        held.self_test()
    assert ran == [first]
    held.replace(second)
    held.self_test()
    held.self_test()
    assert ran == [first, second]
    monkeypatch.setattr(holder, "TESTED", -1.0)
    held.replace(first)
    held.self_test()
    held.self_test()
    assert ran == [first, second, first, first]


def test_a_failure_is_never_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that does not find its own example is tested anew each time, and fails each time."""
    ran = counted(monkeypatch)
    held = PolicyHolder(a_policy(a_rule(examples={"catch": ["không có mã"], "pass": ["mã"]})))
    for _ in range(3):
        with pytest.raises(PolicyError):
            held.self_test()
    assert len(ran) == 3
