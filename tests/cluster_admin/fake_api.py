"""A small Kubernetes API over real sockets: canned objects, a real scale subresource, and faults on demand."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAMESPACE = "scoring"
TOKEN = "a-token"
SCALE = re.compile(rf"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/([^/]+)/scale$")
KINDS = ("nodes", "deployments", "replicasets", "pods", "events")


class FakeApi:
    """`faults` maps a path (or "METHOD path") to a status number, "garbage", "list", "close", "slow" or "drip"."""

    def __init__(self):
        self.objects = {kind: [] for kind in KINDS}
        self.faults, self.logs, self.requests = {}, {}, []
        self.before_patch = None
        self.stop = threading.Event()

    def deployment(self, name):
        return next((d for d in self.objects["deployments"] if d["metadata"]["name"] == name), None)

    def set_replicas(self, name, replicas):
        found = self.deployment(name)
        found["spec"]["replicas"] = replicas
        self.touch(name)

    def touch(self, name):
        metadata = self.deployment(name)["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)

    def finish(self, name):
        """Let the rollout end: every replica ready."""
        found = self.deployment(name)
        count = found["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), count)
        found["status"] = {"observedGeneration": found["metadata"]["generation"], **counts}
        self.touch(name)

    def patches(self):
        return [body for method, _path, body in self.requests if method == "PATCH"]


def deployment(name, replicas=1, ready=None, **status):
    ready = replicas if ready is None else ready
    counts = {"replicas": replicas, "readyReplicas": ready, "updatedReplicas": replicas, "availableReplicas": ready}
    requests = {"cpu": "250m", "memory": "512Mi"}
    template = {"spec": {"containers": [{"name": "scorer", "image": f"{name}:1", "resources": {"requests": requests}}]}}
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "resourceVersion": "100", "generation": 1},
        "spec": {"replicas": replicas, "template": template},
        "status": {"observedGeneration": 1, **counts, **status},
    }


def pod(name, owner="scoring-faq", node="cpu-0", phase="Running", **changes):
    ready = phase == "Running"
    requests = {"cpu": "250m", "memory": "512Mi"}
    made = {
        "metadata": {
            "name": name,
            "uid": name,
            "namespace": NAMESPACE,
            "creationTimestamp": "2026-11-24T00:00:00Z",
            "labels": {"pod-template-hash": "abc"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{owner}-abc"}],
        },
        "spec": {"nodeName": node, "containers": [{"name": "scorer", "resources": {"requests": requests}}]},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"ready": ready, "restartCount": 0, "state": {"running": {}} if ready else {}}],
        },
    }
    made["status"].update(changes)
    return made


def node(name, ready="True", **allocatable):
    return {
        "metadata": {"name": name, "creationTimestamp": "2026-11-24T00:00:00Z", "labels": {"agentpool": "cpu"}},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110", **allocatable},
            "conditions": [{"type": "Ready", "status": ready, "message": "kubelet says so"}],
        },
    }


def healthy(api):
    """One service with one ready pod on one node."""
    api.objects["nodes"] = [node("cpu-0")]
    api.objects["deployments"] = [deployment("scoring-faq")]
    api.objects["replicasets"] = [
        {
            "metadata": {"name": "scoring-faq-abc", "ownerReferences": [{"kind": "Deployment", "name": "scoring-faq"}]},
        }
    ]
    api.objects["pods"] = [pod("scoring-faq-abc-1")]
    api.objects["events"] = []
    api.logs["scoring-faq-abc-1"] = "loaded\nready\n"
    return api


@contextmanager
def serving(api):
    """Serve on a free port of the loopback; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        api.stop.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def write_kubeconfig(path: Path, address: str, context="fake"):
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": "c", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(json.dumps(config))
    return path


class _Handler(BaseHTTPRequestHandler):
    api: FakeApi
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Quiet."""

    def do_GET(self):
        self._handle("GET", None)

    def do_PATCH(self):
        self._handle("PATCH", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _handle(self, method, body):
        path = self.path.partition("?")[0]
        self.api.requests.append((method, path, body))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._status(401, "no token")
        if method == "PATCH" and self.api.before_patch:
            self.api.before_patch()
        fault = self.api.faults.get(f"{method} {path}", self.api.faults.get(path))
        if fault:
            return self._fail(fault)
        return self._scale(method, path, body) if SCALE.search(path) else self._read(path)

    def _fail(self, fault):
        if fault == "close":
            self.close_connection = True
            return None
        if fault == "slow":
            self.api.stop.wait(30)
            self.close_connection = True
            return None
        if fault == "drip":
            return self._drip()
        if fault == "garbage":
            return self._send(200, b"<html>hello</html>")
        return self._send(200, b"[1]") if fault == "list" else self._status(fault, "because the test says so")

    def _drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        end = time.monotonic() + 30
        while time.monotonic() < end and not self.api.stop.wait(0.2):
            try:
                self.wfile.write(b" ")
            except OSError:
                break
        self.close_connection = True

    def _scale(self, method, path, body):
        found = self.api.deployment(SCALE.search(path)[1])
        if found is None:
            return self._status(404, "not found")
        if method == "PATCH":
            if body["metadata"]["resourceVersion"] != found["metadata"]["resourceVersion"]:
                return self._status(409, "the object has been modified")
            self.api.set_replicas(found["metadata"]["name"], body["spec"]["replicas"])
        spec = {"replicas": found["spec"]["replicas"]} if found["spec"]["replicas"] else {}
        return self._json({"kind": "Scale", "metadata": found["metadata"], "spec": spec})

    def _read(self, path):
        parts = path.strip("/").split("/")
        if parts[-1] == "log" and parts[-2] in self.api.logs:
            return self._send(200, self.api.logs[parts[-2]].encode(), "text/plain")
        if parts[-1] in self.api.objects:
            return self._json({"kind": "List", "items": self.api.objects[parts[-1]]})
        found = next((p for p in self.api.objects["pods"] if p["metadata"]["name"] == parts[-1]), None)
        return self._json(found) if found else self._status(404, f"{parts[-1]} not found")

    def _status(self, code, message):
        return self._send(code, json.dumps({"kind": "Status", "message": message, "code": code}).encode())

    def _json(self, obj):
        return self._send(200, json.dumps(obj).encode())

    def _send(self, code, content, kind="application/json"):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
