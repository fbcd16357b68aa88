// Starts Swagger UI on our own OpenAPI document. "Try it out" sends the CSRF token of the sign-in.
"use strict";

fetch("/api/me")
  .then((response) => response.json())
  .then((me) => {
    window.SwaggerUIBundle({
      url: "/api/openapi.json",
      dom_id: "#swagger",
      validatorUrl: null,
      requestInterceptor: (request) => {
        request.headers["X-CSRF-Token"] = me.csrf;
        return request;
      },
    });
  });
