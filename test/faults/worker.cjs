const { loadWith } = require('./register.cjs');

/** Days over the code as it is, or with one defect planted; the code is loaded anew where that changes. */
let loaded;
const dayWith = (name) => {
  if (loaded !== undefined && loaded.name === name) return loaded;
  const { defects } = loadWith([], 'defects/index.ts');
  const defect = defects.find((each) => each.name === name);
  const patches = (defect?.patches ?? []).map((patch) => ({ ...patch, name }));
  const { runDay } = loadWith(patches, 'day/runDay.ts');
  const { planOf } = loadWith.require('day/planOf.ts');
  loaded = { name, runDay, planOf };
  return loaded;
};

process.on('message', ({ seed, profile, defect, ...options }) => {
  Promise.resolve()
    .then(() => {
      const { runDay, planOf } = dayWith(defect);
      return runDay({ seed, plan: planOf(profile), ...options });
    })
    .then(
      (result) => process.send({ seed, result }),
      (error) => process.send({ seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
