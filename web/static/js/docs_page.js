// The interface's documentation, from the document that this very server gives.
window.SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  validatorUrl: null,
});
