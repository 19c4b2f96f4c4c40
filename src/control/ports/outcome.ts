/**
 * How a call to the world can end: `done` (or what was found), `refused` (asking again will not help until somebody changes
 * something), `unavailable` (not now; nobody knows or nothing happened, asking again is safe). Whoever implements a port
 * settles an unknown outcome by reading before it answers, unless the union says `unknown`. Methods do not throw for what
 * the network or a broker can do.
 */
export interface Done {
  readonly kind: 'done';
}
export interface Refused {
  readonly kind: 'refused';
  /** A sentence for the operator. */
  readonly reason: string;
}
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}
export type Outcome = Done | Refused | Unavailable;

export interface Absent {
  readonly kind: 'absent';
}
