// Stands in the page itself and runs before its script is there: asks for what the first page shows, and names the language it is shown in.
// What was asked waits in window.habitdEarly for shared/api.ts. LANGUAGES is the build's: their files, by code.
import type { Early } from "../shared/api.ts";

declare const LANGUAGES: Record<string, string>;

function ask(token: string): void {
    const early: Early = { token, answers: {} };
    for (const path of ["/v1/today", "/v1/me"]) {
        const answer = fetch(path, { credentials: "omit", cache: "no-store", headers: { Accept: "application/json", Authorization: `Bearer ${token}` } });
        answer.catch(() => {}); // whoever takes it is told
        early.answers[path] = answer;
    }
    (window as { habitdEarly?: Early }).habitdEarly = early;
}

try {
    const session = JSON.parse(localStorage.getItem("habitd.session") ?? "null") as { token: string; expires_at: string } | null;
    if (session && !location.hash.startsWith("#signin=") && Date.parse(session.expires_at) > Date.now()) ask(session.token);
    const wanted = [localStorage.getItem("habitd.language"), ...navigator.languages].map(l => LANGUAGES[l ?? ""] ?? LANGUAGES[l?.slice(0, 2) ?? ""]);
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = wanted.find(l => l) ?? LANGUAGES.en!;
    document.head.append(link);
} catch {
    /* private mode: the page asks for itself */
}
