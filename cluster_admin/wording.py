"""Codes of findings and outcomes → sentences."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

FINDINGS: dict[str, tuple[Any, Any]] = {
    "no-replicas": (
        _("%(deployment)s has no replicas: it answers nothing."),
        _("Scale it to 1 or more when it is needed."),
    ),
    "stopping": (
        ngettext_lazy(
            "%(deployment)s is stopping: %(count)s pod is left.",
            "%(deployment)s is stopping: %(count)s pods are left.",
            "count",
        ),
        _("Nothing to do but wait."),
    ),
    "stopped": (
        _("%(pod)s stopped: exit code %(exit_code)s (%(reason)s). It is started again."),
        _("Read the last lines of its log."),
    ),
    "crash-loop": (
        _("%(pod)s keeps stopping: exit code %(exit_code)s (%(reason)s), restarts: %(restarts)s."),
        _("Read the last lines of its log."),
    ),
    "out-of-memory": (
        _("%(pod)s was stopped because it used more memory than its limit, restarts: %(restarts)s."),
        _("Raise its memory limit, or send it less at a time."),
    ),
    "no-image": (
        _("%(pod)s cannot fetch its image %(image)s."),
        _("Check the name of the image and the access to its registry."),
    ),
    "not-created": (
        _("The container of %(pod)s cannot be made: %(message)s"),
        _("Check the config maps and secrets it names."),
    ),
    "short": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s finds no place: too little %(resource)s is free.",
            "%(count)s pods of %(deployment)s find no place: too little %(resource)s is free.",
            "count",
        ),
        _("Add a node, or ask for fewer replicas."),
    ),
    "short-gpu": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s finds no place: too few GPUs are free.",
            "%(count)s pods of %(deployment)s find no place: too few GPUs are free.",
            "count",
        ),
        _("Add a node with a GPU, or ask for fewer replicas."),
    ),
    "no-node": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s finds no place: %(message)s",
            "%(count)s pods of %(deployment)s find no place: %(message)s",
            "count",
        ),
        _("Compare its node selector and tolerations with the nodes."),
    ),
    "pods-on-broken-node": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s is on %(node)s, which is not ready.",
            "%(count)s pods of %(deployment)s are on %(node)s, which is not ready.",
            "count",
        ),
        _("Look at the node; its pods move after a few minutes."),
    ),
    "not-ready": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s runs, but does not pass its readiness probe.",
            "%(count)s pods of %(deployment)s run, but do not pass their readiness probe.",
            "count",
        ),
        _("Read the last lines of the log of %(pod)s."),
    ),
    "pods-refused": (_("The cluster makes no pods for %(deployment)s: %(message)s"), _("Check quotas and policies.")),
    "stuck": (
        _("The rollout of %(deployment)s does not get on: %(ready)s of %(desired)s are ready."),
        _("Look at its newest pod, or go back to the image before."),
    ),
    "paused": (_("The rollout of %(deployment)s is paused."), _("Resume it with kubectl rollout resume.")),
    "starting": (
        ngettext_lazy(
            "%(count)s pod of %(deployment)s is starting.", "%(count)s pods of %(deployment)s are starting.", "count"
        ),
        _("Nothing to do but wait."),
    ),
    "replacing": (_("Pods of %(deployment)s are being replaced or stopped."), _("Nothing to do but wait.")),
    "node-not-ready": (
        _("Node %(node)s is not ready. %(message)s"),
        _("Restart or replace it; its pods move after a few minutes."),
    ),
}

DETAILS: dict[str, Any] = {
    "ready": ngettext_lazy("%(ready)s ready", "%(ready)s ready", "ready"),
    "later-change": _("a later change took its place"),
    "other-number": _("someone changed it to %(now)s meanwhile"),
    "did-not-arrive": _("the cluster never carried it out; it asks for %(now)s"),
    "deployment-gone": _("the deployment was removed"),
    "too-late": _("%(ready)s of %(desired)s ready after 5 minutes"),
    "not-followed": _("the cluster could not be watched until the end"),
    "unreachable": _("the cluster did not answer; nothing was sent"),
    "forbidden": _("the cluster does not let this site scale it"),
    "not-found": _("the cluster has no such deployment"),
    "conflict": _("the deployment kept changing"),
    "refused": _("the cluster refused it: %(cause)s"),
    "nonsense": _("the cluster gave an answer that makes no sense"),
}
RESOURCES = {"cpu": _("CPU"), "memory": _("memory"), "gpu": _("GPU")}


def sentence(code: str, params: dict[str, Any]) -> str:
    """What is wrong, in one sentence."""
    return _filled(_texts(code, params)[0], params)


def suggestion(code: str, params: dict[str, Any]) -> str:
    """What to do about it, in one sentence."""
    return _filled(_texts(code, params)[1], params)


def detail(recorded: dict[str, Any]) -> str:
    """Why a change ended as it did; empty where there is nothing to say."""
    text = DETAILS.get(recorded.get("code", ""))
    if text is None:
        return ""
    params = recorded.get("params", {})
    cause = params.get("cause")
    said = _filled(text, params)
    return f"{said}: {sentence(cause['code'], cause['params'])}" if isinstance(cause, dict) and cause else said


def _texts(code: str, params: dict[str, Any]) -> tuple[Any, Any]:
    return FINDINGS.get(f"{code}-{params.get('resource', '')}") or FINDINGS[code]


def _filled(text: Any, params: dict[str, Any]) -> str:
    """Resources are named in the reader's language, the rest as the cluster names it."""
    shown = {name: RESOURCES.get(value, value) if name == "resource" else value for name, value in params.items()}
    return str(text % shown)
