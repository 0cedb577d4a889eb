// Shows the API's description. The validator is somebody else's server, which need not know of ours.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
