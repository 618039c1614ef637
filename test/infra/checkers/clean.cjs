process.stdout.write('1 files, 0 errors, 0 warnings\n');
