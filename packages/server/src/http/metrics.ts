import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts, under Harbor's names where they mean the same. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'code' | 'operation'>;
  readonly durations: Histogram<'method' | 'operation'>;
  readonly inflight: Gauge;
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
  /** What was refused by a limit or a rule, by its kind. */
  readonly refusals: Counter<'kind'>;
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'harbor_core_http_request_total',
      help: 'Requests answered, by method, status code and operation',
      labelNames: ['method', 'code', 'operation'],
      registers,
    }),
    durations: new Histogram({
      name: 'harbor_core_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['method', 'operation'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    }),
    inflight: new Gauge({
      name: 'harbor_core_http_inflight_requests',
      help: 'Requests that are being answered now',
      registers,
    }),
    receivedBytes: new Counter({
      name: 'roadstead_http_received_bytes_total',
      help: 'Bytes read from clients',
      registers,
    }),
    refusals: new Counter({
      name: 'roadstead_http_refusals_total',
      help: 'Requests and connections refused by a limit or a network rule, by its kind',
      labelNames: ['kind'],
      registers,
    }),
    sentBytes: new Counter({ name: 'roadstead_http_sent_bytes_total', help: 'Bytes written to clients', registers }),
  };
}
