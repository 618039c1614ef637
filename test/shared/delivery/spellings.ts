/** Addresses that are no place of the public Internet, in the notation of a resolver. */
export const privateAddresses: readonly string[] = [
  ...['127.0.0.1', '127.0.0.2', '127.1.2.3', '127.255.255.254', '0.0.0.0', '0.1.2.3'],
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ...['169.254.169.254', '169.254.0.1', '168.63.129.16', '100.64.0.1', '100.127.255.255'],
  ...[
    '192.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
  ],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::2',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:8.8.8.8',
  ],
  ...[
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:7f00:0001',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a9fe:a9fe',
  ],
  ...[
    '64:ff9b:1::1',
    '64:ff9b:1:7f00:1::',
    '100::1',
    '100:0:0:1::1',
    '2001::1',
    '2001:0:7f00:1::',
    '2001:0:4136:e378:8000:63bf:80ff:fffe',
  ],
  ...[
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2002:a9fe:a9fe::',
    '3fff::1',
    '5f00::1',
  ],
  ...[
    'fc00::1',
    'fd00:ec2::254',
    'fdff:ffff::1',
    'fe80::1',
    'fe80::a9fe:a9fe',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
  ],
  ...[
    '4000::1',
    '8000::1',
    'e000::1',
    'fe80::1%eth0',
    '::1%lo',
    'localhost',
    '',
    '1',
    '127.1',
    '0177.0.0.1',
    '0x7f000001',
  ],
];

/** Addresses out there, which nobody calls in a test. */
export const publicAddresses: readonly string[] = [
  ...[
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
  ],
  ...[
    '168.63.129.15',
    '168.63.129.17',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '191.255.255.255',
  ],
  ...[
    '192.0.1.1',
    '192.0.3.1',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '203.0.112.1',
    '223.255.255.255',
  ],
  ...[
    '2001:200::1',
    '2001:4860:4860::8888',
    '2003::1',
    '2606:4700:4700::1111',
    '2a00::1',
    '2001:1ff:ffff::1'.replace('1ff', '200'),
    '3ffe::1',
  ],
];

const quad = [127, 0, 0, 1] as const;
const number = quad.reduce<number>((sum, part) => sum * 256 + part, 0);
const hex = (value: number, digits = 1): string => `0x${value.toString(16).padStart(digits, '0')}`;
const octal = (value: number, digits = 1): string => `0${value.toString(8).padStart(digits, '0')}`;

/** Ways to write an IPv4 address that parsers know. */
const spelt4 = ([a, b, c, d]: readonly [number, number, number, number]): readonly string[] => {
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const [last3, last2] = [(b * 256 + c) * 256 + d, c * 256 + d];
  const circled = (text: string): string =>
    Array.from(text)
      .map((one) => (one === '0' ? '⓪' : one === '.' ? '。' : String.fromCodePoint(0x2460 + Number(one) - 1)))
      .join('');
  const wide = (text: string): string =>
    Array.from(text)
      .map((one) => (one === '.' ? '．' : String.fromCodePoint(0xff10 + Number(one))))
      .join('');
  const plain = `${a}.${b}.${c}.${d}`;
  return [
    plain,
    `${plain}.`,
    String(whole),
    `${whole}.`,
    hex(whole),
    hex(whole, 8),
    hex(whole).toUpperCase().replace('0X', '0x'),
    octal(whole),
    octal(whole, 16),
    `${a}.${last3}`,
    `${a}.${b}.${last2}`,
    `${hex(a)}.${last3}`,
    `${octal(a)}.${hex(b)}.${last2}`,
    [a, b, c, d].map((part) => hex(part)).join('.'),
    [a, b, c, d].map((part) => hex(part, 8)).join('.'),
    [a, b, c, d].map((part) => octal(part)).join('.'),
    [a, b, c, d].map((part) => octal(part, 6)).join('.'),
    `${octal(a)}.${b}.${hex(c)}.${d}`,
    circled(plain),
    wide(plain),
    plain.replaceAll('.', '。'),
    plain.replaceAll('.', '%2e'),
    Array.from(plain)
      .map((one) => `%${one.charCodeAt(0).toString(16)}`)
      .join(''),
    plain.replace('.', '.\u00ad'),
    plain.replace('.', '\t.'),
  ];
};

