const { loadWith } = require('../register.cjs');

/** Worlds over the code as it is, or with one defect planted; the code is loaded anew where that changes. */
let loaded;
const worldWith = (name) => {
  if (loaded !== undefined && loaded.name === name) return loaded;
  const { ticketDefects } = loadWith([], 'tickets/defects/index.ts');
  const defect = ticketDefects.find((each) => each.name === name);
  const patches = (defect?.patches ?? []).map((patch) => ({ ...patch, name }));
  const { runWorld } = loadWith(patches, 'tickets/runWorld.ts');
  const { ticketPlanOf } = loadWith.require('tickets/plan.ts');
  loaded = { name, runWorld, ticketPlanOf };
  return loaded;
};

process.on('message', ({ seed, profile, defect, withStory }) => {
  Promise.resolve()
    .then(() => {
      const { runWorld, ticketPlanOf } = worldWith(defect);
      return runWorld({ seed, plan: ticketPlanOf(profile), withStory });
    })
    .then(
      (result) => process.send({ seed, result }),
      (error) => process.send({ seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
