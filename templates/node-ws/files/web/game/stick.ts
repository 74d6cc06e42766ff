const KEYS: Record<string, [number, number]> = {
  ArrowUp: [0, -1],
  KeyW: [0, -1],
  ArrowDown: [0, 1],
  KeyS: [0, 1],
  ArrowLeft: [-1, 0],
  KeyA: [-1, 0],
  ArrowRight: [1, 0],
  KeyD: [1, 0],
};
const FULL = 127;

const held = new Set<string>();
let pointer: { x: number; y: number } | undefined;

addEventListener("keydown", (event) => {
  if (!(event.code in KEYS) || document.querySelector("dialog[open]")) return;
  held.add(event.code);
  event.preventDefault();
});
addEventListener("keyup", (event) => held.delete(event.code));
addEventListener("blur", () => held.clear());
addEventListener("pointerdown", follow);
addEventListener("pointermove", (event) => {
  if (pointer) follow(event);
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => (pointer = undefined));
}

function follow(event: PointerEvent): void {
  if (event.target instanceof HTMLCanvasElement) pointer = { x: event.offsetX, y: event.offsetY };
}

/** Where the player wants to go: by keys, or towards the pointer, from the middle of the canvas. */
export function wish(canvas: HTMLCanvasElement): { dx: number; dy: number } {
  let [x, y] = [0, 0];
  for (const code of held) {
    const [dx, dy] = KEYS[code] ?? [0, 0];
    x += dx;
    y += dy;
  }
  if (pointer && x === 0 && y === 0) {
    x = (pointer.x - canvas.clientWidth / 2) / 60;
    y = (pointer.y - canvas.clientHeight / 2) / 60;
  }
  const length = Math.max(1, Math.hypot(x, y));
  return { dx: Math.trunc((x / length) * FULL), dy: Math.trunc((y / length) * FULL) };
}
