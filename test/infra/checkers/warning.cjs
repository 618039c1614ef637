process.stdout.write('a.bicep:1:1  warning  min-tls  Say more.\n1 files, 0 errors, 1 warnings\n');
