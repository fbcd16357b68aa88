"""Fail closed: whatever breaks in the check, the prompt is blocked and no text escapes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from policysupport import a_policy, a_rule, break_detector, sent

from lab.errors import PolicyError
from lab.model import Action, Blocked, Cleared, Message
from lab.policy.clear import Policy
from lab.policy.detect import Detector
from lab.policy.vault import Vault

SECRET = "Mã DA-2026, nội dung riêng."
LONG = "Không có gì ở đây. " * 300 + SECRET


def raising(error: BaseException) -> Callable[[], Any]:
    """Something that raises."""

    def act() -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError(SECRET), "policy_fault"),
        (RecursionError(SECRET), "policy_fault"),
        (MemoryError(), "policy_fault"),
        (TimeoutError(SECRET), "policy_timeout"),
        (PolicyError("policy_list", rule="x", list="y"), "policy_list"),
    ],
)
async def test_a_recognizer_that_raises_blocks(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    """Whatever a recognizer raises, the decision is a block with a code, and says nothing else."""
    policy = a_policy()
    break_detector(monkeypatch, policy, raising(error))
    result = await sent(policy, SECRET)
    assert isinstance(result, Blocked)
    assert result.decision.action is Action.BLOCK
    assert result.decision.fault == code
    assert "DA-2026" not in repr(result)
    decision, outgoing = await policy.inspect(SECRET)
    assert (decision.fault, outgoing) == (code, None)


async def test_a_hanging_recognizer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inline work that never ends is interrupted at the deadline, even where it catches errors."""
    policy = a_policy(seconds=0.2)

    def hang() -> None:
        while True:
            try:
                threading.Event().wait(0.01)
            except Exception:  # noqa: BLE001, S112 - a recognizer that swallows errors
                continue

    break_detector(monkeypatch, policy, hang)
    started = time.monotonic()
    result = await sent(policy, SECRET)
    assert isinstance(result, Blocked)
    assert result.decision.fault == "policy_timeout"
    assert time.monotonic() - started < 2


async def test_a_slow_check_blocks_although_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread that no alarm reaches, a check that ended too late blocks as well."""
    policy = a_policy(seconds=0.05)
    break_detector(monkeypatch, policy, lambda: time.sleep(0.1))
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(sent(policy, SECRET))))
    thread.start()
    thread.join()
    assert found[0].decision.fault == "policy_timeout"


async def test_an_alarm_of_somebody_else_survives_the_check() -> None:
    """A timer that was running before a check still rings after it."""
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    old = signal.setitimer(signal.ITIMER_REAL, 0.15)
    try:
        assert isinstance(await sent(a_policy(), SECRET), Cleared)
        await asyncio.sleep(0.3)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *old)
    assert rung == [1]


async def test_a_span_outside_the_text_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recognizer that reports a span beyond the text is a fault, not a shorter mask."""
    from lab.policy.recognizers.base import Hit
    from lab.policy.recognizers.pattern import OwnPattern

    def beyond(_self: object, _views: object) -> list[Hit]:
        return [Hit(0, 10_000, 0.9, "broken")]

    monkeypatch.setattr(OwnPattern, "find", beyond)
    result = await sent(a_policy(), SECRET)
    assert isinstance(result, Blocked)
    assert result.decision.fault == "policy_fault"


async def test_the_detector_swallows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error inside ``find`` passes through the detector instead of being skipped."""
    from lab.policy.recognizers.pattern import OwnPattern

    def late(_self: object, _views: object) -> list[Any]:
        raise TimeoutError

    monkeypatch.setattr(OwnPattern, "find", late)
    with pytest.raises(TimeoutError):
        Detector([a_rule()]).find(SECRET)


def test_a_policy_without_an_acting_rule_is_refused() -> None:
    """Where every rule is off, there is no policy."""
    with pytest.raises(PolicyError) as caught:
        a_policy(a_rule(mode="off"))
    assert caught.value.code == "policy_empty"


def test_a_blind_rule_fails_the_self_test() -> None:
    """A rule that does not find its own example stops the lab from being ready."""
    blind = a_rule(examples={"catch": ["không có mã"], "pass": ["mã"]})
    with pytest.raises(PolicyError) as caught:
        a_policy(blind).self_test()
    assert caught.value.code == "policy_self_test"


@pytest.fixture
def pooled() -> Any:
    """A policy whose long texts are read in one child process."""
    policy = a_policy(workers=1, pool_chars=200, seconds=30)
    policy.self_test()
    yield policy
    policy.close()


def child_of(policy: Policy) -> int:
    """The process id of the one child."""
    assert policy._workers is not None
    (child,) = policy._workers._all
    return child._process.pid


async def test_a_long_text_is_read_in_a_child(pooled: Policy) -> None:
    """What a child finds is what would have been found inline."""
    result = await sent(pooled, LONG)
    assert isinstance(result, Cleared)
    assert result.messages[-1].content == LONG.replace("DA-2026", "[MÃ DỰ ÁN 1]")


async def test_a_child_that_is_killed_blocks_and_is_replaced(pooled: Policy) -> None:
    """The check whose child dies is blocked; the next one gets a new child."""
    await sent(pooled, LONG)
    first = child_of(pooled)
    os.kill(first, signal.SIGKILL)
    result = await sent(pooled, LONG + " Hai.")
    assert isinstance(result, Blocked)
    assert result.decision.fault == "policy_fault"
    assert isinstance(await sent(pooled, LONG + " Ba."), Cleared)
    assert child_of(pooled) != first


async def test_a_child_that_starts_slowly_is_waited_for_by_later_checks(pooled: Policy) -> None:
    """On a slow machine long texts are blocked until the child is there, and not for ever."""
    pooled.close()
    await sent(pooled, LONG)  # the dead child is noticed
    pooled.seconds = 0.2
    first = await sent(pooled, LONG + " 0.")
    assert isinstance(first, Blocked)
    assert first.decision.fault == "policy_timeout"
    starting = child_of(pooled)
    limit = time.monotonic() + 60
    number = 1
    while isinstance(await sent(pooled, f"{LONG} {number}."), Blocked):
        assert time.monotonic() < limit
        number += 1
    assert child_of(pooled) == starting


async def test_a_child_that_hangs_is_killed_at_the_deadline(pooled: Policy) -> None:
    """A stopped child blocks the check within its deadline, and does not live on."""
    await sent(pooled, LONG)
    hung = child_of(pooled)
    os.kill(hung, signal.SIGSTOP)
    pooled.seconds = 0.5
    started = time.monotonic()
    result = await sent(pooled, LONG + " Hai.")
    assert isinstance(result, Blocked)
    assert result.decision.fault == "policy_timeout"
    assert time.monotonic() - started < 5
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)


async def test_the_loop_stays_free_while_a_child_works(pooled: Policy) -> None:
    """A long text in a child does not keep other trainees waiting."""
    await sent(pooled, LONG)
    os.kill(child_of(pooled), signal.SIGSTOP)
    pooled.seconds = 1
    slow = asyncio.ensure_future(sent(pooled, LONG + " Hai."))
    await asyncio.sleep(0.05)
    quick = await pooled.clear([Message("user", "Mã DA-1.")], vault=Vault())
    assert isinstance(quick, Cleared)
    assert not slow.done()
    assert (await slow).decision.fault == "policy_timeout"
