"""A whole conference on this machine: trainees as browsers, a fake endpoint, nginx, the lab.

    python bench/conference.py --scenario steady --trainees 3032 --seconds 60 --json

Scenarios: ``steady`` (each sends one prompt a minute), ``rush`` (all of them within ten seconds),
``join`` (all sign in and open their page with an empty cache), ``soak`` (an hour at half the load),
``flaky`` (steady, and 5 % of the endpoint's streams fail, stall or are cut). The policy is the one
that is shipped, sessions have turns behind them (median 4, 95th percentile 20), the log's disk is
synced, each prompt is checked twice while it is typed. Times are what the lab adds: from when a
prompt was due to its first (last) word, less what the endpoint takes by itself. Client, endpoint,
nginx and lab share the processors of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.crowd import Counts  # noqa: E402 - a script, run by its path
from bench.hall import STAGES, model, opened  # noqa: E402
from bench.scenarios import Plan, Run, play  # noqa: E402

SECONDS = {"steady": 600.0, "rush": 60.0, "join": 300.0, "soak": 3600.0, "flaky": 600.0}
EVERY = {"rush": float("inf"), "soak": 120.0}
FILES = 20_000


def percentiles(values: list[float]) -> dict[str, float | None]:
    """Median, 95th and 99th percentile, by nearest rank."""
    ranked = sorted(values)

    def at(share: float) -> float | None:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else None

    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99)}


def measured(options: argparse.Namespace, trainees: int) -> tuple[dict[str, Any], Run]:
    """Run one scenario; its figures."""
    name = options.scenario
    plan = Plan(
        name, trainees, options.seconds, EVERY.get(name, 60.0), options.seed, options.trainers
    )
    flaky, rate = (0.05 if name == "flaky" else 0.0), options.rate
    latency = 0.0 if name == "rush" else options.latency_ms
    assets = _recorded() if name == "join" else []
    with (
        model(options.tokens, rate, latency, flaky) as (base, endpoint),
        opened(
            trainees,
            known=name != "join",
            endpoint=base,
            seed=options.seed,
            preview=options.preview_seconds,
        ) as hall,
    ):
        counts = Counts(latency / 1000, (options.tokens - 1) / rate if rate else 0.0)
        run = Run(plan, hall, counts, endpoint)
        print(f"  {trainees} browsers come in ...", file=sys.stderr)
        asyncio.run(play(run, assets))
        if not hall.front:
            print("nginx is not installed: browsers went to the lab itself", file=sys.stderr)
    return _figures(plan, run), run


def _figures(plan: Plan, run: Run) -> dict[str, Any]:
    counts, used = run.counts, run.used
    number = counts.prompts if plan.name != "join" else len(counts.pages)
    per = 1000 / max(number, 1)
    row: dict[str, Any] = {
        "scenario": plan.name,
        "trainees": plan.trainees,
        "prompts": counts.prompts,
        "errors": len(counts.errors),
        "prompts_per_s": round(counts.prompts / max(used.seconds, 0.001), 2),
        "ttft_added_ms": percentiles(counts.first),
        "cpu_ms_per_prompt": {
            "lab": round(used.lab * per, 2),
            **{stage: round(used.stages.get(stage, 0) * per, 2) for stage in STAGES},
        },
        "rss_mb": round(max(used.memory, default=0.0)),
        "peers": None,
    }
    if plan.name == "join":
        row["page_ms"] = percentiles(counts.pages)
    return row


def _recorded() -> list[str]:
    from bench.recording import recorded  # noqa: PLC0415 - starts a real browser

    return recorded()


def table(rows: list[tuple[dict[str, Any], Run]]) -> str:
    """What people read."""
    lines = []
    for row, run in rows:
        counts, used = run.counts, run.used
        added, last = row["ttft_added_ms"], percentiles(counts.last)
        share = {
            name: f"{cpu / max(used.seconds, 0.001):.0%}"
            for name, cpu in (("lab", used.lab), ("nginx", used.front), ("model", used.endpoint))
        }
        ends = f"blocked {counts.blocked}, told of a fault {counts.told}, errors {row['errors']}"
        longest = f"longest {max(counts.first, default=0):.0f} ms"
        begun = used.memory[0] if used.memory else 0
        lines += [
            f"{row['scenario']}: {row['trainees']} trainees, {used.seconds:.0f} s",
            f"  prompts {row['prompts']} ({row['prompts_per_s']} a second), {ends}",
            f"  added to the first word, ms: {added}, {longest}",
            f"  added to the last word, ms: {last}",
            f"  live checks: {len(counts.checks)}, ms: {percentiles(counts.checks)}",
            f"  CPU ms a prompt: {row['cpu_ms_per_prompt']}",
            f"  share of one core: {share}",
            f"  memory (PSS): {begun:.0f} MB at the start, {row['rss_mb']} MB at most",
        ]
        if counts.pages:
            lines.append(f"  pages: {len(counts.pages)}, ms {percentiles(counts.pages)}")
        lines += [f"  {n} x {what}" for what, n in Counter(counts.errors).most_common(5)]
    return "\n".join(lines)


def plot(rows: list[tuple[dict[str, Any], Run]], path: Path) -> None:
    """Throughput, errors, delays, CPU by stage and memory over the number of trainees."""
    import matplotlib as mpl  # noqa: PLC0415 - slow

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    people = [row["trainees"] for row, _ in rows]
    figure, ((rate, delay), (cpu, memory)) = plt.subplots(2, 2, figsize=(11, 7), dpi=110)
    rate.plot(people, [row["prompts_per_s"] for row, _ in rows], "o-", label="prompts a second")
    rate.plot(people, [row["errors"] for row, _ in rows], "x-", label="errors")
    for name in ("p50", "p95", "p99"):
        delay.plot(people, [row["ttft_added_ms"][name] or 0 for row, _ in rows], "o-", label=name)
    delay.set_ylabel("ms added to the first word")
    bottom = [0.0] * len(rows)
    for stage in STAGES:
        heights = [row["cpu_ms_per_prompt"][stage] for row, _ in rows]
        cpu.bar([str(each) for each in people], heights, bottom=bottom, label=stage)
        bottom = [low + high for low, high in zip(bottom, heights, strict=True)]
    cpu.set_ylabel("CPU ms a prompt")
    memory.plot(people, [row["rss_mb"] for row, _ in rows], "o-", label="PSS, MB")
    for axis in (rate, delay, cpu, memory):
        axis.set_xlabel("trainees")
        axis.legend(frameon=False)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", choices=sorted(SECONDS), default="steady")
    parser.add_argument("--trainees", type=int, default=3032)
    parser.add_argument("--seconds", type=float, help="length of the window that is measured")
    parser.add_argument("--trainers", type=int, default=10, help="boards and reviews that are open")
    parser.add_argument("--tokens", type=int, default=60, help="words of a reply")
    parser.add_argument("--rate", type=float, default=50.0, help="words a second; 0: all at once")
    parser.add_argument("--latency-ms", type=float, default=300.0, help="of the endpoint's first")
    parser.add_argument("--preview-seconds", type=float, default=3.0)
    parser.add_argument("--sweep", help="run with so many trainees after another, such as 600,3000")
    parser.add_argument("--plot", type=Path, help="write a PNG")
    parser.add_argument("--peers", action="store_true", help="measure other chats beside it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    options.seconds = options.seconds or SECONDS[options.scenario]
    return options


def main() -> None:
    """Read the options, run, tell."""
    options = _options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    crowds = [int(each) for each in options.sweep.split(",")] if options.sweep else []
    rows = [measured(options, people) for people in crowds or [options.trainees]]
    if options.peers:
        from bench.peers.measure import beside  # noqa: PLC0415 - their own dependency group

        for row, _ in rows:
            row["peers"] = beside(options.tokens, options.rate)
    print(table(rows))
    if options.plot:
        plot(rows, options.plot)
    if options.json:
        print(json.dumps(rows[-1][0]))


if __name__ == "__main__":
    main()
