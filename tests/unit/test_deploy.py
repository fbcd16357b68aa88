"""The files under ``deploy/`` are what their own programs accept, with the least rights."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from lab.cli.workers import front_text
from lab.settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
EXPOSURE = {"thao-truong.service": 15, "thao-truong-anchor.service": 11}
"""Tenths of what ``systemd-analyze security`` calls exposure (0 to 10), at most."""
PORTS = [7860, 7861, 7862, 7863]
MANIFESTS = list(YAML(typ="safe").load_all((DEPLOY / "kubernetes/lab.yaml").read_text("utf-8")))


def program(name: str) -> str:
    """Where a linter is. Fails with what to install."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/bin")
    assert found, f"{name} is not installed: run deploy/test-setup.sh"
    return found


@pytest.mark.parametrize(
    ("file", "host"), [("thao-truong.conf", "127.0.0.1"), ("thao-truong-compose.conf", "lab")]
)
def test_the_files_of_nginx_are_what_the_lab_writes(file: str, host: str) -> None:
    """What stands in ``deploy/`` is what ``lab serve --workers 4 --front`` writes."""
    written = front_text(Settings(host=host, attachment_mb=10), PORTS)
    assert (DEPLOY / "nginx" / file).read_text("utf-8") == written


@pytest.mark.parametrize("workers", [1, 4])
def test_nginx_takes_its_file(tmp_path: Path, workers: int) -> None:
    """``nginx -t`` finds nothing wrong, for one process and for several."""
    site = front_text(Settings(), PORTS[:workers]).replace("/var/cache/nginx", str(tmp_path))
    (tmp_path / "site.conf").write_text(site, "utf-8")
    places = " ".join(
        f"{name}_temp_path {tmp_path / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {places}"
        f" include {tmp_path}/site.conf; }}"
    )
    done = subprocess.run(
        [program("nginx"), "-t", "-e", str(tmp_path / "log"), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stderr.replace("bind() to 0.0.0.0:80 failed (13: Permission denied)", "")
    assert done.returncode == 0 or "syntax is ok" in told, told
    assert "[warn]" not in told.replace('the "user" directive', "")


def test_systemd_takes_its_units(tmp_path: Path) -> None:
    """``systemd-analyze verify`` has nothing to say, and its security review ends well."""
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        text = unit.read_text("utf-8").replace("/opt/thao-truong/.venv/bin/lab", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    units = sorted(map(str, tmp_path.iterdir()))
    env = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    analyze = program("systemd-analyze")
    done = subprocess.run(
        [analyze, "verify", *units], env=env, capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "thao-truong" in line]
    assert (done.returncode, ours) == (0, [])
    for name, most in EXPOSURE.items():
        review = subprocess.run(
            [analyze, "security", "--offline=true", f"--threshold={most}", f"{tmp_path}/{name}"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert review.returncode == 0, review.stdout[-400:]


def test_the_unit_leaves_what_reading_a_file_needs() -> None:
    """The process that reads leaves the network by namespaces of its own, and gives way."""
    unit = (DEPLOY / "systemd/thao-truong.service").read_text("utf-8").splitlines()
    assert "RestrictNamespaces=user net" in unit
    assert not [line for line in unit if line.startswith("SystemCallFilter=~") and "@resou" in line]


def test_compose_takes_its_file(tmp_path: Path) -> None:
    """Compose's own check passes with the settings filled in, and names the one that is missing."""
    settings = (DEPLOY / "example.env").read_text("utf-8")
    for name in ("LAB_DATABASE_PASSWORD", "LAB_OPENAI_MODEL"):
        settings = settings.replace(f"{name}=", f"{name}=x")
    (tmp_path / "env").write_text(settings)
    command = [program("docker-compose"), "-f", str(DEPLOY / "compose.yaml"), "--env-file"]
    for file, code in ((tmp_path / "env", 0), (DEPLOY / "example.env", 1)):
        done = subprocess.run(
            [*command, str(file), "config", "-q"], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
    assert "LAB_DATABASE_PASSWORD" in done.stderr


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: str(each["kind"]))
def test_kubernetes_takes_each_manifest(manifest: dict[str, object]) -> None:
    """Each document fits the schema of Kubernetes, with no field that this does not know."""
    kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_what_runs_in_containers_has_least_rights() -> None:
    """No root, no capabilities, no writable system, no token of the cluster; secrets in no file."""
    (pods,) = (
        each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] == "StatefulSet"
    )
    (container,) = pods["containers"]
    assert pods["automountServiceAccountToken"] is False
    assert pods["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    compose = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8"))
    lab = compose["services"]["lab"]
    assert (lab["read_only"], lab["cap_drop"]) == (True, ["ALL"])
    assert "ports" not in compose["services"]["database"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert not [each for each in MANIFESTS if each["kind"] == "Secret"]
