import { facts, table } from '../../../cli/print/table';
import { plain } from '../../../shared/terminal/terminal';

interface Row {
  name: string;
  count: number | null;
  note: string;
}

const rows: Row[] = [
  { name: 'Contoso', count: 12_345, note: 'a long remark about very little' },
  { name: '株式会社', count: null, note: 'two\nlines' },
];
const columns = [
  { head: 'NAME', text: ({ name }: Row) => name },
  { head: 'COUNT', text: ({ count }: Row) => count, align: 'right' as const },
  { head: 'NOTE', text: ({ note }: Row) => note, least: 8 },
];

test('columns are as wide as what stands in them, whatever the writing; numbers stand at the right, what is not there is -', () => {
  expect(table(rows, columns, { width: Number.POSITIVE_INFINITY, palette: plain })).toEqual([
    'NAME       COUNT  NOTE',
    'Contoso   12,345  a long remark about very little',
    '株式会社       -  two lines',
  ]);
});

test('on a narrow terminal only columns that may be cut are, and not below their least', () => {
  const lines = table(rows, columns, { width: 32, palette: plain });
  expect(lines[1]).toBe('Contoso   12,345  a long remark…');
  expect(table(rows, columns, { width: 5, palette: plain })[1]).toBe('Contoso   12,345  a long…');
});

test('colours go around the padded text and change no width', () => {
  const red = { ...plain, red: (text: string) => `<${text}>` };
  const painted = [{ ...columns[0]!, paint: (_: Row, palette: typeof plain) => palette.red }, columns[1]!];
  expect(table(rows, painted, { width: 80, palette: red })[1]).toBe('<Contoso >  12,345');
});

test('facts stand under each other, those that are not there are left out', () => {
  const lines = facts(
    [
      ['Name', 'Contoso'],
      ['Tenant id', 'x\u001b[31my'],
      ['Note', null],
      ['Empty', ''],
    ],
    { palette: plain },
  );
  expect(lines).toEqual(['Name       Contoso', 'Tenant id  xy']);
});
