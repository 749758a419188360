"""What a cluster may do instead of what was asked, each with a message for a person."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class ClusterError(Exception):
    """The cluster did not do what was asked. `message` is for a person; `str()` adds the technical cause."""

    message: Any = _("The cluster did not do what was asked.")
    code = "cluster-error"

    def __init__(self, cause: str = "") -> None:
        super().__init__(cause)
        self.cause = cause


class ClusterUnreachable(ClusterError):  # noqa: N818 - named for what the cluster did
    """No answer in time. `sent` tells whether the request may have arrived."""

    message = _("The cluster does not answer.")
    code = "unreachable"

    def __init__(self, cause: str = "", sent: bool = True) -> None:
        super().__init__(cause)
        self.sent = sent


class ClusterNotConfigured(ClusterUnreachable):
    """The file that names the cluster is missing, broken, or lacks the context asked for."""

    message = _("There is no usable configuration for the cluster.")
    code = "not-configured"

    def __init__(self, cause: str = "") -> None:
        super().__init__(cause, sent=False)


class ClusterForbidden(ClusterError):  # noqa: N818 - named for what the cluster did
    """The account of this site may not do it: 401 or 403."""

    code = "forbidden"

    def __init__(self, verb: str, resource: str, cause: str = "") -> None:
        super().__init__(cause)
        self.verb, self.resource = verb, resource
        self.message = _("The cluster does not let this site %(verb)s %(resource)s.") % {
            "verb": verb,
            "resource": resource,
        }


class ClusterConflict(ClusterError):  # noqa: N818 - named for what the cluster did
    message = _("The object was changed meanwhile.")
    code = "conflict"


class ClusterNotFound(ClusterError):  # noqa: N818 - named for what the cluster did
    message = _("The cluster has no such object.")
    code = "not-found"


class ClusterRefused(ClusterError):  # noqa: N818 - named for what the cluster did
    """Any other 4xx: an admission rule, a quota, a value that is out of range."""

    message = _("The cluster refused the request.")
    code = "refused"


class ClusterNonsense(ClusterError):  # noqa: N818 - named for what the cluster did
    """An answer that is not JSON, has another shape, or is a 5xx."""

    message = _("The cluster gave an answer that makes no sense.")
    code = "nonsense"
