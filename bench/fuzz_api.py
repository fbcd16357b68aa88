"""The API asked what its own OpenAPI document allows, and what it does not, as each role.

    python -m bench.fuzz_api --cases 100 --json
    python -m bench.fuzz_api --seconds 1200 --who owner,officer
    python -m bench.fuzz_api --again "owner:POST /api/sessions:17"

``--cases`` is how often each operation is asked as each role (a slow one a tenth of that), in
rounds of ten, so that an end by ``--seconds`` finds all asked alike. A finding is a fault, an
answer that the document does not name or that is not as it says, or a refusal that repeats a text
that was sent. ``--again`` asks the operation of a finding with its seed, in a lab of its own, and
shows what broke.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from routesupport import PEOPLE, Place, place  # noqa: E402 - found beside the tests
from schemasupport import SLOW, Asking, ask, asked_of, known  # noqa: E402

ROUND = 10
"""Requests of an operation before the next one."""
STOPPED = "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi."


@dataclass(slots=True)
class Campaign:
    """What was asked and found so far."""

    there: Place
    held: dict[str, str]
    """What is really there, by name."""
    asked: set[str] = field(default_factory=set)
    seen: dict[str, Counter[int]] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def go_on(self) -> None:
        """Let prompts leave again, if an officer's request has stopped them."""
        officer = self.there.people["officer"]
        body = {"halted": False, "reason": "bench/fuzz_api.py"}
        if not officer.visitor.call("POST", "/api/sending", body).is_success:
            officer.enter()
            officer.visitor.call("POST", "/api/sending", body)

    def one(self, who: str, operation: Any, count: int, seed: int) -> None:
        """Ask an operation; half of the rounds ask what the document does not allow."""
        walker = self.there.people[who]
        if who != "nobody" and not walker.visitor.call("GET", "/api/me").is_success:
            walker.enter()
        seen = self.seen.setdefault(who, Counter())
        self.asked.add(operation.label)
        try:
            asking = Asking(count, seed, self.held, allowed=seed % 2 == 0)
            ask(self.there, who, operation, asking, seen)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - that is looked for
            told = f"{operation.label}: {', '.join(sorted(kinds(error)))}"
            self.found[told] += 1
            self.first.setdefault(told, f"{who}:{operation.label}:{seed}")


def kinds(error: BaseException) -> set[str]:
    """What broke, without anything that was sent."""
    if isinstance(error, BaseExceptionGroup):
        return {kind for each in error.exceptions for kind in kinds(each)}
    title = getattr(error, "title", None)
    if isinstance(error, AssertionError) and title is None:
        return {str(error).partition("\n")[0]}
    return {str(title or type(error).__name__)}


def furnish(there: Place) -> dict[str, str]:
    """A stopped prompt and a complaint about it, so that officers have something; what is there."""
    owner = there.people["owner"].visitor
    decision = owner.ask(there.session, STOPPED)[0][1]
    path = f"/api/sessions/{there.session}/turns/{decision['turn']}/disputes"
    owner.call("POST", path, {"rule": decision["findings"][0]["rule"]})
    shown: dict[str, str] = known(there)
    return shown


def run(campaign: Campaign, names: list[str], rounds: range, seconds: float) -> float:
    """All rounds, each of a seed, or as many as there is time for; the seconds it took."""
    began = time.monotonic()
    asked = {who: asked_of(campaign.there, who) for who in names}
    for seed in rounds:
        for who in names:
            campaign.go_on()
            for operation in asked[who]:
                slow = operation.path.endswith(SLOW)
                campaign.one(who, operation, 1 if slow else ROUND, seed)
                if time.monotonic() - began > seconds:
                    return time.monotonic() - began
    return time.monotonic() - began


def told(campaign: Campaign, seconds: float) -> dict[str, object]:
    """The figures."""
    total: Counter[int] = sum(campaign.seen.values(), Counter())
    return {
        "roles": len(campaign.seen),
        "operations": len(campaign.asked),
        "requests": total.total(),
        "seconds": round(seconds, 1),
        "statuses": dict(sorted(total.items())),
        "findings": [
            {"what": what, "times": times, "again": campaign.first[what]}
            for what, times in campaign.found.most_common()
        ],
    }


def again(there: Place, held: dict[str, str], named: str) -> int:
    """One finding once more, shown in full."""
    who, _, rest = named.partition(":")
    label, _, seed = rest.rpartition(":")
    (operation,) = [each for each in asked_of(there, who) if each.label == label]
    asking = Asking(ROUND, int(seed), held, allowed=int(seed) % 2 == 0)
    try:
        ask(there, who, operation, asking, Counter())
    except (Exception, BaseExceptionGroup):  # noqa: BLE001 - shown to who asked for it
        traceback.print_exc()
        return 1
    return 0


def main() -> int:
    """Run the campaign; 1 where something was found."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--cases", type=int, default=10, help="of each operation and role")
    asked.add_argument("--seconds", type=float, default=3600)
    asked.add_argument("--seed", type=int, default=0, help="of the first round")
    asked.add_argument("--who", default=",".join(PEOPLE), help="roles, with commas")
    asked.add_argument("--again", help="what a finding names")
    asked.add_argument("--json", action="store_true", help="one line of JSON")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as home, place(Path(home)) as there:
        held = furnish(there)
        if options.again:
            return again(there, held, options.again)
        campaign = Campaign(there, held)
        rounds = range(options.seed, options.seed + -(-options.cases // ROUND))
        took = run(campaign, options.who.split(","), rounds, options.seconds)
        figures = told(campaign, took)
    print(json.dumps(figures, ensure_ascii=False, indent=None if options.json else 1))
    return 1 if figures["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
