"""Protobuf bodies by hand: what kubectl really sends is tested with kubectl."""

import pytest

from cluster_admin.practice.api.protobuf import MAGIC, MEDIA_TYPE, read_object
from cluster_admin.practice.errors import BadRequest, UnsupportedMediaType
from tests.cluster_admin.practice.objects import NAMESPACE

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"


def text(number: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    assert len(data) < 128
    return bytes([number << 3 | 2, len(data)]) + data


def number(field: int, value: bytes) -> bytes:
    return bytes([field << 3]) + value


def sent(kind: str, message: bytes, api_version: str = "apps/v1") -> bytes:
    return MAGIC + text(1, text(1, api_version) + text(2, kind)) + text(2, message) + text(3, "") + text(4, "")


METADATA = text(1, text(1, "web") + text(2, "") + text(8, b"") + text(11, text(1, "app") + text(2, "web")))


def test_a_deployment_is_read_as_its_json_would_be():
    ports = text(6, text(1, "") + number(2, b"\0") + number(3, b"\x90\x3f") + text(4, ""))
    resources = text(8, text(2, text(1, "cpu") + text(2, text(1, "100m"))))
    pod = text(2, text(1, "main") + text(2, "web:1") + ports + resources) + number(11, b"\0") + text(6, "")
    spec = number(1, b"\x02") + text(2, text(1, text(1, "app") + text(2, "web"))) + text(3, text(2, pod)) + text(4, b"")
    assert read_object(sent("Deployment", METADATA + text(2, spec) + text(3, number(1, b"\0")))) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "main",
                            "image": "web:1",
                            "ports": [{"hostPort": 0, "containerPort": 8080}],
                            "resources": {"requests": {"cpu": "100m"}},
                        }
                    ]
                }
            },
        },
    }


def test_negative_numbers_and_booleans_are_read():
    minus_one = b"\xff" * 9 + b"\x01"
    options = number(1, minus_one) + number(3, b"\x01") + text(4, "Background") + text(5, "All")
    assert read_object(sent("DeleteOptions", options, "v1")) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": -1,
        "orphanDependents": True,
        "propagationPolicy": "Background",
        "dryRun": ["All"],
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (sent("Pod", METADATA, "v1"), "protobuf of Pod"),
        (sent("TypeMeta", METADATA, "v1"), "protobuf of TypeMeta"),
        (MAGIC, "protobuf of no kind"),
        (sent("Deployment", text(1, text(14, "finalizer"))), "field 14 of ObjectMeta"),
        (sent("Deployment", text(2, text(4, text(1, "Recreate")))), "field 4 of DeploymentSpec"),
    ],
)
def test_what_is_not_listed_is_refused_with_a_way_out(body, words):
    with pytest.raises(UnsupportedMediaType, match=words) as refused:
        read_object(body)
    assert "--dry-run=client -o yaml" in refused.value.message


BROKEN = [
    b"",
    b"{}",
    MAGIC + b"\xff",
    MAGIC + b"\x0a\x7f",
    MAGIC + b"\x0b",
    MAGIC + b"\xff" * 20,
    MAGIC + number(1, b"\x05"),
    sent("Deployment", number(1, b"\x05")),
    sent("Deployment", text(1, text(1, b"\xff\xfe"))),
    sent("Deployment", text(1, number(11, b"\x05"))),
    sent("Deployment", text(2, text(1, b"two"))),
]


@pytest.mark.parametrize("body", BROKEN)
def test_broken_protobuf_is_a_bad_request(body):
    with pytest.raises(BadRequest):
        read_object(body)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_broken_protobuf_changes_nothing(unchanged, method):
    path = DEPLOYMENTS if method == "POST" else f"{DEPLOYMENTS}/scoring-faq"
    assert unchanged.raw(method, path, MAGIC + b"\xff", MEDIA_TYPE).status == (415 if method == "PATCH" else 400)
    assert unchanged.get(f"{DEPLOYMENTS}/scoring-faq")["spec"]["replicas"] == 2


def test_the_documents_name_every_path_and_every_kind(unchanged):
    index = unchanged.get("/openapi/v3")["paths"]
    assert sorted(index) == ["api/v1", "apis/apps/v1"]
    for root, entry in index.items():
        document = unchanged.get(entry["serverRelativeURL"])
        listed = {
            item["name"]: item["kind"] for item in unchanged.get(f"/{root}")["resources"] if "/" not in item["name"]
        }
        described = {
            group_version_kind["kind"]
            for schema in document["components"]["schemas"].values()
            for group_version_kind in schema.get("x-kubernetes-group-version-kind", ())
        }
        assert described == set(listed.values())
        assert {path.split("/")[-1] for path in document["paths"]} - {"{name}"} == set(listed)
    assert unchanged.call("GET", "/openapi/v3/apis/batch/v1")[0] == 404
