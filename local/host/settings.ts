export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * `%NAME%` in a text replaced by the setting's value, as the host's name resolver does.
 * `onMissing` is told each name without a value; the text then keeps it.
 */
export function resolvePercent(text: string, settings: Settings, onMissing: (name: string) => void): string {
  return text.replaceAll(/%([^%\s]+)%/g, (whole, name: string) => {
    const value = settings[name];
    if (value !== undefined && value !== '') return value;
    onMissing(name);
    return whole;
  });
}

/** The value of a connection by its setting name; the host looks for `AzureWebJobs<name>` first. */
export function connectionString(name: string, settings: Settings): string | undefined {
  return [settings[`AzureWebJobs${name}`], settings[name]].find((value) => value !== undefined && value !== '');
}
