// Shows the document that #api names. Nothing is fetched from anywhere else: no fonts, proxy, telemetry or assistants, which the
// Content-Security-Policy would not let through anyway.
'use strict';
(() => {
  const root = document.getElementById('api');
  Scalar.createApiReference(root, {
    url: new URL(root.dataset.document, location.href).href,
    metaData: {title: root.dataset.title},
    theme: 'none',
    withDefaultFonts: false,
    telemetry: false,
    proxyUrl: '',
    persistAuth: false,  // credentials are forgotten with the page
    agent: {disabled: true},
    mcp: {disabled: true},
    hideClientButton: true,
    showDeveloperTools: 'never',
    documentDownloadType: 'none',  // the head of the page has it
    defaultOpenFirstTag: true,
    defaultHttpClient: {targetKey: 'shell', clientKey: 'curl'},
  });
})();
