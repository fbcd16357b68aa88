"""What ``/metrics`` shows, in Prometheus' terms. One registry an application, no text of anyone."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from lab.model import Action, Finding

CHECK_BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.5, 2.0)
WAIT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Meters:
    """Counters and histograms of one running lab."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "lab_turns_total",
            "Turns by end and decision",
            ["status", "action"],
            registry=self.registry,
        )
        self.findings = Counter(
            "lab_findings_total", "Findings by rule", ["rule"], registry=self.registry
        )
        self.shadow = Counter(
            "lab_shadow_findings_total",
            "Findings of rules in shadow, which only watch",
            ["rule"],
            registry=self.registry,
        )
        self.faults = Counter(
            "lab_policy_faults_total",
            "Checks that failed and blocked",
            ["code"],
            registry=self.registry,
        )
        self.previews = Counter("lab_previews_total", "Live checks", registry=self.registry)
        self.files = Counter(
            "lab_attachments_total",
            "Attached files by type and decision",
            ["type", "action"],
            registry=self.registry,
        )
        self.running = Gauge("lab_turns_running", "Turns under way", registry=self.registry)
        self.check = Histogram(
            "lab_check_seconds",
            "Seconds of one policy check",
            buckets=CHECK_BUCKETS,
            registry=self.registry,
        )
        self.first_delta = Histogram(
            "lab_first_delta_seconds",
            "Seconds from prompt to first words",
            buckets=WAIT_BUCKETS,
            registry=self.registry,
        )

    def found(self, finding: Finding) -> None:
        """Count a finding, and once more where its rule only watches."""
        self.findings.labels(finding.rule).inc()
        if finding.action is Action.ALLOW:
            self.shadow.labels(finding.rule).inc()

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
