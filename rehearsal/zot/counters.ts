/** The numbers behind /metrics: a few of zot's own, by their names there. */
export class Counters {
  readonly #requests = new Map<string, number>();
  readonly #downloads = new Map<string, number>();
  readonly #uploads = new Map<string, number>();

  request(method: string, status: number): void {
    add(this.#requests, `method="${method}",code="${status}"`);
  }

  download(repository: string): void {
    add(this.#downloads, `repo="${repository}"`);
  }

  upload(repository: string): void {
    add(this.#uploads, `repo="${repository}"`);
  }

  /** In the text format of Prometheus. */
  render(version: string): string {
    return [
      ...metric("zot_http_requests_total", "Total number of http request in zot", "counter", this.#requests),
      ...metric(
        "zot_repo_downloads_total",
        "Total number times an image was downloaded",
        "counter",
        this.#downloads,
      ),
      ...metric(
        "zot_repo_uploads_total",
        "Total number times an image was uploaded",
        "counter",
        this.#uploads,
      ),
      ...metric(
        "zot_info",
        "Zot general information",
        "gauge",
        new Map([[`commit="${version}",version="1.1.1"`, 0]]),
      ),
      "",
    ].join("\n");
  }
}

function add(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function metric(name: string, help: string, type: string, counts: Map<string, number>): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...[...counts].map(([labels, count]) => `${name}{${labels}} ${count}`),
  ];
}
