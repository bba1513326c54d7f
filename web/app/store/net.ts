// Whether the server is heard, and its clock.
import { signal } from "@preact/signals";
import { ConnectionError } from "../../shared/api.ts";

export const connected = signal(navigator.onLine);
const KEY = "habitd.clock";
const listeners = new Set<() => void>();

/** Runs whenever the connection is there again. */
export function onConnected(f: () => void): void {
    listeners.add(f);
}

/** How far the server's clock is ahead: a mark is dated by it, so that the latest wins whatever this device believes. */
let ahead = Number(localStorage.getItem(KEY) ?? 0);
export const serverNow = (): number => Date.now() + ahead;

async function probe(): Promise<boolean> {
    try {
        const asked = Date.now();
        const r = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) });
        const heard = Date.now(), date = Date.parse(r.headers.get("Date") ?? "");
        if (r.ok && !isNaN(date)) {
            const drift = date - (asked + heard) / 2; // said somewhere between the two, in whole seconds
            ahead = Math.abs(drift) > 2000 + (heard - asked) / 2 ? drift : 0;
            localStorage.setItem(KEY, String(ahead));
        }
        return r.ok;
    } catch {
        return false;
    }
}

let timer = 0;
/** refresh false: what is shown has just been asked for, and is asked again only where there was no connection. */
async function look(refresh = true): Promise<void> {
    clearTimeout(timer);
    if (await probe()) {
        const again = refresh || !connected.value;
        connected.value = true;
        if (again) listeners.forEach(f => f());
    } else {
        connected.value = false;
        timer = window.setTimeout(look, 4000);
    }
}

/** Says what a failure means for the connection; true: it was one. */
export function lost(e: unknown): boolean {
    if (!(e instanceof ConnectionError)) return false;
    if (connected.value || !timer) {
        connected.value = false;
        clearTimeout(timer);
        timer = window.setTimeout(look, 2000);
    }
    return true;
}

export function watchConnection(): void {
    addEventListener("online", () => void look());
    addEventListener("offline", () => (connected.value = false));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void look());
    setTimeout(look, 1500, false);
}
