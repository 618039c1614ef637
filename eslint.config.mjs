import tseslint from 'typescript-eslint';

const noDirect = (group, message) => ({ group, message });
const appHttp = {
  selector:
    "CallExpression[callee.object.name='app'][callee.property.name=/^(http|get|post|put|patch|deleteRequest)$/]",
  message: 'Register routes through shared/http/route.ts: it demands a policy (design section 6).',
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.local/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-syntax': ['error', appHttp],
      eqeqeq: 'error',
    },
  },
  {
    // Loading configuration is the business of one file; everything else is handed what it needs.
    files: ['functions/**/*.ts', 'shared/**/*.ts'],
    ignores: ['functions/services.ts', 'functions/lineLog.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only functions/services.ts hands process.env to loadConfig.' },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['functions/**/orchestrator.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            noDirect(
              ['node:*', 'fs', 'crypto', 'undici', '@azure/*'],
              'An orchestrator is replayed: no I/O, clock or randomness.',
            ),
            noDirect(
              ['**/services', '**/services.js', '**/store/*', '**/identity/*', '**/incidents/*'],
              'Call an activity instead.',
            ),
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        'fetch',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'process',
        'crypto',
        'performance',
      ],
      'no-restricted-syntax': [
        'error',
        appHttp,
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Use context.df.currentUtcDateTime.',
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'Use context.df.currentUtcDateTime.',
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'Random values break replay.',
        },
        { selector: 'AwaitExpression', message: 'An orchestrator yields tasks; it never awaits.' },
      ],
    },
  },
  { files: ['shared/http/route.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    ...tseslint.configs.disableTypeChecked,
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/no-require-imports': 'off' },
  },
);
