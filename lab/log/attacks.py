"""Ways round the policy that players found: each a failing case of the corpus."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Literal

from lab.errors import Conflict, NotFound
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical

FOUND, JUDGED = "attack.found", "attack.judged"
State = Literal["waiting", "accepted", "declined"]
_COLUMNS = (
    "id, at, person_id, level, entity, tier, turns, proof, how, policy, state, judged_by, reason"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One way round. ``turns`` hold the planted value, where it stands as it is, as ``{value}``."""

    id: str
    at: float
    person: str
    level: str
    entity: str
    tier: str
    turns: tuple[str, ...]
    proof: str
    """``read``: the lab read the value back. ``told``: the player says how to."""
    how: str
    policy: str
    state: State
    judged_by: str | None = None
    reason: str | None = None


def add(write: Write, found: Found) -> bool:
    """One more; False where this person has the same already."""
    turns = json.dumps(found.turns, ensure_ascii=False)
    same = "SELECT 1 FROM attack_cases WHERE person_id = ? AND level = ? AND turns = ?"
    if write.db.execute(same, (found.person, found.level, turns)).fetchone():
        return False
    write.db.execute(
        f"INSERT INTO attack_cases ({_COLUMNS})"  # noqa: S608 - constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        (
            *(found.id, found.at, found.person, found.level, found.entity, found.tier),
            *(turns, found.proof, found.how, found.policy, found.state),
        ),
    )
    told = {"case": found.id, "person": found.person, "level": found.level, "proof": found.proof}
    write.append(SYSTEM, FOUND, canonical({**told, "policy": found.policy}))
    return True


def judge(write: Write, case: str, state: State, by: str, reason: str) -> None:
    """Accept one into the corpus, or take it out. Raises ``NotFound``, ``Conflict``."""
    row = write.db.execute("SELECT state FROM attack_cases WHERE id = ?", (case,)).fetchone()
    if row is None:
        raise NotFound
    if row[0] == state:
        raise Conflict("attack_judged")
    write.db.execute(
        "UPDATE attack_cases SET state = ?, judged_by = ?, judged_at = ?, reason = ? WHERE id = ?",
        (state, by, time.time(), reason, case),
    )
    told = {"by": by, "case": case, "before": row[0], "after": state, "reason": reason}
    write.append(SYSTEM, JUDGED, canonical(told))


def listed(db: Db, person: str = "") -> list[Found]:
    """All, or those of one person, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM attack_cases"  # noqa: S608 - constant
        " WHERE ? = '' OR person_id = ? ORDER BY at DESC, id",
        (person, person),
    )
    place = _COLUMNS.split(", ").index("turns")
    found = []
    for row in rows:
        values = list(row)
        values[place] = tuple(json.loads(values[place]))
        found.append(Found(*values))
    return found
