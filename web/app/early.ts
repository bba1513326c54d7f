// Stands in the page itself and runs before its script is there: asks for what the first page shows, and for the language it is shown in.
// What was asked waits in window.habitdEarly for shared/early.ts. LANGUAGES is the build's: their files, by code.
import type { Early } from "../shared/early.ts";

declare const LANGUAGES: Record<string, string>;

const early: Early = { token: null, answers: {}, languages: {} };
(window as { habitdEarly?: Early }).habitdEarly = early;

/** Whoever takes it is told of a failure. */
function later<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    return promise;
}

/** The body is read as soon as it is there, not when it is asked for. */
function read(answer: Response): Response {
    const body = answer.ok && later(answer.json());
    if (body) answer.json = () => body;
    return answer;
}

function ask(path: string, token: string): void {
    const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
    early.answers[path] = later(fetch(path, { credentials: "omit", cache: "no-store", headers }).then(read));
}

try {
    const language = localStorage.getItem("habitd.language");
    const session = JSON.parse(localStorage.getItem("habitd.session") ?? "null") as { token: string; expires_at: string } | null;
    if (session && !location.hash.startsWith("#signin=") && Date.parse(session.expires_at) > Date.now()) {
        early.token = session.token;
        ask("/v1/today", session.token);
        if (!language) ask("/v1/me", session.token); // else who they are can wait
    }
    const code = [language, ...navigator.languages].flatMap(l => [l ?? "", l?.slice(0, 2) ?? ""]).find(l => LANGUAGES[l]) ?? "en";
    early.languages[code] = later(import(LANGUAGES[code]!));
} catch {
    /* private mode: the page asks for itself */
}
