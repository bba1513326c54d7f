// Where in the page we are: the URL's fragment, so that every address is the one file the server has. #/habit/ID?day=2026-11-26
import { signal } from "@preact/signals";

export interface Place {
    /** ["habit", ID] */
    path: string[];
    query: URLSearchParams;
}

function read(): Place {
    const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    // Telegram and sign-in links put things into the fragment that are no places.
    if (path.includes("=")) return { path: [], query: new URLSearchParams() };
    return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

export const place = signal<Place>(read());
let depth = 0;

addEventListener("popstate", () => {
    place.value = read();
});

export function href(path: readonly string[], query?: Record<string, string | undefined>): string {
    const q = new URLSearchParams();
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== "") q.set(name, value);
    return `#/${path.map(encodeURIComponent).join("/")}${q.size ? `?${q}` : ""}`;
}

export function go(to: string, replace = false): void {
    if (replace) history.replaceState({ depth }, "", to);
    else history.pushState({ depth: ++depth }, "", to);
    place.value = read();
    if (!replace) scrollTo(0, 0);
}

/** Back to where we came from, or to `otherwise` when this is where the visit began. */
export function back(otherwise: string): void {
    if ((history.state?.depth ?? 0) > 0) history.back();
    else go(otherwise, true);
}
