process.stdout.write('1 files, 1 errors, 0 warnings\n');
process.exitCode = 1;
