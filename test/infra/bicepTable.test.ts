import { bicepTable } from '../../local/infra/bicepTable';

const source = `
param name string
var other = { a: 1 }
// why
var table = [
  {
    name: 'it\\'s'
    'a key': true // in between
    list: ['x', 'y']
    none: []
    count: 3
  }
]
var computed = [name]
var woven = { a: '\${name}-x' }
`;

test('a table of literals is read as it stands', () => {
  expect(bicepTable(source, 'table')).toEqual([{ name: "it's", 'a key': true, list: ['x', 'y'], none: [], count: 3 }]);
  expect(bicepTable(source, 'other')).toEqual({ a: 1 });
});

test.each(['computed', 'woven'])('an expression in the table %s is refused with its line', (name) => {
  expect(() => bicepTable(source, name)).toThrow(/line \d+: the table must hold literals only/);
});

test('a table that is not there is told by name', () => {
  expect(() => bicepTable(source, 'missing')).toThrow('There is no "var missing".');
});
