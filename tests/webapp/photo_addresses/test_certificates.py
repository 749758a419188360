"""A photo comes from the site whose name was asked for."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.webapp import web_site
from tests.webapp.photo_addresses.by_address import UNREACHABLE, alert, ask


def authority():
    """A certificate authority of the test's own: its certificate, and a function that makes servers' contexts."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
    own = signed(issuer, issuer, key, key, x509.BasicConstraints(ca=True, path_length=0))

    def server(name, tmp_path):
        of_server = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = signed(subject, issuer, of_server, key, names)
        pem = tmp_path / "server.pem"
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pem.write_bytes(certificate.public_bytes(kind[0]) + of_server.private_bytes(*kind))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    return own.public_bytes(serialization.Encoding.PEM).decode(), server


def signed(subject, issuer, key, signing_key, extension):
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return builder.add_extension(extension, critical=False).sign(signing_key, hashes.SHA256())


@pytest.mark.parametrize(
    ("name", "status"), [("photos.example.org", 200), ("127.0.0.1.example.org", 422)], ids=["its name", "another name"]
)
def test_a_certificate_must_be_for_the_name_that_was_asked_for(client, settings, images, photo, tmp_path, name, status):
    trusted, server = authority()
    heard = []
    context = server(name, tmp_path)
    context.sni_callback = lambda connection, server_name, context: heard.append(server_name)
    with web_site.running(photo, context) as site:
        settings.PHOTO_WEB = site.policy(tls=ssl.create_default_context(cadata=trusted))
        response = ask(client, site.at("/photo.jpg"))
    assert (response.status_code, alert(response)) == (status, "" if status == 200 else UNREACHABLE)
    assert (heard, len(site.asked)) == (["photos.example.org"], 1 if status == 200 else 0)


def test_a_certificate_of_no_known_authority_is_refused(client, settings, images, photo, tmp_path):
    _, server = authority()
    with web_site.running(photo, server("photos.example.org", tmp_path)) as site:
        settings.PHOTO_WEB = site.policy()
        assert alert(ask(client, site.at("/photo.jpg"))) == UNREACHABLE
    assert site.asked == []
