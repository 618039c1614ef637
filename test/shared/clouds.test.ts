import { clouds } from '../../shared/clouds';
import type { CloudName } from '../../shared/model/tenant';

/** As published, by cloud: authority, Graph, Microsoft Threat Protection, Defender for Endpoint. */
const published: Readonly<Record<CloudName, readonly (string | null)[]>> = {
  public: [
    'https://login.microsoftonline.com',
    'https://graph.microsoft.com',
    'https://api.security.microsoft.com',
    'https://api.securitycenter.microsoft.com',
  ],
  usgov: [
    'https://login.microsoftonline.us',
    'https://graph.microsoft.us',
    'https://api-gov.security.microsoft.us',
    'https://api-gov.securitycenter.microsoft.us',
  ],
  usgovdod: [
    'https://login.microsoftonline.us',
    'https://dod-graph.microsoft.us',
    'https://api-gov.security.microsoft.us',
    'https://api-gov.securitycenter.microsoft.us',
  ],
  china: ['https://login.partner.microsoftonline.cn', null, null, null],
};
const names = Object.keys(published) as CloudName[];

test.each(names)('%s is reached where Microsoft says', (name) => {
  const { authority, graph, defender, mde } = clouds[name];
  expect([authority, graph, defender, mde]).toEqual(published[name]);
});

test.each(names)('in %s a scope is the API’s own address, and there is one wherever there is an API', (name) => {
  const { graph, graphScope, defender, defenderScope, mde, mdeScope } = clouds[name];
  if (graph !== null) expect(graphScope).toBe(`${graph}/.default`);
  expect(defenderScope).toBe(defender && `${defender}/.default`);
  expect(mdeScope).toBe(mde && `${mde}/.default`);
});

test('no address leads from one cloud into another', () => {
  const suffixes: Readonly<Record<CloudName, RegExp>> = {
    public: /\.(?:com|net)$/,
    usgov: /\.(?:us|net)$/,
    usgovdod: /\.(?:us|net|mil)$/,
    china: /\.cn$/,
  };
  for (const name of names) {
    const { authority, graph, graphScope, defender, mde, vaultScope } = clouds[name];
    const hosts = [authority, graph, graphScope, defender, mde, vaultScope]
      .filter((url) => url !== null)
      .map((url) => new URL(url).hostname);
    for (const host of hosts) expect([name, host]).toEqual([name, expect.stringMatching(suffixes[name])]);
  }
});

test('each cloud has an exchange audience of its own, but for the two of the US government', () => {
  const audiences = names.map((name) => clouds[name].exchangeScope);
  expect(new Set(audiences).size).toBe(3);
  expect(clouds.usgov.exchangeScope).toBe(clouds.usgovdod.exchangeScope);
});
