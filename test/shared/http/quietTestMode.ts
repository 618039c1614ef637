/** Outside a host every registration says that it is skipped; import this first where that is known. */
const warn = console.warn.bind(console);
console.warn = (...words: unknown[]): void => {
  if (!String(words[0]).includes('test mode')) warn(...words);
};
