"""Who may speak to the practice cluster: whoever holds its one token."""

import hmac

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cluster_admin.practice.errors import Unauthorized

OPEN_PATHS = frozenset({"/livez", "/readyz", "/healthz", "/version"})


class BearerToken:
    """Middleware: requests without the token get a 401 `Status`, except for health and version."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = b"bearer " + token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS and not self._holds_token(scope):
            refusal = Unauthorized("Unauthorized").status()
            await JSONResponse(refusal, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _holds_token(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, token = given.partition(b" ")
        return hmac.compare_digest(scheme.lower() + b" " + token.strip(), self._expected)
