"""The practice cluster's own certificate authority, its server certificate, its token and its kubeconfig."""

import base64
import ipaddress
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=398)
RENEW_BEFORE = timedelta(days=30)
CLUSTER = "practice"
USER = "practice-admin"
NAMESPACE = "scoring"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the files lie, and the token every client sends. The CA's key is not kept: renewal makes a new CA."""

    ca: Path
    certificate: Path
    key: Path
    token: str


def credentials_in(directory: Path) -> Credentials:
    """The credentials kept in a directory, made where missing, broken or within 30 days of their end.

    Files are readable by their owner alone (0600). Raises OSError where the directory cannot be written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ca, certificate, key = (directory / name for name in ("ca.crt", "server.crt", "server.key"))
    if not _usable(ca, certificate, key):
        _make_certificates(ca, certificate, key)
    return Credentials(ca, certificate, key, _token(directory / "token"))


def write_kubeconfig(path: Path, server: str, credentials: Credentials) -> None:
    """Write a kubeconfig (0600) for `server` (`https://127.0.0.1:6443`) with the authority and the token inside."""
    authority = base64.b64encode(credentials.ca.read_bytes()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CLUSTER, "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": USER, "user": {"token": credentials.token}}],
        "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": USER, "namespace": NAMESPACE}}],
        "current-context": CLUSTER,
    }
    _write_private(path, yaml.safe_dump(config, sort_keys=False).encode())


def _token(path: Path) -> str:
    if kept := path.read_text().strip() if path.exists() else "":
        return kept
    token = secrets.token_urlsafe(32)
    _write_private(path, token.encode())
    return token


def _usable(ca_path: Path, certificate_path: Path, key_path: Path) -> bool:
    """Whether the three files are there, belong together and last long enough."""
    try:
        ca = x509.load_pem_x509_certificate(ca_path.read_bytes())
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        certificate.verify_directly_issued_by(ca)
    except (FileNotFoundError, ValueError, InvalidSignature):
        return False
    lasting = certificate.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE
    return lasting and key.public_key() == certificate.public_key()


def _make_certificates(ca_path: Path, certificate_path: Path, key_path: Path) -> None:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Scoredeck practice cluster CA")
    ca = _authority(ca_name, ca_key)
    certificate = _leaf(ca_name, ca_key, key.public_key())
    _write_private(ca_path, ca.public_bytes(serialization.Encoding.PEM))
    _write_private(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    _write_private(key_path, key.private_bytes(*pem))


def _authority(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _certificate(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePublicKey
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        _certificate(_name("scoredeck-practice-cluster"), issuer, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority, critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # An hour back, for clocks that run late.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write_private(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that no reader sees a part and no moment has wider rights."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_bytes(content)
    draft.replace(path)
