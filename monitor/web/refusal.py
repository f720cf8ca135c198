"""Saying no: what is wrong, what to do about it, and what was perhaps meant."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from aiohttp import web


class RefusedError(Exception):
    """A request that cannot be answered.

    Attributes:
        detail: What is wrong, and the remedy.
        nearest: Names that may have been meant.
        allow: The methods that would do, for a 405.
        closes: Whether the connection can be of no further use.
        headers: More headers of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        nearest: Iterable[str] = (),
        allow: str = "",
        closes: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.nearest = tuple(nearest)
        self.allow = allow
        self.closes = closes
        self.headers = headers or {}

    def complete(self, response: web.Response) -> web.Response:
        """Give an answer the status and the headers of this refusal."""
        response.set_status(self.status)
        response.headers.update(self.headers)
        if self.allow:
            response.headers["Allow"] = self.allow
        if self.closes:
            response.force_close()
        return response

    @property
    def title(self) -> str:
        """The name of the status."""
        return HTTPStatus(self.status).phrase


def problem(refusal: RefusedError) -> web.Response:
    """Return the refusal as RFC 9457 problem details."""
    facts: dict[str, object] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
    }
    if refusal.nearest:
        facts["nearest"] = refusal.nearest
    return refusal.complete(web.Response(text=json.dumps(facts) + "\n", content_type="application/problem+json"))
