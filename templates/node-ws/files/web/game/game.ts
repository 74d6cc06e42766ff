import { GameClient } from "../../client/game.ts";
import type { Status } from "../../client/socket.ts";
import { FIRST_ORB, ORB_RADIUS, RADIUS, SIZE, UNIT, VIEW, type Entity } from "../../shared/sim.ts";
import { byId, colour, signIn, token } from "../session.ts";
import { wish } from "./stick.ts";

type Paint = CanvasRenderingContext2D;
type Palette = typeof LIGHT;

const LIGHT = {
  beyond: "#d3dede",
  ground: "#eef3f3",
  grid: "#dde6e6",
  edge: "#a9baba",
  orb: "#d97706",
  text: "#162124",
};
const DARK: Palette = {
  beyond: "#0b1012",
  ground: "#131d21",
  grid: "#1c2a30",
  edge: "#3a4d54",
  orb: "#fbbf24",
  text: "#e6eeee",
};
const dark = matchMedia("(prefers-color-scheme: dark)");
const ROOM = "arena";
const canvas = byId("arena", HTMLCanvasElement);
const status = byId("status", HTMLParagraphElement);
let game: GameClient | undefined;

signIn(() => {
  game = new GameClient({
    url: () => location.href,
    token,
    room: ROOM,
    wish: () => wish(canvas),
    status: showStatus,
    refused: (why) => (status.textContent = why),
  });
  setInterval(showScores, 500);
  requestAnimationFrame(draw);
  canvas.focus();
});

function draw(): void {
  requestAnimationFrame(draw);
  const paint = canvas.getContext("2d");
  const self = game?.self;
  if (!paint || !game || !self) return;
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const palette = dark.matches ? DARK : LIGHT;
  paint.setTransform(scale, 0, 0, scale, 0, 0);
  paint.fillStyle = palette.beyond;
  paint.fillRect(0, 0, width, height);
  const zoom = Math.min(1, (Math.min(width, height) * UNIT) / (2 * VIEW)); // small screens see as far
  paint.translate(width / 2, height / 2);
  paint.scale(zoom, zoom);
  paint.translate(-self.x / UNIT, -self.y / UNIT);
  drawGround(paint, palette);
  for (const entity of game.at(performance.now())) {
    if (entity.id >= FIRST_ORB) drawOrb(paint, entity, palette);
    else if (entity.id !== game.me) drawPlayer(paint, entity, palette);
  }
  drawPlayer(paint, { ...self, id: game.me }, palette);
}

function drawGround(paint: Paint, palette: Palette): void {
  const size = SIZE / UNIT;
  paint.fillStyle = palette.ground;
  paint.fillRect(0, 0, size, size);
  paint.strokeStyle = palette.grid;
  paint.lineWidth = 1;
  paint.beginPath();
  for (let at = 0; at <= size; at += 80) {
    paint.moveTo(at, 0);
    paint.lineTo(at, size);
    paint.moveTo(0, at);
    paint.lineTo(size, at);
  }
  paint.stroke();
  paint.strokeStyle = palette.edge;
  paint.lineWidth = 2;
  paint.strokeRect(0, 0, size, size);
}

function drawOrb(paint: Paint, orb: Entity, palette: Palette): void {
  paint.fillStyle = palette.orb;
  disc(paint, orb, ORB_RADIUS);
}

function drawPlayer(paint: Paint, player: Entity, palette: Palette): void {
  paint.fillStyle = colour(`player ${player.id}`);
  disc(paint, player, RADIUS);
  paint.fillStyle = palette.text;
  paint.font = "600 13px system-ui, sans-serif";
  paint.textAlign = "center";
  const name = game?.names.get(player.id) ?? "";
  paint.fillText(name, player.x / UNIT, (player.y - RADIUS) / UNIT - 7, 160);
}

function disc(paint: Paint, { x, y }: Entity, radius: number): void {
  paint.beginPath();
  paint.arc(x / UNIT, y / UNIT, radius / UNIT, 0, 2 * Math.PI);
  paint.fill();
}

/** Of the players in sight, yourself among them. */
function showScores(): void {
  if (!game) return;
  const { me, names } = game;
  const players = game.at(performance.now()).filter(({ id }) => id < FIRST_ORB);
  players.sort((a, b) => b.score - a.score);
  const items = players.slice(0, 8).map(({ id, score }) => {
    const item = document.createElement("li");
    item.className = id === me ? "me" : "";
    for (const text of [names.get(id) ?? "", String(score)]) {
      item.append(Object.assign(document.createElement("span"), { textContent: text }));
    }
    return item;
  });
  byId("scores", HTMLOListElement).replaceChildren(...items);
}

function showStatus(now: Status): void {
  status.dataset["status"] = now;
  status.textContent = now === "open" ? "live" : now;
}
