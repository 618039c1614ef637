import { cell, cellRight, cut, oneLine, widthOf, wrap } from '../../../shared/terminal/cells';

test.each([
  ['abc', 3],
  ['可疑的登录', 10],
  ['✔ ok', 4],
  ['🔥 hot', 6],
  ['zero\u200bwidth', 9],
  ['e\u0301', 1],
  ['\u001b[31mred\u001b[39m', 3],
])('%j takes %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('a text too long is cut with an ellipsis and never exceeds its columns', () => {
  expect(cut('Multi-stage incident', 8)).toBe('Multi-s…');
  expect(cut('可疑的登录活动', 6)).toBe('可疑…');
  expect(widthOf(cut('可疑的登录活动', 6))).toBe(5);
  expect(cut('short', 8)).toBe('short');
});

test('a cell has exactly its columns, wide characters included', () => {
  for (const text of ['', 'abc', '可疑的登录活动财务部门', '🔥🔥🔥🔥🔥🔥🔥']) {
    expect(widthOf(cell(text, 9))).toBe(9);
  }
  expect(cellRight('7 h', 6)).toBe('   7 h');
});

test('text from outside cannot move the cursor, break the line or turn the writing around', () => {
  expect(oneLine('a\u001b[2Jb\r\nc\td\u202ee\u2066f')).toBe('ab c def');
});

test('lines break between words and a long word stays whole', () => {
  expect(wrap('one two three https://a-long-link.example', 8)).toEqual([
    'one two',
    'three',
    'https://a-long-link.example',
  ]);
});
