/** A link between two processes of this machine that can be cut: nothing more passes, and no new connection gets through. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CutProxy {
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async listen(port: number, targetPort: number): Promise<CutProxy> {
    const proxy = new CutProxy(targetPort);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** How many connections pass now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** As a network does that loses everything: connections stay, bytes do not arrive. */
  cut(): void {
    this.#cut = true;
    // A pipe that is still in place starts a paused socket again as soon as the other side has drained.
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** The connections that had been cut are gone; new ones pass. */
  heal(): void {
    this.#cut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    this.#keep(near);
    if (this.#cut) {
      near.pause();
      return;
    }
    const far = connect(this.#targetPort, '127.0.0.1');
    this.#keep(far);
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {}); // `close` follows.
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
