// Answers of the server, kept: what was loaded once is shown at once, and stays readable without a connection.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Loaded } from "../../shared/ui.tsx";
import { dbGet, dbPut } from "./db.ts";
import { connected, lost, onConnected } from "./net.ts";

const memory = new Map<string, unknown>();
/** Grows when what was loaded may have changed. */
const turn = signal(0);
onConnected(() => turn.value++);

/** Everything on the screen is loaded again. */
export function changed(): void {
    turn.value++;
}

export function forgetKept(): void {
    memory.clear();
}

const KEEP_MS = 200; // to open the disk would be in the way of what is painted first
const FRESH_MS = 2000;
const loadedAt = new Map<string, number>();

export function keep(key: string, value: unknown): void {
    memory.set(key, value);
    loadedAt.set(key, performance.now());
    setTimeout(() => memory.get(key) === value && void dbPut("answers", key, value), KEEP_MS);
}

const writes = new Map<string, number>();

/** Keeps what was done here, or the server's word for it: newer than any answer that is under way. */
export function write(key: string, value: unknown): void {
    writes.set(key, (writes.get(key) ?? 0) + 1);
    keep(key, value);
}

export const kept = <T>(key: string): T | undefined => memory.get(key) as T | undefined;

export async function keptOnDisk<T>(key: string): Promise<T | undefined> {
    const value = kept<T>(key) ?? (await dbGet<T>("answers", key));
    if (value !== undefined && !memory.has(key)) memory.set(key, value);
    return value;
}

export function useKept<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
    const [, draw] = useState(0);
    const [again, retry] = useState(0);
    const [state, set] = useState<{ key: string; error?: unknown; loading: boolean }>({ key, loading: true });
    const now = turn.value;
    useEffect(() => {
        const stop = new AbortController();
        let fresh = false;
        if (now === 0 && again === 0 && performance.now() - (loadedAt.get(key) ?? -FRESH_MS) < FRESH_MS) return set({ key, loading: false });
        set({ key, loading: true });
        if (!memory.has(key)) void keptOnDisk<T>(key).then(v => v !== undefined && !fresh && !stop.signal.aborted && draw(n => n + 1));
        const begun = writes.get(key);
        load(stop.signal).then(
            value => {
                if (stop.signal.aborted) return;
                fresh = true;
                if (writes.get(key) !== begun) return retry(n => n + 1); // it was asked for before that
                keep(key, value);
                set({ key, loading: false });
            },
            async error => {
                if (stop.signal.aborted) return;
                lost(error);
                await keptOnDisk(key);
                set({ key, error, loading: false });
            },
        );
        return () => stop.abort();
    }, [key, now, again]);
    const value = kept<T>(key);
    const error = state.key === key && value === undefined ? state.error : undefined;
    return { value, error, loading: state.loading, reload: () => retry(n => n + 1) };
}

export { connected };
