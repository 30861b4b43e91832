// Shows the document that #api names. Nothing is fetched from anywhere else: no fonts, proxy, telemetry or assistants, which the
// Content-Security-Policy would not let through anyway. Runs before reference.js.
'use strict';
(() => {
  globalThis.__zod_globalConfig = {jitless: true};  // what reference.js validates with need not ask whether it may eval
  const root = document.getElementById('api');
  const absolute = (path) => new URL(path, location.href).href;

  async function read() {
    const response = await fetch(absolute(root.dataset.document));
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return response.json();
  }

  // "List items" of "shop.v1.Catalog/ListItems".
  const nameOf = (rpc) => {
    const words = rpc.split('/').pop().replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ').toLowerCase();
    return words.charAt(0).toUpperCase() + words.slice(1);
  };

  // For people: operations go by their names, what comments say of them stands below, and samples lead to the gateway.
  function prepare(api) {
    if (!api.servers?.length) api.servers = [{url: absolute(root.dataset.root).replace(/\/$/, '')}];
    for (const item of Object.values(api.paths ?? {})) {
      for (const operation of Object.values(item)) {
        if (!operation?.['x-rpc']) continue;
        const name = nameOf(operation['x-rpc']);
        const told = operation.summary;
        if (told && told !== name && !operation.description?.startsWith(told)) {
          operation.description = operation.description ? `${told}\n\n${operation.description}` : told;
        }
        operation.summary = name;
      }
    }
    return api;
  }

  function show(api) {
    const [scheme] = Object.keys(api.components?.securitySchemes ?? {});
    Scalar.createApiReference(root, {
      content: prepare(api),
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
  }

  const reading = read();
  reading.catch(() => {});  // told below
  addEventListener('DOMContentLoaded', () => reading.then(show).catch((error) => {
    root.className = 'plain';
    root.textContent = `The description of this API could not be shown: ${error.message}`;
  }));
})();
