/**
 * What an error of this machine means to who starts something that listens and keeps files: what is wrong, what to do, and
 * in brackets the system's own words. `code` stays; what is not in the table passes as it is.
 */
type Words = (error: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string }) => string;

const noSuchHost: Words = ({ hostname }) =>
  `the host ${hostname} is not known here: name one of this machine's addresses`;
const notWritable: Words = ({ path }) =>
  `${path} may not be written by this user: choose another directory, or give this one to them`;
const noDirectory: Words = ({ path }) => `${path} is not a directory, or lies in a file: choose another one`;

/** By what was called and how it failed. */
const LISTENING: Readonly<Record<string, Words>> = {
  'listen EADDRINUSE': ({ address, port }) =>
    `port ${port} of ${address} is taken: end what listens there, or choose another one, 0 for any free one`,
  'listen EADDRNOTAVAIL': ({ address }) => `${address} is not an address of this machine: choose one that is`,
  'listen EACCES': ({ port }) =>
    `this user may not listen at port ${port}: choose one above 1023, or 0 for any free one`,
  'getaddrinfo ENOTFOUND': noSuchHost,
  'getaddrinfo EAI_AGAIN': noSuchHost,
};
/** Whatever was called. */
const FILES: Readonly<Record<string, Words>> = {
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  ENOTDIR: noDirectory,
  EEXIST: noDirectory,
  ENOENT: ({ path }) => `${path} cannot be made, or is gone: choose another directory`,
  ENOSPC: ({ path }) => `there is no room for ${path}: make some, or choose another directory`,
};

export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '', syscall = '', path } = error as NodeJS.ErrnoException;
  const words = path === undefined ? LISTENING[`${syscall} ${code}`] : FILES[code];
  if (words === undefined) return error;
  return Object.assign(new Error(`${words(error)} (${error.message})`, { cause: error }), { code });
}
