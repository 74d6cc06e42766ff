// One process at a time on a directory, by the operating system's word: a file with a process's number in it would not do,
// since containers number their processes alike, and a reboot numbers them anew.
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Makes this process the owner of `directory`, or throws. The owner listens on a socket file beside it. As long as it lives,
 * and no longer, the kernel answers for it: to every process on this machine that sees the file, whatever its container.
 */
export async function own(directory: string): Promise<() => void> {
  const taken = new Error(
    `another process has ${directory} open, and PGlite serves one process: stop it, or set DATABASE_URL`,
  );
  if (process.platform === "win32") {
    const name = createHash("sha256").update(resolve(directory)).digest("hex");
    const server = await listen(`\\\\.\\pipe\\${name}`).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === "EADDRINUSE" ? taken : error;
    });
    return () => server.close();
  }
  const sockets = `${directory}.owner`;
  mkdirSync(sockets, { recursive: true });
  for (let tries = 0; tries < 10; tries++) {
    const release = await claim(sockets);
    if (release) return release;
    await sleep(50 + Math.random() * 200); // of two that start at once, both may have given way
  }
  throw taken;
}

/**
 * Each process has a socket with a name of its own, which is there and answers before it looks for others: of two, one at
 * least sees the other and gives way. What does not answer is dead for good, since no name is used again.
 */
async function claim(sockets: string): Promise<(() => void) | undefined> {
  const name = randomUUID().slice(0, 8);
  const mine = join(sockets, name);
  const server = await listen(short(join(sockets, `.${name}`)));
  renameSync(join(sockets, `.${name}`), mine);
  const release = () => {
    rmSync(mine, { force: true });
    server.close();
  };
  for (const other of readdirSync(sockets).filter((file) => !file.startsWith(".") && file !== name)) {
    if (await answers(short(join(sockets, other)))) {
      release();
      return undefined;
    }
    rmSync(join(sockets, other), { force: true });
  }
  return release;
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, "listening");
  return server.unref();
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return !["ECONNREFUSED", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "");
  } finally {
    socket.destroy();
  }
}

/** The path of a socket has room for about a hundred bytes. */
function short(path: string): string {
  const [shorter = path] = [path, relative("", path)].sort((a, b) => a.length - b.length);
  if (Buffer.byteLength(shorter) > 100) throw new Error(`the path is too long for a socket, set DATA_DIR: ${path}`);
  return shorter;
}
