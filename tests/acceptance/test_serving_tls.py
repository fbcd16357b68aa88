"""The lab over TLS, as a site's computer meets it."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from pathlib import Path

import httpx
from support import LAB, environment, free_port


def test_a_computer_that_installed_the_authority_signs_in_over_tls(tmp_path: Path) -> None:
    """The start tells the fingerprint; the sheet shows the same and hands out the certificate;
    with it the connection is trusted, cookies are marked secure, and without it nothing is.
    """
    (tmp_path / "tmp").mkdir()
    port, out = free_port(), tmp_path / "out.txt"
    env = environment(tmp_path, LAB_ASSISTANT="recorded")
    with out.open("wb") as sink:
        process = subprocess.Popen(
            [LAB, "serve", "--tls", "--port", str(port)], env=env, stdout=sink, stderr=sink
        )
    try:
        url = f"https://127.0.0.1:{port}"
        with httpx.Client(verify=False, base_url=url, timeout=5) as stranger:  # noqa: S501
            _wait(stranger)
            sheet = stranger.get("/tls/").text
            certificate = stranger.get("/tls/authority.crt").content
        told = re.search(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", out.read_text())
        assert told is not None
        shown = re.findall(r'<code class="print">([0-9A-F ]+)</code>', sheet)
        assert ":".join(" ".join(shown).split()) == told.group(0)
        trusting = ssl.create_default_context(cadata=certificate.decode())
        code = re.search(r"mã lớp «(\S+)»", out.read_text())
        assert code is not None
        with httpx.Client(verify=trusting, base_url=url, timeout=60) as pc:
            body = {"class_code": code.group(1), "name": "Lò Thị Thử"}
            answer = pc.post("/api/login", json=body)
            assert answer.status_code == httpx.codes.OK
            cookies = answer.headers.get_list("set-cookie")
            assert all("secure" in cookie.lower() for cookie in cookies)
    finally:
        process.terminate()
        process.wait(20)


def _wait(client: httpx.Client) -> None:
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        try:
            if client.get("/healthz").status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError("the lab did not start")
