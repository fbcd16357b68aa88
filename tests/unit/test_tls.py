"""The local authority: made once, limited to local names, its certificates renewed in time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from lab.tls import RENEW_DAYS, SERVER_DAYS, Served, ensure

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def _verify(served: Served, name: str, moment: dt.datetime = NOW) -> None:
    """What a browser does: the chain, the constraints and the name."""
    authority = x509.load_pem_x509_certificate(served.authority.read_bytes())
    leaf = x509.load_pem_x509_certificate(served.certificate.read_bytes())
    verifier = PolicyBuilder().store(Store([authority])).time(moment)
    verifier.build_server_verifier(x509.DNSName(name)).verify(leaf, [])


def test_a_browser_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    """The certificate holds for the machine's names and for no other."""
    served = ensure(tmp_path / "tls", ["lab.xa-mau.lan"], now=NOW)
    _verify(served, "localhost")
    _verify(served, "lab.xa-mau.lan")
    with pytest.raises(VerificationError):
        _verify(served, "example.org")


def test_the_authority_vouches_for_no_public_site(tmp_path: Path) -> None:
    """A name of the internet that is asked for later is left out: the constraints forbid it."""
    ensure(tmp_path / "tls", now=NOW)
    served = ensure(tmp_path / "tls", ["example.org", "203.0.113.7"], now=NOW)
    assert not {"example.org", "203.0.113.7"} & set(served.names)


def test_files_are_for_their_owner_only_and_the_authority_stays(tmp_path: Path) -> None:
    """A second start makes nothing new; the key of every file is mode 0600."""
    first = ensure(tmp_path / "tls", now=NOW)
    again = ensure(tmp_path / "tls", now=NOW + dt.timedelta(days=1))
    assert (first.renewed, again.renewed) == (True, False)
    assert first.fingerprint == again.fingerprint
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()} == {0o600}
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700


def test_it_is_renewed_in_time_and_for_a_new_name(tmp_path: Path) -> None:
    """A month before its end, or with another name, there is a new one from the same authority."""
    first = ensure(tmp_path / "tls", now=NOW)
    named = ensure(tmp_path / "tls", ["phong-hop.lan"], now=NOW)
    late = NOW + dt.timedelta(days=SERVER_DAYS - RENEW_DAYS + 1)
    renewed = ensure(tmp_path / "tls", ["phong-hop.lan"], now=late)
    assert named.renewed
    assert renewed.renewed
    assert renewed.fingerprint == first.fingerprint
    _verify(renewed, "phong-hop.lan", late + dt.timedelta(days=SERVER_DAYS - 1))


def test_a_damaged_file_is_an_error_and_stays(tmp_path: Path) -> None:
    """What is no certificate is told, and nothing is written over it."""
    served = ensure(tmp_path / "tls", now=NOW)
    served.certificate.write_bytes(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    with pytest.raises(ValueError, match=r"(?i)certificate|pem|parse"):
        ensure(tmp_path / "tls", now=NOW)
    assert b"\nx\n" in served.certificate.read_bytes()


def test_keys_are_on_the_curve_that_browsers_know(tmp_path: Path) -> None:
    """ECDSA P-256, whose handshake costs a small machine least."""
    served = ensure(tmp_path / "tls", now=NOW)
    key = x509.load_pem_x509_certificate(served.certificate.read_bytes()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
