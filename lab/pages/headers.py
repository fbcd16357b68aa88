"""Security headers of every answer: what may run, who may frame, what may be kept."""

from __future__ import annotations

import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE = "lab.nonce"
"""Key of the scope under which a page finds the nonce for its inline scripts."""
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_FIXED = [(name.lower().encode(), value.encode()) for name, value in FIXED.items()]
_NAMES = {b"content-security-policy", *(name for name, _ in _FIXED)}


class SecurityHeaders:
    """Adds the headers; what says nothing of caching is not kept anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope[NONCE] = secrets.token_urlsafe(16)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [row for row in message.get("headers", ()) if row[0].lower() not in _NAMES]
                policy = (b"content-security-policy", POLICY.format(nonce=nonce).encode())
                message["headers"] = [*own, policy, *_FIXED]
                if not any(name.lower() == b"cache-control" for name, _ in own):
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        await self.app(scope, receive, with_headers)
