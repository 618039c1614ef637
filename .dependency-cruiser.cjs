/** Imports point one way (design section 2). @type {import('dependency-cruiser').IConfiguration} */
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });
const leaf = '^shared/(model|errors|ports|clouds|config)';

module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }, 'A circle has no inside and no outside.'),
    rule(
      'shared-is-hostless',
      { path: '^shared/' },
      { path: '^(functions|local|cli|test)/' },
      'shared/ runs without a Functions host.',
    ),
    rule(
      'functions-know-no-stand-ins',
      { path: '^functions/' },
      { path: '^(local|cli|test)/' },
      'The product knows nothing of what stands in for Azure.',
    ),
    rule(
      'model-is-plain',
      { path: '^shared/model/' },
      { path: '^shared/', pathNot: '^shared/(model/|errors)' },
      'Plain types, no I/O.',
    ),
    rule(
      'adapters-look-down',
      { path: '^shared/(incidents|endpoint|hunting|identity|store)/' },
      { path: '^shared/(sync|reconcile|sweep|purge|delivery|ticketing|access|http)/' },
      'What talks to the world does not know who asks.',
    ),
    rule(
      'rooms-of-sync-stand-in-a-row',
      { path: '^shared/sync/(comparing|position|limits|coverage|reading|storing)/' },
      { path: '^shared/sync/(?!(position|comparing)/)', pathNot: '^shared/sync/$1/' },
      'What a run is made of stands by itself; `run/` puts it together, and `shards/` starts the runs.',
    ),
    rule(
      'runs-know-no-shards',
      { path: '^shared/sync/run/' },
      { path: '^shared/sync/shards/' },
      'A run is of one tenant.',
    ),
    rule(
      'stores-know-no-clients',
      { path: '^shared/store/' },
      { path: '^shared/(incidents|identity)/' },
      'Storing and asking are different rooms.',
    ),
    rule(
      'a-tool-stands-alone',
      { path: '^shared/ticketing/(servicenow|jira|zendesk|pagerduty|github|webhook)/' },
      {
        path: '^shared/(?!model/|errors|ports|ticketing/)|^shared/ticketing/(servicenow|jira|zendesk|pagerduty|github|webhook|rules)/',
        pathNot: '^shared/ticketing/$1/',
      },
      'A connector knows neither another connector nor where incidents come from.',
    ),
    rule(
      'ticket-rules-are-pure',
      { path: '^shared/ticketing/rules/' },
      { path: '^shared/', pathNot: '^shared/(model/|errors|ticketing/rules/)' },
      'What crosses between incident and ticket is decided without asking anyone.',
    ),
    rule(
      'tools-know-no-product',
      { path: '^local/tools/' },
      { path: '^(shared|functions|local/(?!tools/))/' },
      'A fake that shares code with the product agrees with its mistakes.',
    ),
    rule('leaves-look-nowhere', { path: leaf }, { path: '^shared/', pathNot: leaf }, 'The bottom of the house.'),
    rule(
      'host-knows-no-product',
      { path: '^local/host/' },
      { path: '^(shared|functions)/' },
      'The host runs any Functions app.',
    ),
    rule(
      'command-line-asks-the-api',
      { path: '^cli/' },
      {
        path: '^(functions|local|test|shared)/',
        pathNot: '^shared/(config|clouds|errors|errorCode|ports|send|settingsFile|(model|identity|access|terminal)/)',
      },
      'The command line speaks HTTP; only token and doctor look at settings, Entra and vault themselves.',
    ),
    rule(
      'nothing-needs-the-command-line',
      { path: '^(functions|shared|local)/' },
      { path: '^cli/' },
      'It is one of many callers.',
    ),
    rule(
      'cloud-knows-no-product',
      { path: '^local/microsoft/' },
      { path: '^(shared|functions|local/host)/' },
      'A fake that shares code with the product agrees with its mistakes.',
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)' },
  },
};
