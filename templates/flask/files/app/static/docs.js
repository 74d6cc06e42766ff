"use strict";

const element = document.getElementById("swagger-ui");
SwaggerUIBundle({ domNode: element, url: element.dataset.url, deepLinking: true });
