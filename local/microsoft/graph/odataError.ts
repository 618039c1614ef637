/** A refusal in the words of Graph or of the Defender API; becomes the answer's status and error envelope. */
export class ODataError extends Error {
  override readonly name = 'ODataError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export function badRequest(message: string): ODataError {
  return new ODataError(400, 'BadRequest', message);
}

/** As Microsoft's OData library introduces a refusal of the query as a whole. */
export function invalidQuery(message: string): ODataError {
  return badRequest(`The query specified in the URI is not valid. ${message}`);
}
