// The least that Express and pg can do: the same answers, with no checks.
import express from "express";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = express();
app.get("/healthz", (req, res) => res.json({ status: "ok" }));
app.get("/v1/notes", async (req, res) => {
  const { rows } = await pool.query("SELECT id, title, body, created_at, updated_at FROM notes ORDER BY id DESC LIMIT 20");
  res.json({ items: rows, next: null });
});
app.listen(Number(process.env.PORT), "127.0.0.1");
