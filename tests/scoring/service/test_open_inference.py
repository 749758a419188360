"""The Open Inference Protocol V2: byte by byte, and by Triton's own client."""

import json
import socket
import struct
import subprocess
import sys
import tomllib
from http.client import HTTPResponse
from pathlib import Path

import httpx2
import pytest

from tests.scoring.service.serving import Echo, served

PROJECT = Path(__file__).parents[3] / "pyproject.toml"
INFER = "/v2/models/echo/infer"


@pytest.fixture(scope="module")
def url():
    with served(Echo, replica="pod-7") as address:
        yield address


def said(*words, **more):
    return {"name": "said", "datatype": "BYTES", "shape": [len(words)], "data": list(words), **more}


def infer(url, *inputs, path=INFER, **more):
    return httpx2.post(url + path, json={"inputs": list(inputs), **more}, trust_env=False)


def refused(response):
    found = response.json()
    assert response.headers["content-type"] == "application/json"
    assert found["error"] == found["detail"]
    return response.status_code, found["code"]


def test_the_server_and_the_model_describe_themselves(url):
    get = {path: httpx2.get(url + path, trust_env=False).json() for path in ("/v2", "/v2/models/echo")}
    version = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    assert get["/v2"] == {"name": "scoredeck", "version": version, "extensions": ["binary_tensor_data"]}
    assert get["/v2/models/echo"] == {
        "name": "echo",
        "versions": ["1"],
        "platform": "scoredeck",
        "inputs": [
            {"name": "said", "datatype": "BYTES", "shape": [-1]},
            {"name": "loud", "datatype": "FP32", "shape": [-1, 2]},
        ],
        "outputs": [
            {"name": "echo", "datatype": "BYTES", "shape": [-1]},
            {"name": "length", "datatype": "FP32", "shape": [-1]},
        ],
        "parameters": {"device": "cpu", "max_batch": 8},
    }


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/echo/ready", {"name": "echo", "ready": True}),
        ("/v2/models/echo/versions/1/ready", {"name": "echo", "ready": True}),
        ("/v2/models/echo/versions/stable/ready", {"name": "echo", "ready": True}),
    ],
)
def test_health_is_told_for_the_server_and_for_the_model(url, path, content):
    response = httpx2.get(url + path, trust_env=False)
    assert (response.status_code, response.json()) == (200, content)


@pytest.mark.parametrize(
    "path", ["/v2/models/other", "/v2/models/echo/versions/2", "/v2/models/echo/versions/canary/ready"]
)
def test_a_model_that_is_not_loaded_is_404(url, path):
    assert refused(httpx2.get(url + path, trust_env=False)) == (404, "no-such-model")


def test_json_in_and_json_out(url):
    answer = infer(url, said("a", "bcd"), id="42").json()
    assert answer.pop("parameters").keys() == {"queue_ms", "decode_ms", "compute_ms"}
    assert answer == {
        "model_name": "echo",
        "model_version": "1",
        "id": "42",
        "outputs": [
            {"name": "echo", "datatype": "BYTES", "shape": [2], "data": ["a", "bcd"]},
            {"name": "length", "datatype": "FP32", "shape": [2], "data": [1.0, 3.0]},
        ],
    }


def test_a_column_and_nested_data_are_taken(url):
    nested = {"name": "said", "datatype": "BYTES", "shape": [2, 1], "data": [["a"], ["b"]]}
    loud = {"name": "loud", "datatype": "FP32", "shape": [2, 2], "data": [[1, 2], [3, 4.5]]}
    answer = infer(url, nested, loud, outputs=[{"name": "echo"}], parameters={"prefix": "> ", "custom": 1})
    assert [output["data"] for output in answer.json()["outputs"]] == [["> a", "> b"]]


