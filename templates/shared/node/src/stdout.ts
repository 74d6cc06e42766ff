// Log lines on stdout. Whoever reads them, or has stopped reading, does not hold up the server: a write into a pipe that is
// full fails instead of waiting, and is tried again.
import { constants, openSync } from "node:fs";
import { destination, type DestinationStream } from "pino";

/** What is held back for a reader that does not keep up, in bytes; lines beyond it are dropped. */
const maxHeldBack = 4 * 1024 * 1024;

/** How long the end waits for such a reader, in milliseconds. */
const patience = 1_000;

/** `end` writes what is left and ends the process with the code. */
export function openStdout(): { out: DestinationStream; end: (code: number) => void } {
  const dest = reopened() ?? 1;
  process.once("exit", () => out.destroy()); // else it would write for ever for a reader that is gone
  const out = destination({ dest, sync: false, maxLength: maxHeldBack });
  let gone = false; // the reader; at another error, such as a full disk, the next line may fit
  out.on("error", (error: NodeJS.ErrnoException) => (gone ||= error.code === "EPIPE"));
  const end = (code: number) => {
    const exit = () => process.exit(code);
    if (gone) exit();
    out.once("close", exit).once("error", exit).end();
    setTimeout(() => {
      if (dest !== 1) exit();
      process.kill(process.pid, "SIGKILL"); // exit() would wait for the write that waits for the reader
    }, patience);
  };
  return { out, end };
}

/** stdout once more, by a descriptor of our own that does not wait: others may share the given one. Not every kind can be. */
function reopened(): number | undefined {
  try {
    return openSync(
      "/proc/self/fd/1",
      constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return undefined;
  }
}
