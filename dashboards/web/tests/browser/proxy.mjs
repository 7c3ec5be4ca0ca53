/** A way to the server that can be cut and mended: the cable between them. */

import { createServer, connect } from 'node:net';

export class Cable {
  /** @param server where it leads */
  static async to(server) {
    const cable = new Cable();
    cable.server = server;
    await cable.mend();
    return cable;
  }

  ends = new Set();
  port = 0;

  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends what is under way and takes nothing more. */
  async cut() {
    const closed = new Promise((done) => this.door.close(done));
    this.ends.forEach((end) => end.destroy());
    await closed;
  }

  /** The same way as before. */
  async mend() {
    this.door = createServer((near) => {
      const far = connect(this.server.web, '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]]) {
        this.ends.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.ends.delete(one);
          other.destroy();
        });
      }
    }).listen(this.port, '127.0.0.1');
    await new Promise((done) => this.door.once('listening', done));
    this.port = this.door.address().port;
  }
}
