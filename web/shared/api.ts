// The HTTP API, typed from docs/openapi.yaml. Every failure is an ApiError or a ConnectionError; refusals.ts says what they mean.
import type { components, paths } from "../generated/api.d.ts";
import { takeAnswer } from "./early.ts";

export type Schemas = components["schemas"];
export type Schema<N extends keyof Schemas> = Schemas[N];

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Op<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Json<T> = T extends { content: { "application/json": infer J } } ? J : undefined;
type Good<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer B } ? Json<B> : undefined;
export type Answer<P extends keyof paths, M extends Method> = Op<P, M> extends { responses: infer R } ? Good<R> : never;
export type Query<P extends keyof paths, M extends Method> = Op<P, M> extends { parameters: { query?: infer Q } } ? Q : never;
export type Body<P extends keyof paths, M extends Method> =
    Op<P, M> extends { requestBody?: { content: { "application/json": infer B } } } ? B : undefined;

export interface Call {
    /** For what stands in braces in the path. */
    path?: Record<string, string>;
    query?: Record<string, string | number | boolean | undefined>;
    body?: unknown;
    /** Of a POST: the same key and body give the same answer. A fresh one when there is none. */
    key?: string;
    signal?: AbortSignal;
    /** A file to send as it is. */
    file?: Blob;
}

/** The server refused: a problem document. */
export class ApiError extends Error {
    constructor(readonly status: number, readonly code: string, readonly detail: string, readonly field?: string, readonly requestId?: string,
                readonly retryAfter?: number) {
        super(detail);
    }
}
/** Nothing was heard: what was asked for may or may not have happened. */
export class ConnectionError extends Error {}

/** crypto.randomUUID is for secure contexts only; a server in the local network is none. */
export function randomId(): string {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6]! & 0x0f) | 0x40;
    b[8] = (b[8]! & 0x3f) | 0x80;
    const hex = [...b].map(x => x.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

interface Credential {
    token(): string | null;
    /** The server does not take the token any more. */
    refused(): void;
    /** An operator's address is not there: to whom the server does not know as one it says that. */
    hidden(): void;
}
let credential: Credential = { token: () => null, refused: () => {}, hidden: () => {} };
export function useCredential(c: Credential): void {
    credential = c;
}

function address(path: string, call: Call): string {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {}))
        if (value !== undefined) query.set(name, String(value));
    return query.size ? `${filled}?${query}` : filled;
}

async function problem(response: Response): Promise<ApiError> {
    let p: { code?: string; detail?: string; field?: string; request_id?: string } = {};
    try {
        p = await response.json();
    } catch {
        /* an answer of something in between, a proxy's page */
    }
    const wait = Number(response.headers.get("Retry-After")) || undefined;
    return new ApiError(response.status, p.code ?? (response.status >= 500 ? "busy" : "unknown"), p.detail ?? response.statusText, p.field,
                        p.request_id, wait);
}

const pause = (ms: number) => new Promise(done => setTimeout(done, ms));

const SILENCE_MS = 30_000; // an answer that takes longer does not come

async function attempt(method: string, url: string, init: RequestInit, early?: Promise<Response>): Promise<Response> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SILENCE_MS);
    init.signal?.addEventListener("abort", () => stop.abort());
    try {
        return await (early ?? fetch(url, { method: method.toUpperCase(), credentials: "omit", cache: "no-store", keepalive: method === "put", ...init, signal: stop.signal }));
    } catch (e) {
        if (init.signal?.aborted) throw e;
        throw new ConnectionError("no connection");
    } finally {
        clearTimeout(timer);
    }
}

/** One call as it is; GETs, and POSTs under their key, are tried three times when the server is busy or away. */
export async function request(method: Method, path: string, call: Call = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json" };
    const token = credential.token();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (call.body !== undefined) headers["Content-Type"] = "application/json";
    if (call.file) headers["Content-Type"] = "application/octet-stream";
    if (method === "post") headers["Idempotency-Key"] = call.key ?? randomId();
    const init: RequestInit = { headers, signal: call.signal, body: call.file ?? (call.body === undefined ? undefined : JSON.stringify(call.body)) };
    const url = address(path, call);
    for (let n = 1; ; n++) {
        let failure: ApiError | ConnectionError;
        try {
            const response = await attempt(method, url, init, method === "get" ? takeAnswer(url, token) : undefined);
            if (response.ok) return response;
            failure = await problem(response);
            if (response.status === 401 && token) credential.refused();
            if (response.status === 404 && token && path.startsWith("/v1/admin/")) credential.hidden();
            if (response.status !== 503) throw failure;
        } catch (e) {
            if (!(e instanceof ConnectionError)) throw e;
            failure = e;
        }
        if (n === 3 || (typeof navigator !== "undefined" && !navigator.onLine)) throw failure;
        await pause(250 * n * n);
    }
}

async function json(response: Response): Promise<never> {
    return (response.status === 204 ? undefined : await response.json()) as never;
}

export const api = {
    get: async <P extends PathsWith<"get">>(path: P, call?: Call & { query?: Query<P, "get"> }): Promise<Answer<P, "get">> =>
        json(await request("get", path, call)),
    post: async <P extends PathsWith<"post">>(path: P, call?: Call & { body?: Body<P, "post"> }): Promise<Answer<P, "post">> =>
        json(await request("post", path, call)),
    put: async <P extends PathsWith<"put">>(path: P, call?: Call & { body?: Body<P, "put"> }): Promise<Answer<P, "put">> =>
        json(await request("put", path, call)),
    patch: async <P extends PathsWith<"patch">>(path: P, call?: Call & { body?: Body<P, "patch"> }): Promise<Answer<P, "patch">> =>
        json(await request("patch", path, call)),
    delete: async <P extends PathsWith<"delete">>(path: P, call?: Call): Promise<Answer<P, "delete">> => json(await request("delete", path, call)),
};

/** Every page of a list, one after the other. */
export async function all<T>(page: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | undefined; ; ) {
        const p = await page(cursor);
        items.push(...p.items);
        if (p.next === null) return items;
        cursor = p.next;
    }
}
