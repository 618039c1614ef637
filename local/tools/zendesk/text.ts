const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** What an agent writes goes through Liquid: a placeholder becomes what it stands for. */
export const withLiquid = (text: string): string =>
  text.replace(/\{\{[^}]*\}\}/g, 'FILLED IN BY ZENDESK').replace(/\{%[^%]*%\}/g, 'RUN BY ZENDESK');

/** HTML as Zendesk writes it in plain text: tags have done their work and are gone. */
export const plainOf = (html: string): string =>
  html
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:lt|gt|quot|#39|nbsp|amp);/g, (entity) => entities[entity] ?? '');

export const htmlOf = (plain: string): string =>
  plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n/g, '<br>');