def test_binary_in_and_binary_out(url):
    raw = b"".join(struct.pack("<I", len(word)) + word for word in (b"one", "ü".encode()))
    head = {
        "inputs": [
            {"name": "said", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": len(raw)}},
            {"name": "loud", "datatype": "FP32", "shape": [2, 2], "parameters": {"binary_data_size": 16}},
        ],
        "parameters": {"binary_data_output": True},
    }
    text = json.dumps(head).encode()
    headers = {"inference-header-content-length": str(len(text)), "content-type": "application/octet-stream"}
    response = httpx2.post(url + INFER, content=text + raw + bytes(16), headers=headers, trust_env=False)
    length = int(response.headers["inference-header-content-length"])
    outputs = json.loads(response.content[:length])["outputs"]
    assert response.headers["content-type"] == "application/octet-stream"
    assert [output["parameters"] for output in outputs] == [{"binary_data_size": len(raw)}, {"binary_data_size": 8}]
    assert response.content[length:] == raw + struct.pack("<ff", 3, 1)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([], (422, "bad-tensor")),
        ([said()], (422, "bad-tensor")),
        ([said("a") | {"name": "other"}], (422, "bad-tensor")),
        ([said("a"), said("a")], (422, "bad-tensor")),
        ([said("a") | {"datatype": "FP32"}], (422, "bad-tensor")),
        ([said("a") | {"shape": [2]}], (422, "bad-tensor")),
        ([said("a") | {"shape": [-1]}], (422, "bad-tensor")),
        ([said("a") | {"shape": "1"}], (422, "bad-tensor")),
        ([said("a") | {"data": [1]}], (422, "bad-tensor")),
        ([said("a") | {"data": "a"}], (422, "bad-tensor")),
        ([said("a") | {"parameters": {"binary_data_size": 5}}], (422, "bad-tensor")),
        ([said(*"abcdefghi")], (422, "bad-tensor")),
        ([{"name": "said"}], (422, "missing-field")),
        (["said"], (422, "not-an-object")),
        ([said("a"), {"name": "loud", "datatype": "FP32", "shape": [2, 2], "data": [1] * 4}], (422, "bad-tensor")),
        ([said("a"), {"name": "loud", "datatype": "FP32", "shape": [1, 2], "data": [1, "2"]}], (422, "bad-tensor")),
        ([said("a"), {"name": "loud", "datatype": "FP32", "shape": [1, 2], "data": [[1], 2]}], (422, "bad-tensor")),
    ],
)
def test_tensors_that_do_not_fit_are_refused(url, inputs, expected):
    assert refused(infer(url, *inputs)) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": ["a", "b", 3]},
        {"data": ["a", "b", "\ud800"]},  # which UTF-8 cannot hold
        {"shape": [3, 1], "data": [["a"], ["b"], [None]]},
    ],
)
def test_the_item_that_is_wrong_is_named(url, wrong):
    content = json.dumps({"inputs": [said("a", "b", "c") | wrong]})
    response = httpx2.post(url + INFER, content=content, trust_env=False)
    assert (refused(response), response.json()["field"]) == ((422, "bad-tensor"), "said[2]")


def test_the_item_is_named_by_the_first_dimension(url):
    loud = {"name": "loud", "datatype": "FP32", "shape": [2, 2], "data": [1, 2, 3, "4"]}
    assert infer(url, said("a", "b"), loud).json()["field"] == "loud[1]"


def test_the_item_that_is_cut_off_is_named(url):
    raw = struct.pack("<I", 1) + b"a" + struct.pack("<I", 9) + b"b"
    size = {"binary_data_size": len(raw)}
    head = {"inputs": [{"name": "said", "datatype": "BYTES", "shape": [2], "parameters": size}]}
    text = json.dumps(head).encode()
    headers = {"inference-header-content-length": str(len(text))}
    response = httpx2.post(url + INFER, content=text + raw, headers=headers, trust_env=False)
    assert (refused(response), response.json()["field"]) == ((422, "bad-tensor"), "said[1]")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"outputs": [{"name": "other"}]}, (422, "unknown-output")),
        ({"outputs": [{}]}, (422, "unknown-output")),
        ({"outputs": {}}, (422, "not-a-list")),
        ({"id": 7}, (422, "not-text")),
        ({"parameters": {"binary_data_output": 1}}, (422, "not-a-boolean")),
        ({"parameters": []}, (422, "not-an-object")),
    ],
)
def test_what_is_asked_for_must_exist(url, more, expected):
    assert refused(infer(url, said("a"), **more)) == expected


@pytest.mark.parametrize("length", ["-1", "x", "99999999999", "100000"])
def test_a_wrong_length_of_the_json_is_400(url, length):
    headers = {"inference-header-content-length": length}
    response = httpx2.post(url + INFER, content=b"{}", headers=headers, trust_env=False)
    assert refused(response) == (400, "bad-header")


