// Who is signed in on this page. The token is in localStorage and goes out in a header only, so no other site can use it.
import { computed, signal } from "@preact/signals";
import { ApiError, api, useCredential, type Schema } from "./api.ts";
import { initData, inTelegram } from "./telegram.ts";

export type SignedIn = Schema<"SignedIn">;
interface Session { token: string; expires_at: string; renew_at: number; user_id: string }

let slot = "habitd.session";
let admin = false;
export const session = signal<Session | null>(null);
export const signedIn = computed(() => session.value !== null);
/** Why nobody is signed in, when somebody was or tried. */
export const signInError = signal<unknown>(null);

function read(): Session | null {
    try {
        const s: Session = JSON.parse(localStorage.getItem(slot) ?? "null");
        return s && Date.parse(s.expires_at) > Date.now() ? s : null;
    } catch {
        return null;
    }
}

function keep(s: Session | null): void {
    session.value = s;
    try {
        if (s) localStorage.setItem(slot, JSON.stringify(s));
        else localStorage.removeItem(slot);
    } catch {
        /* private mode: this tab only */
    }
}

/** Half of a session's life is over: it is made longer. */
function begun(token: string, expires_at: string, user_id: string): Session {
    return { token, expires_at, renew_at: (Date.now() + Date.parse(expires_at)) / 2, user_id };
}

function accept(s: SignedIn): void {
    signInError.value = null;
    keep(begun(s.token, s.expires_at, s.user.id));
}

export async function signInWithTelegram(): Promise<void> {
    accept(await api.post("/v1/auth/telegram", { body: { init_data: initData ?? "", ...(admin ? { admin } : {}) } }));
}
export async function signInWithLink(code: string): Promise<void> {
    accept(await api.post("/v1/auth/link", { body: { code } }));
}
export async function signInAsDemo(): Promise<void> {
    accept(await api.post("/v1/auth/demo", { body: { ...(admin ? { admin } : {}) } }));
}

async function renew(): Promise<void> {
    const s = session.value;
    if (!s || Date.now() < s.renew_at) return;
    try {
        const r = await api.post("/v1/auth/renew");
        if (session.value?.token === s.token) keep(begun(s.token, r.expires_at, s.user_id));
    } catch {
        /* later, or never: then the next call says so */
    }
}

export async function signOut(everywhere = false): Promise<void> {
    if (everywhere) await api.delete("/v1/sessions");
    else {
        const list = await api.get("/v1/sessions", { query: { limit: 200 } });
        const current = list.items.find(s => s.current);
        if (current) await api.delete("/v1/sessions/{session_id}", { path: { session_id: current.id } });
    }
    keep(null);
}

/** Forgets the session without asking the server: the person is gone. */
export function forgetSession(): void {
    keep(null);
}

/** The code of a sign-in link, taken out of the address at once so that it is in no history. */
function takeCode(): string | null {
    const code = location.hash.match(/^#signin=([\w-]+)$/)?.[1] ?? null;
    if (code) history.replaceState(null, "", location.pathname);
    return code;
}

async function enter(): Promise<void> {
    const code = takeCode();
    try {
        if (code) await signInWithLink(code);
        else if (inTelegram && !session.value) await signInWithTelegram();
    } catch (e) {
        signInError.value = e;
    }
}

/** Signs in by what the page was opened with. `console`: an operator's session, apart from a person's. */
export async function startSession(console: boolean): Promise<void> {
    admin = console;
    slot = console ? "habitd.console" : "habitd.session";
    useCredential({
        token: () => session.value?.token ?? null,
        refused: () => {
            signInError.value = new ApiError(401, "unauthentic", "");
            keep(null);
        },
        hidden: () => void api.get("/v1/me").catch(() => {}), // a session that is over is told there
    });
    addEventListener("storage", e => {
        if (e.key === slot) session.value = read();
    });
    session.value = read();
    addEventListener("hashchange", () => void enter()); // a link that is opened where the page is open already
    await enter();
    void renew();
    setInterval(renew, 10 * 60_000);
}
