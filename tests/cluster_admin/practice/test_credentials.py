import stat

import yaml
from cryptography import x509

from cluster_admin.practice.credentials import credentials_in, write_kubeconfig


def test_credentials_are_made_once_and_private(tmp_path):
    first = credentials_in(tmp_path / "pki")
    contents = {path.name: path.read_bytes() for path in (tmp_path / "pki").iterdir()}
    assert sorted(contents) == ["ca.crt", "server.crt", "server.key", "token"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pki").iterdir()} == {0o600}
    assert len(first.token) >= 32
    assert credentials_in(tmp_path / "pki") == first
    assert {path.name: path.read_bytes() for path in (tmp_path / "pki").iterdir()} == contents


def test_the_certificate_is_for_this_machine_alone(tmp_path):
    certificate = x509.load_pem_x509_certificate(credentials_in(tmp_path).certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert 365 <= (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days <= 730


def test_broken_or_foreign_certificates_are_made_anew(tmp_path):
    mine, other = credentials_in(tmp_path / "mine"), credentials_in(tmp_path / "other")
    for damage in (b"", b"no certificate", other.certificate.read_bytes()):
        mine.certificate.write_bytes(damage)
        credentials_in(tmp_path / "mine")
        certificate = x509.load_pem_x509_certificate(mine.certificate.read_bytes())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(mine.ca.read_bytes()))
    assert credentials_in(tmp_path / "mine").token == mine.token


def test_an_empty_token_is_made_anew(tmp_path):
    credentials_in(tmp_path)
    (tmp_path / "token").write_text("\n")
    assert len(credentials_in(tmp_path).token) >= 32


def test_the_kubeconfig_holds_all_a_client_needs(tmp_path):
    path = tmp_path / "kubeconfig"
    credentials = credentials_in(tmp_path / "pki")
    write_kubeconfig(path, "https://127.0.0.1:6443", credentials)
    config = yaml.safe_load(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config["contexts"][0]["context"] == {"cluster": "practice", "user": "practice-admin", "namespace": "scoring"}
    assert config["users"][0]["user"] == {"token": credentials.token}
    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"
