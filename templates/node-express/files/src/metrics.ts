import cluster from "node:cluster";
import { createServer, type Server } from "node:http";
import type { RequestHandler } from "express";
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Histogram, register } from "prom-client";

/** 1 for a part that is away while requests are served without it. */
export const degradedParts = new Gauge({ name: "degraded", help: "Served without this part", labelNames: ["part"] });

/** Times each request under its route's pattern, never its path, so that series stay few. */
export function measureRequests(): RequestHandler {
  collectDefaultMetrics();
  const duration = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from request to response",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  return (req, res, next) => {
    const stop = duration.startTimer();
    res.once("close", () => {
      const { path } = (req.route ?? { path: "unmatched" }) as { path: string };
      stop({ method: req.method, route: path, status: res.statusCode });
    });
    next();
  };
}

/** Asks all processes where there are several. Each needs one of these, to answer the first. */
const all = new AggregatorRegistry();

/** Serves /metrics, on a port of its own that is not for the public. */
export function metricsServer(): Server {
  return createServer((req, res) => {
    if (req.url !== "/metrics") {
      res.writeHead(404).end();
      return;
    }
    const several = Object.keys(cluster.workers ?? {}).length > 0;
    (several ? all.clusterMetrics() : register.metrics()).then(
      (text) => res.writeHead(200, { "content-type": register.contentType }).end(text),
      () => res.writeHead(503).end(),
    );
  });
}
