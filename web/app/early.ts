// Stands in the page itself and runs before its script is there: asks for what the first page shows, and names the language it is shown in.
// What was asked waits in window.habitdEarly for shared/api.ts. LANGUAGES is the build's: their files, by code.
import type { Early } from "../shared/api.ts";

declare const LANGUAGES: Record<string, string>;

/** Of somebody whose language is known, who they are can be asked for later. */
function ask(token: string, paths: string[]): void {
    const early: Early = { token, answers: {} };
    for (const path of paths) {
        const answer = fetch(path, { credentials: "omit", cache: "no-store", headers: { Accept: "application/json", Authorization: `Bearer ${token}` } });
        answer.catch(() => {}); // whoever takes it is told
        early.answers[path] = answer;
    }
    (window as { habitdEarly?: Early }).habitdEarly = early;
}

try {
    const language = localStorage.getItem("habitd.language");
    const session = JSON.parse(localStorage.getItem("habitd.session") ?? "null") as { token: string; expires_at: string } | null;
    if (session && !location.hash.startsWith("#signin=") && Date.parse(session.expires_at) > Date.now()) ask(session.token, language ? ["/v1/today"] : ["/v1/today", "/v1/me"]);
    const wanted = [language, ...navigator.languages].map(l => LANGUAGES[l ?? ""] ?? LANGUAGES[l?.slice(0, 2) ?? ""]);
    const link = document.createElement("link");
    link.rel = "modulepreload";
    link.href = wanted.find(l => l) ?? LANGUAGES.en!;
    document.head.append(link);
} catch {
    /* private mode: the page asks for itself */
}