const targets4 = [
  quad,
  [0, 0, 0, 0],
  [10, 0, 0, 1],
  [169, 254, 169, 254],
  [172, 16, 0, 1],
  [192, 168, 1, 1],
  [168, 63, 129, 16],
  [127, 8, 8, 8],
] as const;

const targets6 = [
  ...[
    '::1',
    '0:0:0:0:0:0:0:1',
    '0000::0001',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
  ],
  ...[
    '64:ff9b::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    'fe80::1%25eth0',
    '::1%25lo',
  ],
];

const names = [
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'foo.localhost',
    'a.b.localhost.',
    'ip6-localhost',
    'ip6-loopback',
    'broadcasthost',
  ],
  ...[
    'printer.local',
    'metadata.google.internal',
    'metadata',
    'instance-data',
    'vault.internal',
    'dc01.corp',
    'nas.lan',
    'x.home.arpa',
    'kubernetes.default.svc',
  ],
  ...[
    'localhost%00.example.com',
    'localhost%23.example.com',
    'loc%61lhost',
    'ⓛocalhost',
    'ｌｏｃａｌｈｏｓｔ',
    'localhoſt',
    'x.onion',
    'hidden.test',
    'a.invalid',
  ],
];

const hosts = (): readonly string[] => [
  ...targets4.flatMap((target) => spelt4(target)),
  ...targets6.map((target) => `[${target}]`),
  ...names,
];

/** Each with the port given, so that a guard that fails would be seen by whoever listens there. */
export const spellings = (port: number): readonly string[] => {
  const given = hosts();
  return [
    ...given.flatMap((host) => [`https://${host}/`, `https://${host}:${port}/hook`, `http://${host}:${port}/`]),
    ...given
      .slice(0, 25)
      .flatMap((host) => [
        `https://hooks.example.com@${host}:${port}/`,
        `https://hooks.example.com:443@${host}:${port}/`,
        `https://hooks.example.com%40${host}:${port}/`,
        `https://${host}:${port}#@hooks.example.com/`,
        `https://${host}:${port}\\@hooks.example.com/`,
        `https://hooks.example.com\\@${host}:${port}/`,
        `https:${host}:${port}/`,
        `https:/${host}:${port}/`,
        `https:///${host}:${port}/`,
        `https:\\\\${host}:${port}\\`,
        `//${host}:${port}/`,
        ` https://${host}:${port}/`,
        `https://${host}:${port}/ `,
        `ht\ttps://${host}:${port}/`,
        `HTTP://${host}:${port}/`,
        `ws://${host}:${port}/`,
        `wss://${host}:${port}/`,
        `ftp://${host}:${port}/`,
        `gopher://${host}:${port}/_GET`,
      ]),
    ...[
      'file:///etc/passwd',
      'data:text/plain,x',
      'javascript:1',
      'blob:https://a.example/1',
      'unix:/var/run/docker.sock',
      'about:blank',
      '',
      'https://',
      'https://:443/',
      `https://${number}`,
    ],
    `https://user:pass@hooks.example.com/`,
    `https://user@hooks.example.com/`,
    `https://@hooks.example.com/`,
    `https://hooks.example.com:8443/`,
    `https://hooks.example.com:${port}/`,
    `http://hooks.example.com/`,
    `https://hooks.example.com./`,
    `https://hooks.example.com/#fragment`,
    `https://hooks.example.com/#`,
    `https://hooks.example.com/${'a'.repeat(3_000)}`,
    `https://${'a'.repeat(64)}.example.com/`,
    `https://-.example.com/`,
    `https://hooks..example.com/`,
  ];
};
