"""Why the practice cluster refuses a request, in the words of the Kubernetes API: `Status.reason`, `Status.code`."""

from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 - these classes carry the names of the Kubernetes reasons
    """A request that cannot be met.

    `resource` and `name` say what it was about; `causes` are `{"reason", "field", "message"}` of single fields.
    """

    code: ClassVar[int]
    reason: ClassVar[str]

    def __init__(
        self, message: str, resource: str = "", name: str = "", causes: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.resource = resource
        self.name = name
        self.causes = causes or []

    def status(self) -> dict[str, Any]:
        """The refusal as a Kubernetes `Status` object."""
        details: dict[str, Any] = {}
        if self.resource:
            details = {"name": self.name, "kind": self.resource}
        if self.causes:
            details["causes"] = self.causes
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": details,
            "code": self.code,
        }


class BadRequest(Refusal):
    code = 400
    reason = "BadRequest"


class Unauthorized(Refusal):
    code = 401
    reason = "Unauthorized"


class NotFound(Refusal):
    code = 404
    reason = "NotFound"


class MethodNotAllowed(Refusal):
    code = 405
    reason = "MethodNotAllowed"


class NotAcceptable(Refusal):
    code = 406
    reason = "NotAcceptable"


class AlreadyExists(Refusal):
    code = 409
    reason = "AlreadyExists"


class Conflict(Refusal):
    code = 409
    reason = "Conflict"


class Expired(Refusal):
    code = 410
    reason = "Expired"


class RequestEntityTooLarge(Refusal):
    code = 413
    reason = "RequestEntityTooLarge"


class UnsupportedMediaType(Refusal):
    code = 415
    reason = "UnsupportedMediaType"


class Invalid(Refusal):
    code = 422
    reason = "Invalid"
