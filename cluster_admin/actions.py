"""What an operator may do to the cluster. Each: permission → audit row → cluster → what it said."""

import uuid
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cluster_admin.cluster_errors import ClusterConflict, ClusterError, ClusterUnreachable
from cluster_admin.kube import Cluster, Scale
from cluster_admin.models import Change
from cluster_admin.permissions import may_scale
from cluster_admin.settlement import Verdict, record

ATTEMPTS = 3
Outcome = Change.Outcome


@dataclass(frozen=True, slots=True)
class ScaleRequest:
    """`seen` is what the operator saw before deciding; `request` is the same where a form is sent twice."""

    deployment: str
    replicas: int
    seen: Scale
    request: uuid.UUID


class ReplicasChangedError(Exception):
    """Somebody changed the number meanwhile; `now` is what it is."""

    def __init__(self, now: Scale) -> None:
        super().__init__(now.replicas)
        self.now = now


def scale(cluster: Cluster, user: AbstractBaseUser | AnonymousUser, wish: ScaleRequest) -> Change:
    """Change the number of replicas and return the audit row, which is still running.

    A repeated request returns the row of the first. A cluster that gives no answer leaves the row running, to be
    settled by what the cluster shows later.

    Raises:
        PermissionDenied: the user may not scale.
        ReplicasChangedError: another number is asked for by now.
        ClusterError: the cluster refused, or the request never reached it.
    """
    if not may_scale(user):
        raise PermissionDenied
    change, is_new = _recorded(cluster, user.get_username(), wish)
    if not is_new:
        return change
    try:
        _ask(cluster, wish)
    except ReplicasChangedError as error:
        record(change, Verdict(Outcome.REFUSED, "other-number", {"now": error.now.replicas}))
        raise
    except ClusterUnreachable as error:
        if not error.sent:
            record(change, Verdict(Outcome.FAILED, "unreachable", {}))
            raise
        return change
    except ClusterError as error:
        record(change, Verdict(Outcome.REFUSED, error.code, {"cause": error.cause}))
        raise
    Change.objects.filter(pk=change.pk).update(accepted_at=timezone.now())
    return change


def _recorded(cluster: Cluster, who: str, wish: ScaleRequest) -> tuple[Change, bool]:
    change = Change(
        request=wish.request,
        who=who,
        cluster=cluster.name,
        namespace=cluster.namespace,
        deployment=wish.deployment,
        replicas_from=wish.seen.replicas,
        replicas_to=wish.replicas,
        resource_version=wish.seen.resource_version,
    )
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError:
        return Change.objects.get(request=wish.request), False
    return change, True


def _ask(cluster: Cluster, wish: ScaleRequest) -> None:
    """A deployment's version moves with every pod that becomes ready: a conflict counts only if the number differs."""
    seen = wish.seen
    for _attempt in range(ATTEMPTS):
        try:
            cluster.patch_scale(wish.deployment, wish.replicas, seen.resource_version)
        except ClusterConflict:
            seen = cluster.read_scale(wish.deployment)
            if seen.replicas != wish.seen.replicas:
                raise ReplicasChangedError(seen) from None
        else:
            return
    raise ClusterConflict("the deployment keeps changing")
