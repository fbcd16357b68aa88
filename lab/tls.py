"""TLS in a room without a certificate of its own: a local authority, and what it signs.

The authority (ECDSA P-256, ten years) is made once, in the folder of the keys. It may vouch only
for names of local networks and private addresses (name constraints, RFC 5280 §4.2.1.10): trusting
it gives nobody power over other sites. The server's certificate lives for 90 days and is made again
30 days before its end, or where the machine has got another name or address.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.keys import write_private

AUTHORITY_DAYS, SERVER_DAYS, RENEW_DAYS = 3650, 90, 30
PRIVATE = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"),
)
"""Addresses that the authority may vouch for: loopback, private, link-local, shared (RFC 6598)."""
LOCAL_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Served:
    """What a server needs, and what people need in order to trust it."""

    certificate: Path
    key: Path
    authority: Path
    """The authority's certificate: what is installed on the site's computers."""
    fingerprint: str
    """SHA-256 of that certificate, as browsers show it: pairs of hex digits between colons."""
    names: tuple[str, ...]
    until: dt.datetime
    renewed: bool
    """Whether the server's certificate was made by this call."""


def ensure(folder: Path, names: Iterable[str] = (), *, now: dt.datetime | None = None) -> Served:
    """The authority and a certificate in ``folder``, made or renewed where that is due.

    ``names``: further host names or addresses that browsers use (those of this machine are known).

    Raises:
        OSError: the folder cannot be read or written.
        ValueError: a file in it is no certificate or key.
    """
    moment = now or dt.datetime.now(dt.UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = tuple(dict.fromkeys([*local_names(), *names]))
    ca_path, ca_key = folder / "authority.crt", folder / "authority.key"
    if not (ca_path.exists() and ca_key.exists()):
        _make_authority(ca_path, ca_key, wanted, moment)
    authority = x509.load_pem_x509_certificate(ca_path.read_bytes())
    path, key = folder / "server.crt", folder / "server.key"
    renewed = not (path.exists() and key.exists()) or _due(path, authority, wanted, moment)
    if renewed:
        signer = serialization.load_pem_private_key(ca_key.read_bytes(), None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{ca_key.name} is no EC key")
        _make_server(path, key, authority, signer, wanted, moment)
    made = x509.load_pem_x509_certificate(path.read_bytes())
    print_ = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    until = made.not_valid_after_utc
    return Served(path, key, ca_path, print_, _names_of(made), until, renewed)


def local_names() -> list[str]:
    """Names and addresses by which this machine can be reached, the loopback's last."""
    host = socket.gethostname().split(".", 1)[0].lower()
    found: list[str] = [host, f"{host}.local"] if host else []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))  # nothing is sent: it only chooses a way out
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue  # this machine has no way out of this kind
    return [*found, "localhost", "127.0.0.1", "::1"]


def _address(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _general(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        address = _address(name)
        found.append(x509.DNSName(name) if address is None else x509.IPAddress(address))
    return found


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [str(each) for each in held.get_values_for_type(x509.IPAddress)]
    return (*held.get_values_for_type(x509.DNSName), *addresses)


def _due(
    path: Path, authority: x509.Certificate, wanted: Iterable[str], moment: dt.datetime
) -> bool:
    """Whether the server needs another certificate."""
    held = x509.load_pem_x509_certificate(path.read_bytes())
    late = held.not_valid_after_utc - moment < dt.timedelta(days=RENEW_DAYS)
    missing = {name for name in wanted if _permitted(authority, name)} - set(_names_of(held))
    return late or bool(missing) or held.issuer != authority.subject


def _permitted(authority: x509.Certificate, name: str) -> bool:
    """Whether the authority may vouch for a name or an address."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    address, places = _address(name), limits.permitted_subtrees or ()
    if address is not None:
        networks = [each.value for each in places if isinstance(each, x509.IPAddress)]
        return any(address in each for each in networks)  # type: ignore[operator]
    hosts = [each.value for each in places if isinstance(each, x509.DNSName)]
    return any(name == each or name.endswith(f".{each}") for each in hosts)


def _make_authority(path: Path, key_path: Path, wanted: Iterable[str], moment: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Thao Trường ({host})"[:64])])
    networks = [x509.IPAddress(ipaddress.ip_network(each)) for each in PRIVATE]
    hosts = [each for each in wanted if _address(each) is None]
    places = [x509.DNSName(each) for each in dict.fromkeys([*LOCAL_NAMES, *hosts])]
    body = (
        _begun(name, name, key.public_key(), moment, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([*places, *networks], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    write_private(key_path, _private(key))
    write_private(path, body.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _make_server(
    path: Path,
    key_path: Path,
    authority: x509.Certificate,
    signer: ec.EllipticCurvePrivateKey,
    wanted: Iterable[str],
    moment: dt.datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = [name for name in wanted if _permitted(authority, name)]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    body = (
        _begun(subject, authority.subject, key.public_key(), moment, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    write_private(key_path, _private(key))
    write_private(path, body.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    moment: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(hours=24))  # clocks of old PCs are late
        .not_valid_after(moment + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