@pytest.mark.parametrize("raw", [b"", b"\x02", struct.pack("<I", 9) + b"a", (struct.pack("<I", 1) + b"a") * 2])
def test_binary_elements_that_are_cut_off_are_refused(url, raw):
    head = {
        "inputs": [{"name": "said", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(raw)}}]
    }
    text = json.dumps(head).encode()
    headers = {"inference-header-content-length": str(len(text))}
    response = httpx2.post(url + INFER, content=text + raw, headers=headers, trust_env=False)
    assert refused(response) == (422, "bad-tensor")


def test_one_item_that_fails_fails_its_request_alone(url):
    assert refused(infer(url, said("a", "poison"))) == (500, "internal-error")
    assert infer(url, said("a")).status_code == 200


def test_tritons_client_works_unmodified(url):
    port = url.rpartition(":")[2]
    command = [sys.executable, "-m", "tests.scoring.service.triton", port]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    status, message = found.pop("error")
    assert (status, "shape" in message) == ("422", True)
    assert found.pop("server")["name"] == "scoredeck"
    assert found.pop("model")["name"] == "echo"
    words = ["> one", "> two ü", "> "]
    lengths = [5.0, 7.0, 2.0]
    assert found == {
        "live": True,
        "ready": True,
        "model_ready": True,
        "version_ready": True,
        "other_ready": False,
        "all_binary": {"echo": words, "length": lengths, "id": "7", "version": "1"},
        "all_json": {"echo": words, "id": "7", "version": "1"},
        "mixed": {"length": lengths, "echo": words, "id": "7", "version": "1"},
    }


# What InferenceRESTClient of KServe 0.21 sends, byte by byte but for the host.
KSERVE_HEAD = (
    b"Host: x\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n"
    b"User-Agent: python-httpx/0.28.1\r\n"
)
KSERVE_JSON = (
    '{"id":"7","model_name":"echo","inputs":[{"name":"said","shape":[2],"datatype":"BYTES","data":["one","two ü"]},'
    '{"name":"loud","shape":[2,2],"datatype":"FP32","data":[0.0,0.0,0.0,0.0]}],"outputs":[{"name":"echo","parameters":'
    '{"binary_data":false}},{"name":"length","parameters":{"binary_data":false}}],"parameters":{"prefix":"> "}}'
).encode()
KSERVE_BINARY_JSON = (
    b'{"id":"7","model_name":"echo","inputs":[{"name":"said","shape":[2],"datatype":"BYTES","parameters":'
    b'{"binary_data_size":17}},{"name":"loud","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}],'
    b'"outputs":[{"name":"echo","parameters":{"binary_data":true}},{"name":"length","parameters":{"binary_data":true}}],'
    b'"parameters":{"prefix":"> "}}'
)
KSERVE_BINARY = b"\x03\0\0\0one\x06\0\0\0two \xc3\xbc" + bytes(16)


def as_kserve_sends(url, method, path, headers=b"", body=b""):
    """The answer's headers and body."""
    address = httpx2.URL(url)
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    with socket.create_connection((address.host, address.port), timeout=20) as connection:
        connection.sendall(b"%b %b HTTP/1.1\r\n%b%b%b\r\n%b" % (method, path, KSERVE_HEAD, headers, length, body))
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.headers, answer.read()


def test_kserves_client_is_understood(url):
    for path, field in (
        (b"/v2/health/live", "live"),
        (b"/v2/health/ready", "ready"),
        (b"/v2/models/echo/ready", "ready"),
    ):
        status, _, body = as_kserve_sends(url, b"GET", path)
        assert (status, json.loads(body)[field]) == (200, True)
    json_type = b"content-type: application/json\r\n"
    status, _, body = as_kserve_sends(url, b"POST", INFER.encode(), json_type, KSERVE_JSON)
    assert [(one["name"], one["data"]) for one in json.loads(body)["outputs"]] == [
        ("echo", ["> one", "> two ü"]),
        ("length", [5.0, 7.0]),
    ]
    assert (status, json.loads(body)["id"]) == (200, "7")
    binary_type = b"inference-header-content-length: 353\r\ncontent-type: application/octet-stream\r\n"
    status, headers, body = as_kserve_sends(
        url, b"POST", INFER.encode(), binary_type, KSERVE_BINARY_JSON + KSERVE_BINARY
    )
    length = int(headers["Inference-Header-Content-Length"])
    sizes = [one["parameters"]["binary_data_size"] for one in json.loads(body[:length])["outputs"]]
    assert (status, sizes) == (200, [21, 8])
    assert body[length:] == b"\x05\0\0\0> one\x08\0\0\0> two \xc3\xbc" + struct.pack("<ff", 5, 7)
