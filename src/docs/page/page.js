// Shows the document that #api names. Nothing is fetched from anywhere else: no fonts, proxy, telemetry or assistants, which the
// Content-Security-Policy would not let through anyway.
'use strict';
(async () => {
  const root = document.getElementById('api');
  const url = new URL(root.dataset.document, location.href).href;
  let api;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    api = await response.json();
  } catch (error) {
    root.className = 'plain';
    root.textContent = `The description of this API could not be read: ${error.message}`;
    return;
  }
  const [scheme] = Object.keys(api.components?.securitySchemes ?? {});
  Scalar.createApiReference(root, {
    content: api,
    metaData: {title: root.dataset.title},
    authentication: scheme ? {preferredSecurityScheme: scheme} : {},
    persistAuth: false,  // credentials are forgotten with the page
    theme: 'none',
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: '',
    agent: {disabled: true},
    mcp: {disabled: true},
    hideClientButton: true,
    showDeveloperTools: 'never',
    documentDownloadType: 'none',  // the head of the page has it
    defaultOpenFirstTag: true,
    defaultHttpClient: {targetKey: 'shell', clientKey: 'curl'},
  });
})();
