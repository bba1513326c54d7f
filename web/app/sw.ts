// The service worker: keeps the pages' files of this build, so that the Mini App opens offline. Answers of the API are never kept
// here; what was loaded is in app/store. KEPT and VERSION are the build's.
declare const KEPT: string[];
declare const VERSION: string;

interface Extendable extends Event { waitUntil(p: Promise<unknown>): void }
interface Fetching extends Extendable { request: Request; respondWith(r: Promise<Response>): void }

const worker = self as unknown as {
    addEventListener(type: "install" | "activate", f: (e: Extendable) => void): void;
    addEventListener(type: "fetch", f: (e: Fetching) => void): void;
    skipWaiting(): Promise<void>;
    clients: { claim(): Promise<void> };
};
const cache = `habitd-${VERSION}`;

worker.addEventListener("install", e => {
    e.waitUntil(caches.open(cache).then(c => c.addAll(KEPT)).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", e => {
    const clean = async () => {
        for (const old of await caches.keys()) if (old.startsWith("habitd-") && old !== cache) await caches.delete(old);
        await worker.clients.claim();
    };
    e.waitUntil(clean());
});

/** The page of today when the server answers, else the kept one, with the files it names. */
async function page(request: Request): Promise<Response> {
    const kept = await caches.open(cache);
    try {
        const fresh = await fetch(request);
        if (fresh.ok) return fresh;
        throw new Error("not now");
    } catch {
        return (await kept.match("/")) ?? Response.error();
    }
}

async function file(request: Request): Promise<Response> {
    return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("fetch", e => {
    const url = new URL(e.request.url);
    if (e.request.method !== "GET" || url.origin !== location.origin) return;
    if (e.request.mode === "navigate" && url.pathname === "/") e.respondWith(page(e.request));
    else if (url.pathname.startsWith("/assets/")) e.respondWith(file(e.request));
});

export {};
