"""``/api/docs``: the OpenAPI document in Swagger UI, from this server, for signed-in people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import fastapi_offline
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from lab.auth import current_person
from lab.errors import NotFound
from lab.model import Who

SWAGGER = Path(fastapi_offline.__file__).parent / "static"
FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css"})
PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>API · Thao Trường</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/static/mark.svg">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><main id="swagger"></main><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/static/docs.js"></script></body></html>"""

Person = Annotated[Who, Depends(current_person)]
router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request, _who: Person) -> JSONResponse:
    """The document itself."""
    document: dict[str, Any] = request.app.openapi()
    return JSONResponse(document)


@router.get("/docs")
async def docs(_who: Person) -> HTMLResponse:
    """The document, for people."""
    return HTMLResponse(PAGE)


@router.get("/docs/{name}")
async def docs_file(name: str, _who: Person) -> FileResponse:
    """Swagger UI's own files."""
    if name not in FILES:
        raise NotFound
    return FileResponse(SWAGGER / name)
