/** [4.1] What control needs of the ownership of a destination cluster. */
export type OwnershipState =
  | { readonly kind: 'joining'; readonly reason: string }
  | {
      readonly kind: 'standby';
      readonly owner: { readonly url: string } | undefined;
      readonly reason: string | undefined;
    }
  | { readonly kind: 'owner'; readonly term: number }
  | { readonly kind: 'stopped' };

export interface OwnershipPort {
  readonly state: OwnershipState;
  /** The lease is proven at this very moment: asked right before each effect other than data and journal writes. */
  holds(): boolean;
  /** Gives the function that ends the subscription. */
  onChange(listener: (state: OwnershipState) => void): () => void;
  /** The event loop had stalled: what was queued is decided anew (3.6). */
  onWakeUp(listener: (stalledMs: number) => void): () => void;
}
