"use strict";
SwaggerUIBundle({ url: "{{ schema_url|escapejs }}", dom_id: "#swagger-ui", presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout", ...{{ settings|safe }} });
