/** The command line as it stands in the sources, as a process of its own. */
require('../faults/register.cjs');
const { CommanderError } = require('commander');
const { failureOf } = require('../../cli/failure.ts');
const { createOutput, showFailure } = require('../../cli/print/output.ts');
const { createProgram } = require('../../cli/program.ts');

createProgram('0.0.0')
  .parseAsync(['node', 'xdr-relay', ...process.argv.slice(2)])
  .catch((error) => {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      const failure = failureOf(error);
      showFailure(createOutput(process.argv.includes('--json'), process.env), failure);
      process.exitCode = failure.exitCode;
    }
  });
