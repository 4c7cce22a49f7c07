import { z } from "zod";
import { AuthentikApi } from "./api";

const row = z.record(z.string(), z.unknown());

/** An object as Authentik's REST API shows it. */
export type Row = Readonly<Record<string, unknown>>;

/** Read-only access to Authentik's objects. */
export interface AuthentikObjects {
  /** All pages of a list below /api/v3/; empty if this server has no such list. */
  list(path: string, query: Readonly<Record<string, string>>): Promise<readonly Row[]>;
  /** One object; undefined if there is none. */
  one(path: string): Promise<Row | undefined>;
}

/** Authentik's REST API over HTTP. @throws SystemError */
export class AuthentikReader implements AuthentikObjects {
  private readonly api: AuthentikApi;

  constructor(url: string, token: string) {
    this.api = new AuthentikApi(url, token);
  }

  one(path: string): Promise<Row | undefined> {
    return this.api.find(path, row, "an object");
  }

  async list(path: string, query: Readonly<Record<string, string>>): Promise<Row[]> {
    return (await this.api.listIfServed(path, query, row)) ?? [];
  }
}
