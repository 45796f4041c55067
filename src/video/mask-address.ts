const SECRET_WORD = /((?:pass(?:word|wd)?|pwd|user(?:name)?|login|token|auth|secret|key|sig(?:nature)?)=)[^&;/?#\s]*/gi;

/**
 * A text without the secrets of the addresses in it, for messages and names: `rtsp://user:password@host/live?token=x`
 * becomes `rtsp://***@host/live?token=***`. Passwords that hold a `@` are hidden whole, and so are the pairs that
 * some cameras want in the path, `/user=admin&password=x`.
 */
export function maskAddress(text: string): string {
  return text.replace(/(:\/\/)[^\s/]*@/g, "$1***@").replace(SECRET_WORD, "$1***");
}
